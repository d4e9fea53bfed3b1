//! The product's report scripts over an agent log. Source: specification section 7.3.

use std::collections::BTreeMap;

use corpus::agent_log::{AgentLogRow, Field};
use serde::Serialize;

/// A name and how often it was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NameValue {
    /// The name.
    pub name: String,
    /// The count.
    pub value: u64,
}

/// `Get-AntispamFilteringReport`: by agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FilteringReport {
    /// `Disconnect`, `RejectConnection`.
    pub connections: Vec<NameValue>,
    /// `RejectCommand`.
    pub commands: Vec<NameValue>,
    /// `RejectMessage`, `RejectRecipients`.
    pub messagesrejected: Vec<NameValue>,
    /// `DeleteMessage`, `DeleteRecipients`.
    pub messagesdeleted: Vec<NameValue>,
    /// `QuarantineMessage`, `QuarantineRecipients`.
    pub messagesquarantined: Vec<NameValue>,
}

/// What the shipped scripts count, each list sorted by count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgentLogReport {
    /// Rows looked at.
    pub rows: u64,
    /// `Get-AntispamFilteringReport`.
    pub filtering: FilteringReport,
    /// `Get-AntispamSCLHistogram`: rows of the content filter by SCL, `bypassed` apart, in
    /// the order of the levels.
    pub scl_histogram: Vec<NameValue>,
    /// `Get-AntispamTopBlockedSenders p1`: envelope.
    pub top_blocked_senders_p1: Vec<NameValue>,
    /// `… p2`: header.
    pub top_blocked_senders_p2: Vec<NameValue>,
    /// `Get-AntispamTopBlockedSenderDomains p1`.
    pub top_blocked_sender_domains_p1: Vec<NameValue>,
    /// `… p2`.
    pub top_blocked_sender_domains_p2: Vec<NameValue>,
    /// `Get-AntispamTopBlockedSenderIPs`.
    pub top_blocked_sender_ips: Vec<NameValue>,
    /// `Get-AntispamTopRBLProviders`.
    pub top_rbl_providers: Vec<NameValue>,
    /// `Get-AntispamTopRecipients`.
    pub top_recipients: Vec<NameValue>,
}

impl AgentLogReport {
    /// Counts rows; each list keeps its `top` most frequent names.
    pub fn new(rows: &[AgentLogRow], top: usize) -> Self {
        let by_agent = |actions: &[&str]| {
            let rows = rows.iter().filter(|row| is(row, Field::Action, actions));
            count(rows.map(|row| row.get(Field::Agent)), usize::MAX)
        };
        let blocked =
            || rows.iter().filter(|row| !is(row, Field::Action, &["AcceptMessage"]));
        let p1 = || blocked().map(|row| row.get(Field::P1FromAddress));
        let p2 = || blocked().flat_map(AgentLogRow::senders);
        let listed =
            rows.iter().filter(|row| is(row, Field::Reason, &["BlockListProvider"]));
        Self {
            rows: rows.len() as u64,
            filtering: FilteringReport {
                connections: by_agent(&["Disconnect", "RejectConnection"]),
                commands: by_agent(&["RejectCommand"]),
                messagesrejected: by_agent(&["RejectMessage", "RejectRecipients"]),
                messagesdeleted: by_agent(&["DeleteMessage", "DeleteRecipients"]),
                messagesquarantined: by_agent(&[
                    "QuarantineMessage",
                    "QuarantineRecipients",
                ]),
            },
            scl_histogram: histogram(rows),
            top_blocked_senders_p1: count(p1(), top),
            top_blocked_senders_p2: count(p2(), top),
            top_blocked_sender_domains_p1: count(p1().map(mail::domain_of), top),
            top_blocked_sender_domains_p2: count(p2().map(mail::domain_of), top),
            top_blocked_sender_ips: count(blocked().map(AgentLogRow::client_ip), top),
            top_rbl_providers: count(listed.map(|row| row.get(Field::ReasonData)), top),
            top_recipients: count(blocked().map(|row| row.get(Field::Recipient)), top),
        }
    }
}

