//! What a client says, as text.
//!
//! ```text
//! CONNECT 192.0.2.1 2024-01-01T08:00:00Z
//! EHLO mx.sender.example
//! AUTH
//! MAIL FROM:<ann@sender.example>
//! RCPT TO:<bob@corp.example>
//! DATA
//! Subject: everything from here on is the message
//! ```
//!
//! A line that is left out leaves its field unknown; `AUTH` is an authenticated session,
//! without it the session is anonymous. Without a time a session comes one minute after the
//! one before. Words after `session` make one session each, with the word in place of `{}`;
//! `x20` makes twenty equal sessions.

use corpus::Parser;
use mail::{Case, CaseId, Field, Label, Origin, Parse as _, Session, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::page::Block;

const FIRST: &str = "2024-01-01T00:00:00Z";
const PAUSE: i64 = 60;

/// The cases of all session blocks, in time order.
pub(crate) fn cases<'b>(
    blocks: impl Iterator<Item = &'b Block>,
) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    for block in blocks {
        for text in texts(block)? {
            let next = cases.last().map(|case| Timestamp(case.time.0 + PAUSE));
            let case = case(&text, next)?;
            if next.is_some_and(|next| case.time.0 <= next.0 - PAUSE) {
                return Err("sessions are not in the order of time".to_owned());
            }
            cases.push(case);
        }
    }
    Ok(cases)
}

/// The text of each session that a block stands for.
fn texts(block: &Block) -> Result<Vec<String>, String> {
    let count = |word: &String| word.strip_prefix('x')?.parse::<usize>().ok();
    match block.words.as_slice() {
        [] => Ok(vec![block.text.clone()]),
        [word] if count(word).is_some() => {
            Ok(vec![block.text.clone(); count(word).unwrap_or_default()])
        }
        _ if !block.text.contains("{}") => Err("words, but no `{}`".to_owned()),
        words => Ok(words.iter().map(|word| block.text.replace("{}", word)).collect()),
    }
}

fn case(text: &str, next: Option<Timestamp>) -> Result<Case, String> {
    let data = format!("\n{text}");
    let (said, raw) = data.split_once("\nDATA\n").ok_or("a session without `DATA`")?;
    let known = Origin::Recorded;
    let mut session =
        Session { authenticated: Field::known(false, known), ..Session::default() };
    let mut time = None;
    let mut recipients = Vec::new();
    for line in said.lines().filter(|line| !line.is_empty()) {
        let wrong = || format!("no such line in a session: `{line}`");
        let path = |rest: &str| {
            let inner = rest.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
            inner.map(str::to_owned).ok_or_else(wrong)
        };
        if let Some(rest) = line.strip_prefix("CONNECT ") {
            let (ip, at) = rest.split_once(' ').unwrap_or((rest, ""));
            if ip != "unknown" {
                session.client_ip = Field::known(ip.parse().map_err(|_| wrong())?, known);
            }
            if !at.is_empty() {
                time = Some(Timestamp::parse(at).map_err(|_| wrong())?);
            }
        } else if let Some(name) = line.strip_prefix("EHLO ") {
            session.helo = Field::known(name.to_owned(), known);
        } else if line == "AUTH" {
            session.authenticated = Field::known(true, known);
        } else if let Some(rest) = line.strip_prefix("MAIL FROM:") {
            session.mail_from = Field::known(path(rest)?, known);
        } else if let Some(rest) = line.strip_prefix("RCPT TO:") {
            recipients.push(path(rest)?);
        } else {
            return Err(wrong());
        }
    }
    if !recipients.is_empty() {
        session.rcpt_to = Field::known(recipients, known);
    }
    let first = Timestamp::parse(FIRST).map_err(|error| error.to_string())?;
    Ok(Case {
        id: CaseId(Sha256::digest(raw).into()),
        label: Label::Spam,
        category: String::new(),
        time: time.or(next).unwrap_or(first),
        session,
        message: Parser.parse(raw.as_bytes()).ok_or("the message cannot be parsed")?,
        raw: raw.as_bytes().to_vec(),
    })
}
