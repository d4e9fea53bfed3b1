//! An agent log as scored messages with labels: the content filter's thresholds swept
//! without any message.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use corpus::agent_log::{AgentLogRow, Field};
use mail::{GatewayAction, JunkComparison, Label, Scl, Thresholds, Tier};
use serde::Serialize;
use sweep::Space;

use super::report::level;

/// Labels by Message-ID or recipient, from a CSV file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogLabels(BTreeMap<String, Label>);

/// A line of a label file that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// It carries no label.
    #[error("line {line}: no label; write `key,ham` or `key,spam`")]
    NoLabel {
        /// Line number from 1.
        line: usize,
    },
    /// An earlier line gives the same key the other label.
    #[error("line {line}: contradicts the label of an earlier line; remove one of them")]
    Contradicts {
        /// Line number from 1.
        line: usize,
    },
}

impl LogLabels {
    /// Reads lines `key,label`; the key is a Message-ID or a recipient. A first line that
    /// carries no label is a heading.
    ///
    /// # Errors
    ///
    /// A line that carries no label, or another one than an earlier line of the same key.
    pub fn parse(text: &str) -> Result<Self, LabelError> {
        let mut labels = BTreeMap::new();
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let parsed = line.rsplit_once(',').and_then(|(key, label)| {
                let label = label.trim().trim_matches('"').parse::<Label>().ok()?;
                Some((normal(key.trim().trim_matches('"')), label))
            });
            match parsed {
                Some((key, label)) => match labels.insert(key, label) {
                    Some(earlier) if earlier != label => {
                        return Err(LabelError::Contradicts { line: number + 1 });
                    }
                    Some(_) | None => {}
                },
                None if number == 0 => {}
                None => return Err(LabelError::NoLabel { line: number + 1 }),
            }
        }
        Ok(Self(labels))
    }

    fn of(&self, message_id: &str, recipients: &[String]) -> Option<Label> {
        let by_recipient = || recipients.iter().find_map(|one| self.0.get(&normal(one)));
        let by_id = self.0.get(&normal(message_id)).filter(|_| !message_id.is_empty());
        by_id.or_else(by_recipient).copied()
    }
}

/// A key without brackets and letter case.
fn normal(key: &str) -> String {
    key.trim().trim_start_matches('<').trim_end_matches('>').to_lowercase()
}

/// One message as the content filter logged it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Time of its first row.
    pub time: String,
    /// Message-ID.
    pub message_id: String,
    /// Recipients.
    pub recipients: Vec<String>,
    /// The level; `None` where filtering was bypassed.
    pub scl: Option<Scl>,
    /// The action that was taken.
    pub action: String,
    /// Its label, where one was found.
    pub label: Option<Label>,
}

/// Scored messages of a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transactions {
    /// Rows that are none of the content filter's, or tell no level.
    pub other_rows: u64,
    /// The messages in the order of their times.
    pub messages: Vec<Transaction>,
}

/// Messages of each label that end at one tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LogTier {
    /// The tier.
    pub tier: Tier,
    /// Good messages.
    pub ham: u64,
    /// Unwanted messages.
    pub spam: u64,
}

/// Counts under one threshold setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingCounts {
    /// The setting.
    pub thresholds: Thresholds,
    /// `counts[label][tier]`.
    pub counts: [[u64; 5]; 2],
}

/// What an import found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogSummary {
    /// Lines read.
    pub read: u64,
    /// Lines that could not be used.
    pub skipped: u64,
    /// Rows of other agents, or without a level.
    pub other_rows: u64,
    /// Scored messages.
    pub messages: u64,
    /// Those that had bypassed the filter.
    pub bypassed: u64,
    /// Good messages.
    pub ham: u64,
    /// Unwanted messages.
    pub spam: u64,
    /// Messages without a label: in no count of the sweep.
    pub unlabelled: u64,
    /// Threshold settings evaluated.
    pub threshold_settings: u64,
    /// Messages by tier under the product's default thresholds.
    pub default_tiers: Vec<LogTier>,
}

