//! Score tables: a run as rows of scores and verdicts without any text of a message, from
//! which its tables, charts and recommendation can be made again.
//!
//! What is taken out: recipients (numbered instead), categories, answers and reports of the
//! server, details of causes (rules
//! and list entries), message digests (replaced by salted ones), times (cut to the day or
//! month).

use mail::{CaseId, Label, Thresholds, Timestamp};
use serde::{Deserialize, Serialize};
use sweep::{
    Cause, Cost, Decided, Move, OrderRow, RecipientProfile, Restored, Sheet, SweepResult,
    Tally, Threads, TraceRow, Unit,
};

use crate::{Error, RunFile, tier_rows};

/// Version of score tables.
pub(crate) const FORMAT: u32 = 1;

/// Digest of bytes; comes from outside, as digests have no place here.
pub type Digest = fn(&[u8]) -> [u8; 32];

/// What a time is cut to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bucket {
    /// The day, in UTC.
    #[default]
    Day,
    /// The first of the month; charts then show that day.
    Month,
}

impl Bucket {
    /// Start of the bucket that holds `time`.
    pub fn start(self, time: Timestamp) -> Timestamp {
        let day: String = time.to_string().chars().take(10).collect();
        let day = match self {
            Self::Day => day,
            Self::Month => format!("{}-01", day.get(..7).unwrap_or_default()),
        };
        Timestamp::parse(&format!("{day}T00:00:00Z")).unwrap_or(time)
    }
}

/// What a sweep adds to a score table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepScores {
    agents: Vec<String>,
    settings: Vec<Thresholds>,
    orders: Vec<Order>,
    /// Profiles as texts, one per recipient.
    profiles: Vec<Vec<String>>,
    /// Per fate, the profile under each outcome.
    fates: Vec<Vec<u32>>,
    /// The number of each message's campaign, in the order of the rows; may be empty.
    #[serde(default)]
    campaigns: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Order {
    order: Vec<u8>,
    moves: Vec<(String, usize)>,
    outcome: u32,
    /// Content scans, DNS questions, bytes scanned.
    cost: [u64; 3],
}

/// What a score table says about its run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreMeta {
    /// Version of the format.
    pub format: u32,
    /// What times are cut to.
    pub bucket: Bucket,
    /// The run it was exported from, as in its `run.json`.
    pub run: RunFile,
    /// Who may decide, and why: agent and reason.
    pub causes: Vec<[String; 2]>,
    /// For a sweep: where every message ends under every order, thresholds left open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweepScores>,
}

/// A run as scores and verdicts.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreTable {
    /// What it says about its run.
    pub meta: ScoreMeta,
    /// One row per message and recipient; the recipient is its number from 1.
    pub rows: Vec<TraceRow>,
    /// For a sweep: the fate of each row's message.
    pub fates: Vec<Option<u32>>,
}

impl ScoreTable {
    /// Takes everything out of a run that comes from a message's text.
    ///
    /// # Errors
    ///
    /// [`Error::Inconsistent`] where the trace does not hold the cases of the sweep.
    pub fn new(
        mut run: RunFile,
        mut rows: Vec<TraceRow>,
        causes: &[Cause],
        sweep: Option<(&SweepResult, &Sheet)>,
        (bucket, salt, digest): (Bucket, &str, Digest),
    ) -> Result<Self, Error> {
        let sizes: Vec<usize> = match sweep {
            Some((_, sheet)) => {
                sheet.cases.iter().map(|fate| recipients(sheet, *fate)).collect()
            }
            None => crate::by_case(&rows).iter().map(|rows| rows.len()).collect(),
        };
        if sizes.iter().sum::<usize>() != rows.len() {
            let what = "the trace does not hold the cases of the sweep".into();
            return Err(Error::Inconsistent { what });
        }
        let mut fates = Vec::with_capacity(rows.len());
        let mut at = 0;
        for (case, size) in sizes.into_iter().enumerate() {
            let fate = sweep.map(|(_, sheet)| sheet.cases[case]);
            for (number, row) in rows[at..at + size].iter_mut().enumerate() {
                anonymize(row, number + 1, bucket, salt, digest);
                fates.push(fate);
            }
            at += size;
        }
        if let Some(context) = &mut run.context {
            context.span = context.span.map(|(a, b)| (bucket.start(a), bucket.start(b)));
        }
        let causes = causes.iter().map(|c| [c.agent.clone(), c.reason.clone()]).collect();
        let sweep = sweep.map(|(result, sheet)| SweepScores::new(result, sheet));
        let meta = ScoreMeta { format: FORMAT, bucket, run, causes, sweep };
        Ok(Self { meta, rows, fates })
    }

