//! Agent order: one global priority, and the classes of orders that mean the same.

use mail::SmtpEvent;

/// A list of agent numbers that is no order of the roster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an order must name each of the {0} agents once")]
pub struct InvalidOrder(usize);

/// Names and events of the registered agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    names: Vec<&'static str>,
    /// Bit per event, by [`SmtpEvent::index`].
    events: Vec<u32>,
    /// Pairs of agents (lower number first) that meet at some event.
    pairs: Vec<(u8, u8)>,
}

impl Roster {
    /// Most agents a roster can hold, so that its pairs fit one word.
    pub const LIMIT: usize = 11;

    pub(crate) fn new(
        agents: impl Iterator<Item = (&'static str, &'static [SmtpEvent])>,
    ) -> Self {
        let (names, events): (Vec<_>, Vec<_>) = agents
            .map(|(name, events)| {
                (name, events.iter().fold(0u32, |set, event| set | 1 << event.index()))
            })
            .unzip();
        assert!(
            names.len() <= Self::LIMIT,
            "a server has at most {} agents",
            Self::LIMIT
        );
        let mut roster = Self { names, events, pairs: Vec::new() };
        let count = roster.len();
        roster.pairs = (0..count)
            .flat_map(|a| (a + 1..count).map(move |b| (a, b)))
            .filter(|(a, b)| {
                roster.events[usize::from(*a)] & roster.events[usize::from(*b)] != 0
            })
            .collect();
        roster
    }

    /// Number of agents.
    #[expect(clippy::cast_possible_truncation, reason = "at most Roster::LIMIT")]
    pub fn len(&self) -> u8 {
        self.names.len() as u8
    }

    /// Whether nobody is registered.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Names in the order of registration.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// Number of the agent of that name, ignoring ASCII case.
    pub fn find(&self, name: &str) -> Option<u8> {
        (0..self.len())
            .find(|agent| self.names[usize::from(*agent)].eq_ignore_ascii_case(name))
    }

    /// Whether an agent is registered on an event.
    pub fn attends(&self, agent: u8, event: SmtpEvent) -> bool {
        self.events[usize::from(agent)] >> event.index() & 1 == 1
    }

    fn commute(&self, a: u8, b: u8) -> bool {
        self.events[usize::from(a)] & self.events[usize::from(b)] == 0
    }

    /// The order in which agents were registered.
    pub fn default_order(&self) -> PriorityOrder {
        PriorityOrder((0..self.len()).collect())
    }

    /// One order per class: global orders that give the same order inside every event form
    /// a class. The lexicographically first order stands for its class; classes come in
    /// lexicographic order, so the default order comes first.
    ///
    /// The ten Edge agents have 10! orders in 8,640 classes.
    pub fn classes(&self) -> Vec<PriorityOrder> {
        let mut found = Vec::new();
        self.extend(&mut Vec::with_capacity(self.names.len()), &mut found);
        found
    }

    /// Lexicographic normal forms of the partially commutative words: a new letter may not
    /// follow letters it commutes with, the first of which is greater than it.
    fn extend(&self, prefix: &mut Vec<u8>, found: &mut Vec<PriorityOrder>) {
        if prefix.len() == self.names.len() {
            found.push(PriorityOrder(prefix.clone()));
            return;
        }
        for agent in 0..self.len() {
            let free = !prefix.contains(&agent);
            let mut before =
                prefix.iter().rev().take_while(|other| self.commute(agent, **other));
            if free && before.all(|other| *other < agent) {
                prefix.push(agent);
                self.extend(prefix, found);
                prefix.pop();
            }
        }
    }

    /// Which of each pair of agents that meet comes first: bit set where the higher number
    /// does. Equal words, equal classes.
    pub fn orientation(&self, order: &PriorityOrder) -> u64 {
        let position = order.positions();
        self.pairs.iter().enumerate().fold(0, |word, (bit, (a, b))| {
            let turned = position[usize::from(*b)] < position[usize::from(*a)];
            word | u64::from(turned) << bit
        })
    }

    /// Bits of [`Roster::orientation`] that concern pairs within `agents`.
    pub fn orientation_mask(&self, agents: impl Iterator<Item = usize>) -> u64 {
        let set = agents.fold(0u32, |set, agent| set | 1 << agent);
        let within = |agent: u8| set >> agent & 1 == 1;
        self.pairs.iter().enumerate().fold(0, |mask, (bit, (a, b))| {
            mask | u64::from(within(*a) && within(*b)) << bit
        })
    }

