//! The counters of the Intelligent Message Filter of 2003. Source: specification 6.5.
//!
//! Captions by decision on U30. A replay has no clock: rates per second are over the corpus
//! time from the first message to the last, and the last thirty minutes end with the last.

use mail::{Scl, Threshold, Timestamp};
use serde::Serialize;

use crate::{percent, thousands};

/// Seconds of the short look back.
const LOOK_BACK: i64 = 30 * 60;

/// One message as the counters see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scan {
    /// When it came.
    pub time: Timestamp,
    /// Its level where the filter scanned it: the inner `None` is scanned, but not rated.
    pub scanned: Option<Option<Scl>>,
    /// The level from which the gateway acted when it came.
    pub acts_from: Option<Threshold>,
    /// Whether the filter rejected or deleted it.
    pub refused: bool,
}

/// The counters after all messages.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImfCounters {
    /// `Total Messages Scanned for UCE`.
    pub total_messages_scanned_for_uce: u64,
    /// `Messages Scanned for UCE/sec`, the mean; none where all mail has one time.
    pub messages_scanned_for_uce_per_sec: Option<f64>,
    /// `Total UCE Messages Acted Upon`: at the gateway threshold, whatever the action is; the
    /// store's junk mail is not among them.
    pub total_uce_messages_acted_upon: u64,
    /// `UCE Messages Acted Upon/sec`, the mean; none where all mail has one time.
    pub uce_messages_acted_upon_per_sec: Option<f64>,
    /// `% UCE out of Total Messages Scanned`, 0 to 1; none where nothing was scanned.
    pub uce_share_of_scanned: Option<f64>,
    /// The same of the last thirty minutes.
    pub uce_share_of_scanned_in_last_30_minutes: Option<f64>,
    /// `Total Messages Assigned an SCL Rating of` 0 to 9.
    pub total_messages_assigned_an_scl_rating_of: [u64; 10],
    /// Events 7512 in the application log, one per message that the filter rejected or
    /// deleted; the product writes them at medium or higher logging only.
    pub events_7512: u64,
}

impl ImfCounters {
    /// Counts messages in order of time.
    pub fn new(scans: &[Scan]) -> Self {
        let acted = |scan: &&Scan| {
            let level = scan.scanned.flatten();
            level.zip(scan.acts_from).is_some_and(|(scl, threshold)| threshold.meets(scl))
        };
        let (first, last) = match (scans.first(), scans.last()) {
            (Some(first), Some(last)) => (first.time.0, last.time.0),
            _ => (0, 0),
        };
        let late = scans.partition_point(|scan| scan.time.0 <= last - LOOK_BACK);
        let share = |scans: &[Scan]| {
            let scanned = scans.iter().filter(|scan| scan.scanned.is_some()).count();
            let acted = scans.iter().filter(acted).count();
            (scanned > 0).then(|| acted as f64 / scanned as f64)
        };
        let scanned = scans.iter().filter(|scan| scan.scanned.is_some()).count();
        let acted = scans.iter().filter(acted).count();
        let seconds = last - first;
        let rate = |count: usize| (seconds > 0).then(|| count as f64 / seconds as f64);
        let mut ratings = [0; 10];
        for scl in scans.iter().filter_map(|scan| scan.scanned.flatten()) {
            if let Some(count) =
                usize::try_from(scl.get()).ok().and_then(|at| ratings.get_mut(at))
            {
                *count += 1;
            }
        }
        Self {
            total_messages_scanned_for_uce: scanned as u64,
            messages_scanned_for_uce_per_sec: rate(scanned),
            total_uce_messages_acted_upon: acted as u64,
            uce_messages_acted_upon_per_sec: rate(acted),
            uce_share_of_scanned: share(scans),
            uce_share_of_scanned_in_last_30_minutes: share(&scans[late..]),
            total_messages_assigned_an_scl_rating_of: ratings,
            events_7512: scans.iter().filter(|scan| scan.refused).count() as u64,
        }
    }

