//! Ratings from a table that another program wrote.

use std::collections::BTreeMap;

use mail::{CaseId, Scl};
use serde::Deserialize;

use crate::{Document, Rating, ScoreCuts, ScoreSource, Scratch, TableError};

/// Ratings by message digest.
///
/// As CSV: a first line `id,score` or `id,scl`, then one line per message. As NDJSON: one
/// object per line, `{"id": "…", "score": 1.5}` or `{"id": "…", "scl": 5}`. The id is the
/// SHA-256 of the raw message in hexadecimal. Blank lines are skipped; anything else that
/// is not a row is an error with its line number.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScoreTable {
    ratings: BTreeMap<CaseId, Rating>,
}

impl ScoreTable {
    /// Reads CSV; `cuts` turn scores into levels.
    ///
    /// # Errors
    ///
    /// [`TableError`] naming the line.
    pub fn from_csv(text: &str, cuts: &ScoreCuts) -> Result<Self, TableError> {
        let mut lines = rows(text);
        let (line, head) = lines.next().ok_or(TableError::Empty)?;
        let columns: Vec<_> = head.split(',').map(str::trim).collect();
        let holds_levels = match columns.as_slice() {
            ["id", "score"] => false,
            ["id", "scl"] => true,
            _ => {
                let problem = format!(
                    "its first line is `{}`; write `id,score` or `id,scl`",
                    excerpt(head)
                );
                return Err(TableError::BadLine { line, problem });
            }
        };
        Self::collect(lines, |row| {
            let (id, value) = row.split_once(',').ok_or_else(|| {
                format!("`{}` is not two values with a comma between", excerpt(row))
            })?;
            let (id, value) = (id.trim(), value.trim());
            let rating = if holds_levels {
                level(value.parse().map_err(|_| no_level(value))?)?
            } else {
                score(value.parse().map_err(|_| no_score(value))?, cuts)?
            };
            Ok((id.parse().map_err(said)?, rating))
        })
    }

    /// Reads NDJSON; `cuts` turn scores into levels.
    ///
    /// # Errors
    ///
    /// [`TableError`] naming the line.
    pub fn from_ndjson(text: &str, cuts: &ScoreCuts) -> Result<Self, TableError> {
        Self::collect(rows(text), |row| {
            let row: Row = serde_json::from_str(row).map_err(said)?;
            let rating = match (row.score, row.scl) {
                (Some(value), None) => score(value, cuts)?,
                (None, Some(value)) => level(value)?,
                (Some(_), Some(_)) | (None, None) => {
                    return Err("it needs either `score` or `scl`".to_owned());
                }
            };
            Ok((row.id, rating))
        })
    }

    /// Number of messages in the table.
    pub fn len(&self) -> usize {
        self.ratings.len()
    }

    /// Whether the table has no rows.
    pub fn is_empty(&self) -> bool {
        self.ratings.is_empty()
    }

    /// The rating of a message.
    pub fn get(&self, id: CaseId) -> Option<Rating> {
        self.ratings.get(&id).copied()
    }

    fn collect<'t>(
        lines: impl Iterator<Item = (usize, &'t str)>,
        read: impl Fn(&'t str) -> Result<(CaseId, Rating), String>,
    ) -> Result<Self, TableError> {
        let mut ratings = BTreeMap::new();
        for (line, row) in lines {
            let (id, rating) =
                read(row).map_err(|problem| TableError::BadLine { line, problem })?;
            if ratings.insert(id, rating).is_some() {
                return Err(TableError::Twice { line, id: id.short() });
            }
        }
        if ratings.is_empty() { Err(TableError::Empty) } else { Ok(Self { ratings }) }
    }
}

impl ScoreSource for ScoreTable {
    fn rate(&self, id: CaseId, _: &Document<'_>, _: &mut Scratch) -> Option<Rating> {
        self.get(id)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: CaseId,
    score: Option<f64>,
    scl: Option<i64>,
}

/// Lines that are not blank, numbered from 1.
fn rows(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty())
}

fn score(score: f64, cuts: &ScoreCuts) -> Result<Rating, String> {
    if !score.is_finite() {
        return Err(no_score(&score.to_string()));
    }
    Ok(Rating { score, scl: cuts.scl(score) })
}

fn level(value: i64) -> Result<Rating, String> {
    let scl = Scl::new(value).map_err(said)?;
    Ok(Rating { score: f64::from(scl.get()), scl })
}

fn no_score(value: &str) -> String {
    format!("`{}` is no finite number; write a score such as 4.2", excerpt(value))
}

fn no_level(value: &str) -> String {
    format!("`{}` is no SCL; use -1 to 9", excerpt(value))
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn excerpt(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn csv(text: &str) -> Result<ScoreTable, TableError> {
        ScoreTable::from_csv(text, &ScoreCuts::SPAMASSASSIN)
    }

    #[test]
    fn both_formats_say_the_same() {
        let table = csv(&format!("id,score\r\n{A},5.5\n\n{B}, -1e2\n")).unwrap();
        let lines = format!(
            "{{\"id\":\"{A}\",\"score\":5.5}}\n{{\"score\":-100,\"id\":\"{B}\"}}"
        );
        let json = ScoreTable::from_ndjson(&lines, &ScoreCuts::SPAMASSASSIN).unwrap();
        assert_eq!(table, json);
        let rating = table.get(A.parse().unwrap()).unwrap();
        assert_eq!((rating.score, rating.scl.get()), (5.5, 5));
        let levels = csv(&format!("id,scl\n{A},-1")).unwrap();
        assert_eq!(levels.get(A.parse().unwrap()).unwrap().scl, Scl::TRUSTED);
        assert_eq!(levels.get(B.parse().unwrap()), None);
    }

    #[test]
    fn errors_name_the_line() {
        let message = |text: String| csv(&text).unwrap_err().to_string();
        assert_eq!(
            message(format!("{A},1")),
            format!(
                "read score table line 1: its first line is `{}`; write `id,score` or \
                 `id,scl`",
                &A[..60]
            )
        );
        assert_eq!(
            message(format!("id,score\n{A},1\n\n{B},many")),
            "read score table line 4: `many` is no finite number; write a score such as 4.2"
        );
        assert_eq!(
            message(format!("id,scl\n{A},10")),
            "read score table line 2: 10 is no SCL; use -1 to 9"
        );
        assert_eq!(
            message(format!("id,score\n{A},1\n{A},1")),
            "read score table line 3: message `aaaaaaaaaaaa` has a score already; keep one \
             line"
        );
        assert_eq!(csv("id,score\n").unwrap_err(), TableError::Empty);
        let row = format!("{{\"id\":\"{A}\",\"score\":1,\"scl\":1}}");
        let error = ScoreTable::from_ndjson(&row, &ScoreCuts::RSPAMD).unwrap_err();
        assert_eq!(
            error.to_string(),
            "read score table line 1: it needs either `score` or `scl`"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_a_table_or_an_error(text in "(id,score\n)?[-a-f0-9,.{}\":\n]{0,300}") {
            let _ = csv(&text);
            let _ = ScoreTable::from_ndjson(&text, &ScoreCuts::RSPAMD);
        }
    }
}
