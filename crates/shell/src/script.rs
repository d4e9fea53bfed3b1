//! Scripts with evidence and the way back.

use agents::{PolicySpec, SpecError};

use crate::language::DIRECTIVE;
use crate::order::{apply, shortest_moves};
use crate::{comment, edge_changes, organization_changes, quoted};

/// One `Set-TransportAgent -Priority`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriorityChange {
    /// Agent name.
    pub agent: String,
    /// New priority, from 1.
    pub priority: usize,
}

impl PriorityChange {
    fn line(&self) -> String {
        format!("Set-TransportAgent {} -Priority {}", quoted(&self.agent), self.priority)
    }
}

/// The lines of one script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    lines: Vec<String>,
    back: Vec<String>,
}

impl Script {
    /// The whole text, line ends included (carriage return and line feed, as the shell's
    /// own tools write them). A byte order mark opens it where it holds more than ASCII:
    /// the shell would else read the bytes in the system's code page, in which some of them
    /// are quotes.
    pub fn text(&self) -> String {
        let mut all = self.lines.clone();
        if !self.back.is_empty() {
            all.extend([String::new(), comment(ROLLBACK)]);
            all.extend(self.back.iter().map(|line| way_back(line)));
        }
        let lines: String = all.iter().flat_map(|line| [line.as_str(), "\r\n"]).collect();
        if lines.is_ascii() { lines } else { format!("\u{feff}{lines}") }
    }

    /// This script and another behind it, in one; the ways back follow each other too.
    #[must_use]
    pub fn followed_by(mut self, other: Self) -> Self {
        self.lines.push(String::new());
        self.lines.extend(other.lines);
        self.back.extend(other.back);
        self
    }

    fn new(kind: ScriptKind, evidence: &[String]) -> Self {
        Self { lines: kind.opening(evidence), back: Vec::new() }
    }

    fn body(&mut self, forward: &[String], backward: &[String]) {
        if forward.is_empty() {
            self.lines.push(comment(NOTHING));
            return;
        }
        self.lines.extend(forward.iter().cloned());
        // A remark that nothing restarts needs no way back.
        let remark = no_restart();
        self.back = backward.iter().filter(|line| **line != remark).cloned().collect();
    }
}

/// The way back that a script of this crate carries in comments, as a script of its own;
/// `None` where it carries none.
pub fn rollback(script: &str) -> Option<String> {
    let heading = comment(ROLLBACK);
    let mut lines = script.lines().skip_while(|line| line.trim_end() != heading);
    lines.next()?;
    let line = |line: &str| line.strip_prefix("# ").unwrap_or(line).to_owned() + "\n";
    Some(lines.map(line).collect())
}

/// Where a script is to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptKind {
    /// On every Edge server.
    Edge,
    /// Inside the organization.
    Organization,
}

impl ScriptKind {
    /// The lines above the first cmdlet: what the script is, what it rests on.
    pub fn opening(self, evidence: &[String]) -> Vec<String> {
        let remarks: &[&str] = match self {
            Self::Edge => &[
                "Anti-spam settings for an Edge Transport server, written by sclbench.",
                "Run it on every Edge server: settings are not replicated between them.",
                "The restart stops mail flow for a moment; priorities take effect only \
                 after it.",
                "The junk threshold is not here: it belongs to the internal organization.",
            ],
            Self::Organization => &[
                "Junk threshold of the organization, written by sclbench.",
                "Run it inside the organization; on an Edge server it has no effect.",
                "The store moves mail to Junk at an SCL greater than the threshold.",
            ],
        };
        let mut lines: Vec<String> = remarks.iter().map(|line| comment(line)).collect();
        lines.push(comment(""));
        lines.extend(evidence.iter().map(|line| comment(line)));
        lines.push(String::new());
        lines
    }
}

/// A line of the way back, as a comment.
pub fn way_back(line: &str) -> String {
    comment(line)
}

/// Stands in a script that changes nothing.
pub const NOTHING: &str = "Nothing to change here.";
/// Stands above the way back.
pub const ROLLBACK: &str = "Rollback: the lines below give the starting settings back.";
/// Stands where quarantine is switched on and no mailbox is named.
pub const QUARANTINE_MAILBOX: &str = "Quarantine needs a mailbox; set it first: \
                                      Set-ContentFilterConfig -QuarantineMailbox address";
/// Makes priorities take effect.
pub const RESTART: &str = "Restart-Service MSExchangeTransport";

/// Stands in place of [`RESTART`] where no agent changed.
pub fn no_restart() -> String {
    comment(&format!("{RESTART} is not needed: no agent changed."))
}