fn is(row: &AgentLogRow, field: Field, values: &[&str]) -> bool {
    values.iter().any(|value| row.get(field).eq_ignore_ascii_case(value))
}

/// Names by count, the most frequent first, equal counts by name; empty names are left out.
fn count<'a>(names: impl Iterator<Item = &'a str>, top: usize) -> Vec<NameValue> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for name in names.filter(|name| !name.is_empty()) {
        *counts.entry(name.to_lowercase()).or_default() += 1;
    }
    let mut list: Vec<_> =
        counts.into_iter().map(|(name, value)| NameValue { name, value }).collect();
    list.sort_by_key(|row| std::cmp::Reverse(row.value));
    list.truncate(top);
    list
}

/// The level that a row of the content filter tells: `Some(None)` is bypassed; `None` is not
/// one of its rows.
pub(super) fn level(row: &AgentLogRow) -> Option<Option<mail::Scl>> {
    if !is(row, Field::Agent, &["Content Filter Agent"]) {
        return None;
    }
    let data = row.get(Field::ReasonData).trim();
    let level = data.parse().ok().and_then(|level| mail::Scl::new(level).ok());
    match level {
        Some(level) if !level.is_trusted() => Some(Some(level)),
        Some(_) => Some(None),
        None => data.starts_with("not available").then_some(None),
    }
}

fn histogram(rows: &[AgentLogRow]) -> Vec<NameValue> {
    let mut counts: BTreeMap<Option<i8>, u64> = BTreeMap::new();
    for level in rows.iter().filter_map(level) {
        *counts.entry(level.map(mail::Scl::get)).or_default() += 1;
    }
    let name =
        |level: Option<i8>| level.map_or("bypassed".into(), |level| level.to_string());
    counts
        .into_iter()
        .map(|(level, value)| NameValue { name: name(level), value })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(agent: &str, action: &str, reason: &str, data: &str) -> AgentLogRow {
        AgentLogRow::default()
            .with(Field::Agent, agent)
            .with(Field::Action, action)
            .with(Field::Reason, reason)
            .with(Field::ReasonData, data)
            .with(Field::P1FromAddress, "Bulk@sender.example")
            .with(Field::P2FromAddresses, "a@x.example;b@X.example;")
            .with(Field::Recipient, "ann@corp.example")
            .with(Field::EnteredOrgFromIP, "192.0.2.1")
    }

    #[test]
    fn rows_are_counted_as_the_scripts_do() {
        let content = "Content Filter Agent";
        let rows = [
            row(content, "AcceptMessage", "SCL", "2"),
            row(
                content,
                "AcceptMessage",
                "SCL",
                "not available: content filtering was bypassed.",
            ),
            row(content, "RejectMessage", "SclAtOrAboveRejectThreshold", "8"),
            row(content, "RejectRecipients", "SclAtOrAboveRejectThreshold", "8"),
            row(
                "Connection Filtering Agent",
                "RejectCommand",
                "BlockListProvider",
                "RBL",
            ),
            row("Inbound Trust Agent", "ModifyHeaders", "", ""),
        ];
        let report = AgentLogReport::new(&rows, 10);
        let of = |list: &[NameValue]| -> Vec<(String, u64)> {
            list.iter().map(|row| (row.name.clone(), row.value)).collect()
        };
        let one = |name: &str, value| vec![(name.to_owned(), value)];
        assert_eq!(
            of(&report.filtering.messagesrejected),
            one("content filter agent", 2)
        );
        assert_eq!(of(&report.filtering.commands), one("connection filtering agent", 1));
        assert!(report.filtering.messagesdeleted.is_empty());
        assert_eq!(of(&report.top_rbl_providers), one("rbl", 1));
        assert_eq!(of(&report.top_blocked_senders_p1), one("bulk@sender.example", 4));
        assert_eq!(of(&report.top_blocked_sender_domains_p2), one("x.example", 8));
        assert_eq!(of(&report.top_blocked_sender_ips), one("192.0.2.1", 4));
        let histogram = of(&report.scl_histogram);
        let expected = [("bypassed", 1), ("2", 1), ("8", 2)];
        assert_eq!(histogram, expected.map(|(name, value)| (name.to_owned(), value)));
    }
}