impl Transactions {
    /// Joins rows to messages (same session and Message-ID) and messages to labels.
    pub fn new(rows: &[AgentLogRow], labels: &LogLabels) -> Self {
        let mut transactions = Self::default();
        let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for row in rows {
            let Some(scl) = level(row) else {
                transactions.other_rows += 1;
                continue;
            };
            let key = (row.get(Field::SessionId), row.get(Field::MessageId));
            let messages = &mut transactions.messages;
            let place = *places.entry(key).or_insert(messages.len());
            if place == messages.len() {
                messages.push(Transaction {
                    time: row.get(Field::Timestamp).to_owned(),
                    message_id: normal(row.get(Field::MessageId)),
                    recipients: Vec::new(),
                    scl,
                    action: row.get(Field::Action).to_owned(),
                    label: None,
                });
            }
            let message = &mut messages[place];
            message.scl = message.scl.max(scl);
            let recipient = row.get(Field::Recipient);
            if !recipient.is_empty() {
                message.recipients.push(recipient.to_owned());
            }
        }
        for message in &mut transactions.messages {
            message.label = labels.of(&message.message_id, &message.recipients);
        }
        transactions
    }

    /// Counts of labelled messages under one setting. All recipients of a message share its
    /// level; a mailbox's own thresholds are in no log.
    pub fn under(&self, thresholds: Thresholds) -> SettingCounts {
        let mut counts = [[0; 5]; 2];
        for message in &self.messages {
            let Some(label) = message.label else { continue };
            let scl = message.scl.unwrap_or(Scl::TRUSTED);
            let tier = match thresholds.gateway(scl) {
                GatewayAction::Delete => Tier::Delete,
                GatewayAction::Reject => Tier::Reject,
                GatewayAction::Quarantine => Tier::Quarantine,
                GatewayAction::Pass if thresholds.junks(scl, JunkComparison::Gt) => {
                    Tier::Junk
                }
                GatewayAction::Pass => Tier::Inbox,
            };
            counts[label.index()][tier.index()] += 1;
        }
        SettingCounts { thresholds, counts }
    }

    /// Counts under every threshold setting with an outcome of its own.
    pub fn sweep(&self) -> Vec<SettingCounts> {
        // Messages of one level and label share every outcome.
        let mut levels: BTreeMap<(Option<Scl>, Label), u64> = BTreeMap::new();
        for message in &self.messages {
            if let Some(label) = message.label {
                *levels.entry((message.scl, label)).or_default() += 1;
            }
        }
        let one = |scl, label| Transaction {
            time: String::new(),
            message_id: String::new(),
            recipients: Vec::new(),
            scl,
            action: String::new(),
            label: Some(label),
        };
        let messages = levels.keys().map(|(scl, label)| one(*scl, *label)).collect();
        let kinds = Self { other_rows: 0, messages };
        let weigh = |thresholds| {
            let mut counts = [[0; 5]; 2];
            for (kind, weight) in kinds.messages.iter().zip(levels.values()) {
                let single = Self { other_rows: 0, messages: vec![kind.clone()] };
                let found = single.under(thresholds).counts;
                for (sum, new) in counts.iter_mut().flatten().zip(found.iter().flatten())
                {
                    *sum += new * weight;
                }
            }
            SettingCounts { thresholds, counts }
        };
        Space::all_thresholds().into_iter().map(weigh).collect()
    }

    /// The messages as a CSV table.
    pub fn csv(&self) -> String {
        let mut text = String::from("time,message_id,recipients,scl,action,label\n");
        for message in &self.messages {
            let scl = message.scl.map_or("bypassed".to_owned(), |scl| scl.to_string());
            let label = message.label.map_or("", Label::name);
            let cells = [
                cell(&message.time),
                cell(&message.message_id),
                cell(&message.recipients.join(";")),
                scl,
                cell(&message.action),
                label.to_owned(),
            ];
            writeln!(text, "{}", cells.join(",")).expect("writing to a string succeeds");
        }
        text
    }

