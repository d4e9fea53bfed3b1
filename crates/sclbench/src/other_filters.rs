//! Thresholds as the configuration of other filters: what maps truly, and in words what does
//! not.
//!
//! Their scores have no end, so a level of the product begins at one of them: the cuts that
//! `--stamp` reads recorded scores with.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use filter::ScoreCuts;
use mail::{GatewayAction, JunkComparison, Scl, Thresholds, Tier};

/// A policy's thresholds as they act on plain mail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ladder {
    /// The thresholds.
    pub(crate) thresholds: Thresholds,
    /// How the store compares.
    pub(crate) comparison: JunkComparison,
}

/// Where a tier begins.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rung {
    tier: Tier,
    score: f64,
}

impl Ladder {
    fn tier(&self, scl: Scl) -> Tier {
        match self.thresholds.gateway(scl) {
            GatewayAction::Delete => Tier::Delete,
            GatewayAction::Reject => Tier::Reject,
            GatewayAction::Quarantine => Tier::Quarantine,
            GatewayAction::Pass if self.thresholds.junks(scl, self.comparison) => {
                Tier::Junk
            }
            GatewayAction::Pass => Tier::Inbox,
        }
    }

    /// The tiers that act, mildest first, each with the score it begins at.
    fn rungs(&self, cuts: ScoreCuts) -> Result<Vec<Rung>> {
        let mut rungs: Vec<Rung> = Vec::new();
        let begins = std::iter::once(f64::NEG_INFINITY).chain(cuts.cuts());
        for (level, score) in (0..).zip(begins) {
            let tier = self.tier(Scl::rating(level));
            if tier == Tier::Inbox || rungs.last().is_some_and(|rung| rung.tier == tier) {
                continue;
            }
            if !score.is_finite() {
                bail!(
                    "{tier} acts at every SCL, and no score of another filter stands for \
                     that; set its threshold to 1 or more, or switch it off"
                );
            }
            rungs.push(Rung { tier, score });
        }
        Ok(rungs)
    }

    /// Tiers that are on and take no message, in words.
    fn dead(&self, rungs: &[Rung]) -> Vec<String> {
        let Thresholds { delete, reject, quarantine, junk } = self.thresholds;
        let on = [
            (Tier::Delete, delete),
            (Tier::Reject, reject),
            (Tier::Quarantine, quarantine),
            (Tier::Junk, junk),
        ];
        let dead = |(tier, value): &(Tier, Option<mail::Threshold>)| {
            value.is_some() && !rungs.iter().any(|rung| rung.tier == *tier)
        };
        on.iter()
            .filter(|one| dead(one))
            .filter_map(|(tier, value)| {
                let value = (*value)?;
                Some(format!(
                    "{tier} {value} takes no message: a harsher tier has its levels, or \
                     there are none"
                ))
            })
            .collect()
    }
}

/// What no score can say.
const LEFT_OUT: [&str; 5] = [
    "Not exported, because no score stands for it: the order of agents and their settings,",
    "lists, rules, custom phrases, steps of the Sender ID result, mailboxes with thresholds",
    "of their own, the quarantine mailbox. Mail that these stop or spare in the policy ends",
    "elsewhere here: replay mail with these scores (`--stamp`) and no other agent to see",
    "what the thresholds alone do.",
];

fn opening(file: &str, ladder: &Ladder, name: &str, cuts: ScoreCuts) -> String {
    let each = cuts.cuts().map(|cut| cut.to_string()).join(" ");
    let mut text = String::new();
    let mut line = |words: &str| {
        writeln!(text, "# {words}").expect("writing to a string does not fail");
    };
    line(&format!("{file}: thresholds of {name} ({}).", ladder.thresholds));
    line(&format!("SCL 1 to 9 begin at scores {each}, as sclbench reads them."));
    text
}

fn comment(text: &mut String, lines: impl IntoIterator<Item = impl AsRef<str>>) {
    for line in lines {
        writeln!(text, "# {}", line.as_ref()).expect("writing to a string does not fail");
    }
}