    /// The counters under the product's captions.
    pub fn lines(&self) -> Vec<String> {
        let rate = |rate: Option<f64>| {
            rate.map_or("none".to_owned(), |rate| format!("{rate:.4}"))
        };
        let share = |share: Option<f64>| share.map_or("none".to_owned(), percent);
        let count = |count: u64| thousands(count);
        let mut rows = vec![
            (
                "Total Messages Scanned for UCE".to_owned(),
                count(self.total_messages_scanned_for_uce),
            ),
            (
                "Messages Scanned for UCE/sec".to_owned(),
                rate(self.messages_scanned_for_uce_per_sec),
            ),
            (
                "Total UCE Messages Acted Upon".to_owned(),
                count(self.total_uce_messages_acted_upon),
            ),
            (
                "UCE Messages Acted Upon/sec".to_owned(),
                rate(self.uce_messages_acted_upon_per_sec),
            ),
            (
                "% UCE out of Total Messages Scanned".to_owned(),
                share(self.uce_share_of_scanned),
            ),
            (
                "% UCE of messages scanned in the last 30 minutes".to_owned(),
                share(self.uce_share_of_scanned_in_last_30_minutes),
            ),
        ];
        let ratings = self.total_messages_assigned_an_scl_rating_of;
        rows.extend((0..).zip(ratings).map(|(scl, messages)| {
            let caption = format!("Total Messages Assigned an SCL Rating of {scl}");
            (caption, count(messages))
        }));
        let caption = "Events 7512 (at medium or higher logging)".to_owned();
        rows.push((caption, count(self.events_7512)));
        std::iter::once("MSExchange Intelligent Message Filter".to_owned())
            .chain(
                rows.iter().map(|(caption, value)| format!("  {caption:<50}{value:>10}")),
            )
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(time: i64, scanned: Option<i64>) -> Scan {
        let scanned = scanned.map(|scl| Scl::new(scl).ok());
        let acts_from = Threshold::new(8).ok();
        Scan { time: Timestamp(time), scanned, acts_from, refused: false }
    }

    #[test]
    fn messages_count_once_and_act_at_equality() {
        let scans = [
            scan(0, Some(8)),
            scan(1_000, Some(7)),
            scan(2_200, None),
            scan(2_201, Some(9)),
            // Scanned, but nobody knew a level: 99 is none.
            scan(3_000, Some(99)),
            scan(4_000, Some(0)),
        ];
        let counters = ImfCounters::new(&scans);
        assert_eq!(counters.total_messages_scanned_for_uce, 5);
        assert_eq!(counters.total_uce_messages_acted_upon, 2);
        assert_eq!(
            counters.total_messages_assigned_an_scl_rating_of,
            [1, 0, 0, 0, 0, 0, 0, 1, 1, 1]
        );
        let near =
            |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-12;
        assert!(near(counters.messages_scanned_for_uce_per_sec, 5.0 / 4_000.0));
        assert!(near(counters.uce_messages_acted_upon_per_sec, 2.0 / 4_000.0));
        assert!(near(counters.uce_share_of_scanned, 0.4));
        // After 2,200: three scanned, one of them acted on; what came exactly thirty minutes
        // before the last message is outside.
        assert!(near(counters.uce_share_of_scanned_in_last_30_minutes, 1.0 / 3.0));
        let off = scans.map(|scan| Scan { acts_from: None, refused: true, ..scan });
        let off = ImfCounters::new(&off);
        assert_eq!((off.total_uce_messages_acted_upon, off.events_7512), (0, 6));
    }

    #[test]
    fn nothing_scanned_has_no_shares() {
        let counters = ImfCounters::new(&[scan(5, None)]);
        assert_eq!(counters.uce_share_of_scanned, None);
        assert_eq!(counters.messages_scanned_for_uce_per_sec, None);
        assert_eq!(ImfCounters::new(&[]).total_messages_scanned_for_uce, 0);
        let lines = counters.lines();
        assert_eq!(lines.len(), 18);
        assert!(lines.iter().all(|line| line.len() <= 79));
    }
}
