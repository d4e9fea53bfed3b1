//! The registered agents and the first pass.

use std::collections::{BTreeMap, HashMap};

use mail::{Case, Change, Parse, Part, Parts, Stamp, World};

use crate::seat::{AnyEvidence, Seat, Seated};
use crate::{
    Agent, Class, Edits, Junk, Ledger, ORGANIZATION_PREFIX, Roster, Signal, Variants,
    admit,
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

    /// A fresh memory for one replay, where one of `agents` keeps one.
    pub fn ledger(&self, agents: &[u8]) -> Option<Box<dyn Ledger>> {
        agents.iter().find_map(|agent| self.seats[usize::from(*agent)].ledger())
    }

    /// First pass: everything every agent can know about one case, for every form that the
    /// agents' changes can give it.
    ///
    /// The header firewall is applied to `case`. Pure: may run for many cases in parallel.
    pub fn observe(&self, case: &mut Case, world: &World, parse: &dyn Parse) -> Finding {
        admit(case);
        let changes = self.changes(case, world);
        let possible = changes.keys().fold(Edits::NONE, |set, at| set | Edits::one(*at));
        let mut forms = Forms { case, changes: &changes, parse, made: BTreeMap::new() };
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
            score,
        }
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

/// The forms of one case, made on demand.
struct Forms<'c> {
    case: &'c Case,
    changes: &'c BTreeMap<usize, Change>,
    parse: &'c dyn Parse,
    made: BTreeMap<Edits, Case>,
}

impl Forms<'_> {
    fn get(&mut self, edits: Edits) -> &Case {
        if edits.is_empty() {
            return self.case;
        }
        let (case, changes, parse) = (self.case, self.changes, self.parse);
        self.made.entry(edits).or_insert_with(|| form(case, changes, edits, parse))
    }
}

/// The case with a set of changes made, in the order of the catalogue.
fn form(
    case: &Case,
    changes: &BTreeMap<usize, Change>,
    edits: Edits,
    parse: &dyn Parse,
) -> Case {
    let mut form = case.clone();
    // A change's result is parsed again: only what the firewall lets in may come back, and
    // what an agent itself writes into the organization's fields stays.
    if let Some(raw) = mail::without_fields(&form.raw, ORGANIZATION_PREFIX) {
        replace(&mut form, raw, parse);
    }
    for change in edits.positions().filter_map(|position| changes.get(&position)) {
        if let Change::RewriteRecipients(renamed) = change {
            let mut recipients = form.session.rcpt_to.get().cloned().unwrap_or_default();
            for (index, email) in renamed {
                recipients[*index].clone_from(email);
            }
            let origin = form.session.rcpt_to.origin();
            form.session.rcpt_to = mail::Field::known(recipients, origin);
            continue;
        }
        let raw = change.apply(&form.raw, &form.message);
        replace(&mut form, raw, parse);
    }
    form
}

/// Other bytes in the place of a message's; it stays where they are no message.
fn replace(case: &mut Case, raw: Vec<u8>, parse: &dyn Parse) {
    if let Some(message) = parse.parse(&raw) {
        case.raw = raw;
        case.message = message;
    }
}
