//! Feedback regimes: which labels are known by when.
//!
//! Immediate, delayed and partial feedback are those of the TREC 2007 spam track (Cormack,
//! "TREC 2007 Spam Track Overview"). On-error feedback is what users give who report only
//! what annoys them ("train only errors": Yerazunis, "The spam-filtering accuracy plateau
//! at 99.9 percent accuracy and how to get past it", 2004).

use mail::{Label, Tier, Timestamp};
use serde::Serialize;

/// A way in which labels come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feedback {
    /// Every label is known at once.
    Immediate,
    /// Every label is known a fixed time after the message.
    Delayed,
    /// Only some recipients ever label their mail, but all of it, at once.
    Partial,
    /// Only visible errors are reported, at once; all other mail counts as what it was
    /// treated as.
    OnError,
}

impl Feedback {
    /// All of them, most telling first.
    pub const ALL: [Self; 4] =
        [Self::Immediate, Self::Delayed, Self::Partial, Self::OnError];

    /// `immediate`, `delayed`, `partial` or `on-error`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Delayed => "delayed",
            Self::Partial => "partial",
            Self::OnError => "on-error",
        }
    }
}

/// A regime with its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Regime {
    /// Which.
    pub feedback: Feedback,
    /// Days until a label is known, under delayed feedback.
    pub delay_days: u32,
    /// Share of recipients who label, under partial feedback.
    pub share: f64,
}

/// A message of the past, as far as feedback on it depends on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Past {
    /// When it came.
    pub time: Timestamp,
    /// Its true label.
    pub label: Label,
    /// Where its recipients stand between 0 and 1, the lowest of them; those below the
    /// share label their mail.
    pub reporter: f64,
    /// Where it ended; `None` for mail from before the first period, all of which is labelled.
    pub ended: Option<Tier>,
}

/// What is known of a message's label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Somebody said it.
    Told(Label),
    /// Nobody complained: taken for what it was treated as.
    Assumed(Label),
}

impl Known {
    /// The label to tune by.
    pub fn label(self) -> Label {
        match self {
            Self::Told(label) | Self::Assumed(label) => label,
        }
    }
}

impl Regime {
    /// What is known of a message at `now`; nothing where no label has come.
    ///
    /// On-error feedback: spam in the inbox is reported, and so is good mail that was put into
    /// junk or quarantine (its reader finds it there) or rejected (its sender complains).
    /// Good mail that was deleted is reported by nobody and passes for spam.
    pub fn known(&self, past: &Past, now: Timestamp) -> Option<Known> {
        let told = Some(Known::Told(past.label));
        let Some(ended) = past.ended else { return told };
        match self.feedback {
            Feedback::Immediate => told,
            Feedback::Delayed => {
                let due = past.time.plus_hours(24 * i64::from(self.delay_days));
                told.filter(|_| due <= now)
            }
            Feedback::Partial => told.filter(|_| past.reporter < self.share),
            Feedback::OnError => Some(match (past.label, ended) {
                (Label::Spam, Tier::Inbox)
                | (Label::Ham, Tier::Junk | Tier::Quarantine | Tier::Reject) => {
                    Known::Told(past.label)
                }
                (Label::Ham, Tier::Inbox) => Known::Assumed(Label::Ham),
                (Label::Ham, Tier::Delete)
                | (
                    Label::Spam,
                    Tier::Junk | Tier::Quarantine | Tier::Reject | Tier::Delete,
                ) => Known::Assumed(Label::Spam),
            }),
        }
    }

    /// The regime in words.
    pub fn words(&self) -> String {
        match self.feedback {
            Feedback::Immediate => "every label is known at once".to_owned(),
            Feedback::Delayed => {
                format!("every label is known {} days after the message", self.delay_days)
            }
            Feedback::Partial => format!(
                "only {} of recipients label their mail, all of it and at once",
                crate::percent(self.share)
            ),
            Feedback::OnError => {
                "only spam in the inbox and good mail in junk, quarantine or \
                                  rejected is reported; other mail counts as treated"
                    .to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn known(feedback: Feedback, label: Label, ended: Option<Tier>) -> Option<Known> {
        let regime = Regime { feedback, delay_days: 7, share: 0.25 };
        let past = Past { time: Timestamp(10 * DAY), label, reporter: 0.3, ended };
        regime.known(&past, Timestamp(17 * DAY - 1))
    }

    #[test]
    fn mail_from_before_the_first_period_is_all_labelled() {
        for feedback in Feedback::ALL {
            let found = known(feedback, Label::Ham, None);
            assert_eq!(found, Some(Known::Told(Label::Ham)), "{}", feedback.name());
        }
    }

    #[test]
    fn each_regime_tells_what_it_says() {
        let at = Some(Tier::Junk);
        assert_eq!(
            known(Feedback::Immediate, Label::Ham, at),
            Some(Known::Told(Label::Ham))
        );
        assert_eq!(known(Feedback::Delayed, Label::Ham, at), None, "a second too early");
        assert_eq!(known(Feedback::Partial, Label::Ham, at), None, "nobody labels");
        let day = Regime { feedback: Feedback::Delayed, delay_days: 7, share: 0.5 };
        let past = Past {
            time: Timestamp(10 * DAY),
            label: Label::Spam,
            reporter: 0.3,
            ended: Some(Tier::Inbox),
        };
        let spam = Some(Known::Told(Label::Spam));
        assert_eq!(day.known(&past, Timestamp(17 * DAY)), spam, "on the day");
        let some = Regime { feedback: Feedback::Partial, ..day };
        assert_eq!(some.known(&past, Timestamp(10 * DAY)), spam);
    }

    /// Silence is consent: what nobody can see is taken for what it was treated as.
    #[test]
    fn on_error_nobody_reports_what_was_deleted() {
        let ends = |label| {
            Tier::ALL.map(|tier| known(Feedback::OnError, label, Some(tier)).unwrap())
        };
        let (ham, spam) = (Label::Ham, Label::Spam);
        let told = Known::Told(ham);
        let expected = [Known::Assumed(ham), told, told, told, Known::Assumed(spam)];
        assert_eq!(ends(ham), expected);
        let treated = Known::Assumed(spam);
        assert_eq!(ends(spam), [Known::Told(spam), treated, treated, treated, treated]);
        assert_eq!(ends(ham)[4].label(), spam);
    }
}
