//! Parsing alone: mail-parser by itself beside this crate's parse, on the same messages.

use std::hint::black_box;

use corpus::{Fingerprint, Parser, TrustBoundary, reconstruct};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mail::{Parse, Timestamp};
use mail_parser::MessageParser;

/// Messages like real ones: a chain of Received fields, text and HTML alternatives, some with
/// an attachment. The same bytes in every run.
fn messages(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|n| message(n).into_bytes()).collect()
}

fn message(n: usize) -> String {
    let words = |count: usize| {
        (0..count).fold(String::new(), |mut text, i| {
            let word = (n * 31 + i * 17) % 997;
            text.push_str(&format!(
                "word{word}{}",
                if i % 12 == 11 { "\n" } else { " " }
            ));
            text
        })
    };
    let received: String = (0..4)
        .map(|hop| {
            format!(
                "Received: from h{hop}.example (h{hop}.example [192.0.2.{hop}])\n\tby g{hop}.\
                 example (Postfix) with ESMTP id {n}{hop}\n\tfor <u@g.example>; Thu, 22 Aug \
                 2002 07:36:1{hop} -0400 (EDT)\n"
            )
        })
        .collect();
    let head = format!(
        "Return-Path: <a{n}@x.example>\n{received}From: \"Name {n}\" <a{n}@x.example>\n\
         To: u@g.example\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= {n}\nDate: Thu, 22 Aug 2002 \
         11:00:00 +0000\nMessage-ID: <{n}@x.example>\nMIME-Version: 1.0\n"
    );
    match n % 4 {
        0 | 1 => format!("{head}Content-Type: text/plain\n\n{}", words(400)),
        2 => format!(
            "{head}Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: \
             text/plain\n\n{}\n--b\nContent-Type: text/html\n\n<html><body><p>{}</p></body>\
             </html>\n--b--\n",
            words(200),
            words(300)
        ),
        _ => format!(
            "{head}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\
             Content-Transfer-Encoding: quoted-printable\n\n<p>=C3=BC {}</p>\n--b\nContent-Type: \
             application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n{}\n--b--\n",
            words(200),
            "TVqQAAMAAAAEAAAA\n".repeat(60)
        ),
    }
}

fn parse(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse");
    let alone = MessageParser::default();
    for count in [100, 1000] {
        let messages = messages(count);
        let bytes = messages.iter().map(|m| m.len() as u64).sum();
        group.throughput(Throughput::Bytes(bytes));
        let run = |parsed: &dyn Fn(&[u8]) -> bool| {
            let parsed = messages.iter().filter(|raw| parsed(black_box(raw))).count();
            assert_eq!(parsed, count);
        };
        group.bench_function(BenchmarkId::new("mail-parser alone", count), |b| {
            b.iter(|| run(&|raw| alone.parse(raw).is_some()));
        });
        group.bench_function(BenchmarkId::new("parse", count), |b| {
            b.iter(|| run(&|raw| Parser.parse(raw).is_some()));
        });
        group.bench_function(BenchmarkId::new("reconstruct", count), |b| {
            let boundary = TrustBoundary::default();
            b.iter(|| {
                run(&|raw| {
                    let (session, _) = reconstruct(raw, None, &boundary, Timestamp::MIN);
                    session.client_ip.get().is_some()
                });
            });
        });
        group.bench_function(BenchmarkId::new("parse and fingerprint", count), |b| {
            b.iter(|| {
                run(&|raw| {
                    Parser.parse(raw).is_some_and(|m| {
                        black_box(Fingerprint::of(&m));
                        true
                    })
                });
            });
        });
    }
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
