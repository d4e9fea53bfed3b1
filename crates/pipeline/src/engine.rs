//! The registered agents and the first pass.

use std::collections::{BTreeMap, HashMap};

use mail::{Case, Change, Message, Parse, Part, Parts, Stamp, Stamps, World};

use crate::firewall::stamps_of;
use crate::seat::{AnyEvidence, Seat, Seated};
use crate::{
    Agent, Class, Edits, HeaderRight, Junk, Ledger, ORGANIZATION_PREFIX, Roster, Signal,
    Variants, admit,
};

/// More changes to messages than the engine can keep apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the policy can change a message in {0} ways, at most {limit} can be kept apart; \
     use fewer rules that edit the subject or headers",
    limit = Edits::LIMIT
)]
pub struct TooManyEdits(usize);

/// The agents of one server, in the order of registration, with all evidence gathered.
#[derive(Default)]
pub struct Engine {
    pub(crate) seats: Vec<Box<dyn Seat>>,
    /// First change of each seat in the catalogue of changes.
    pub(crate) first_edits: Vec<usize>,
    /// The catalogue: which parts each change touches.
    catalogue: Vec<Parts>,
    /// Per seat, the changes that its evidence could notice.
    noticed: Vec<Edits>,
    store_noticed: Edits,
    pub(crate) junk: Vec<Box<[Junk]>>,
    junk_numbers: HashMap<Box<[Junk]>, u32>,
}

/// The changes somebody could notice, and what there is to know under each set of them.
type ByEdits<T> = (Edits, Vec<(Edits, T)>);

/// What the first pass found out about one case.
pub struct Finding {
    seats: Vec<ByEdits<AnyEvidence>>,
    store: ByEdits<Box<[Junk]>>,
    recipients: u16,
    possible: Edits,
    arrived: Stamps,
    /// Raw score of the content filter for the message as it arrived.
    pub score: Option<f64>,
}

impl Engine {
    /// An engine without agents.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers an agent after those already there.
    pub fn register<A: Agent + 'static>(&mut self, agent: A) {
        self.seats.push(Box::new(Seated::new(agent)));
    }

    /// Closes the registration.
    ///
    /// # Errors
    ///
    /// [`TooManyEdits`] where the agents' changes exceed [`Edits::LIMIT`].
    pub fn ready(mut self) -> Result<Self, TooManyEdits> {
        self.first_edits.clear();
        self.catalogue.clear();
        for seat in &self.seats {
            self.first_edits.push(self.catalogue.len());
            self.catalogue.extend(seat.edits());
        }
        if self.catalogue.len() > Edits::LIMIT {
            return Err(TooManyEdits(self.catalogue.len()));
        }
        self.noticed =
            self.seats.iter().map(|seat| self.noticed_by(seat.reads())).collect();
        self.store_noticed =
            self.noticed_by(Parts::from(Part::Recipients) | Part::Addresses.into());
        Ok(self)
    }

    fn noticed_by(&self, reads: Parts) -> Edits {
        self.catalogue
            .iter()
            .enumerate()
            .filter(|(_, parts)| parts.intersects(reads))
            .fold(Edits::NONE, |set, (position, _)| set | Edits::one(position))
    }

    /// Names and events of the registered agents.
    pub fn roster(&self) -> Roster {
        Roster::new(self.seats.iter().map(|seat| (seat.name(), seat.events())))
    }

    /// Reasons an agent may give.
    pub fn reasons(&self, agent: usize) -> &'static [&'static str] {
        self.seats[agent].reasons()
    }

    /// Stamps that an agent's decisions depend on.
    pub fn stamps_read(&self, agent: u8) -> &'static [Stamp] {
        self.seats[usize::from(agent)].stamps_read()
    }

    /// What an agent's detail number stands for.
    pub fn detail(&self, agent: usize, detail: u16) -> String {
        self.seats[agent].detail(detail)
    }

    /// What the server answers where an agent refused; empty where it gives no answer.
    pub fn response(&self, agent: usize, reason: u8, detail: u16) -> String {
        self.seats[agent].response(reason, detail)
    }

    /// A fresh memory for one replay, where one of `agents` keeps one.
    pub fn ledger(&self, agents: &[u8]) -> Option<Box<dyn Ledger>> {
        agents.iter().find_map(|agent| self.seats[usize::from(*agent)].ledger())
    }

    /// First pass: everything every agent can know about one case, for every form that the
    /// agents' changes can give it.
    ///
    /// The header firewall is applied to `case`. Pure: may run for many cases in parallel.
    pub fn observe(&self, case: &mut Case, world: &World, parse: &dyn Parse) -> Finding {
        self.observe_behind(HeaderRight::Strip, case, world, parse)
    }

    /// As [`Engine::observe`], for a message that another server brings on a session with or
    /// without the right to bring the organization's header fields.
    pub fn observe_behind(
        &self,
        right: HeaderRight,
        case: &mut Case,
        world: &World,
        parse: &dyn Parse,
    ) -> Finding {
        let arrived = arrive(right, case);
        let changes = self.changes(case, world);
        let possible = changes.keys().fold(Edits::NONE, |set, at| set | Edits::one(*at));
        let mut forms = Forms::new(case, right, &changes, parse);
        let mut score = None;
        let seats = self
            .seats
            .iter()
            .zip(&self.noticed)
            .map(|(seat, noticed)| {
                let noticed = *noticed & possible;
                let of = |edits: Edits, forms: &mut Forms<'_>| {
                    let (evidence, found) = seat.observe(forms.get(edits), world);
                    if edits.is_empty() {
                        score = score.or(found);
                    }
                    (edits, evidence)
                };
                let mut of = of;
                (noticed, noticed.subsets().map(|edits| of(edits, &mut forms)).collect())
            })
            .collect();
        let noticed = self.store_noticed & possible;
        let store =
            noticed.subsets().map(|e| (e, Junk::observe(forms.get(e), world))).collect();
        let known = case.session.rcpt_to.get().map_or(0, Vec::len);
        Finding {
            seats,
            store: (noticed, store),
            recipients: u16::try_from(known.max(1)).unwrap_or(u16::MAX),
            possible,
            arrived,
            score,
        }
    }

    /// The message as it is after a set of changes and without what had to go when it
    /// arrived. The changes are made one after the other, each to what the one before left:
    /// an address that a rule wrote is rewritten like any other.
    pub(crate) fn form(
        &self,
        right: HeaderRight,
        mut case: Case,
        edits: Edits,
        world: &World,
        parse: &dyn Parse,
    ) -> Case {
        arrive(right, &mut case);
        let mut form =
            Forms::new(&case, right, &BTreeMap::new(), parse).arrived().clone();
        for position in edits.positions() {
            let seat = self.first_edits.partition_point(|first| *first <= position) - 1;
            let edit = position - self.first_edits[seat];
            if let Some(change) = self.seats[seat].change(edit, &form, world) {
                form = changed(&form, &change, parse);
            }
        }
        form
    }

    fn changes(&self, case: &Case, world: &World) -> BTreeMap<usize, Change> {
        let mut changes = BTreeMap::new();
        if self.catalogue.is_empty() {
            return changes;
        }
        for (seat, first) in self.seats.iter().zip(&self.first_edits) {
            for edit in 0..seat.edits().len() {
                if let Some(change) = seat.change(edit, case, world) {
                    changes.insert(first + edit, change);
                }
            }
        }
        changes
    }

    /// Takes a finding in and gives its class. Findings must come in a fixed order for
    /// classes and numbers to be the same in every run.
    pub fn intern(&mut self, finding: Finding) -> Class {
        let seats = finding
            .seats
            .into_iter()
            .zip(&mut self.seats)
            .map(|((noticed, found), seat)| {
                let found =
                    found.into_iter().map(|(edits, any)| (edits, seat.intern(any)));
                variants(noticed, found.collect())
            })
            .collect();
        let (noticed, found) = finding.store;
        let found = found
            .into_iter()
            .map(|(edits, junk)| (edits, self.intern_junk(junk)))
            .collect();
        Class {
            seats,
            store: variants(noticed, found),
            recipients: finding.recipients,
            possible: finding.possible,
            arrived: finding.arrived,
        }
    }

    fn intern_junk(&mut self, junk: Box<[Junk]>) -> u32 {
        if let Some(number) = self.junk_numbers.get(&junk) {
            return *number;
        }
        let number =
            u32::try_from(self.junk.len()).expect("fewer than 2^32 distinct findings");
        self.junk.push(junk.clone());
        self.junk_numbers.insert(junk, number);
        number
    }

    /// Agents (by registration) whose place in the order may matter to cases of this class
    /// under this signal.
    pub fn busy(&self, class: &Class, signal: Signal) -> impl Iterator<Item = usize> {
        self.seats
            .iter()
            .zip(&class.seats)
            .enumerate()
            .filter(move |(_, (seat, variants))| {
                !seat.idle(variants) || (signal != Signal::Clear && seat.heeds_signal())
            })
            .map(|(index, _)| index)
    }
}