    /// Counts of a sweep as a CSV table.
    pub fn settings_csv(settings: &[SettingCounts]) -> String {
        let mut text = String::from("delete,reject,quarantine,junk");
        for label in Label::ALL {
            for tier in Tier::ALL {
                write!(text, ",{label}_{tier}").expect("writing to a string succeeds");
            }
        }
        text.push('\n');
        for SettingCounts { thresholds, counts } in settings {
            let show = |value: Option<mail::Threshold>| {
                value.map_or("off".to_owned(), |value| value.to_string())
            };
            let thresholds = [
                thresholds.delete,
                thresholds.reject,
                thresholds.quarantine,
                thresholds.junk,
            ];
            let counts = counts.iter().flatten().map(ToString::to_string);
            let cells: Vec<_> = thresholds.map(show).into_iter().chain(counts).collect();
            writeln!(text, "{}", cells.join(",")).expect("writing to a string succeeds");
        }
        text
    }

    /// Figures for people and programs; `read` and `skipped` are those of the log.
    pub fn summary(&self, read: u64, skipped: u64, default: Thresholds) -> LogSummary {
        let count = |is: &dyn Fn(&Transaction) -> bool| {
            self.messages.iter().filter(|message| is(message)).count() as u64
        };
        let counts = self.under(default).counts;
        LogSummary {
            read,
            skipped,
            other_rows: self.other_rows,
            messages: self.messages.len() as u64,
            bypassed: count(&|message| message.scl.is_none()),
            ham: count(&|message| message.label == Some(Label::Ham)),
            spam: count(&|message| message.label == Some(Label::Spam)),
            unlabelled: count(&|message| message.label.is_none()),
            threshold_settings: Space::all_thresholds().len() as u64,
            default_tiers: Tier::ALL
                .into_iter()
                .map(|tier| LogTier {
                    tier,
                    ham: counts[0][tier.index()],
                    spam: counts[1][tier.index()],
                })
                .collect(),
        }
    }
}

/// A cell in quotes; text that a spreadsheet would take for a formula gets a mark before it.
fn cell(text: &str) -> String {
    let text: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let formula = text.starts_with(['=', '+', '-', '@']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(session: &str, id: &str, to: &str, data: &str) -> AgentLogRow {
        AgentLogRow::default()
            .with(Field::SessionId, session)
            .with(Field::MessageId, id)
            .with(Field::Recipient, to)
            .with(Field::Agent, "Content Filter Agent")
            .with(Field::Action, "AcceptMessage")
            .with(Field::ReasonData, data)
    }

    #[test]
    fn rows_become_messages_and_messages_get_labels() {
        let rows = [
            row("1", "<A@x>", "ann@corp.example", "8"),
            row("1", "<A@x>", "bob@corp.example", "8"),
            row("2", "", "trap@corp.example", "5"),
            row("3", "<c@x>", "ann@corp.example", "not available: bypassed"),
            row("4", "<d@x>", "ann@corp.example", "odd"),
        ];
        let labels = "key,label\n<a@X>,ham\ntrap@corp.example,spam\n\"c@x\",ham\n";
        let labels = LogLabels::parse(labels).unwrap();
        let found = Transactions::new(&rows, &labels);
        assert_eq!((found.messages.len(), found.other_rows), (3, 1));
        assert_eq!(found.messages[0].recipients.len(), 2);
        let at = |value| mail::Threshold::new(value).ok();
        let thresholds =
            Thresholds { delete: at(9), reject: at(8), quarantine: None, junk: at(4) };
        // Bypassed to the inbox, 8 at equality refused; 5 above 4 junked.
        let counts = found.under(thresholds).counts;
        assert_eq!(counts, [[1, 0, 0, 1, 0], [0, 1, 0, 0, 0]]);
        let sweep = found.sweep();
        assert_eq!(sweep.len(), 2_420);
        for setting in &sweep {
            assert_eq!(setting, &found.under(setting.thresholds));
        }
        assert!(Transactions::settings_csv(&sweep).lines().count() == 2_421);
    }

    #[test]
    fn a_line_without_a_label_is_named() {
        let error = LogLabels::parse("id,label\na,ham\nb,good\n");
        assert_eq!(error, Err(LabelError::NoLabel { line: 3 }));
    }

    #[test]
    fn a_line_that_contradicts_another_is_named() {
        let error = LogLabels::parse("a,ham\nb,spam\nA,ham\n<a>,spam\n");
        assert_eq!(error, Err(LabelError::Contradicts { line: 4 }));
    }

    #[test]
    fn cells_hold_no_formulas() {
        assert_eq!(cell("=1+1\"\n"), "\"'=1+1\"\" \"");
    }
}
