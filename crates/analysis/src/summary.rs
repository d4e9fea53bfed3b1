//! What one policy did, as numbers.

use std::collections::BTreeMap;

use mail::{Label, Tier};
use serde::{Deserialize, Serialize};
use sweep::{Cause, Cost, Tally};

use crate::{Error, Rate};

/// What a run counts.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// The case, at the harshest tier any of its recipients met.
    #[default]
    Case,
    /// Each recipient of each case.
    Delivery,
}

/// What was read, and what of it became cases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// Messages found in the sources.
    pub read: u64,
    /// Messages that became cases.
    pub cases: u64,
    /// The rest, by reason.
    pub skipped_reasons: BTreeMap<String, u64>,
    /// How labels were changed, in words: corrections, and wrong labels on purpose.
    pub labels: Vec<String>,
    /// Cases that were in the training mail of what scores them.
    pub overlap: u64,
}

impl Reading {
    /// All skipped messages.
    pub fn skipped(&self) -> u64 {
        self.skipped_reasons.values().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Checks read = cases + skipped.
    ///
    /// # Errors
    ///
    /// [`Error::Unbalanced`] where it does not hold.
    pub fn check(&self) -> Result<(), Error> {
        balance(
            "messages read",
            self.read,
            "cases + skipped",
            self.cases.saturating_add(self.skipped()),
        )
    }
}

/// Ham and spam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exact {
    /// Good messages.
    pub ham: u64,
    /// Spam messages.
    pub spam: u64,
}

/// One acting tier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TierRow {
    /// The tier.
    pub tier: Tier,
    /// Ham that ended exactly there.
    pub ham: u64,
    /// Spam that ended exactly there.
    pub spam: u64,
    /// Ham that ended there or harsher ÷ all ham; its `count` is that cumulative count.
    pub fp: Rate,
    /// Spam that ended milder than there ÷ all spam; its `count` is that count.
    #[serde(rename = "fn")]
    pub missed: Rate,
}

/// What one cause put into one tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedRow {
    /// Agent that decided.
    pub agent: String,
    /// Its reason.
    pub reason: String,
    /// The tier.
    pub tier: Tier,
    /// Good messages.
    pub ham: u64,
    /// Spam messages.
    pub spam: u64,
}

/// What the policy spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CostRow {
    /// Messages the content filter scored.
    pub content_scans: u64,
    /// DNS questions asked.
    pub dns_questions: u64,
    /// Bytes of the messages the content filter scored.
    pub bytes_scanned: u64,
}

impl From<Cost> for CostRow {
    fn from(cost: Cost) -> Self {
        let Cost { content_scans, dns_questions, bytes_scanned } = cost;
        Self { content_scans, dns_questions, bytes_scanned }
    }
}

/// What one policy did: the object that `replay --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Messages found in the sources.
    pub read: u64,
    /// Messages that did not become cases.
    pub skipped: u64,
    /// Messages that did.
    pub cases: u64,
    /// Good units.
    pub ham: u64,
    /// Spam units.
    pub spam: u64,
    /// Why messages were skipped.
    pub skipped_reasons: BTreeMap<String, u64>,
    /// How labels were changed while reading, in words; none where they were not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Cases that were in the training mail of what scored them; left out where none were.
    #[serde(default, skip_serializing_if = "is_none")]
    pub overlap: u64,
    /// What is counted; under `case`, cases = ham + spam.
    pub unit: Unit,
    /// Junk, quarantine, reject, delete.
    pub tiers: Vec<TierRow>,
    /// What reached the inbox.
    pub inbox: Exact,
    /// By deciding agent, reason and tier, in the order of the causes.
    pub decided_by: Vec<DecidedRow>,
    /// What it cost.
    pub cost: CostRow,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

/// What a [`Summary`] is made from.
#[derive(Debug, Clone, Copy)]
pub struct Counts<'a> {
    /// What was read.
    pub reading: &'a Reading,
    /// What is counted.
    pub unit: Unit,
    /// Where it ended.
    pub tally: &'a Tally,
    /// Who [`sweep::Decided::cause`] means.
    pub causes: &'a [Cause],
    /// What it cost.
    pub cost: Cost,
}

impl Summary {
    /// Sums up one policy.
    ///
    /// # Errors
    ///
    /// [`Error::Unbalanced`] unless read = cases + skipped, the tally holds every case (or,
    /// by delivery, at least one delivery for each), and the deciding causes sum to the
    /// tally; [`Error::Inconsistent`] for a cause that is not in the table.
    pub fn new(counts: Counts<'_>) -> Result<Self, Error> {
        let Counts { reading, unit, tally, causes, cost } = counts;
        reading.check()?;
        check_decided(tally)?;
        let [ham, spam] = Label::ALL.map(|label| tally.total(label));
        match unit {
            Unit::Case => balance("cases", reading.cases, "units tallied", ham + spam)?,
            Unit::Delivery if ham + spam < reading.cases => {
                balance("cases", reading.cases, "deliveries tallied", ham + spam)?;
            }
            Unit::Delivery => {}
        }
        let inbox = Tier::Inbox.index();
        Ok(Self {
            read: reading.read,
            skipped: reading.skipped(),
            cases: reading.cases,
            ham,
            spam,
            skipped_reasons: reading.skipped_reasons.clone(),
            labels: reading.labels.clone(),
            overlap: reading.overlap,
            unit,
            tiers: tier_rows(tally),
            inbox: Exact { ham: tally.tiers[0][inbox], spam: tally.tiers[1][inbox] },
            decided_by: decided_rows(tally, causes)?,
            cost: cost.into(),
        })
    }
}

