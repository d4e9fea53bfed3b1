//! Several servers, one message after the other through all of them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use mail::{Case, Scl, SenderIdResult, Thresholds, World};
use pipeline::Sharing;

use agents::PolicySpec;

use super::{Cause, Copy, End, Letter, Server, edit};

const SCL: &str = "X-MS-Exchange-Organization-SCL";
const REPORT: &str = "X-MS-Exchange-Organization-Antispam-Report";
const SENDER_ID: &str = "X-MS-Exchange-Organization-SenderIdResult";

/// A server and where it stands.
pub(crate) struct Post<'a> {
    pub(crate) name: &'a str,
    pub(crate) address: Option<IpAddr>,
    /// It lets the organization's header fields in.
    pub(crate) keeps_headers: bool,
    /// Servers before it authenticate.
    pub(crate) authenticated: bool,
    pub(crate) policy: &'a PolicySpec,
    pub(crate) order: Vec<&'static str>,
    pub(crate) thresholds: Thresholds,
}

/// Stages of servers; each knows how its mail is shared.
pub(crate) struct Network<'a> {
    stages: Vec<(Sharing, Vec<(Post<'a>, Server<'a>)>)>,
}

impl<'a> Network<'a> {
    pub(crate) fn new(world: &'a World, stages: Vec<(Sharing, Vec<Post<'a>>)>) -> Self {
        let server = |post: Post<'a>| {
            let order = post.order.clone();
            let server = Server::new(post.policy, world, order, post.thresholds);
            (post, server)
        };
        let stages = stages
            .into_iter()
            .map(|(sharing, posts)| (sharing, posts.into_iter().map(server).collect()));
        Self { stages: stages.collect() }
    }

    /// Receives all cases in the order of their times.
    pub(crate) fn receive_all(&mut self, cases: &[Case]) -> Vec<End> {
        let mut cases: Vec<&Case> = cases.iter().collect();
        cases.sort_by_key(|case| (case.time, case.id));
        cases.into_iter().flat_map(|case| self.receive(case)).collect()
    }

    fn receive(&mut self, case: &Case) -> Vec<End> {
        let client = case.session.client_ip.get().copied();
        let mut letter = Letter::of(case);
        // Positions of the letter's recipients among the client's.
        let mut who: Vec<usize> = (0..letter.recipients.len()).collect();
        let mut ends: Vec<Option<End>> = who.iter().map(|_| None).collect();
        let last = self.stages.len() - 1;
        for stage in 0..=last {
            let (sharing, servers) = &mut self.stages[stage];
            let (post, server) = &mut servers[sharing.server(case.id, client)];
            server.process(&mut letter);
            let (name, address) = (post.name, post.address);
            for (at, end) in who.iter().zip(server.ends(case.id, &letter)) {
                ends[*at] = Some(after(ends[*at].take(), named(end, name)));
            }
            let travels = |at: &usize| letter.recipients[*at].copy == Copy::Travelling;
            let on: Vec<usize> = (0..letter.recipients.len()).filter(travels).collect();
            if stage == last || on.is_empty() {
                break;
            }
            who = on.iter().map(|at| who[*at]).collect();
            let (sharing, servers) = &self.stages[stage + 1];
            let (next, _) = &servers[sharing.server(case.id, client)];
            letter = handed_on(&letter, &on, (name, address), next);
        }
        ends.into_iter().flatten().collect()
    }
}

/// What a server did is its own; the store and an undisturbed delivery are everybody's.
fn named(end: End, server: &str) -> End {
    let everybodys = ["Store", "Server"].contains(&end.cause.agent.as_str());
    let agent = match everybodys {
        true => end.cause.agent.clone(),
        false => format!("{server}/{}", end.cause.agent),
    };
    End { cause: Cause { agent, ..end.cause.clone() }, ..end }
}

/// An end at a later server takes the place of the earlier one; what was spent adds up.
fn after(before: Option<End>, end: End) -> End {
    let Some(before) = before else { return end };
    End {
        recipient: before.recipient,
        scanned: before.scanned || end.scanned,
        questions: before.questions + end.questions,
        ..end
    }
}

