use proptest::prelude::*;

use mail::Change;

use super::*;

fn parse(raw: &str) -> Message {
    Parser.parse(raw.as_bytes()).unwrap()
}

const MIXED: &str = "From: \"A B\" <a@x.example>\n\
To: b@x.example, C <c@x.example>\n\
Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\n and more\n\
Content-Type: multipart/mixed; boundary=\"bb\"\n\n\
--bb\nContent-Type: text/html; charset=utf-8\n\n<p>Hello <b>you</b></p>\n\
--bb\nContent-Type: application/zip; name=\"x.exe\"\n\
Content-Transfer-Encoding: base64\n\nTVqQAAMAAAA=\n\
--bb\nContent-Type: message/RFC822\n\nSubject: inner\n\ntext of message/rfc822\n\
--bb--\n";

#[test]
fn headers_addresses_text_and_attachments_are_read() {
    let message = parse(MIXED);
    assert_eq!(message.subject, "Grüße and more");
    assert_eq!(message.from[0].name, "A B");
    assert_eq!(message.to.len(), 2);
    assert_eq!(message.header("subject").next(), Some("Grüße and more"));
    assert_eq!(message.body.trim(), "Hello you");
    let kinds: Vec<_> = message
        .attachments
        .iter()
        .map(|a| (a.name.as_str(), a.content_type.as_str(), a.size))
        .collect();
    assert_eq!(kinds, [("x.exe", "application/zip", 8), ("", "message/rfc822", 38)]);
}

#[test]
fn header_names_stay_as_written() {
    let message = parse("Message-Id: <1@x>\nSUBJECT: s\nX-Own : 1\nTo: a@b\n\n");
    let names: Vec<_> = message.headers.iter().map(|h| h.name.as_ref()).collect();
    assert_eq!(names, ["Message-Id", "SUBJECT", "X-Own", "To"]);
    assert_eq!(message.subject, "s");
}

#[test]
fn a_stripped_attachment_leaves_the_boundaries_alone() {
    for raw in [MIXED.to_owned(), MIXED.replace('\n', "\r\n")] {
        let message = parse(&raw);
        let change = Change::Strip { attachments: vec![0, 1], text: "gone".into() };
        let stripped = String::from_utf8(change.apply(raw.as_bytes(), &message)).unwrap();
        assert!(!stripped.contains("TVqQ") && !stripped.contains("inner"));
        assert_eq!(stripped.matches("--bb").count(), 4);
        let again = parse(&stripped);
        assert_eq!(again.attachments.len(), 0, "{stripped}");
        assert_eq!(again.body.matches("gone").count(), 2);
    }
}

#[test]
fn hidden_media_types_come_back_in_the_text() {
    let message = parse("A: b\n\nsee message/rfc822, /Global and multipart/DIGEST\n");
    assert_eq!(message.body, "see message/rfc822, /Global and multipart/DIGEST\n");
}

#[test]
fn endless_nesting_and_endless_fields_end() {
    let base64 = "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQ29udGVudC1UeXBl\n";
    let hostile = [
        "Content-Type: message/rfc822\n\n".repeat(100_000),
        "Con tent-Type: message/ (x) rfc822\n\n".repeat(100_000),
        "Content-Type: multipart/digest; boundary=b\n\n--b\n".repeat(50_000),
        "Content-Type: multipart/mixed; boundary=zz\n\n--b\n".repeat(50_000),
        format!(
            "Content-Type: multipart/mixed; boundary=b\n\n{}",
            "--b\nContent-Type: multipart/mixed; boundary=zz\n\n".repeat(50_000)
        ),
        format!("Subject: {}\n\n", "=?aa?q? ".repeat(100_000)),
        format!("To: {}\n\n", "=?aa?q? ".repeat(100_000)),
        format!("Content-Type: a/b; {}\n\n", "a*0*=x;".repeat(100_000)),
        format!("To: {}\n\n", "a<(\"".repeat(200_000)),
        format!("X: {}\n\n", "y\n ".repeat(200_000)),
        "X: y\n".repeat(200_000),
        base64.repeat(10_000),
    ];
    for raw in hostile {
        let _ = Parser.parse(raw.as_bytes());
        let _ = defects(raw.as_bytes());
    }
}

