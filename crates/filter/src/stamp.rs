//! Ratings that another filter left in the mail's own header.

use mail::{CaseId, Scl};
use serde::{Deserialize, Serialize};

use crate::{Document, Rating, ScoreCuts, ScoreSource, Scratch};

/// Where another filter wrote its rating.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum StampHeader {
    /// `X-MS-Exchange-Organization-SCL: 5`.
    OrganizationScl,
    /// `X-Forefront-Antispam-Report: CIP:…;SCL:5;…`.
    ForefrontReport,
    /// `X-Spam-Score: 5.3`, with anything after the number.
    SpamScore,
    /// `X-Spam-Status: Yes, score=5.3 required=5.0 …`; old versions write `hits=`.
    SpamStatus,
    /// `X-Spamd-Result: default: False [5.30 / 15.00]; …`.
    SpamdResult,
}

impl StampHeader {
    /// The field's name.
    pub const fn field(self) -> &'static str {
        match self {
            Self::OrganizationScl => "X-MS-Exchange-Organization-SCL",
            Self::ForefrontReport => "X-Forefront-Antispam-Report",
            Self::SpamScore => "X-Spam-Score",
            Self::SpamStatus => "X-Spam-Status",
            Self::SpamdResult => "X-Spamd-Result",
        }
    }

    /// The number in a field's value.
    fn number(self, value: &str) -> Option<f64> {
        let text = match self {
            Self::OrganizationScl => value.trim(),
            Self::ForefrontReport => {
                value.split(';').find_map(|part| part.trim().strip_prefix("SCL:"))?.trim()
            }
            Self::SpamScore => value.split_whitespace().next()?,
            Self::SpamStatus => {
                value.split([' ', '\t', '\r', '\n', ',']).find_map(|part| {
                    part.strip_prefix("score=").or_else(|| part.strip_prefix("hits="))
                })?
            }
            Self::SpamdResult => {
                let (_, rest) = value.split_once('[')?;
                rest.split_once('/')?.0.trim()
            }
        };
        text.parse().ok().filter(|number: &f64| number.is_finite())
    }
}

/// Reads the rating that another filter stamped. The topmost field that can be read counts:
/// it was added last.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RecordedStamp {
    /// The field to read.
    pub header: StampHeader,
    /// How its score becomes an SCL; not used where the field holds an SCL.
    pub cuts: ScoreCuts,
}

impl RecordedStamp {
    /// Reads `header`, with this project's choice of cuts for its kind of score.
    pub fn new(header: StampHeader) -> Self {
        let cuts = match header {
            StampHeader::SpamdResult => ScoreCuts::RSPAMD,
            StampHeader::OrganizationScl
            | StampHeader::ForefrontReport
            | StampHeader::SpamScore
            | StampHeader::SpamStatus => ScoreCuts::SPAMASSASSIN,
        };
        Self { header, cuts }
    }

    /// The rating in one value of the field.
    fn read(&self, value: &str) -> Option<Rating> {
        let score = self.header.number(value)?;
        let scl = match self.header {
            StampHeader::OrganizationScl | StampHeader::ForefrontReport => level(score)?,
            StampHeader::SpamScore
            | StampHeader::SpamStatus
            | StampHeader::SpamdResult => self.cuts.scl(score),
        };
        Some(Rating { score, scl })
    }
}

impl ScoreSource for RecordedStamp {
    fn rate(
        &self,
        _: CaseId,
        document: &Document<'_>,
        _: &mut Scratch,
    ) -> Option<Rating> {
        document.message().arrived(self.header.field()).find_map(|value| self.read(value))
    }

    /// An SCL that Exchange wrote is final; a level cut from a score is not.
    fn is_final(&self) -> bool {
        match self.header {
            StampHeader::OrganizationScl | StampHeader::ForefrontReport => true,
            StampHeader::SpamScore
            | StampHeader::SpamStatus
            | StampHeader::SpamdResult => false,
        }
    }
}

/// A whole number from -1 to 9.
fn level(score: f64) -> Option<Scl> {
    (-1..=9)
        .find(|level| (f64::from(*level) - score).abs() < f64::EPSILON)
        .and_then(|level| Scl::new(level.into()).ok())
}

#[cfg(test)]
mod tests {
    use mail::{Header, Message};

    use super::*;

    fn rate(header: StampHeader, values: &[&str]) -> Option<(f64, i8)> {
        let field = |value: &&str| Header {
            name: header.field().to_ascii_lowercase().into(),
            value: (*value).to_owned(),
        };
        let fields = values.iter().map(field).collect();
        let message = match header {
            StampHeader::OrganizationScl => {
                Message { firewalled: fields, ..Message::default() }
            }
            _ => Message { headers: fields, ..Message::default() },
        };
        let document = Document::new(b"", &message);
        RecordedStamp::new(header)
            .rate(CaseId([0; 32]), &document, &mut Scratch::new())
            .map(|rating| (rating.score, rating.scl.get()))
    }

    #[test]
    fn levels_are_read_as_they_are() {
        assert_eq!(rate(StampHeader::OrganizationScl, &["5"]), Some((5.0, 5)));
        assert_eq!(rate(StampHeader::OrganizationScl, &["-1"]), Some((-1.0, -1)));
        for bad in ["10", "5.5", "five", "", "inf"] {
            assert_eq!(rate(StampHeader::OrganizationScl, &[bad]), None, "{bad}");
        }
        let report = "CIP:192.0.2.1;CTRY:;LANG:en;SCL:9;SRV:;";
        assert_eq!(rate(StampHeader::ForefrontReport, &[report]), Some((9.0, 9)));
        assert_eq!(rate(StampHeader::ForefrontReport, &["CIP:1;XSCL:9"]), None);
    }

    #[test]
    fn scores_are_cut_into_levels() {
        assert_eq!(rate(StampHeader::SpamScore, &["5.3 (+++++)"]), Some((5.3, 5)));
        let status = "Yes, score=15.2 required=5.0 tests=A,B autolearn=no";
        assert_eq!(rate(StampHeader::SpamStatus, &[status]), Some((15.2, 9)));
        let old = "No, hits=-3.0 required=5.0";
        assert_eq!(rate(StampHeader::SpamStatus, &[old]), Some((-3.0, 0)));
        let result = "default: False [6.00 / 15.00]; R_SPF_ALLOW(-0.20)[+ip4]";
        assert_eq!(rate(StampHeader::SpamdResult, &[result]), Some((6.0, 5)));
    }

    #[test]
    fn only_levels_that_exchange_wrote_are_final() {
        for (header, is_final) in [
            (StampHeader::OrganizationScl, true),
            (StampHeader::ForefrontReport, true),
            (StampHeader::SpamScore, false),
            (StampHeader::SpamStatus, false),
            (StampHeader::SpamdResult, false),
        ] {
            assert_eq!(RecordedStamp::new(header).is_final(), is_final, "{header:?}");
        }
    }

    #[test]
    fn the_topmost_readable_stamp_counts() {
        assert_eq!(rate(StampHeader::SpamScore, &["?", "7", "1"]), Some((7.0, 7)));
        assert_eq!(rate(StampHeader::SpamScore, &[]), None);
    }
}