/// Whether `to` switches quarantine on and names no mailbox, and `from` does not.
pub fn lacks_quarantine_mailbox(from: &PolicySpec, to: &PolicySpec) -> bool {
    to.content_filter.scl_quarantine_enabled
        && !from.content_filter.scl_quarantine_enabled
        && to.content_filter.quarantine_mailbox.is_none()
}

/// `edge.ps1`: priorities and switches of agents first, then settings, then the restart that
/// makes the former take effect; the exact way back as comments.
///
/// `moves` are taken where they lead from the order of `from` to that of `to`; else the
/// shortest list that does is worked out.
///
/// # Errors
///
/// [`SpecError`] where a policy's list of agents is wrong.
pub fn edge_script(
    from: &PolicySpec,
    to: &PolicySpec,
    moves: &[PriorityChange],
    evidence: &[String],
) -> Result<Script, SpecError> {
    let mut script = Script::new(ScriptKind::Edge, evidence);
    if lacks_quarantine_mailbox(from, to) {
        script.lines.push(comment(QUARANTINE_MAILBOX));
    }
    let forward = edge_lines(from, to, moves)?;
    if forward.iter().any(|line| line.starts_with(DIRECTIVE)) {
        script.lines.push(comment(SIMULATION));
    }
    script.body(&forward, &edge_lines(to, from, &[])?);
    Ok(script)
}

const SIMULATION: &str = "Comments that begin with `#sclbench:` carry what no cmdlet of the \
     product says; its shell skips them, `sclbench shell` reads them.";

fn edge_lines(
    from: &PolicySpec,
    to: &PolicySpec,
    moves: &[PriorityChange],
) -> Result<Vec<String>, SpecError> {
    let (start, goal) = (from.pending_order()?, to.agent_order()?);
    let mut lines = agent_lines(&start, &goal, moves);
    let restart = !lines.is_empty() || from.agent_order()? != goal;
    lines.extend(edge_changes(from, to));
    if restart {
        lines.push(RESTART.to_owned());
    } else if !lines.is_empty() {
        lines.push(no_restart());
    }
    let waiting = agent_lines(&goal, &to.pending_order()?, &[]);
    if !waiting.is_empty() {
        lines.push(comment("The lines below wait for the next restart."));
        lines.extend(waiting);
    }
    Ok(lines)
}

