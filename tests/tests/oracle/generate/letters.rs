//! Random letters: raw bytes and an envelope.

use corpus::Parser;
use mail::{Case, CaseId, Field, Label, Origin, Parse as _, Session, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;
use sha2::{Digest as _, Sha256};

use super::{RECIPIENTS, SENDERS, ip};

/// What a letter is made of; numbers choose from lists.
#[derive(Debug, Clone)]
pub(crate) struct LetterPick {
    /// Last part of the client's address, from 8 of version 6; 0 is unknown.
    client: u8,
    helo: usize,
    /// `None` is not known.
    authenticated: Option<bool>,
    mail_from: usize,
    /// Empty is not known.
    rcpt_to: Vec<usize>,
    from: usize,
    to: Vec<usize>,
    sender: usize,
    resent: usize,
    subject: usize,
    level: u8,
    extra: usize,
    body: usize,
    trace: usize,
    pub(crate) minutes: u16,
}

/// HELO names; the first is not known.
const HELO: [&str; 10] = [
    "",
    "localhost",
    "mail.corp.example",
    "mx.good.example",
    "[192.0.2.1]",
    "a.b.example",
    "c.example",
    "MX.Good.Example",
    "[IPv6:2001:db8::8]",
    "2001:db8::9",
];

/// Fields that only some letters have.
const EXTRA: [&str; 8] = [
    "",
    "X-Mark: old\n",
    "X-MS-Exchange-Organization-SCL: 0\n",
    "x-ms-exchange-organization-secret: tag\n",
    "Reply-To: Desk <desk@corp.example>\nX-List: offer\n",
    "Subject: second offer\n",
    "X-Mark: old\nX-Mark: new\n",
    "X-Notice: reoffer\n",
];

/// Trace fields on top, for mail that came through servers of one's own.
const TRACES: [&str; 8] = [
    "",
    "",
    "Received: from mx.good.example ([192.0.2.3]) by edge; Mon, 1 Jan 2007 00:00:00 +0000\n",
    "Received: from inner ([192.0.2.9]) by a; Mon, 1 Jan 2007 00:00:00 +0000\n\
     Received: from a.b.example (HELO [192.0.2.6]) ([192.0.2.5]) by b; Mon, 1 Jan 2007 \
     00:00:00 +0000\n",
    "Received: by somebody; Mon, 1 Jan 2007 00:00:00 +0000\n\
     Received: from [192.0.2.8] by b; Mon, 1 Jan 2007 00:00:00 +0000\n",
    "Received: from localhost (localhost [127.0.0.1]) by a; Mon, 1 Jan 2007 00:00:00 +0000\n\
     Received: from six ([IPv6:2001:db8::9]) by b; Mon, 1 Jan 2007 00:00:00 +0000\n",
    "Received: from nowhere by nobody ([192.0.2.3]); Mon, 1 Jan 2007 00:00:00 +0000\n",
    "Received: from [192.0.2.1] (c.example [192.0.2.2]) by a; Mon, 1 Jan 2007 00:00:00 \
     +0000\n",
];

const RESENT: [&str; 5] = [
    "",
    "Resent-From: <ann@good.example>\n",
    "Resent-From: <news@letters.example>\nResent-Sender: <bulk@blocked.example>\n",
    "Resent-From: <x@nowhere.example>\nReceived: from a by b; Mon, 1 Jan 2007 00:00:00 +0000\n\
     Resent-Sender: <ann@good.example>\n",
    "Resent-Sender: <bad@sub.evil.example>\n",
];

/// Bodies after the header, each with the MIME fields it needs.
fn body(kind: usize) -> String {
    let mixed = |parts: &[&str]| {
        let mut text = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n\
                        --b\n\nplain words\n"
            .to_owned();
        for part in parts {
            text += "--b\n";
            text += part;
            text += "\n";
        }
        text + "--b--\n"
    };
    const EXE: &str = "Content-Type: application/octet-stream; name=rotten.exe\n\
                       Content-Disposition: attachment; filename=rotten.exe\n\nMZMZMZMZ";
    const SCRIPT: &str = "Content-Type: text/javascript\n\
                          Content-Disposition: attachment; filename=a.txt\n\nx";
    const PICTURE: &str = "Content-Type: image/png; name=Photo.PNG\n\
                           Content-Transfer-Encoding: base64\n\niVBORw0KGgo=";
    match kind {
        0 => mixed(&[EXE]),
        1 => mixed(&[SCRIPT, PICTURE]),
        2 => mixed(&[PICTURE]),
        3 => mixed(&[EXE, PICTURE, SCRIPT]),
        4 => "\nfree   Money\nfor all\n".to_owned(),
        5 => "\nabout Project X, free money\n".to_owned(),
        6 => "Content-Type: application/octet-stream; name=rotten.exe\n\nMZ\n".to_owned(),
        7 => {
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
              --b\n\nnot delivered\n--b--\n"
                .to_owned()
        }
        _ => "\nfreemoney\n".to_owned(),
    }
}

fn subject(kind: usize, level: u8) -> String {
    let digit = if level > 9 { String::new() } else { level.to_string() };
    match kind {
        0 => format!("Subject: offer {digit}\n"),
        1 => format!("Subject: weekly\n offers {digit}\n"),
        2 => format!("Subject: =?utf-8?q?offer=20=E2=82=AC?= {digit}\n"),
        3 => format!("subject : plain {digit}\n"),
        4 => String::new(),
        _ => format!("Subject: project x {digit}\n"),
    }
}

impl LetterPick {
    fn raw(&self, number: usize) -> Vec<u8> {
        let from = match self.from {
            at if at < SENDERS.len() => format!("From: One <{}>\n", SENDERS[at]),
            7 => format!("From: <{}>, <{}>\n", SENDERS[0], SENDERS[1]),
            8 => format!("From: <{}>\nFrom: <{}>\n", SENDERS[4], SENDERS[1]),
            9 => "From: nobody at all\n".to_owned(),
            _ => String::new(),
        };
        let sender = match self.sender {
            at if at < SENDERS.len() => format!("Sender: <{}>\n", SENDERS[at]),
            7 => format!("Sender: <{}>\nSender: <{}>\n", SENDERS[0], SENDERS[1]),
            _ => String::new(),
        };
        let names: Vec<_> =
            self.to.iter().map(|at| format!("<{}>", RECIPIENTS[*at])).collect();
        let (to, cc) = names.split_at(names.len().min(1));
        let mut text =
            TRACES[self.trace].to_owned() + &from + &sender + RESENT[self.resent];
        if !to.is_empty() {
            text += &format!("To: {}\n", to.join(","));
        }
        if !cc.is_empty() {
            text += &format!("Cc: {}\n", cc.join(",\n "));
        }
        text += &subject(self.subject, self.level);
        text += EXTRA[self.extra];
        text += &format!("Message-ID: <{number}@test.example>\n");
        (text + &body(self.body)).into_bytes()
    }

    /// The case of this letter; `number` keeps equal letters apart.
    pub(crate) fn case(&self, number: usize, time: i64) -> Case {
        let raw = self.raw(number);
        let known = Origin::Recorded;
        let of = |text: &str| Field::known(text.to_owned(), known);
        let recipients = self.rcpt_to.iter().map(|at| RECIPIENTS[*at].to_owned());
        Case {
            id: CaseId(Sha256::digest(&raw).into()),
            label: if self.level > 5 { Label::Spam } else { Label::Ham },
            category: String::new(),
            time: Timestamp(time),
            session: Session {
                client_ip: match self.client {
                    0 => Field::unknown(),
                    last => Field::known(ip(last), known),
                },
                helo: if self.helo == 0 { Field::unknown() } else { of(HELO[self.helo]) },
                authenticated: self
                    .authenticated
                    .map_or_else(Field::unknown, |yes| Field::known(yes, known)),
                mail_from: match self.mail_from {
                    at if at < SENDERS.len() => of(SENDERS[at]),
                    7 => of(""),
                    _ => Field::unknown(),
                },
                rcpt_to: if self.rcpt_to.is_empty() {
                    Field::unknown()
                } else {
                    Field::known(recipients.collect(), known)
                },
                time: Field::known((), known),
            },
            message: Parser.parse(&raw).expect("the letter is a message"),
            raw,
        }
    }
}

pub(crate) fn letter() -> impl Strategy<Value = LetterPick> {
    let authenticated = prop_oneof![
        8 => Just(Some(false)),
        1 => Just(Some(true)),
        1 => Just(None),
    ];
    let session = (0u8..10, 0usize..HELO.len(), authenticated, 0usize..9);
    let people = (
        prop::collection::vec(0usize..RECIPIENTS.len(), 0..4),
        0usize..11,
        prop::collection::vec(0usize..RECIPIENTS.len(), 0..3),
        0usize..14,
        prop_oneof![3 => Just(0usize), 2 => 0usize..RESENT.len()],
    );
    // Whole hours, so that letters also come at the very moment at which an entry ends.
    let minutes = (0u16..15).prop_map(|hours| 60 * hours);
    let traced = 0usize..TRACES.len();
    let text = (0usize..6, 0u8..=10, 0usize..EXTRA.len(), 0usize..9, traced, minutes);
    (session, people, text).prop_map(|(session, people, text)| {
        let (client, helo, authenticated, mail_from) = session;
        let (rcpt_to, from, to, sender, resent) = people;
        let (subject, level, extra, body, trace, minutes) = text;
        LetterPick {
            client,
            helo,
            authenticated,
            mail_from,
            rcpt_to,
            from,
            to,
            sender,
            resent,
            subject,
            level,
            extra,
            body,
            trace,
            minutes,
        }
    })
}

/// Letters of three clients with few days between them, mostly rated.
pub(crate) fn of_few_clients() -> impl Strategy<Value = LetterPick> {
    (letter(), select(vec![1u8, 1, 2, 2, 3, 3, 8]), 0u16..3, 0u8..=9).prop_map(
        |(letter, client, hours, level)| {
            let minutes = 60 * hours;
            let rcpt_to =
                if letter.rcpt_to.is_empty() { vec![0] } else { letter.rcpt_to };
            LetterPick { client, minutes, level, rcpt_to, subject: 0, ..letter }
        },
    )
}