/// Pieces that hostile mail is made of.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12),
        prop::sample::select(vec![
            "Content-Type: ",
            "multipart/mixed; boundary=b",
            "multipart/digest",
            "\n",
            "\n\n",
            "\r\n",
            "--b\n",
            "--b--\n",
            "message/rfc822",
            "message/global",
            "text/html",
            "Content-Transfer-Encoding: base64\n",
            "Content-Transfer-Encoding: quoted-printable\n",
            "=?utf-8?B?",
            "?=",
            "=",
            "<",
            ">",
            "<!--",
            "&#x",
            ";",
            "(",
            ")",
            "\"",
            "\\",
            "*0*=",
            "charset=utf-7",
            "name=",
            "filename*=utf-8''%ff",
            "To: ",
            "From: ",
            "a@b",
            ":",
            "Subject: ",
            "Received: from ",
            "\0",
            "\u{1}",
            " ",
            "\t",
            "é",
            "boundary=\"\"",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_bytes_panic_and_ranges_lie_in_the_message(
        pieces in prop::collection::vec(piece(), 0..60),
    ) {
        let raw = pieces.concat();
        defects(&raw);
        if let Some(message) = Parser.parse(&raw) {
            for attachment in &message.attachments {
                prop_assert!(attachment.range.start <= attachment.range.end);
                prop_assert!(attachment.range.end as usize <= raw.len());
            }
        }
    }

    #[test]
    fn a_damaged_message_does_not_panic(
        cuts in prop::collection::vec((0..MIXED.len(), any::<u8>()), 0..8),
        end in 0..MIXED.len(),
    ) {
        let mut raw = MIXED.as_bytes().to_vec();
        for (at, byte) in cuts {
            raw[at] = byte;
        }
        raw.truncate(end);
        Parser.parse(&raw);
    }

    #[test]
    fn nothing_is_parsed_inside_a_message(pieces in prop::collection::vec(piece(), 0..60)) {
        let raw = pieces.concat();
        let guarded = guard::Guarded::new(&raw).unwrap();
        if let Some(parsed) = MAIL_PARSER.parse(guarded.bytes()) {
            let nested = parsed.parts.iter().any(|p| matches!(p.body, mail_parser::PartType::Message(_)));
            prop_assert!(!nested);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn quick_and_plain_agree_on_pieces(pieces in prop::collection::vec(piece(), 0..60)) {
        agree(&pieces.concat());
    }

    #[test]
    fn quick_and_plain_agree_on_mail(
        fields in prop::collection::vec(field(), 0..8),
        kind in kind(),
        blank in prop::sample::select(vec!["\n", "\r\n", ""]),
        parts in prop::collection::vec(part(), 0..5),
        crlf: bool,
    ) {
        let mail = [fields.concat(), kind, blank.to_owned(), parts.concat()].concat();
        agree(mail.as_bytes());
        if crlf {
            agree(mail.replace('\n', "\r\n").as_bytes());
        }
    }
}

#[test]
fn ordinary_mail_is_read_quickly() {
    let nested = MIXED.replace(
        "text/html; charset=utf-8\n",
        "multipart/digest; boundary=i\n\n--i\n\ntext\n--i--\n",
    );
    let octets =
        "A: b\nContent-Transfer-Encoding: Quoted-Printable\n\na=20 \nb =\n=c3=A4c \n";
    let mail = [MIXED, &nested, octets];
    for raw in mail
        .map(str::to_owned)
        .into_iter()
        .chain(mail.map(|raw| raw.replace('\n', "\r\n")))
    {
        let raw = raw.as_bytes();
        let quick = quick::message(raw).unwrap();
        assert_eq!(Some(&quick), plainly(raw).as_ref());
        let changed = Change::PrependSubject("a".into()).apply(raw, &quick);
        let again = quick::with_other_header(&changed, raw, &quick);
        assert!(again.is_some());
        assert_eq!(again, plainly(&changed));
    }
    for raw in [
        "A: b\n",
        "no field\n\n",
        "A: b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx",
        "A: b\nContent-Transfer-Encoding: base64\n\nabcd\n/global/\n",
        &format!("A: b\n\n{}", "=?".repeat(1001)),
        &format!("A: b\n\n{}", "Multipart".repeat(101)),
    ] {
        assert_eq!(quick::message(raw.as_bytes()), None, "{raw}");
    }
}

fn agree(raw: &[u8]) {
    let plain = plainly(raw);
    if let Some(quick) = quick::message(raw) {
        assert_eq!(Some(&quick), plain.as_ref());
    }
    let Some(parsed) = plain else { return };
    for change in [
        Change::PrependSubject("[a] ".into()),
        Change::SetHeader { name: "X-A".into(), value: "b".into() },
        Change::RemoveHeader("content-type".into()),
        Change::Rewrite {
            fields: &["To", "From"],
            addresses: vec![("a@b.c".into(), "long@d.e".into())],
        },
    ] {
        let changed = change.apply(raw, &parsed);
        assert_eq!(Parser.parse_again(&changed, (raw, &parsed)), plainly(&changed));
    }
}

fn field() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "From",
        "to",
        "Cc",
        "Sender",
        "Resent-From",
        "Subject",
        "X-A",
        "Received",
        "A b",
    ]);
    let value =
        "([a-c@<>,;:()\"\\\\ \t=?.é]|\n |\r\n\t|=\\?utf-8\\?q\\?=41\\?=|a@b\\.c){0,12}";
    (name, value).prop_map(|(name, value)| format!("{name}: {value}\n"))
}