/// The lines that turn one list of agents into another.
fn agent_lines(
    from: &[(&'static str, bool)],
    to: &[(&'static str, bool)],
    moves: &[PriorityChange],
) -> Vec<String> {
    let names = |order: &[(&'static str, bool)]| -> Vec<&'static str> {
        order.iter().map(|(name, _)| *name).collect()
    };
    let (start, goal) = (names(from), names(to));
    let mut lines = priority_lines(&start, &goal, moves);
    for (name, on) in to {
        if from.iter().any(|(other, was)| other == name && was != on) {
            let verb = if *on { "Enable" } else { "Disable" };
            lines.push(format!("{verb}-TransportAgent {} -Confirm:$false", quoted(name)));
        }
    }
    lines
}

/// The cmdlets that lead from one agent order to another: `moves` where they do, else the
/// shortest list that does.
pub fn priority_lines(
    from: &[&str],
    to: &[&str],
    moves: &[PriorityChange],
) -> Vec<String> {
    if apply(from, moves) == to {
        moves.iter().map(PriorityChange::line).collect()
    } else {
        shortest_moves(from, to).iter().map(PriorityChange::line).collect()
    }
}

/// `organization.ps1`: the junk threshold.
pub fn organization_script(
    from: &PolicySpec,
    to: &PolicySpec,
    evidence: &[String],
) -> Script {
    let mut script = Script::new(ScriptKind::Organization, evidence);
    script.body(&organization_changes(from, to), &organization_changes(to, from));
    script
}

#[cfg(test)]
mod tests {
    use mail::{Threshold, Thresholds};

    use super::*;

    fn recommended() -> (PolicySpec, PolicySpec, Vec<PriorityChange>) {
        let from = PolicySpec::default();
        let mut to = from.clone();
        let at = |value| Threshold::new(value).ok();
        to.set_thresholds(&Thresholds {
            delete: at(9),
            reject: at(7),
            quarantine: None,
            junk: at(5),
        });
        let mut names: Vec<String> = from
            .agent_order()
            .unwrap()
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect();
        names.swap(2, 3);
        to.set_order(&names).unwrap();
        let moves =
            vec![PriorityChange { agent: "Content Filter Agent".into(), priority: 3 }];
        (from, to, moves)
    }

    #[test]
    fn only_changed_values_priorities_first_restart_last() {
        let (from, to, moves) = recommended();
        let script = edge_script(&from, &to, &moves, &["evidence".into()]).unwrap();
        insta::assert_snapshot!(script.text().replace("\r\n", "\n"), @r"
        # Anti-spam settings for an Edge Transport server, written by sclbench.
        # Run it on every Edge server: settings are not replicated between them.
        # The restart stops mail flow for a moment; priorities take effect only after it.
        # The junk threshold is not here: it belongs to the internal organization.
        #
        # evidence

        Set-TransportAgent 'Content Filter Agent' -Priority 3
        Set-ContentFilterConfig -SCLDeleteThreshold 9 -SCLDeleteEnabled $true
        Restart-Service MSExchangeTransport

        # Rollback: the lines below give the starting settings back.
        # Set-TransportAgent 'Edge Rule Agent' -Priority 3
        # Set-ContentFilterConfig -SCLDeleteEnabled $false
        # Restart-Service MSExchangeTransport
        ");
    }

    #[test]
    fn every_setting_has_its_cmdlet_and_its_way_back() {
        let from = PolicySpec::default();
        let text = |to: &PolicySpec| {
            let script = edge_script(&from, to, &[], &[]).unwrap();
            let text = script.text().replace("\r\n", "\n");
            text.split_once("\n\n").unwrap().1.to_owned()
        };
        let mut to = from.clone();
        to.agents.push(agents::AgentEntry {
            name: "Connection Filtering Agent".into(),
            priority: 1,
            enabled: false,
        });
        to.content_filter.scl_quarantine_enabled = true;
        to.content_filter.bypassed_senders = vec!["o'neil@example.org".into()];
        to.content_filter.phrases = toml_phrases();
        to.connection_filter.ip_block_list_config.internal_mail_enabled = true;
        to.sender_id.spoofed_domain_action = agents::SenderIdAction::Reject;
        to.sender_filter.blank_sender_blocking_enabled = true;
        to.recipient_filter.recipient_validation_enabled = true;
        to.sender_reputation.srl_block_threshold = 5;
        to.attachment_filter.entries.retain(|entry| entry != "FileName:*.url");
        to.attachment_filter.entries.push("ContentType:image/x-evil".into());
        to.content_filter.sender_id_fail_steps = 3;
        insta::assert_snapshot!(text(&to));
    }

    fn toml_phrases() -> Vec<filter::Phrase> {
        vec![filter::Phrase {
            phrase: "cheap \u{2019}pills\u{2019}; Remove-Item".into(),
            influence: filter::Influence::BadWord,
        }]
    }

    #[test]
    fn moves_that_lead_elsewhere_are_worked_out_anew() {
        let (from, to, _) = recommended();
        let wrong = [PriorityChange { agent: "Sender Id Agent".into(), priority: 1 }];
        let text = edge_script(&from, &to, &wrong, &[]).unwrap().text();
        assert!(!text.contains("Sender Id Agent"));
        assert!(
            text.contains(
                "\r\nSet-TransportAgent 'Content Filter Agent' -Priority 3\r\n"
            )
        );
    }

    #[test]
    fn a_script_with_more_than_ascii_opens_with_a_byte_order_mark() {
        let from = PolicySpec::default();
        let script = edge_script(&from, &from, &[], &["corpus: 메일".into()]).unwrap();
        assert!(script.text().starts_with('\u{feff}'));
        let plain = edge_script(&from, &from, &[], &["corpus: mail".into()]).unwrap();
        assert!(plain.text().starts_with('#'));
    }

    #[test]
    fn evidence_cannot_become_a_command() {
        let (from, to, moves) = recommended();
        let evil = ["a\nRemove-Item x\r\u{2028}Remove-Item\u{85}y".to_owned()];
        let edge = edge_script(&from, &to, &moves, &evil).unwrap().text();
        for line in edge.lines() {
            let known = ["#", "Set-", "Restart-Service"];
            assert!(
                line.is_empty() || known.iter().any(|k| line.starts_with(k)),
                "{line}"
            );
        }
    }

    #[test]
    fn the_junk_threshold_goes_to_the_organization() {
        let (from, to, _) = recommended();
        let text = organization_script(&from, &to, &[]).text();
        assert!(text.contains("\r\nSet-OrganizationConfig -SCLJunkThreshold 5\r\n"));
        assert!(text.contains("\r\n# Set-OrganizationConfig -SCLJunkThreshold 4\r\n"));
    }

    #[test]
    fn nothing_changed_is_said() {
        let from = PolicySpec::default();
        let script = edge_script(&from, &from, &[], &[]).unwrap();
        assert!(script.text().ends_with("# Nothing to change here.\r\n"));
    }
}