    /// The causes that rows refer to.
    pub fn causes(&self) -> Vec<Cause> {
        let cause = |[agent, reason]: &[String; 2]| Cause {
            agent: agent.clone(),
            reason: reason.clone(),
        };
        self.meta.causes.iter().map(cause).collect()
    }

    /// What the starting policy did, counted from the rows and held against the run's own
    /// summary.
    ///
    /// # Errors
    ///
    /// What is wrong, in words.
    pub fn tally(&self) -> Result<Tally, String> {
        let unit = match self.meta.run.unit {
            crate::Unit::Case => Unit::Case,
            crate::Unit::Delivery => Unit::Delivery,
        };
        let tally = tally(&self.cases(), unit);
        let same = tier_rows(&tally)
            .iter()
            .zip(&self.meta.run.summary.tiers)
            .all(|(a, b)| (a.tier, a.ham, a.spam) == (b.tier, b.ham, b.spam));
        let summary = &self.meta.run.summary;
        let totals = Label::ALL.map(|label| tally.total(label));
        if same && totals == [summary.ham, summary.spam] {
            Ok(tally)
        } else {
            Err("the rows do not add up to the counts of the run; export it again".into())
        }
    }

    /// The sweep, every tally counted anew from the rows' fates.
    ///
    /// # Errors
    ///
    /// What is wrong, in words.
    pub fn sweep(
        &self,
        threads: &Threads,
    ) -> Result<Option<(SweepResult, Sheet)>, String> {
        let Some(stored) = &self.meta.sweep else { return Ok(None) };
        let (sheet, restored) = self.sheet(stored)?;
        let labels: Vec<Label> = self.cases().iter().map(|rows| rows[0].label).collect();
        let restored = Restored { labels: &labels, ..restored };
        let again = |error: &dyn std::fmt::Display| format!("{error}; export it again");
        let result = sheet.sweep(restored, threads).map_err(|error| again(&error))?;
        crate::check_sweep(&result).map_err(|error| again(&error))?;
        Ok(Some((result, sheet)))
    }

    fn sheet(&self, stored: &SweepScores) -> Result<(Sheet, Restored<'static>), String> {
        let profiles = stored
            .profiles
            .iter()
            .map(|profile| {
                profile.iter().map(|text| RecipientProfile::parse(text)).collect()
            })
            .collect::<Option<Vec<Vec<_>>>>()
            .ok_or("a profile cannot be read; export it again")?;
        let context = self.meta.run.context.as_ref().ok_or("the run has no context")?;
        let fate = |rows: &[TraceRow], at: usize| {
            self.fates[at..at + rows.len()].first().copied()
        };
        let mut at = 0;
        let mut cases = Vec::new();
        for rows in self.cases() {
            let fate = fate(rows, at).flatten().ok_or("a message has no fate")?;
            let known = stored.fates.get(fate as usize).and_then(|fate| fate.first());
            let profile = known.and_then(|profile| profiles.get(*profile as usize));
            if profile.map(Vec::len) != Some(rows.len()) {
                return Err("a message has not the recipients of its fate".into());
            }
            cases.push(fate);
            at += rows.len();
        }
        let moved = |(agent, priority): &(String, usize)| Move {
            agent: agent.clone(),
            priority: *priority,
        };
        let order = |row: &Order| OrderRow {
            order: row.order.clone(),
            moves: row.moves.iter().map(moved).collect(),
            outcome: row.outcome,
            cost: Cost {
                content_scans: row.cost[0],
                dns_questions: row.cost[1],
                bytes_scanned: row.cost[2],
            },
        };
        let restored = Restored {
            labels: &[],
            agents: stored.agents.clone(),
            causes: self.causes(),
            settings: stored.settings.clone(),
            orders: stored.orders.iter().map(order).collect(),
            comparison: context.comparison,
            unit: Unit::Case,
        };
        let (fates, campaigns) = (stored.fates.clone(), stored.campaigns.clone());
        Ok((Sheet { profiles, fates, cases, campaigns }, restored))
    }

