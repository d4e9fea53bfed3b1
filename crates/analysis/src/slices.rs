//! The same measures for parts of the mail: per category, language, source, month, agent.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use mail::Timestamp;
use serde::Serialize;
use sweep::Cause;

use crate::{Fate, Gauge, Measures};

/// What mail is sliced by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SliceKey {
    /// The finer kind that the corpus gives.
    Category,
    /// The language that was detected.
    Language,
    /// The folder, archive folder or mailbox file that held the message.
    Source,
    /// The month of receipt, UTC.
    Month,
    /// The agent that decided.
    Agent,
}

impl SliceKey {
    /// All keys.
    pub const ALL: [Self; 5] =
        [Self::Category, Self::Language, Self::Source, Self::Month, Self::Agent];

    /// Lower-case name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Language => "language",
            Self::Source => "source",
            Self::Month => "month",
            Self::Agent => "agent",
        }
    }

    /// The slice that a case falls into.
    fn value(self, fate: &Fate<'_>, causes: &[Cause]) -> String {
        let fact = fate.fact;
        let or_unknown = |text: Option<&str>| {
            text.filter(|text| !text.is_empty()).unwrap_or(UNKNOWN).to_owned()
        };
        match self {
            Self::Category => or_unknown(Some(&fate.row.category)),
            Self::Language => or_unknown(fact.and_then(|fact| fact.language.as_deref())),
            Self::Source => or_unknown(fact.map(|fact| fact.source.as_ref())),
            Self::Month => month(fate.row.time),
            Self::Agent => or_unknown(
                causes.get(usize::from(fate.row.cause)).map(|c| c.agent.as_str()),
            ),
        }
    }
}

/// The slice of cases of which the key says nothing.
const UNKNOWN: &str = "unknown";

/// `2002-09`.
fn month(time: Timestamp) -> String {
    time.to_string().chars().take(7).collect()
}

impl fmt::Display for SliceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for SliceKey {
    type Err = UnknownSlice;

    fn from_str(text: &str) -> Result<Self, UnknownSlice> {
        let known = Self::ALL.into_iter().find(|key| key.name() == text);
        known.ok_or_else(|| UnknownSlice(text.chars().take(40).collect()))
    }
}

/// A word that names no slice.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` names no slice; use category, language, source, month or agent")]
pub struct UnknownSlice(String);

/// One slice with its measures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SliceRow {
    /// What was sliced by; `None` for all mail.
    pub slice: Option<SliceKey>,
    /// Which slice: a category, a month, …; `unknown` where nothing is known.
    pub value: String,
    /// Its measures.
    #[serde(flatten)]
    pub measures: Measures,
}

/// All mail first, then the slices of each key, by value.
///
/// The slices of category, language, source and month are corpora of their own: their rates
/// are shares of the slice. A slice by agent counts what that agent decided as shares of all
/// mail of the label, so that the agents' rates add up to the whole.
pub fn slices(
    fates: &[Fate<'_>],
    causes: &[Cause],
    keys: &[SliceKey],
    gauge: Gauge<'_>,
) -> Vec<SliceRow> {
    let whole = Measures::of(fates, gauge);
    let mut rows = vec![SliceRow { slice: None, value: "all".into(), measures: whole }];
    for key in keys {
        let mut parts: BTreeMap<String, Vec<Fate<'_>>> = BTreeMap::new();
        for fate in fates {
            parts.entry(key.value(fate, causes)).or_default().push(*fate);
        }
        rows.extend(parts.into_iter().map(|(value, part)| {
            let measures = match key {
                SliceKey::Agent => {
                    let own = |fate: &Fate<'_>| key.value(fate, causes) == value;
                    Measures::of_part(fates, own, gauge)
                }
                SliceKey::Category
                | SliceKey::Language
                | SliceKey::Source
                | SliceKey::Month => Measures::of(&part, gauge),
            };
            SliceRow { slice: Some(*key), value, measures }
        }));
    }
    rows
}