fn kind() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "Content-Type: multipart/mixed; boundary=\"b\"\n",
        "Content-Type: multipart/alternative;\n boundary=b\n",
        "Content-Type: multipart/related; boundary=-b; type=\"text/html\"\n",
        "Content-Type: multipart/mixed\n",
        "Content-Type: text/html; charset=utf-8\n",
        "Content-type: text/plain; charset=\"iso-8859-1\"\nContent-Transfer-Encoding: quoted-printable\n",
        "Content-Type: text/plain; charset=utf-16\n",
        "Content-Type: application/octet-stream; name=a.bin\nContent-Transfer-Encoding: BASE64\n",
        "Content-Disposition: attachment; filename*=utf-8''a%20b\nContent-Type: text/x; name=c\n",
        "Content-Type: a/b\nContent-Type: multipart/mixed; boundary=c\n",
        "Content-Type: Multipart/Mixed; boundary=c\n",
        "Content-Type: message/rfc822\n",
        "Content-Type: message/Global\nContent-Transfer-Encoding: base64\n",
        "Content-Type: multipart/digest; boundary=c\n",
        "Content-Type: \n",
        "Content-Transfer-Encoding: quoted-printable\n",
        "Content-Transfer-Encoding: base64\n",
        "",
    ])
    .prop_map(str::to_owned)
}

fn part() -> impl Strategy<Value = String> {
    let lines = "([a-zA-Z0-9+/=é<> -]{0,12}|--b|--c|-b|=\n|=4|=c3|=A4 |message/rfc822|/digest|TVqQAAMAAAA=|TVq/\nTVo=|\r|\n){0,6}";
    let border = prop::sample::select(vec![
        "--b\n", "--b\n", "--c\n", "--b--\n", "--c--\n", "--b \n", "---b\n", "x--b\r\n",
        "",
    ]);
    (border, kind(), prop::sample::select(vec!["\n", "\r\n", ""]), lines).prop_map(
        |(border, kind, blank, lines)| format!("{border}{kind}{blank}{lines}\n"),
    )
}

/// Every fourth real message as it is, with the other line ends, and cut off in the middle.
#[test]
fn quick_and_plain_agree_on_real_mail() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora");
    for name in ["spamassassin.tar.gz", "modern_dev.tar.gz", "scl_dev.tar.gz"] {
        let path = std::path::PathBuf::from(folder).join(name);
        if !path.is_file() {
            // Not an output of the library: it tells the person who runs the tests.
            #[expect(clippy::print_stderr, reason = "a skipped test says why")]
            {
                eprintln!("skipped: `{}` is not there", path.display());
            }
            continue;
        }
        let spec = crate::SourceSpec { label: None, path };
        let cases =
            crate::read_all(&[spec], &crate::ReadOptions::default()).unwrap().cases;
        let mut quick = 0;
        for case in cases.iter().step_by(4) {
            quick += usize::from(quick::message(&case.raw).is_some());
            agree(&case.raw);
            let text = case.raw.split(|b| *b == b'\r').collect::<Vec<_>>().concat();
            agree(&text);
            let lines = text.split(|b| *b == b'\n').collect::<Vec<_>>();
            agree(&lines.join(b"\r\n".as_slice()));
            agree(&case.raw[..case.raw.len() / 2]);
        }
        assert!(quick * 8 > cases.len(), "{name}: {quick} of {}", cases.len());
    }
}