    /// The rows of each message: recipient 1 begins one.
    fn cases(&self) -> Vec<&[TraceRow]> {
        let mut starts: Vec<usize> = self
            .rows
            .iter()
            .enumerate()
            .filter_map(|(at, row)| (at == 0 || row.recipient == "1").then_some(at))
            .collect();
        starts.push(self.rows.len());
        let parts = starts.windows(2).map(|pair| &self.rows[pair[0]..pair[1]]);
        parts.filter(|rows| !rows.is_empty()).collect()
    }
}

impl SweepScores {
    fn new(result: &SweepResult, sheet: &Sheet) -> Self {
        let order = |row: &OrderRow| Order {
            order: row.order.clone(),
            moves: row.moves.iter().map(|m| (m.agent.clone(), m.priority)).collect(),
            outcome: row.outcome,
            cost: [
                row.cost.content_scans,
                row.cost.dns_questions,
                row.cost.bytes_scanned,
            ],
        };
        Self {
            agents: result.agents.clone(),
            settings: result.settings.clone(),
            orders: result.orders.iter().map(order).collect(),
            profiles: sheet
                .profiles
                .iter()
                .map(|profile| profile.iter().map(RecipientProfile::text).collect())
                .collect(),
            fates: sheet.fates.clone(),
            campaigns: sheet.campaigns.clone(),
        }
    }
}

fn recipients(sheet: &Sheet, fate: u32) -> usize {
    let profile = sheet.fates[fate as usize].first();
    profile.map_or(1, |profile| sheet.profiles[*profile as usize].len())
}

fn anonymize(
    row: &mut TraceRow,
    number: usize,
    bucket: Bucket,
    salt: &str,
    digest: Digest,
) {
    let salted = [salt.as_bytes(), &[0], &row.case.0].concat();
    row.case = CaseId(digest(&salted));
    row.time = bucket.start(row.time);
    row.recipient = number.to_string();
    row.category = String::new();
    row.detail = String::new();
    row.response = String::new();
    row.report = String::new();
    row.tarpit_seconds = 0;
}

/// Counts rows as a replay does.
fn tally(cases: &[&[TraceRow]], unit: Unit) -> Tally {
    let mut counts = std::collections::BTreeMap::<_, [u64; 2]>::new();
    let mut add = |row: &TraceRow| {
        counts.entry((row.cause, row.tier)).or_default()[row.label.index()] += 1;
    };
    for rows in cases {
        match unit {
            Unit::Case => {
                let worst =
                    rows.iter().reduce(
                        |worst, next| if next.tier > worst.tier { next } else { worst },
                    );
                worst.into_iter().for_each(&mut add);
            }
            Unit::Delivery => rows.iter().for_each(&mut add),
        }
    }
    let mut tally = Tally::default();
    for ((cause, tier), counts) in counts {
        tally.tiers[0][tier.index()] += counts[0];
        tally.tiers[1][tier.index()] += counts[1];
        tally.decided.push(Decided { cause, tier, counts });
    }
    tally
}
