//! A policy that changes over corpus time: dated changes of settings, and restarts.
//!
//! Settings of a feature act from their date. The order of agents and their switches wait
//! for the next restart, as on the product; so do those that a policy holds as pending. While the server is down it takes no mail: who
//! wants to deliver tries again by a stated rule. Source: specification section 2.4.

use mail::{Edition, Timestamp};

use crate::{AgentEntry, PolicySpec, SpecError};

/// One dated event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub change: Change,
}

/// What an event does.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Other settings.
    Policy(Box<PolicySpec>),
    /// A restart of the transport service.
    Restart {
        /// How long no mail is taken, in seconds; 0 is not noticed by anybody.
        down: i64,
    },
}

/// When a sending server tries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Seconds between two attempts.
    pub every: i64,
    /// Seconds after the first attempt from which it gives up.
    pub give_up: i64,
}

impl Default for Retry {
    /// Every half hour for four days: what RFC 5321, section 4.5.4.1, asks senders to do at
    /// least.
    fn default() -> Self {
        Self { every: 30 * 60, give_up: 4 * 86_400 }
    }
}

/// When a message is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// At its own time.
    AtOnce,
    /// At a later attempt.
    Deferred(Timestamp),
    /// Never.
    GivenUp,
}

/// A stretch of time with one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// When it begins; the first one always has been.
    pub from: Timestamp,
    /// What acts: features as set by then, order and switches as of the last restart.
    pub policy: PolicySpec,
}

/// A policy over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    segments: Vec<Segment>,
    down: Vec<(Timestamp, Timestamp)>,
    retry: Retry,
}

impl Schedule {
    /// Events in any order; those of one time happen in the order given.
    ///
    /// # Errors
    ///
    /// [`SpecError`] for a negative downtime, a retry rule that never ends, or an upgrade
    /// from Exchange 2003.
    pub fn new(
        start: PolicySpec,
        mut events: Vec<Event>,
        retry: Retry,
    ) -> Result<Self, SpecError> {
        if retry.every < 60 || retry.give_up < 0 || retry.give_up > 366 * 86_400 {
            return Err(SpecError::new(
                "schedule.retry-minutes",
                "attempts less than a minute apart, or for more than a year",
                "use at least 1 minute, and 0 to 8,784 hours until a sender gives up",
            ));
        }
        let of_2003 = |policy: &PolicySpec| policy.edition == Edition::E2003Sp2;
        let other = |event: &Event| match &event.change {
            Change::Policy(policy) => of_2003(policy) != of_2003(&start),
            Change::Restart { .. } => false,
        };
        if events.iter().any(other) {
            return Err(SpecError::new(
                "schedule.events",
                "an upgrade from Exchange 2003, which has other agents",
                "replay the mail before and after it apart",
            ));
        }
        events.sort_by_key(|event| event.at);
        let mut awaited = awaited(&start);
        let start = PolicySpec { pending_agents: Vec::new(), ..start };
        let mut segments = vec![Segment { from: Timestamp::MIN, policy: start }];
        let mut down = Vec::new();
        for Event { at, change } in events {
            let mut acting = segments[segments.len() - 1].policy.clone();
            match change {
                Change::Policy(policy) => {
                    awaited = self::awaited(&policy);
                    let agents = std::mem::take(&mut acting.agents);
                    acting = PolicySpec { agents, pending_agents: Vec::new(), ..*policy };
                }
                Change::Restart { down: seconds } => {
                    if seconds < 0 {
                        let problem = format!("a downtime of {seconds} seconds");
                        let cure = "use 0 or more minutes";
                        return Err(SpecError::new("schedule.events", problem, cure));
                    }
                    down.push((at, Timestamp(at.0.saturating_add(seconds))));
                    acting.agents.clone_from(&awaited);
                }
            }
            segments.push(Segment { from: at, policy: acting });
        }
        // Of several changes at one time only the last acts, and equal neighbours are one.
        segments.reverse();
        segments.dedup_by_key(|segment| segment.from);
        segments.reverse();
        segments.dedup_by(|later, earlier| later.policy == earlier.policy);
        Ok(Self { segments, down, retry })
    }

    /// The stretches with one policy, in order of time.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The stretches in which no mail is taken.
    pub fn down(&self) -> &[(Timestamp, Timestamp)] {
        &self.down
    }

    /// The position of the segment that acts at `time`.
    pub fn at(&self, time: Timestamp) -> usize {
        self.segments.partition_point(|segment| segment.from <= time).saturating_sub(1)
    }

    /// When a message is taken that is first offered at `time`.
    pub fn arrival(&self, time: Timestamp) -> Arrival {
        let mut attempt = time;
        while self.is_down(attempt) {
            attempt = Timestamp(attempt.0.saturating_add(self.retry.every));
            if attempt.0.saturating_sub(time.0) > self.retry.give_up {
                return Arrival::GivenUp;
            }
        }
        if attempt == time { Arrival::AtOnce } else { Arrival::Deferred(attempt) }
    }

    fn is_down(&self, time: Timestamp) -> bool {
        self.down.iter().any(|(from, until)| *from <= time && time < *until)
    }
}

