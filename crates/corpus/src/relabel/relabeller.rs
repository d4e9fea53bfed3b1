//! Changing labels, message by message.

use std::collections::BTreeMap;

use mail::CaseId;

use super::{Corrections, Key, Relabel, Relabelled};
use crate::{Error, PackedCase};

/// Changes labels and keeps count, so that no correction is lost unnoticed.
pub(crate) struct Relabeller<'r> {
    relabel: &'r Relabel,
    by_key: BTreeMap<&'r Key, usize>,
    by_message_id: bool,
    met: Vec<Met>,
    changed: Relabelled,
}

/// What was met of the message that a correction names.
#[derive(Default)]
struct Met {
    with_from: u64,
    with_to: u64,
    id: Option<CaseId>,
    others: bool,
    twice: Option<usize>,
}

impl<'r> Relabeller<'r> {
    pub(crate) fn new(relabel: &'r Relabel) -> Self {
        let Corrections(list) = &relabel.corrections;
        let met = list.iter().map(|_| Met::default()).collect();
        let by_key = list.iter().enumerate().map(|(at, one)| (&one.key, at)).collect();
        let by_message_id = relabel.corrections.by_message_id();
        Self { relabel, by_key, by_message_id, met, changed: Relabelled::default() }
    }

    /// Corrects the label. A copy that has the right one already keeps it.
    pub(crate) fn correct(&mut self, case: &mut PackedCase) {
        if self.by_key.is_empty() {
            return;
        }
        let digest = self.by_key.get(&Key::Digest(case.id)).copied();
        let named = match self.by_message_id {
            true => message_id(&case.raw).map(Key::MessageId),
            false => None,
        };
        let named = named.and_then(|key| self.by_key.get(&key).copied());
        let Some(at) = digest.or(named) else { return };
        let met = &mut self.met[at];
        if digest.is_some() {
            met.twice = met.twice.or(named);
        }
        met.others |= met.id.replace(case.id).is_some_and(|id| id != case.id);
        let correction = &self.relabel.corrections.0[at];
        if case.label == correction.from {
            met.with_from += 1;
            case.label = correction.to;
        } else {
            met.with_to += 1;
        }
    }

    /// Gives the message the other label where noise says so.
    pub(crate) fn plant(&mut self, case: &mut PackedCase) {
        if self.relabel.noise.is_some_and(|noise| noise.takes(case.id, case.label)) {
            self.changed.planted.insert(case.id, case.label);
            case.label = case.label.other();
        }
    }

    /// The message turns out to be no case.
    pub(crate) fn withdraw(&mut self, id: CaseId) {
        self.changed.planted.remove(&id);
    }

    /// What was changed.
    ///
    /// # Errors
    ///
    /// A correction that names no message, several different ones, one that another names
    /// too, or one that has another label than it says.
    pub(crate) fn finish(mut self) -> Result<Relabelled, Error> {
        let list = &self.relabel.corrections.0;
        for (correction, met) in list.iter().zip(&self.met) {
            if let Some(other) = met.twice {
                let other = &list[other];
                return Err(correction.error(&format!(
                    "is the message of `{}`, {} too; leave one out",
                    other.path.display(),
                    other.place
                )));
            }
            if met.others {
                return Err(correction.error(
                    "is the Message-ID of several different messages; name one by its \
                     digest",
                ));
            }
            if met.with_from + met.with_to == 0 {
                return Err(correction.error(
                    "is no message of this mail; correct the id, or leave the correction \
                     out",
                ));
            }
            if met.with_from == 0 {
                return Err(correction.error(&format!(
                    "is labelled {} already, not {} as `from` says; was it corrected \
                     before?",
                    correction.to, correction.from
                )));
            }
            self.changed.corrected += 1;
        }
        Ok(self.changed)
    }
}

/// The Message-ID of a raw message, without angle brackets.
pub(super) fn message_id(raw: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"message-id:";
    let mut lines = raw.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let value = loop {
        let line = lines.next().filter(|line| !line.is_empty())?;
        if line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)) {
            break &line[NAME.len()..];
        }
    };
    // A long id may stand on the next line alone.
    let value = match value.trim_ascii() {
        [] => lines
            .next()
            .filter(|line| line.starts_with(b" ") || line.starts_with(b"\t"))?,
        value => value,
    };
    let text = String::from_utf8_lossy(value.trim_ascii()).into_owned();
    let bare = text.trim_start_matches('<').trim_end_matches('>');
    (!bare.is_empty()).then(|| bare.to_owned())
}
