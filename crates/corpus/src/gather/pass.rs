//! One pass over all sources.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use mail::{CaseId, Label, Message, Parse, Timestamp};

use super::{Duplicates, ReadOptions, Tally, is_pack};
use crate::read::read_source;
use crate::relabel::Relabeller;
use crate::sidecar::Sidecar;
use crate::{
    Error, Fingerprint, Format, Found, PackReader, PackedCase, Parser, RawMessage,
    SkipReason, Skipped, Source, Sources, TrustBoundary, campaigns, reconstruct,
};

/// Keeps messages in the order of reading.
pub(crate) trait Store {
    /// Keeps one message; called once for each row.
    fn put(&mut self, raw: Vec<u8>, message: Message) -> Result<(), Error>;
}

/// All rows of a pass; their messages are in the store.
pub(crate) struct Gathered {
    /// In the order of reading, without their raw bytes.
    pub(crate) rows: Vec<PackedCase>,
    /// Rows that are cases, by time, then id, then order of reading.
    pub(crate) order: Vec<usize>,
    /// Counts.
    pub(crate) tally: Tally,
}

pub(super) fn gather<'s>(
    sources: &Sources,
    options: &'s ReadOptions,
    store: &'s mut dyn Store,
) -> Result<Gathered, Error> {
    let mut sidecar = Sidecar::default();
    for path in sources.sidecars.iter().chain(&options.sidecars) {
        sidecar.add_file(path)?;
    }
    let boundary = options.trust.as_ref().or(sources.trust.as_ref()).cloned();
    let mut pass = Pass {
        boundary: boundary.unwrap_or_default(),
        duplicates: options.duplicates,
        sidecar,
        relabeller: Relabeller::new(&options.relabel),
        store,
        rows: Vec::new(),
        prints: Vec::new(),
        seen: BTreeMap::new(),
        conflicts: BTreeSet::new(),
        previous: Timestamp::MIN,
        tally: Tally::default(),
    };
    for source in &sources.sources {
        pass.previous = Timestamp::MIN;
        if source.format == Some(Format::Pack) || is_pack(&source.path) {
            pass.take_pack(source)?;
        } else {
            read_source(source, &options.limits, &mut |found| match found {
                Found::Message(message) => pass.take_raw(message),
                Found::Skipped(skipped) => {
                    pass.tally.skip(skipped);
                    Ok(())
                }
            })?;
        }
    }
    pass.finish()
}

struct Pass<'s> {
    boundary: TrustBoundary,
    duplicates: Duplicates,
    sidecar: Sidecar,
    relabeller: Relabeller<'s>,
    store: &'s mut dyn Store,
    rows: Vec<PackedCase>,
    prints: Vec<Fingerprint>,
    seen: BTreeMap<CaseId, Label>,
    conflicts: BTreeSet<CaseId>,
    previous: Timestamp,
    tally: Tally,
}

impl Pass<'_> {
    fn take_pack(&mut self, source: &Source) -> Result<(), Error> {
        if source.label.is_some() {
            return Err(Error::Format {
                path: source.path.clone(),
                reason: "is a pack and carries its labels; give it without a label"
                    .into(),
            });
        }
        for batch in PackReader::open(&source.path)? {
            for row in batch? {
                self.take(row)?;
            }
        }
        Ok(())
    }

    fn take_raw(&mut self, message: RawMessage) -> Result<(), Error> {
        let id = CaseId(Sha256::digest(&message.raw).into());
        let from_line = message.from_line.as_ref();
        let (session, time) =
            reconstruct(&message.raw, from_line, &self.boundary, self.previous);
        self.previous = time;
        self.take(PackedCase {
            id,
            label: message.label,
            category: message.category,
            place: message.place,
            campaign: id,
            time,
            session,
            raw: message.raw,
        })
    }

    fn take(&mut self, mut row: PackedCase) -> Result<(), Error> {
        let (session, category) = (&mut row.session, &mut row.category);
        self.sidecar.apply(row.id, &row.place, session, &mut row.time, category);
        self.relabeller.correct(&mut row);
        if let Some(reason) = self.repeated(&row) {
            self.tally.skip(Skipped { place: row.place, reason });
            return Ok(());
        }
        let Some(message) = Parser.parse(&row.raw) else {
            let reason = SkipReason::NotParseable;
            self.tally.skip(Skipped { place: row.place, reason });
            return Ok(());
        };
        self.relabeller.plant(&mut row);
        self.tally.case(row.label);
        self.prints.push(Fingerprint::of(&message));
        self.store.put(std::mem::take(&mut row.raw), message)?;
        self.rows.push(row);
        Ok(())
    }

    /// Why a message that was read before is not a case.
    fn repeated(&mut self, row: &PackedCase) -> Option<SkipReason> {
        let before = *self.seen.get(&row.id).unwrap_or(&row.label);
        self.seen.insert(row.id, before)?;
        if before != row.label || self.conflicts.contains(&row.id) {
            self.conflicts.insert(row.id);
            return Some(SkipReason::LabelConflict);
        }
        self.tally.exact_duplicates += 1;
        match self.duplicates {
            Duplicates::Skip => Some(SkipReason::ExactDuplicate),
            Duplicates::Keep => None,
        }
    }

    fn finish(self) -> Result<Gathered, Error> {
        let Self { mut rows, mut tally, mut relabeller, conflicts, .. } = self;
        let ids: Vec<CaseId> = rows.iter().map(|row| row.id).collect();
        let mut order = Vec::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            if conflicts.contains(&row.id) {
                tally.withdraw(row.label, &row.place, SkipReason::LabelConflict);
                relabeller.withdraw(row.id);
            } else {
                order.push(at);
            }
        }
        for (row, campaign) in rows.iter_mut().zip(campaigns(&ids, &self.prints)) {
            row.campaign = campaign;
        }
        order.sort_by_key(|at| (rows[*at].time, rows[*at].id, *at));
        tally.sidecar_misses = self.sidecar.unused();
        tally.relabelled = relabeller.finish()?;
        debug_assert_eq!(tally.read, tally.total() + tally.total_skipped());
        Ok(Gathered { rows, order, tally })
    }
}