/// The order and switches that a policy has after a restart.
fn awaited(policy: &PolicySpec) -> Vec<AgentEntry> {
    let PolicySpec { agents, pending_agents, .. } = policy;
    if pending_agents.is_empty() { agents.clone() } else { pending_agents.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict() -> PolicySpec {
        let mut policy = PolicySpec::default();
        policy.content_filter.scl_delete_enabled = true;
        policy.agents = swapped();
        policy
    }

    /// The order with the content filter before the Edge rules.
    fn swapped() -> Vec<crate::AgentEntry> {
        let mut policy = PolicySpec::default();
        let order = policy.agent_order().unwrap();
        let mut names: Vec<_> =
            order.iter().map(|(name, _)| (*name).to_owned()).collect();
        names.swap(2, 3);
        policy.set_order(&names).unwrap();
        policy.agents
    }

    fn at(at: i64, change: Change) -> Event {
        Event { at: Timestamp(at), change }
    }

    fn restart(minutes: i64) -> Change {
        Change::Restart { down: minutes * 60 }
    }

    #[test]
    fn what_a_policy_holds_as_pending_waits_for_a_restart() {
        let start = PolicySpec { pending_agents: swapped(), ..PolicySpec::default() };
        let schedule =
            Schedule::new(start, vec![at(9_000, restart(0))], Retry::default()).unwrap();
        let [before, after] = schedule.segments() else { panic!("two") };
        assert_eq!(before.policy, PolicySpec::default());
        assert_eq!(after.policy.agents, swapped());
        assert!(after.policy.pending_agents.is_empty());
    }

    #[test]
    fn features_act_at_once_and_the_order_after_a_restart() {
        let policy = Change::Policy(Box::new(strict()));
        let events = vec![at(9_000, restart(0)), at(5_000, policy)];
        let schedule =
            Schedule::new(PolicySpec::default(), events, Retry::default()).unwrap();
        let [before, pending, after] = schedule.segments() else { panic!("three") };
        assert_eq!(before.policy, PolicySpec::default());
        assert_eq!(pending.from, Timestamp(5_000));
        assert!(pending.policy.content_filter.scl_delete_enabled);
        assert_eq!(pending.policy.agents, PolicySpec::default().agents);
        assert_eq!((after.from, &after.policy), (Timestamp(9_000), &strict()));
        assert_eq!(
            [4_999, 5_000, 8_999, 9_000].map(|t| schedule.at(Timestamp(t))),
            [0, 1, 1, 2]
        );
    }

    #[test]
    fn a_restart_before_the_change_does_not_make_it_act() {
        let policy = || Change::Policy(Box::new(strict()));
        let order = |events| {
            let schedule =
                Schedule::new(PolicySpec::default(), events, Retry::default()).unwrap();
            schedule.segments().last().unwrap().policy.agents == swapped()
        };
        assert!(!order(vec![at(5_000, restart(0)), at(5_000, policy())]));
        assert!(order(vec![at(5_000, policy()), at(5_000, restart(0))]));
    }

    #[test]
    fn nothing_but_restarts_is_one_segment() {
        let events = vec![at(1_000, restart(5)), at(9_000, restart(5))];
        let schedule = Schedule::new(strict(), events, Retry::default()).unwrap();
        assert_eq!(schedule.segments().len(), 1);
        assert_eq!(schedule.down().len(), 2);
    }

    #[test]
    fn deferred_mail_comes_at_the_first_attempt_that_finds_the_server_up() {
        let events = vec![at(60_000, restart(45)), at(64_000, restart(10))];
        let retry = Retry { every: 1_800, give_up: 7_200 };
        let schedule = Schedule::new(strict(), events.clone(), retry).unwrap();
        let arrival = |time| schedule.arrival(Timestamp(time));
        assert_eq!(arrival(59_999), Arrival::AtOnce);
        assert_eq!(arrival(60_000), Arrival::Deferred(Timestamp(63_600)));
        assert_eq!(arrival(62_699), Arrival::Deferred(Timestamp(66_299)));
        assert_eq!(arrival(62_700), Arrival::AtOnce);
        // The second attempt of this one falls into the second restart.
        assert_eq!(arrival(60_500), Arrival::Deferred(Timestamp(65_900)));
        let hasty = Retry { every: 1_800, give_up: 3_600 };
        let schedule = Schedule::new(strict(), events, hasty).unwrap();
        assert_eq!(schedule.arrival(Timestamp(60_500)), Arrival::GivenUp);
        // The last attempt is the one at the very end.
        let last = Arrival::Deferred(Timestamp(63_600));
        assert_eq!(schedule.arrival(Timestamp(60_000)), last);
    }

    #[test]
    fn of_two_changes_at_one_time_only_the_last_is_a_segment() {
        let change = |policy| at(5_000, Change::Policy(Box::new(policy)));
        let deleting = |on| {
            let mut policy = PolicySpec::default();
            policy.content_filter.scl_delete_enabled = on;
            policy.sender_filter.enabled = false;
            policy
        };
        let events = vec![change(deleting(true)), change(deleting(false))];
        let schedule =
            Schedule::new(PolicySpec::default(), events, Retry::default()).unwrap();
        let [_, after] = schedule.segments() else { panic!("two") };
        assert_eq!(after.policy, deleting(false));
    }

    #[test]
    fn rules_that_never_end_are_refused() {
        for (every, give_up) in [(60, 0), (60, 366 * 86_400)] {
            let retry = Retry { every, give_up };
            assert!(Schedule::new(strict(), Vec::new(), retry).is_ok());
        }
        for retry in [
            Retry { every: 0, give_up: 60 },
            Retry { every: 60, give_up: -1 },
            Retry { every: 59, give_up: 60 },
            Retry { every: 60, give_up: 366 * 86_400 + 1 },
            Retry { every: 60, give_up: i64::MAX },
        ] {
            assert!(Schedule::new(strict(), Vec::new(), retry).is_err());
        }
        let old = PolicySpec { edition: Edition::E2003Sp2, ..PolicySpec::default() };
        let upgrade = vec![at(9, Change::Policy(Box::new(strict())))];
        assert!(Schedule::new(old, upgrade, Retry::default()).is_err());
        let past = vec![at(0, restart(-1))];
        assert!(Schedule::new(strict(), past, Retry::default()).is_err());
    }
}