/// One line of visible letters: names of files come from outside.
fn visible(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// `local.cf` of SpamAssassin: it marks mail and does nothing else with it.
///
/// # Errors
///
/// A tier acts at every level.
pub(crate) fn spamassassin(ladder: &Ladder, name: &str) -> Result<String> {
    let cuts = ScoreCuts::SPAMASSASSIN;
    let rungs = ladder.rungs(cuts)?;
    let name = visible(name);
    let mut text = opening("local.cf of SpamAssassin", ladder, &name, cuts);
    match rungs.first() {
        Some(Rung { score, .. }) => {
            comment(&mut text, ["A message is marked at this score and above."]);
            writeln!(text, "required_score {score:.2}")?;
            comment(
                &mut text,
                [
                    "SpamAssassin only marks. What takes the mail from it (a milter, the mail",
                    "server, Sieve) has to act on the score:",
                ],
            );
            let acts = |rung: &Rung| {
                format!("  {:<11} at {:.2} and above", rung.tier.name(), rung.score)
            };
            comment(&mut text, rungs.iter().map(acts));
        }
        None => comment(&mut text, ["No tier acts: there is nothing to set."]),
    }
    comment(&mut text, ladder.dead(&rungs));
    comment(&mut text, LEFT_OUT);
    Ok(text)
}

/// `local.d/actions.conf` of rspamd.
///
/// # Errors
///
/// A tier acts at every level.
pub(crate) fn rspamd(ladder: &Ladder, name: &str) -> Result<String> {
    let cuts = ScoreCuts::RSPAMD;
    let rungs = ladder.rungs(cuts)?;
    let name = visible(name);
    let mut text = opening("local.d/actions.conf of rspamd", ladder, &name, cuts);
    comment(
        &mut text,
        ["The action with the highest score that a message reaches is taken."],
    );
    for (tier, action) in [
        (Tier::Junk, "add_header"),
        (Tier::Quarantine, "quarantine"),
        (Tier::Reject, "reject"),
        (Tier::Delete, "discard"),
    ] {
        let rung = rungs.iter().find(|rung| rung.tier == tier);
        match (tier, rung) {
            (_, Some(Rung { score, .. })) => writeln!(text, "{action} = {score:.2};")?,
            // These two are on unless they are switched off.
            (Tier::Junk | Tier::Reject, None) => writeln!(text, "{action} = null;")?,
            (Tier::Inbox | Tier::Quarantine | Tier::Delete, None) => {}
        }
    }
    comment(
        &mut text,
        [
            "add_header marks for the junk folder; Sieve or the mail server moves it there.",
            "quarantine and discard are of rspamd 1.9 and later, and the mail server has to",
            "know them. greylist is left as it is: a delay is no tier (`greylist = null;`).",
        ],
    );
    comment(&mut text, ladder.dead(&rungs));
    comment(&mut text, LEFT_OUT);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use mail::Threshold;

    use super::*;

    fn every_ladder() -> Vec<Ladder> {
        let values = |from| {
            let on = (from..=9).filter_map(|n| Threshold::new(n).ok().map(Some));
            std::iter::once(None).chain(on).collect::<Vec<_>>()
        };
        let mut ladders = Vec::new();
        for delete in values(1) {
            for reject in values(1) {
                for quarantine in values(1) {
                    for junk in values(0) {
                        let thresholds = Thresholds { delete, reject, quarantine, junk };
                        for comparison in [JunkComparison::Gt, JunkComparison::Ge] {
                            ladders.push(Ladder { thresholds, comparison });
                        }
                    }
                }
            }
        }
        ladders
    }

    /// Scores at and just below every cut, and far from all.
    fn around(cuts: ScoreCuts) -> impl Iterator<Item = f64> {
        cuts.cuts().into_iter().flat_map(|cut| [cut - 0.01, cut]).chain([-20.0, 99.0])
    }

    /// The actions of a file as rspamd takes them: the highest score reached.
    fn acts(text: &str, score: f64) -> Tier {
        let mut best = (f64::NEG_INFINITY, Tier::Inbox);
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (action, value) = line.split_once(" = ").unwrap();
            let Ok(value) = value.trim_end_matches(';').parse::<f64>() else {
                assert_eq!(value, "null;");
                continue;
            };
            let tier = match action {
                "add_header" => Tier::Junk,
                "quarantine" => Tier::Quarantine,
                "reject" => Tier::Reject,
                "discard" => Tier::Delete,
                other => panic!("{other}"),
            };
            if score >= value && value > best.0 {
                best = (value, tier);
            }
        }
        best.1
    }

    #[test]
    fn every_score_ends_at_the_tier_of_its_level() {
        for ladder in every_ladder() {
            let Ok(text) = rspamd(&ladder, "p.toml") else {
                // Only a store that junks at 0 and above acts at every level.
                assert_eq!(ladder.tier(Scl::rating(0)), Tier::Junk, "{ladder:?}");
                continue;
            };
            for score in around(ScoreCuts::RSPAMD) {
                let expected = ladder.tier(ScoreCuts::RSPAMD.scl(score));
                assert_eq!(
                    acts(&text, score),
                    expected,
                    "{ladder:?} at {score}:\n{text}"
                );
            }
        }
    }

    #[test]
    fn mail_is_marked_exactly_where_it_does_not_stay_in_the_inbox() {
        for ladder in every_ladder() {
            let Ok(text) = spamassassin(&ladder, "p.toml") else { continue };
            let mark = text.lines().find_map(|line| line.strip_prefix("required_score "));
            let mark: f64 = mark.map_or(f64::INFINITY, |score| score.parse().unwrap());
            for score in around(ScoreCuts::SPAMASSASSIN) {
                let stays =
                    ladder.tier(ScoreCuts::SPAMASSASSIN.scl(score)) == Tier::Inbox;
                assert_eq!(score < mark, stays, "{ladder:?} at {score}:\n{text}");
            }
        }
    }

    #[test]
    fn a_file_name_stays_a_comment() {
        let ladder =
            Ladder { thresholds: Thresholds::default(), comparison: JunkComparison::Gt };
        let text = rspamd(&ladder, "a\nreject = 0;\r.toml").unwrap();
        assert!(text.contains("thresholds of a?reject = 0;?.toml"), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("reject = 0")));
    }
}