    /// The shortest list of priority changes that leads from the order of registration into
    /// the class of `order`, and the order it leads to.
    ///
    /// A largest set of agents that can stay as they are is found by trying all sets, large
    /// ones first; the others are moved, in the order of their new priorities.
    pub fn moves(&self, order: &PriorityOrder) -> (Vec<PriorityMove>, PriorityOrder) {
        let before = self.before(order);
        let all = 1u32 << before.len();
        let (target, kept) = (0..=before.len())
            .rev()
            .find_map(|size| {
                (0..all)
                    .filter(|kept| kept.count_ones() as usize == size)
                    .filter_map(|kept| Some((linear_extension(&before, kept)?, kept)))
                    .min_by_key(|(target, kept)| (*target, std::cmp::Reverse(*kept)))
            })
            .expect("keeping nobody is always possible");
        let target = &target[..before.len()];
        let mut current = self.default_order().0;
        let mut moves = Vec::new();
        for (at, agent) in target.iter().enumerate() {
            if kept >> agent & 1 == 1 {
                continue;
            }
            current.retain(|other| other != agent);
            let after = at.checked_sub(1).map(|previous| target[previous]);
            let place = current
                .iter()
                .position(|other| Some(*other) == after)
                .map_or(0, |position| position + 1);
            current.insert(place, *agent);
            moves.push(PriorityMove { agent: *agent, priority: place + 1 });
        }
        (moves, PriorityOrder(current))
    }

    /// For each agent the set of agents that must come before it in the class of `order`.
    fn before(&self, order: &PriorityOrder) -> Vec<u32> {
        let position = order.positions();
        let mut before = vec![0u32; self.names.len()];
        for (a, b) in &self.pairs {
            let (a, b) = (usize::from(*a), usize::from(*b));
            let (first, second) = if position[a] < position[b] { (a, b) } else { (b, a) };
            before[second] |= 1 << first;
        }
        before
    }
}

/// The first linear extension (by agent number) of `before` in which the `kept` agents stand
/// in ascending order, filled up with zeros; `None` where there is none.
fn linear_extension(before: &[u32], kept: u32) -> Option<[u8; Roster::LIMIT]> {
    let mut placed = 0u32;
    let mut target = [0; Roster::LIMIT];
    for place in &mut target[..before.len()] {
        let next = (0..before.len()).find(|agent| {
            let lower_kept = kept & ((1 << agent) - 1);
            let wanted =
                before[*agent] | if kept >> agent & 1 == 1 { lower_kept } else { 0 };
            placed >> agent & 1 == 0 && wanted & !placed == 0
        })?;
        placed |= 1 << next;
        *place = u8::try_from(next).expect("at most Roster::LIMIT agents");
    }
    Some(target)
}

/// One priority change: take the agent out, put it in again at `priority` (from 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriorityMove {
    /// Agent number.
    pub agent: u8,
    /// New priority, from 1.
    pub priority: usize,
}

/// A global order of all agents: best priority first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PriorityOrder(Vec<u8>);

impl PriorityOrder {
    /// An order from agent numbers.
    ///
    /// # Errors
    ///
    /// [`InvalidOrder`] unless each agent of the roster is named once.
    pub fn new(roster: &Roster, agents: Vec<u8>) -> Result<Self, InvalidOrder> {
        let mut sorted = agents.clone();
        sorted.sort_unstable();
        if sorted.iter().copied().eq(0..roster.len()) {
            Ok(Self(agents))
        } else {
            Err(InvalidOrder(roster.names.len()))
        }
    }

    /// Agent numbers, best priority first.
    pub fn agents(&self) -> &[u8] {
        &self.0
    }

    /// `Set-TransportAgent -Priority`: takes the agent out and puts it in again; a priority
    /// beyond the last is the last (decision on U5).
    pub fn apply(&mut self, change: PriorityMove) {
        self.0.retain(|agent| *agent != change.agent);
        let place = change.priority.clamp(1, self.0.len() + 1) - 1;
        self.0.insert(place, change.agent);
    }

    fn positions(&self) -> Vec<usize> {
        let mut positions = vec![0; self.0.len()];
        for (position, agent) in self.0.iter().enumerate() {
            positions[usize::from(*agent)] = position;
        }
        positions
    }
}

/// Who runs at which event, in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    by_event: Vec<Vec<u8>>,
}

impl Plan {
    /// The plan of an order in which only `enabled` agents run.
    pub fn new(roster: &Roster, order: &PriorityOrder, enabled: &[bool]) -> Self {
        let by_event = SmtpEvent::ALL
            .into_iter()
            .map(|event| {
                let runs = |agent: &u8| {
                    roster.attends(*agent, event) && enabled[usize::from(*agent)]
                };
                order.0.iter().copied().filter(runs).collect()
            })
            .collect();
        Self { by_event }
    }

