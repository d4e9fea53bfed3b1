//! The shortest way from one agent order to another.

use crate::script::PriorityChange;

/// The fewest priority changes that lead from the order `from` to the order `to`.
///
/// Agents that already stand in the right sequence to each other (a longest such set) stay;
/// every other agent is put right behind the one it follows in `to`. Fewer cannot do: an
/// agent that is not moved keeps its sequence to the others that are not moved.
pub fn shortest_moves(from: &[&str], to: &[&str]) -> Vec<PriorityChange> {
    let staying = in_sequence(from, to);
    let mut now: Vec<&str> = from.to_vec();
    let mut changes = Vec::new();
    for (index, agent) in to.iter().enumerate() {
        if staying.contains(agent) {
            continue;
        }
        now.retain(|other| other != agent);
        let before = index.checked_sub(1).map(|before| to[before]);
        let place = before.map_or(0, |before| {
            now.iter().position(|other| *other == before).map_or(now.len(), |at| at + 1)
        });
        now.insert(place, agent);
        changes.push(PriorityChange { agent: (*agent).to_owned(), priority: place + 1 });
    }
    changes
}

/// The order after `changes`, each of which takes an agent out and puts it in again at its
/// new priority, held within the list. Source: specification 2.4.
pub(crate) fn apply<'a>(from: &[&'a str], changes: &[PriorityChange]) -> Vec<&'a str> {
    let mut now = from.to_vec();
    for change in changes {
        let named = |other: &&str| other.eq_ignore_ascii_case(&change.agent);
        if let Some(at) = now.iter().position(named) {
            let agent = now.remove(at);
            now.insert(change.priority.clamp(1, now.len() + 1) - 1, agent);
        }
    }
    now
}

/// A longest set of agents that stand in the same sequence in both orders.
fn in_sequence<'a>(from: &[&'a str], to: &[&str]) -> Vec<&'a str> {
    // The longest sequence that ends at each agent of `from`.
    let mut ends: Vec<Vec<(usize, &'a str)>> = Vec::new();
    for agent in from {
        let Some(place) = to.iter().position(|other| other == agent) else { continue };
        let before = ends
            .iter()
            .rev()
            .filter(|run| run.last().is_some_and(|(last, _)| *last < place))
            .max_by_key(|run| run.len());
        let mut run = before.cloned().unwrap_or_default();
        run.push((place, agent));
        ends.push(run);
    }
    // The first of several: then the others move up, the direction the product documents.
    let longest = ends.into_iter().rev().max_by_key(Vec::len).unwrap_or_default();
    longest.into_iter().map(|(_, agent)| agent).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

    /// The fewest single moves between two orders, by trying all of them breadth first.
    fn fewest(from: &[&str], to: &[&str]) -> usize {
        let mut reached = std::collections::BTreeSet::from([from.to_vec()]);
        let mut steps = 0;
        while !reached.contains(to) {
            let mut next = reached.clone();
            for order in &reached {
                for agent in order {
                    for priority in 1..=order.len() {
                        let change =
                            PriorityChange { agent: (*agent).to_owned(), priority };
                        next.insert(apply(order, &[change]));
                    }
                }
            }
            reached = next;
            steps += 1;
        }
        steps
    }

    #[test]
    fn the_content_filter_above_the_rules_is_one_move() {
        let moves = shortest_moves(&["a", "b", "c", "d"], &["a", "b", "d", "c"]);
        let up = PriorityChange { agent: "d".into(), priority: 3 };
        assert_eq!(moves, [up]);
        assert!(shortest_moves(&NAMES, &NAMES).is_empty());
    }

    #[test]
    fn no_list_is_shorter() {
        let from = ["a", "b", "c", "d", "e"];
        for to in [
            ["e", "d", "c", "b", "a"],
            ["b", "c", "d", "e", "a"],
            ["e", "a", "b", "c", "d"],
            ["c", "a", "e", "b", "d"],
        ] {
            assert_eq!(shortest_moves(&from, &to).len(), fewest(&from, &to), "{to:?}");
        }
    }

    proptest! {
        #[test]
        fn the_moves_lead_there(
            from in Just(NAMES.to_vec()).prop_shuffle(),
            to in Just(NAMES.to_vec()).prop_shuffle(),
        ) {
            let moves = shortest_moves(&from, &to);
            prop_assert_eq!(apply(&from, &moves), to.clone());
            prop_assert_eq!(apply(&to, &shortest_moves(&to, &from)), from);
        }
    }
}