/// The four acting tiers, mildest first.
pub fn tier_rows(tally: &Tally) -> Vec<TierRow> {
    let row = |tier: Tier| TierRow {
        tier,
        ham: tally.tiers[Label::Ham.index()][tier.index()],
        spam: tally.tiers[Label::Spam.index()][tier.index()],
        fp: Rate::false_positives(tally, tier),
        missed: Rate::false_negatives(tally, tier),
    };
    Tier::ACTING.into_iter().map(row).collect()
}

/// The tally's causes by name.
///
/// # Errors
///
/// [`Error::Inconsistent`] for a cause that is not in `causes`.
pub fn decided_rows(tally: &Tally, causes: &[Cause]) -> Result<Vec<DecidedRow>, Error> {
    let rows = tally.decided.iter().map(|decided| {
        let cause = causes.get(usize::from(decided.cause)).ok_or_else(|| {
            Error::Inconsistent {
                what: format!("cause `{}` is not in the table of causes", decided.cause),
            }
        })?;
        Ok(DecidedRow {
            agent: cause.agent.clone(),
            reason: cause.reason.clone(),
            tier: decided.tier,
            ham: decided.counts[0],
            spam: decided.counts[1],
        })
    });
    rows.collect()
}

/// Checks that the deciding causes of a tally sum to its tiers.
pub(crate) fn check_decided(tally: &Tally) -> Result<(), Error> {
    for label in Label::ALL {
        for tier in Tier::ALL {
            let decided = tally
                .decided
                .iter()
                .filter(|decided| decided.tier == tier)
                .fold(0, |sum: u64, d| sum.saturating_add(d.counts[label.index()]));
            let ended = tally.tiers[label.index()][tier.index()];
            let name = format!("{label} that ended at {tier}");
            balance(&name, ended, "the sum over its deciding causes", decided)?;
        }
    }
    Ok(())
}

pub(crate) fn balance(
    left_name: &str,
    left: u64,
    right_name: &str,
    right: u64,
) -> Result<(), Error> {
    if left == right {
        return Ok(());
    }
    let (left_name, right_name) = (left_name.to_owned(), right_name.to_owned());
    Err(Error::Unbalanced { left_name, left, right_name, right })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::testing;

    use super::*;

    fn counts<'a>(
        reading: &'a Reading,
        tally: &'a Tally,
        causes: &'a [Cause],
    ) -> Counts<'a> {
        Counts { reading, unit: Unit::Case, tally, causes, cost: Cost::default() }
    }

    #[test]
    fn the_json_object_has_the_documented_keys() {
        let tally = testing::tally([[5, 1, 0, 0, 0], [1, 0, 0, 2, 0]]);
        let skipped_reasons = BTreeMap::from([("no header".to_owned(), 1)]);
        let reading =
            Reading { read: 10, cases: 9, skipped_reasons, ..Reading::default() };
        let cost = Cost { content_scans: 7, dns_questions: 3, bytes_scanned: 900 };
        let causes = testing::causes();
        let summary =
            Summary::new(Counts { cost, ..counts(&reading, &tally, &causes) }).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&summary).unwrap());
    }

    proptest! {
        #[test]
        fn a_summary_conserves_every_message(
            tiers in testing::tiers(40),
            lost in 0u64..3,
            skipped in 0u64..5,
        ) {
            let (tally, causes) = (testing::tally(tiers), testing::causes());
            let cases = tally.total(Label::Ham) + tally.total(Label::Spam);
            let skipped_reasons = BTreeMap::from([("empty".to_owned(), skipped)]);
            let reading =
                Reading { read: cases + skipped + lost, cases, skipped_reasons, ..Reading::default() };
            let summary = Summary::new(counts(&reading, &tally, &causes));
            if lost > 0 {
                let unbalanced = matches!(
                    summary,
                    Err(Error::Unbalanced { left, right, .. }) if left == right + lost
                );
                prop_assert!(unbalanced);
                return Ok(());
            }
            let s = summary.unwrap();
            prop_assert_eq!(s.read, s.cases + s.skipped);
            prop_assert_eq!(s.cases, s.ham + s.spam);
            let ham: u64 = s.tiers.iter().map(|row| row.ham).sum();
            prop_assert_eq!(s.ham, s.inbox.ham + ham);
            prop_assert_eq!(s.spam, s.decided_by.iter().map(|row| row.spam).sum::<u64>());
            prop_assert!(s.tiers.is_sorted_by(|a, b| a.fp.count >= b.fp.count));
            prop_assert!(s.tiers.is_sorted_by(|a, b| a.missed.count <= b.missed.count));
            // JSON keeps the counts exactly and the rates to the last place or so.
            let json = serde_json::to_string(&s).unwrap();
            let read: Summary = serde_json::from_str(&json).unwrap();
            let again = read.tiers.iter().map(|row| (row.fp.count, row.missed.count));
            prop_assert!(again.eq(s.tiers.iter().map(|r| (r.fp.count, r.missed.count))));
            prop_assert_eq!(read.decided_by, s.decided_by);
        }

        #[test]
        fn a_tally_of_other_cases_is_refused(tiers in testing::tiers(40), more in 1u64..9) {
            let (mut tally, causes) = (testing::tally(tiers), testing::causes());
            let cases = tally.total(Label::Ham) + tally.total(Label::Spam) + more;
            let reading = Reading { read: cases, cases, ..Reading::default() };
            prop_assert!(Summary::new(counts(&reading, &tally, &causes)).is_err());
            tally.tiers[0][1] += more;
            prop_assert!(Summary::new(counts(&reading, &tally, &causes)).is_err());
        }
    }
}
