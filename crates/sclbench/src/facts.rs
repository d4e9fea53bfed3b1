//! What is known of each case besides where it ended: campaign, source, language.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use analysis::CaseFact;
use anyhow::Result;
use corpus::{PackedCase, Parser};
use mail::{CaseId, Parse as _};
use sweep::Threads;

use crate::input::Input;

/// Facts that are gathered while cases are observed.
#[derive(Default)]
pub(crate) struct Facts {
    facts: BTreeMap<CaseId, CaseFact>,
    sources: BTreeSet<Arc<str>>,
}

impl Facts {
    /// Takes a batch in. Of exact duplicates the first stands.
    pub(crate) fn extend<'a>(&mut self, batch: impl Iterator<Item = &'a PackedCase>) {
        for case in batch {
            let source = self.source(container(&case.place));
            let fact = CaseFact {
                case: case.id,
                campaign: case.campaign,
                source,
                language: None,
            };
            self.facts.entry(case.id).or_insert(fact);
        }
    }

    /// One copy of each name.
    fn source(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.sources.get(name) {
            return known.clone();
        }
        let new: Arc<str> = name.into();
        self.sources.insert(new.clone());
        new
    }

    /// The facts, by id.
    pub(crate) fn finish(self) -> Vec<CaseFact> {
        self.facts.into_values().collect()
    }
}

/// Tells the language of each case of the input.
///
/// # Errors
///
/// The input cannot be read.
pub(crate) fn detect_languages(
    facts: &mut [CaseFact],
    input: Input,
    threads: &Threads,
) -> Result<()> {
    let mut found = BTreeMap::new();
    for batch in input.batches() {
        let each = |case: PackedCase| {
            let message = Parser.parse(&case.raw)?;
            Some((case.id, corpus::language(&message)?))
        };
        found.extend(threads.map(batch?, each).into_iter().flatten());
    }
    for fact in facts {
        fact.language = found.get(&fact.case).map(|code| (*code).into());
    }
    Ok(())
}

/// What held the message: the mailbox file of `mbox#12`, the folder of a file or of an
/// archive's member.
fn container(place: &str) -> &str {
    let numbered = place.rsplit_once('#').filter(|(_, number)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    match numbered {
        Some((mailbox, _)) => mailbox,
        None => {
            let end = place.rfind(['/', '!', '\\']).unwrap_or(0);
            &place[..end]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::container;

    #[test]
    fn the_source_is_what_holds_the_message() {
        assert_eq!(container("mail/ham/easy/1.eml"), "mail/ham/easy");
        assert_eq!(container("box.mbox#17"), "box.mbox");
        assert_eq!(container("all.tar.gz!ham/hard/7"), "all.tar.gz!ham/hard");
        assert_eq!(container("all.zip!7"), "all.zip");
        assert_eq!(container("all.tar!a.mbox#3"), "all.tar!a.mbox");
        assert_eq!(container("1.eml"), "");
        assert_eq!(container("odd#name/1.eml"), "odd#name");
    }
}
