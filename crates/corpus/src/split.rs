//! Splits into train, tune and hold-out.
//!
//! By time, as a filter meets mail: it learns from the past. Or by a keyed hash of the
//! campaign, so that no text has copies on both sides. A random split by message would leak
//! near duplicates and is not offered.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use mail::{CaseId, Label, Provenance, Timestamp};

use crate::{Error, LabelCounts, PackReader, PackWriter, Relabel, Relabelled};

/// One part of a split corpus.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// For the filter to learn from.
    Train,
    /// For choosing settings.
    Tune,
    /// For judging the choice, once.
    HoldOut,
}

impl Part {
    /// All three in order.
    pub const ALL: [Self; 3] = [Self::Train, Self::Tune, Self::HoldOut];

    /// Position in [`Part::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Kebab-case name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Tune => "tune",
            Self::HoldOut => "hold-out",
        }
    }
}

/// Shares of the three parts; they sum to one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fractions {
    /// Share of train.
    pub train: f64,
    /// Share of tune.
    pub tune: f64,
    /// Share of hold-out.
    pub hold_out: f64,
}

impl Default for Fractions {
    /// Half to learn from, a quarter each to choose and to judge.
    fn default() -> Self {
        Self { train: 0.5, tune: 0.25, hold_out: 0.25 }
    }
}

impl Fractions {
    fn check(self) -> Result<Self, Error> {
        let all = [self.train, self.tune, self.hold_out];
        let sum: f64 = all.iter().sum();
        if all.iter().all(|f| (0.0..=1.0).contains(f)) && (sum - 1.0).abs() < 1e-6 {
            Ok(self)
        } else {
            Err(Error::Split(format!(
                "shares `{}`, `{}` and `{}` of a split must lie in 0 to 1 and sum to 1",
                self.train, self.tune, self.hold_out
            )))
        }
    }
}

/// How to split.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", tag = "by")]
pub enum SplitSpec {
    /// The earliest messages train, the latest are held out.
    Time(Fractions),
    /// Train before `tune-from`, hold out from `hold-out-from` on.
    Dates {
        /// First moment of tune.
        #[serde(rename = "tune-from")]
        tune_from: Timestamp,
        /// First moment of hold-out.
        #[serde(rename = "hold-out-from")]
        hold_out_from: Timestamp,
    },
    /// By SHA-256 of the seed and the campaign id.
    Campaign {
        /// Shares of the campaigns.
        shares: Fractions,
        /// Key of the hash.
        seed: u64,
    },
}

/// What a split needs to know of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SplitRow {
    /// Case.
    pub id: CaseId,
    /// Time.
    pub time: Timestamp,
    /// Campaign.
    pub campaign: CaseId,
}

/// The part of each row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// In the order of the rows.
    pub parts: Vec<Part>,
    /// Campaigns with cases in more than one part; zero when split by campaign.
    pub straddling: u64,
}

/// Splits rows; the same whatever their order.
///
/// # Errors
///
/// Shares that do not sum to one, or dates in the wrong order.
pub fn assign(rows: &[SplitRow], spec: &SplitSpec) -> Result<Assignment, Error> {
    let parts = match spec {
        SplitSpec::Time(shares) => by_rank(rows, shares.check()?),
        SplitSpec::Dates { tune_from, hold_out_from } => {
            if tune_from > hold_out_from {
                return Err(Error::Split(format!(
                    "tune begins at `{tune_from}`, after hold-out at `{hold_out_from}`; \
                     swap the dates"
                )));
            }
            let part = |time| match () {
                () if time < *tune_from => Part::Train,
                () if time < *hold_out_from => Part::Tune,
                () => Part::HoldOut,
            };
            rows.iter().map(|row| part(row.time)).collect()
        }
        SplitSpec::Campaign { shares, seed } => {
            let shares = shares.check()?;
            rows.iter().map(|row| by_hash(row.campaign, *seed, shares)).collect()
        }
    };
    let straddling = straddling(rows, &parts);
    Ok(Assignment { parts, straddling })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a count is a count"
)]
fn by_rank(rows: &[SplitRow], shares: Fractions) -> Vec<Part> {
    let count = rows.len();
    let cut = |share: f64| ((count as f64 * share).round() as usize).min(count);
    let (tune, hold_out) = (cut(shares.train), cut(shares.train + shares.tune));
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|at| (rows[*at].time, rows[*at].id, *at));
    let mut parts = vec![Part::Train; count];
    for (rank, at) in order.into_iter().enumerate() {
        parts[at] = match () {
            () if rank < tune => Part::Train,
            () if rank < hold_out => Part::Tune,
            () => Part::HoldOut,
        };
    }
    parts
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no 64 bits")]
fn by_hash(campaign: CaseId, seed: u64, shares: Fractions) -> Part {
    let mut digest = Sha256::new();
    digest.update(seed.to_le_bytes());
    digest.update(campaign.0);
    let head =
        digest.finalize().iter().take(8).fold(0, |n: u64, b| n << 8 | u64::from(*b));
    let point = head as f64 / 2_f64.powi(64);
    match () {
        () if point < shares.train => Part::Train,
        () if point < shares.train + shares.tune => Part::Tune,
        () => Part::HoldOut,
    }
}