/// What a server tells in its Received field: who brought the letter, and who took it. A
/// client that calls itself anything but a name or an address is unknown.
fn trace(letter: &Letter, by: &str) -> String {
    let Some(client) = letter.client else { return format!("by {by}; {}", letter.time) };
    let plain = |name: &&String| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
        !name.is_empty() && name.chars().all(fits)
    };
    let helo = letter.helo.as_ref().filter(plain).map_or("unknown", String::as_str);
    format!("from {helo} ([{client}]) by {by}; {}", letter.time)
}

/// The letter as the next server gets it: a new session, the sender's trace on top, and the
/// stamps as header fields or not at all.
fn handed_on(
    letter: &Letter,
    on: &[usize],
    (name, address): (&str, Option<IpAddr>),
    next: &Post<'_>,
) -> Letter {
    let mut raw = letter.raw.clone();
    if next.keeps_headers {
        if let Some(report) = report(letter) {
            raw = edit::set(&raw, REPORT, &report);
        }
        if let Some(result) = letter.sender_id {
            raw = edit::set(&raw, SENDER_ID, result.name());
        }
        if let Some(scl) = letter.scl {
            raw = edit::set(&raw, SCL, &scl.to_string());
        }
    } else {
        raw = edit::without_organization_fields(&raw);
    }
    let trace = format!("Received: {}\n", trace(letter, name));
    let raw = [trace.as_bytes(), &raw].concat();
    let mut handed = Letter {
        case: letter.case,
        raw,
        message: mail::Message::default(),
        client: address,
        helo: Some(name.to_owned()),
        authenticated: next.authenticated,
        mail_from: letter.mail_from.clone(),
        time: letter.time,
        recipients: on.iter().map(|at| letter.recipients[*at].clone()).collect(),
        current: None,
        scl: None,
        assessed: None,
        sender_id: None,
        blocked_sender: false,
        allow_listed: false,
        received: false,
        booked: false,
        scanned: false,
        questions: 0,
        report: BTreeSet::new(),
        brought_scl: false,
        brought_sender_id: false,
    };
    handed.parse();
    // What stands in the header now is what the next server can know.
    let value = |name: &'static str| handed.message.header(name).next().map(str::trim);
    let scl = value(SCL).and_then(|text| Scl::new(text.parse().ok()?).ok());
    let sender_id = value(SENDER_ID).and_then(result);
    let brought = value(REPORT).unwrap_or_default().split(';');
    let codes = brought.filter_map(|word| CODES.into_iter().find(|code| *code == word));
    let codes = codes.collect();
    handed.brought_scl = scl.is_some();
    handed.brought_sender_id = sender_id.is_some();
    handed.report = codes;
    handed.scl = scl;
    handed.sender_id = sender_id;
    handed
}

/// The codes of the filter, then those of bypasses.
const CODES: [&str; 5] = [
    "CW:CustomList",
    "IPOnAllowList",
    "MessageSecurityAntispamBypass",
    "SenderBypassed",
    "AllRecipientsBypassed",
];

/// The antispam report: what applied, the Sender ID status behind the filter's own code.
/// Source: specification section 3.10.
fn report(letter: &Letter) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    for code in CODES {
        if letter.report.contains(code) {
            words.push(code.to_owned());
        }
        if code == CODES[0] {
            let status = letter.sender_id.map(SenderIdResult::name);
            words.extend(status.map(|name| format!("SID:SenderIDStatus {name}")));
        }
    }
    (!words.is_empty()).then(|| words.join(";"))
}

fn result(name: &str) -> Option<SenderIdResult> {
    Some(match name {
        "Pass" => SenderIdResult::Pass,
        "Neutral" => SenderIdResult::Neutral,
        "SoftFail" => SenderIdResult::SoftFail,
        "Fail" => SenderIdResult::Fail,
        "None" => SenderIdResult::None,
        "TempError" => SenderIdResult::TempError,
        "PermError" => SenderIdResult::PermError,
        _ => return None,
    })
}
