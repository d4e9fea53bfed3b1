//! The forms that changes can give to one case.

use std::collections::BTreeMap;

use mail::{Case, Change, Message, Parse};

use crate::{Edits, HeaderRight, ORGANIZATION_PREFIX};

/// The forms of one case, made on demand, each from one with a change less.
pub(crate) struct Forms<'c> {
    case: &'c Case,
    right: HeaderRight,
    changes: &'c BTreeMap<usize, Change>,
    parse: &'c dyn Parse,
    /// The case as it was let in, where that is not how it was read.
    arrived: Option<Case>,
    made: BTreeMap<Edits, Case>,
}

impl<'c> Forms<'c> {
    pub(crate) fn new(
        case: &'c Case,
        right: HeaderRight,
        changes: &'c BTreeMap<usize, Change>,
        parse: &'c dyn Parse,
    ) -> Self {
        Self { case, right, changes, parse, arrived: None, made: BTreeMap::new() }
    }

    pub(crate) fn get(&mut self, edits: Edits) -> &Case {
        if edits.is_empty() {
            return self.case;
        }
        if !self.made.contains_key(&edits) {
            let made = self.make(edits);
            self.made.insert(edits, made);
        }
        &self.made[&edits]
    }

    /// What the first change is made to. Its result is parsed again: only what the firewall
    /// lets in may come back, and what an agent itself writes into the organization's fields
    /// stays.
    pub(crate) fn arrived(&mut self) -> &Case {
        if self.arrived.is_none()
            && self.right == HeaderRight::Strip
            && let Some(raw) = mail::without_fields(&self.case.raw, ORGANIZATION_PREFIX)
        {
            self.arrived = Some(replaced(self.case, raw, self.parse));
        }
        self.arrived.as_ref().unwrap_or(self.case)
    }

    /// Changes are made in the order of the catalogue, those of recipients after those of
    /// the message: neither kind touches what the other does, and the message is parsed but
    /// once for both.
    fn make(&mut self, edits: Edits) -> Case {
        let changes = self.changes;
        let with = |position: &usize| {
            matches!(changes.get(position), Some(Change::RewriteRecipients(_)))
        };
        let last = edits.positions().filter(with).last();
        let last = last.or_else(|| edits.positions().last()).unwrap_or_default();
        let parse = self.parse;
        let rest = edits.without(last);
        let before = if rest.is_empty() { self.arrived() } else { self.get(rest) };
        match changes.get(&last) {
            Some(change) => changed(before, change, parse),
            None => before.clone(),
        }
    }
}

/// The case after one change.
pub(crate) fn changed(before: &Case, change: &Change, parse: &dyn Parse) -> Case {
    if let Change::RewriteRecipients(renamed) = change {
        let mut form = before.clone();
        let mut recipients = form.session.rcpt_to.get().cloned().unwrap_or_default();
        for (index, email) in renamed {
            recipients[*index].clone_from(email);
        }
        let origin = form.session.rcpt_to.origin();
        form.session.rcpt_to = mail::Field::known(recipients, origin);
        return form;
    }
    let raw = change.apply(&before.raw, &before.message);
    replaced(before, raw, parse)
}

/// The case with other bytes in the place of its message's; the same where they are no
/// message.
fn replaced(case: &Case, raw: Vec<u8>, parse: &dyn Parse) -> Case {
    let Some(message) = parse.parse_again(&raw, (&case.raw, &case.message)) else {
        return case.clone();
    };
    let firewalled = case.message.firewalled.clone();
    Case {
        id: case.id,
        label: case.label,
        category: case.category.clone(),
        time: case.time,
        session: case.session.clone(),
        message: Message { firewalled, ..message },
        raw,
    }
}

/// The case with a set of changes made one after the other, in the order of the catalogue.
#[cfg(test)]
fn form(
    case: &Case,
    changes: &BTreeMap<usize, Change>,
    edits: Edits,
    parse: &dyn Parse,
) -> Case {
    let made = edits.positions().filter_map(|position| changes.get(&position));
    made.fold(case.clone(), |form, change| changed(&form, change, parse))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use mail::{CaseId, Field, Label, Message, Origin, Session, Timestamp};

    use super::*;

    /// Takes the whole text as the body; texts of odd length are no messages.
    struct Text;

    impl Parse for Text {
        fn parse(&self, raw: &[u8]) -> Option<Message> {
            let body = String::from_utf8_lossy(raw).into_owned();
            raw.len().is_multiple_of(2).then(|| Message { body, ..Message::default() })
        }
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            "[a-c]{0,2}".prop_map(Change::PrependSubject),
            ("[XY]", "[a-c]{0,2}")
                .prop_map(|(name, value)| Change::SetHeader { name, value }),
            "[XY]".prop_map(Change::RemoveHeader),
            prop::collection::vec((0..2usize, "[a-c]"), 1..3)
                .prop_map(Change::RewriteRecipients),
        ]
    }

    fn case() -> Case {
        let raw = b"X: 1\nSubject: s\n\nbody\n".to_vec();
        let recipients = vec!["a".to_owned(), "b".to_owned()];
        Case {
            id: CaseId([0; 32]),
            label: Label::Ham,
            category: String::new(),
            time: Timestamp(0),
            session: Session {
                rcpt_to: Field::known(recipients, Origin::Recorded),
                ..Session::default()
            },
            message: Text.parse(&raw).unwrap_or_default(),
            raw,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn forms_made_from_forms_equal_forms_made_anew(
            changes in prop::collection::btree_map(0..5usize, change(), 0..5),
        ) {
            let case = case();
            let (changes, parse) = (&changes, &Text);
            let all = changes.keys().fold(Edits::NONE, |set, at| set | Edits::one(*at));
            let mut forms = Forms::new(&case, HeaderRight::Strip, changes, parse);
            for edits in all.subsets() {
                prop_assert_eq!(forms.get(edits), &form(&case, changes, edits, parse));
            }
        }
    }
}
