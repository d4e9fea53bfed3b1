//! Definitions in time: each message is scored by the definitions of its own time.

use std::sync::Arc;

use mail::{CaseId, Timestamp};

use super::{Cadence, Feed, UpdateError, Version};
use crate::{Document, ModelFile, Rating, ScoreSource, Scratch};

/// The definitions of a feed by time of release.
///
/// A message is scored by the newest definitions released at or before its own time, as on a
/// server that installs every update at once; before the first release there are none. A
/// version released after a higher one is never used.
#[derive(Debug, Clone)]
pub struct Timeline {
    entries: Vec<Entry>,
}

/// One release.
#[derive(Debug, Clone)]
struct Entry {
    released: Timestamp,
    version: Version,
    stated: Option<Timestamp>,
    model: Arc<ModelFile>,
}

/// Definitions held in memory at once; each has a table of 8 MB.
const MAX_DEFINITIONS: usize = 128;

impl Timeline {
    /// Fetches and verifies every filter update of a feed.
    ///
    /// # Errors
    ///
    /// There is none, there are too many, or one cannot be fetched.
    pub fn load(feed: &Feed<'_>) -> Result<Self, UpdateError> {
        let place = feed.name();
        let given = feed.filter_updates().count();
        if given == 0 {
            return Err(UpdateError::NothingOffered { place });
        }
        if given > MAX_DEFINITIONS {
            return Err(UpdateError::TooMany { place, given, most: MAX_DEFINITIONS });
        }
        let mut entries = Vec::with_capacity(given);
        for update in feed.filter_updates() {
            entries.push(Entry {
                released: update.released,
                version: update.version,
                stated: update.trained_until,
                model: Arc::new(feed.definitions(update)?.1),
            });
        }
        entries.sort_by_key(|entry| (entry.released, entry.version));
        // A server uses its highest version: what is released after a higher one never acts.
        let mut highest = None;
        entries.retain(|entry| {
            let acts = Some(entry.version) > highest;
            highest = highest.max(Some(entry.version));
            acts
        });
        Ok(Self { entries })
    }

    /// The same definitions on a server that installs only at the times of a cadence, each
    /// time the highest version released by then; the first is there from its release.
    #[must_use]
    pub fn installed(&self, cadence: &Cadence) -> Self {
        const YEAR: i64 = 366 * 86_400;
        let last = self.entries.last().map_or(Timestamp::MIN, |entry| entry.released);
        let times = cadence.releases(self.first(), Timestamp(last.0 + YEAR));
        let mut entries: Vec<Entry> = self.entries.first().cloned().into_iter().collect();
        for time in times {
            let Some(found) = self.entry(time) else { continue };
            if entries.last().is_none_or(|entry| entry.version < found.version) {
                entries.push(Entry { released: time, ..found.clone() });
            }
        }
        Self { entries }
    }

    /// When and what was released, or installed, in order of time.
    pub fn releases(&self) -> impl Iterator<Item = (Timestamp, Version)> {
        self.entries.iter().map(|entry| (entry.released, entry.version))
    }

    /// The first release.
    pub fn first(&self) -> Timestamp {
        self.entries.first().map_or(Timestamp::MAX, |entry| entry.released)
    }

    /// The definitions in use at `time`; `None` before the first release.
    pub fn at(&self, time: Timestamp) -> Option<(Version, &ModelFile)> {
        self.entry(time).map(|entry| (entry.version, &*entry.model))
    }

    /// Versions that do not say until when they were trained.
    pub fn undated(&self) -> impl Iterator<Item = Version> {
        self.entries.iter().filter(|entry| entry.stated.is_none()).map(|e| e.version)
    }

    /// How many messages the definitions of their own time were trained on.
    pub fn overlap(
        &self,
        messages: impl IntoIterator<Item = (CaseId, Timestamp)>,
    ) -> usize {
        let trained = |(id, time): &(CaseId, Timestamp)| {
            self.at(*time).is_some_and(|(_, model)| model.overlap([*id]) > 0)
        };
        messages.into_iter().filter(trained).count()
    }

    fn entry(&self, time: Timestamp) -> Option<&Entry> {
        let after = self.entries.partition_point(|entry| entry.released <= time);
        self.entries[..after].last()
    }
}