    /// Agents of one event, first to run first.
    pub fn agents(&self, event: SmtpEvent) -> &[u8] {
        &self.by_event[event.index()]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use mail::SmtpEvent::{
        OnConnectEvent, OnDisconnectEvent, OnEndOfData, OnEndOfHeaders, OnMailCommand,
        OnRcptCommand, OnReject, OnRoutedMessage, OnRsetCommand, OnSubmittedMessage,
    };
    use proptest::prelude::*;

    use super::*;

    fn edge() -> Roster {
        let agents: [(&'static str, &'static [SmtpEvent]); 10] = [
            ("a", &[OnConnectEvent, OnMailCommand, OnRcptCommand, OnEndOfHeaders]),
            ("b", &[OnRcptCommand, OnEndOfHeaders]),
            ("c", &[OnEndOfData]),
            ("d", &[OnEndOfData]),
            ("e", &[OnEndOfHeaders]),
            ("f", &[OnMailCommand, OnEndOfHeaders]),
            ("g", &[OnRcptCommand]),
            (
                "h",
                &[
                    OnConnectEvent,
                    OnEndOfHeaders,
                    OnEndOfData,
                    OnReject,
                    OnRsetCommand,
                    OnDisconnectEvent,
                ],
            ),
            ("i", &[OnEndOfData]),
            ("j", &[OnSubmittedMessage, OnRoutedMessage]),
        ];
        Roster::new(agents.into_iter())
    }

    #[test]
    fn the_ten_edge_agents_have_8640_order_classes() {
        let roster = edge();
        let classes = roster.classes();
        assert_eq!(classes.len(), 8_640);
        let words: HashSet<u64> = classes.iter().map(|o| roster.orientation(o)).collect();
        assert_eq!(words.len(), 8_640);
        assert_eq!(classes[0], roster.default_order());
    }

    #[test]
    fn the_content_filter_swap_is_one_move() {
        let roster = edge();
        let order =
            PriorityOrder::new(&roster, vec![0, 1, 3, 2, 4, 5, 6, 7, 8, 9]).unwrap();
        let (moves, reached) = roster.moves(&order);
        assert_eq!(moves.len(), 1);
        assert_eq!(roster.orientation(&reached), roster.orientation(&order));
    }

    #[test]
    fn a_priority_beyond_the_last_is_the_last() {
        let roster = edge();
        let mut order = roster.default_order();
        order.apply(PriorityMove { agent: 0, priority: 99 });
        assert_eq!(order.agents(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]);
        order.apply(PriorityMove { agent: 0, priority: 0 });
        assert_eq!(order, roster.default_order());
    }

    proptest! {
        #[test]
        fn every_order_has_its_class_among_the_canonical_ones(
            agents in Just((0u8..10).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let roster = edge();
            let order = PriorityOrder::new(&roster, agents).unwrap();
            let word = roster.orientation(&order);
            let same = roster.classes().into_iter().filter(|c| roster.orientation(c) == word);
            prop_assert_eq!(same.count(), 1);
        }

        #[test]
        fn moves_lead_into_the_class(
            agents in Just((0u8..10).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let roster = edge();
            let order = PriorityOrder::new(&roster, agents).unwrap();
            let (moves, reached) = roster.moves(&order);
            let mut walked = roster.default_order();
            for change in &moves {
                walked.apply(*change);
            }
            prop_assert_eq!(&walked, &reached);
            prop_assert_eq!(roster.orientation(&walked), roster.orientation(&order));
        }
    }

    /// Breadth-first over real priority changes on a roster of five agents.
    #[test]
    fn no_shorter_list_of_moves_exists() {
        let agents: [(&'static str, &'static [SmtpEvent]); 5] = [
            ("a", &[OnConnectEvent]),
            ("b", &[OnConnectEvent, OnMailCommand]),
            ("c", &[OnMailCommand, OnEndOfData]),
            ("d", &[OnEndOfData, OnConnectEvent]),
            ("e", &[OnEndOfData]),
        ];
        let roster = Roster::new(agents.into_iter());
        let mut seen =
            std::collections::BTreeMap::from([(roster.default_order(), 0usize)]);
        let mut frontier = vec![roster.default_order()];
        while let Some(order) = frontier.pop() {
            let steps = seen[&order] + 1;
            for (agent, priority) in (0..5).flat_map(|a| (1..=5).map(move |p| (a, p))) {
                let mut next = order.clone();
                next.apply(PriorityMove { agent, priority });
                if seen.get(&next).is_none_or(|known| *known > steps) {
                    seen.insert(next.clone(), steps);
                    frontier.push(next);
                }
            }
        }
        assert_eq!(seen.len(), 120);
        for class in roster.classes() {
            let word = roster.orientation(&class);
            let least = seen
                .iter()
                .filter(|(order, _)| roster.orientation(order) == word)
                .map(|(_, steps)| *steps)
                .min();
            assert_eq!(Some(roster.moves(&class).0.len()), least, "{class:?}");
        }
    }
}