fn straddling(rows: &[SplitRow], parts: &[Part]) -> u64 {
    let mut campaigns: BTreeMap<CaseId, (Part, bool)> = BTreeMap::new();
    for (row, part) in rows.iter().zip(parts) {
        let (first, more) = campaigns.entry(row.campaign).or_insert((*part, false));
        *more |= first != part;
    }
    campaigns.values().filter(|(_, more)| *more).count() as u64
}

/// What a split brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SplitSummary {
    /// Ham and spam of train, tune and hold-out.
    pub parts: [LabelCounts; 3],
    /// Campaigns with cases in more than one part.
    pub straddling_campaigns: u64,
    /// Labels that were changed.
    pub relabelled: Relabelled,
}

/// Splits a pack into three, streaming; `targets` are in the order of [`Part::ALL`]. Labels
/// are changed on the way.
///
/// # Errors
///
/// A pack that cannot be read, a split that cannot be made, a target that cannot be written;
/// then none of the three is left behind.
pub fn split_pack(
    pack: &Path,
    spec: &SplitSpec,
    targets: [&Path; 3],
    provenance: &Provenance,
    relabel: &Relabel,
) -> Result<SplitSummary, Error> {
    let mut rows = Vec::new();
    for batch in PackReader::open_without_raw(pack)? {
        rows.extend(batch?.iter().map(|case| SplitRow {
            id: case.id,
            time: case.time,
            campaign: case.campaign,
        }));
    }
    let assignment = assign(&rows, spec)?;
    let mut writers = Vec::new();
    for target in targets {
        writers.push(PackWriter::create(target, provenance)?);
    }
    let mut counts = [LabelCounts::default(); 3];
    let mut parts = assignment.parts.iter();
    let opened = PackReader::open_relabelled(pack, relabel)?;
    let relabelled = opened.relabelled().clone();
    for batch in opened {
        for case in batch? {
            let Some(part) = parts.next() else { break };
            writers[part.index()].push(&case)?;
            match case.label {
                Label::Ham => counts[part.index()].ham += 1,
                Label::Spam => counts[part.index()].spam += 1,
            }
        }
    }
    for writer in writers {
        writer.finish()?;
    }
    Ok(SplitSummary {
        parts: counts,
        straddling_campaigns: assignment.straddling,
        relabelled,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<SplitRow> {
        (0..200_u8)
            .map(|n| SplitRow {
                id: CaseId([n; 32]),
                time: Timestamp(i64::from(n) * 10),
                campaign: CaseId([n % 50; 32]),
            })
            .collect()
    }

    #[test]
    fn a_campaign_never_straddles_when_split_by_campaign() {
        let spec = SplitSpec::Campaign { shares: Fractions::default(), seed: 1 };
        let split = assign(&rows(), &spec).unwrap();
        assert_eq!(split.straddling, 0);
        let train = split.parts.iter().filter(|p| **p == Part::Train).count();
        assert!((60..=140).contains(&train), "{train}");
        let other = SplitSpec::Campaign { shares: Fractions::default(), seed: 2 };
        assert_ne!(split, assign(&rows(), &other).unwrap());
    }

    #[test]
    fn by_time_the_past_trains_and_straddling_campaigns_are_counted() {
        let split = assign(&rows(), &SplitSpec::Time(Fractions::default())).unwrap();
        assert!(split.parts.is_sorted());
        let count = |part| split.parts.iter().filter(|p| **p == part).count();
        assert_eq!(Part::ALL.map(count), [100, 50, 50]);
        assert_eq!(split.straddling, 50);
    }

    #[test]
    fn dates_cut_at_their_first_moment() {
        let (tune_from, hold_out_from) = (Timestamp(500), Timestamp(1000));
        let split =
            assign(&rows(), &SplitSpec::Dates { tune_from, hold_out_from }).unwrap();
        assert_eq!((split.parts[49], split.parts[50]), (Part::Train, Part::Tune));
        assert_eq!((split.parts[99], split.parts[100]), (Part::Tune, Part::HoldOut));
        let swapped =
            SplitSpec::Dates { tune_from: hold_out_from, hold_out_from: tune_from };
        assert!(assign(&rows(), &swapped).is_err());
    }

    #[test]
    fn shares_must_sum_to_one() {
        let shares = Fractions { train: 0.5, tune: 0.5, hold_out: 0.5 };
        assert!(assign(&rows(), &SplitSpec::Time(shares)).is_err());
    }
}
