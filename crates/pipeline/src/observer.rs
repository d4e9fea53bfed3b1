//! The first pass.

use std::collections::BTreeMap;

use mail::{Case, Change, Parse, Part, Parts, Stamps, World};

use crate::findings::Table;
use crate::firewall::stamps_of;
use crate::forms::{Forms, changed};
use crate::seat::Post;
use crate::store::MailboxThresholds;
use crate::{
    Class, Edits, Findings, HeaderRight, Junk, Noted, TooManyEdits, Variants, admit,
};

/// The agents of one server as the first pass needs them. Nothing in it changes, so that
/// any number of threads may observe while evidence is taken in.
#[derive(Default)]
pub struct Observer {
    posts: Vec<Box<dyn Post>>,
    /// First change of each agent in the catalogue of changes.
    pub(crate) first_edits: Vec<usize>,
    /// The catalogue: which parts each change touches.
    catalogue: Vec<Parts>,
    /// Per agent, the changes that its evidence could notice.
    noticed: Vec<Edits>,
    store_noticed: Edits,
    mailbox_thresholds: MailboxThresholds,
}

impl Observer {
    pub(crate) fn new(
        posts: Vec<Box<dyn Post>>,
        mailbox_thresholds: MailboxThresholds,
    ) -> Result<Self, TooManyEdits> {
        let mut first_edits = Vec::with_capacity(posts.len());
        let mut catalogue = Vec::new();
        for post in &posts {
            first_edits.push(catalogue.len());
            catalogue.extend(post.edits());
        }
        if catalogue.len() > Edits::LIMIT {
            return Err(TooManyEdits(catalogue.len()));
        }
        let noticed_by = |reads: Parts| {
            catalogue
                .iter()
                .enumerate()
                .filter(|(_, parts)| parts.intersects(reads))
                .fold(Edits::NONE, |set, (position, _)| set | Edits::one(position))
        };
        let noticed = posts.iter().map(|post| noticed_by(post.reads())).collect();
        let store_noticed =
            noticed_by(Parts::from(Part::Recipients) | Part::Addresses.into());
        Ok(Self {
            posts,
            first_edits,
            catalogue,
            noticed,
            store_noticed,
            mailbox_thresholds,
        })
    }

    /// Empty tables for findings.
    pub fn findings(&self) -> Findings {
        Findings {
            seats: self.posts.iter().map(|post| post.table()).collect(),
            junk: Table::default(),
            classes: Table::default(),
        }
    }

    /// Everything every agent can know about one case, for every form that the agents'
    /// changes can give it.
    ///
    /// The header firewall is applied to `case`, which another server brings on a session
    /// with or without the right to bring the organization's header fields. Pure but for
    /// `findings`: may run for many cases in parallel, with findings for each thread.
    pub fn observe(
        &self,
        right: HeaderRight,
        case: &mut Case,
        world: &World,
        parse: &dyn Parse,
        findings: &mut Findings,
    ) -> Noted {
        let arrived = arrive(right, case);
        let changes = self.changes(case, world);
        let possible = changes.keys().fold(Edits::NONE, |set, at| set | Edits::one(*at));
        let mut forms = Forms::new(case, right, &changes, parse);
        let mut score = None;
        let posts = self.posts.iter().zip(&self.noticed).zip(&mut findings.seats);
        let seats = posts
            .map(|((post, noticed), table)| {
                variants(*noticed & possible, |edits| {
                    let (number, found) = post.observe(forms.get(edits), world, table);
                    if edits.is_empty() {
                        score = score.or(found);
                    }
                    number
                })
            })
            .collect();
        let store = variants(self.store_noticed & possible, |edits| {
            let junk = Junk::observe(forms.get(edits), world, self.mailbox_thresholds);
            findings.junk.number(junk)
        });
        let known = case.session.rcpt_to.get().map_or(0, Vec::len);
        let recipients = u16::try_from(known.max(1)).unwrap_or(u16::MAX);
        let class = Class { seats, store, recipients, possible, arrived };
        Noted { class: findings.classes.number(class), score }
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
            let post = self.first_edits.partition_point(|first| *first <= position) - 1;
            let edit = position - self.first_edits[post];
            if let Some(change) = self.posts[post].change(edit, &form, world) {
                form = changed(&form, &change, parse);
            }
        }
        form
    }

    fn changes(&self, case: &Case, world: &World) -> BTreeMap<usize, Change> {
        let mut changes = BTreeMap::new();
        let ends = self.first_edits.iter().skip(1).copied().chain([self.catalogue.len()]);
        for ((post, first), end) in self.posts.iter().zip(&self.first_edits).zip(ends) {
            for position in *first..end {
                if let Some(change) = post.change(position - first, case, world) {
                    changes.insert(position, change);
                }
            }
        }
        changes
    }
}

/// A number for each set of the changes that are noticed.
fn variants(noticed: Edits, mut number: impl FnMut(Edits) -> u32) -> Variants {
    if noticed.is_empty() {
        return Variants::One(number(Edits::NONE));
    }
    let mut by_edits: Box<[_]> =
        noticed.subsets().map(|edits| (edits, number(edits))).collect();
    by_edits.sort_unstable();
    Variants::Many { noticed, by_edits }
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
