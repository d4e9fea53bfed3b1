//! What a corpus holds: counts, balance, dates, coverage, duplicates, malformed mail.

use std::collections::BTreeMap;

use serde::Serialize;

use mail::{CaseId, Label, Message, Timestamp};

use crate::gather::{Store, gather_into};
use crate::{
    Defects, Error, PackReader, PackedCase, ReadOptions, SourceSpec, Tally, defects,
    is_pack,
};

/// Ham and spam of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct LabelCounts {
    /// Good mail.
    pub ham: u64,
    /// Unwanted mail.
    pub spam: u64,
}

impl LabelCounts {
    fn add(&mut self, label: Label) {
        match label {
            Label::Ham => self.ham += 1,
            Label::Spam => self.spam += 1,
        }
    }
}

/// Messages with a defect; see [`Defects`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct DefectCounts {
    /// Messages with any of these.
    pub any: u64,
    /// Broken part.
    pub broken_part: u64,
    /// Multipart without closing boundary.
    pub open_multipart: u64,
    /// 8-bit bytes in the header.
    pub raw_8bit_header: u64,
    /// NUL byte.
    pub nul_byte: u64,
    /// No readable Date.
    pub no_date: u64,
    /// No From with an address.
    pub no_from: u64,
}

/// The figures of a corpus.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Inspection {
    /// Cases.
    pub messages: u64,
    /// Good ones.
    pub ham: u64,
    /// Unwanted ones.
    pub spam: u64,
    /// Messages skipped.
    pub skipped: u64,
    /// Skipped messages by reason.
    pub skipped_reasons: BTreeMap<String, u64>,
    /// Earliest time, RFC 3339.
    pub first: Option<String>,
    /// Latest time, RFC 3339.
    pub last: Option<String>,
    /// Cases whose connecting address is known.
    pub with_client_ip: u64,
    /// Cases whose MAIL FROM is known.
    pub with_envelope_sender: u64,
    /// Messages whose bytes were read before.
    pub exact_duplicates: u64,
    /// Groups of exact and near duplicates, single messages included.
    pub campaigns: u64,
    /// Cases in groups of two or more.
    pub near_duplicates: u64,
    /// Bytes of all messages.
    pub bytes: u64,
    /// Session field → origin → cases.
    pub origins: BTreeMap<String, BTreeMap<String, u64>>,
    /// Category → ham and spam.
    pub categories: BTreeMap<String, LabelCounts>,
    /// Charset as stated → text parts.
    pub charsets: BTreeMap<String, u64>,
    /// Malformed messages.
    pub defects: DefectCounts,
    /// Lines of sidecars that no message used.
    pub sidecar_misses: u64,
    /// Corrections of labels that were applied.
    pub corrected: u64,
    /// Messages with a wrong label on purpose.
    pub planted: u64,
}

/// Most charset names and categories that are told apart; hostile mail could invent millions.
const NAMES: usize = 500;

/// Collects an [`Inspection`] case by case.
#[derive(Debug, Clone, Default)]
pub struct Inspector {
    found: Inspection,
    span: Option<(Timestamp, Timestamp)>,
    campaigns: BTreeMap<CaseId, u64>,
}

impl Inspector {
    /// Adds a case without its message: see [`add_raw`](Self::add_raw).
    pub fn add_row(&mut self, case: &PackedCase) {
        let found = &mut self.found;
        found.messages += 1;
        match case.label {
            Label::Ham => found.ham += 1,
            Label::Spam => found.spam += 1,
        }
        let session = &case.session;
        found.with_client_ip += u64::from(session.client_ip.get().is_some());
        found.with_envelope_sender += u64::from(session.mail_from.get().is_some());
        for (field, origin) in [
            ("client_ip", session.client_ip.origin()),
            ("helo", session.helo.origin()),
            ("authenticated", session.authenticated.origin()),
            ("mail_from", session.mail_from.origin()),
            ("rcpt_to", session.rcpt_to.origin()),
            ("time", session.time.origin()),
        ] {
            let counts = found.origins.entry(field.to_owned()).or_default();
            *counts.entry(origin.name().to_owned()).or_default() += 1;
        }
        bounded(&mut found.categories, &case.category).add(case.label);
        *self.campaigns.entry(case.campaign).or_default() += 1;
        let (first, last) = self.span.unwrap_or((case.time, case.time));
        self.span = Some((first.min(case.time), last.max(case.time)));
    }