fn variants(noticed: Edits, mut found: Vec<(Edits, u32)>) -> Variants {
    if noticed.is_empty() {
        return Variants::One(found[0].1);
    }
    found.sort_unstable();
    Variants::Many { noticed, by_edits: found.into() }
}

/// Lets a message in; what it brings in stamps.
fn arrive(right: HeaderRight, case: &mut Case) -> Stamps {
    match right {
        HeaderRight::Strip => {
            admit(case);
            Stamps::default()
        }
        HeaderRight::Keep => stamps_of(&case.message),
    }
}

/// The forms of one case, made on demand, each from one with a change less.
struct Forms<'c> {
    case: &'c Case,
    right: HeaderRight,
    changes: &'c BTreeMap<usize, Change>,
    parse: &'c dyn Parse,
    /// The case as it was let in, where that is not how it was read.
    arrived: Option<Case>,
    made: BTreeMap<Edits, Case>,
}

impl<'c> Forms<'c> {
    fn new(
        case: &'c Case,
        right: HeaderRight,
        changes: &'c BTreeMap<usize, Change>,
        parse: &'c dyn Parse,
    ) -> Self {
        Self { case, right, changes, parse, arrived: None, made: BTreeMap::new() }
    }

    fn get(&mut self, edits: Edits) -> &Case {
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
    fn arrived(&mut self) -> &Case {
        if self.arrived.is_none()
            && self.right == HeaderRight::Strip
            && let Some(raw) = mail::without_fields(&self.case.raw, ORGANIZATION_PREFIX)
        {
            let mut case = self.case.clone();
            replace(&mut case, raw, self.parse);
            self.arrived = Some(case);
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
fn changed(before: &Case, change: &Change, parse: &dyn Parse) -> Case {
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
    let mut form = before.clone();
    replace(&mut form, raw, parse);
    form
}

/// Other bytes in the place of a message's; it stays where they are no message.
fn replace(case: &mut Case, raw: Vec<u8>, parse: &dyn Parse) {
    if let Some(message) = parse.parse(&raw) {
        let firewalled = std::mem::take(&mut case.message.firewalled);
        case.raw = raw;
        case.message = Message { firewalled, ..message };
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