impl ScoreSource for Timeline {
    fn rate(
        &self,
        id: CaseId,
        document: &Document<'_>,
        scratch: &mut Scratch,
    ) -> Option<Rating> {
        let entry = self.entry(document.time()?)?;
        entry.model.rate(id, document, scratch)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn a_message_is_scored_by_the_definitions_of_its_time() {
        let folder = tempfile::TempDir::new().unwrap();
        let days = ["2006-01-04", "2006-01-18", "2006-02-01"];
        let shelf = testing::feed(folder.path(), &days);
        let timeline = Timeline::load(&Feed::open(&shelf).unwrap()).unwrap();
        let first = testing::time(days[0]);
        assert_eq!(timeline.first(), first);
        assert!(timeline.at(Timestamp(first.0 - 1)).is_none());
        for (at, day) in days.iter().enumerate() {
            let released = testing::time(day);
            assert_eq!(
                timeline.at(released).unwrap().0,
                Version::released(released).unwrap()
            );
            let before =
                timeline.at(Timestamp(released.0 - 1)).map(|(version, _)| version);
            let earlier = at.checked_sub(1).map(|at| testing::time(days[at]));
            assert_eq!(before, earlier.and_then(Version::released));
        }
        let mut scratch = Scratch::new();
        let document = Document::unparsed(b"Subject: prize\n\nprize 3");
        let rate = |document: &Document<'_>, scratch: &mut Scratch| {
            timeline.rate(CaseId([1; 32]), document, scratch)
        };
        assert_eq!(rate(&document, &mut scratch), None);
        for day in days {
            let time = testing::time(day);
            let got = rate(&document.at(time), &mut scratch).unwrap();
            let model = timeline.at(time).unwrap().1;
            let want = model.rate(CaseId([1; 32]), &document, &mut scratch).unwrap();
            assert_eq!(got, want);
        }
    }

    #[test]
    fn a_server_that_installs_seldom_uses_older_definitions() {
        let folder = tempfile::TempDir::new().unwrap();
        let days = ["2006-01-04", "2006-01-18", "2006-02-01", "2006-02-15"];
        let shelf = testing::feed(folder.path(), &days);
        let timeline = Timeline::load(&Feed::open(&shelf).unwrap()).unwrap();
        let acting = |cadence: &str| -> Vec<(String, Version)> {
            let installed = timeline.installed(&cadence.parse().unwrap());
            let day = |time: Timestamp| time.to_string()[..10].to_owned();
            installed.releases().map(|(time, version)| (day(time), version)).collect()
        };
        let version = |day: &str| Version::released(testing::time(day)).unwrap();
        let pairs = |all: &[(&str, &str)]| -> Vec<(String, Version)> {
            all.iter().map(|(day, of)| ((*day).to_owned(), version(of))).collect()
        };
        assert_eq!(acting("wednesdays"), pairs(&days.map(|day| (day, day))));
        assert_eq!(acting("never"), pairs(&[(days[0], days[0])]));
        assert_eq!(
            acting("monthly"),
            pairs(&[(days[0], days[0]), (days[2], days[2]), ("2006-03-01", days[3])])
        );
        assert_eq!(
            acting("2006-01-20"),
            pairs(&[(days[0], days[0]), ("2006-01-20", days[1])])
        );
    }

    #[test]
    fn overlap_asks_the_definitions_of_the_time_only() {
        let folder = tempfile::TempDir::new().unwrap();
        let shelf = testing::feed(folder.path(), &["2006-01-04", "2006-01-18"]);
        let timeline = Timeline::load(&Feed::open(&shelf).unwrap()).unwrap();
        let ids =
            timeline.at(testing::time("2006-01-18")).unwrap().1.trained_on().to_vec();
        let first = timeline.at(timeline.first()).unwrap().1.trained_on().len();
        let count =
            |day: &str| timeline.overlap(ids.iter().map(|id| (*id, testing::time(day))));
        assert_eq!(count("2006-01-01"), 0);
        assert_eq!(count("2006-01-05"), first);
        assert_eq!(count("2006-01-19"), ids.len());
        assert!(first < ids.len());
    }
}