    /// Adds a message's bytes: its size, charsets and defects.
    pub fn add_raw(&mut self, raw: &[u8]) {
        self.found.bytes += raw.len() as u64;
        let Some(defects) = defects(raw) else { return };
        for charset in &defects.charsets {
            *bounded(&mut self.found.charsets, charset) += 1;
        }
        self.found.defects.add(&defects);
    }

    /// The figures; `tally` is what reading counted.
    pub fn finish(mut self, tally: &Tally) -> Inspection {
        let found = &mut self.found;
        found.skipped = tally.total_skipped();
        found.skipped_reasons = tally
            .skipped
            .iter()
            .map(|(reason, n)| (reason.name().to_owned(), *n))
            .collect();
        found.exact_duplicates = tally.exact_duplicates;
        found.sidecar_misses = tally.sidecar_misses;
        found.corrected = tally.relabelled.corrected;
        found.planted = tally.relabelled.planted.len() as u64;
        found.first = self.span.map(|(first, _)| first.to_string());
        found.last = self.span.map(|(_, last)| last.to_string());
        found.campaigns = self.campaigns.len() as u64;
        found.near_duplicates = self.campaigns.values().filter(|n| **n > 1).sum();
        self.found
    }
}

impl DefectCounts {
    fn add(&mut self, defects: &Defects) {
        let flags = [
            (&mut self.broken_part, defects.broken_part),
            (&mut self.open_multipart, defects.open_multipart),
            (&mut self.raw_8bit_header, defects.raw_8bit_header),
            (&mut self.nul_byte, defects.nul_byte),
            (&mut self.no_date, defects.no_date),
            (&mut self.no_from, defects.no_from),
        ];
        let mut any = false;
        for (count, flag) in flags {
            *count += u64::from(flag);
            any |= flag;
        }
        self.any += u64::from(any);
    }
}

fn bounded<'m, V: Default>(map: &'m mut BTreeMap<String, V>, name: &str) -> &'m mut V {
    let known = map.len() < NAMES || map.contains_key(name);
    map.entry(if known { name.to_owned() } else { "(others)".to_owned() }).or_default()
}

/// Inspects sources and packs without holding their messages. Charsets and defects are those
/// of every message that could be parsed.
///
/// # Errors
///
/// A file that cannot be used, or sources without a message.
pub fn inspect(specs: &[SourceSpec], options: &ReadOptions) -> Result<Inspection, Error> {
    let mut inspector = Inspector::default();
    if let [SourceSpec { label: None, path }] = specs
        && options.sidecars.is_empty()
        && is_pack(path)
    {
        let mut tally = Tally::default();
        let pack = PackReader::open_relabelled(path, &options.relabel)?;
        tally.relabelled = pack.relabelled().clone();
        for batch in pack {
            for row in batch? {
                tally.case(row.label);
                inspector.add_row(&row);
                inspector.add_raw(&row.raw);
            }
        }
        if tally.total() == 0 {
            return Err(Error::empty(specs, &tally));
        }
        return Ok(inspector.finish(&tally));
    }
    let gathered = gather_into(specs, options, &mut inspector)?;
    if gathered.rows.is_empty() {
        return Err(Error::empty(specs, &gathered.tally));
    }
    for at in gathered.order {
        inspector.add_row(&gathered.rows[at]);
    }
    Ok(inspector.finish(&gathered.tally))
}

impl Store for Inspector {
    fn put(&mut self, raw: Vec<u8>, _: Message) -> Result<(), Error> {
        self.add_raw(&raw);
        Ok(())
    }
}
