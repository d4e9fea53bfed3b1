//! Whom a letter comes from. Source: specification sections 4.6 and 5.3: behind servers of
//! one's own it is the first address outside in the trace fields, newest first.

use std::net::IpAddr;

use super::connection::holds_address;
use super::{Letter, Server};

/// Whose address the agents judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The client, where its address is known.
    Client(Option<IpAddr>),
    /// The client is a server of one's own; who handed it the letter, where a field tells.
    Behind(Option<IpAddr>),
}

impl Server<'_> {
    pub(super) fn source(&self, letter: &Letter) -> Source {
        let ours = &self.policy.transport.internal_smtp_servers;
        let internal = |ip: IpAddr| ours.iter().any(|entry| holds_address(entry, ip));
        match letter.client {
            Some(client) if internal(client) => {
                let traces = letter.message.header("Received");
                let senders = traces.filter_map(handed_over_by);
                Source::Behind(
                    senders.filter(|ip| !ip.is_loopback()).find(|ip| !internal(*ip)),
                )
            }
            client => Source::Client(client),
        }
    }
}

/// The address of the sending side of one trace field, `from name (more) by name; date`. What
/// the receiver noted in parentheses goes before what the client called itself, but for a
/// note that only repeats the greeting.
fn handed_over_by(trace: &str) -> Option<IpAddr> {
    let (sender, _) = trace.trim_start().strip_prefix("from ")?.split_once(" by ")?;
    let (mut notes, mut name) = (Vec::new(), String::new());
    for (at, piece) in sender.split(['(', ')']).enumerate() {
        if at % 2 == 1 && !piece.starts_with("HELO") {
            notes.extend(words(piece));
        } else if at % 2 == 0 {
            name += piece;
        }
    }
    notes.into_iter().chain(words(&name)).next()
}

/// The addresses among the words of a text.
fn words(text: &str) -> Vec<IpAddr> {
    let bare = |word: &str| {
        let word = word.trim_start_matches('[').trim_end_matches(']');
        word.strip_prefix("IPv6:").unwrap_or(word).parse().ok()
    };
    text.split_whitespace().filter_map(bare).collect()
}
