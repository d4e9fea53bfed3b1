//! `listings.ndjson`: one listing per line, sorted by zone and address.

use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::path::Path;

use mail::{Listing, Listings, Timestamp};
use serde::{Deserialize, Serialize};

use crate::world::WorldError;
use crate::world::dns::{address, line};
use crate::world::files::each_json;

/// A line; without an answer it records that the address (or the whole zone) is not listed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    zone: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<Ipv4Addr>,
}

pub(super) fn load(path: &Path, listings: &mut Listings) -> Result<(), WorldError> {
    each_json(path, |row: Line| {
        if row.zone != row.zone.trim_end_matches('.').to_ascii_lowercase() {
            return Err(format!(
                "write the zone `{}` in lower case without a final dot",
                row.zone
            ));
        }
        let zone = listings.zones.entry(row.zone).or_default();
        let Some(ip) = row.ip else {
            return Ok(());
        };
        let list = zone.entry(address(&ip)?).or_default();
        let from = row.from.as_deref().map(time).transpose()?;
        let until = row.until.as_deref().map(time).transpose()?;
        if let Some(answer) = row.answer {
            list.push(Listing { from, until, answer });
        }
        Ok(())
    })
}

/// Reads what [`Timestamp`]'s `Display` writes.
fn time(text: &str) -> Result<Timestamp, String> {
    let seconds = match text.strip_prefix('@') {
        Some(number) => number.parse().ok(),
        None => text.parse::<jiff::Timestamp>().ok().map(|time| time.as_second()),
    };
    seconds.map(Timestamp).ok_or_else(|| {
        format!("`{text}` is no time; write it like `2024-01-31T08:00:00Z`")
    })
}

pub(super) fn save(listings: &Listings, out: &mut impl Write) -> io::Result<()> {
    for (zone, addresses) in &listings.zones {
        let row = |ip: Option<String>| Line {
            zone: zone.clone(),
            ip,
            from: None,
            until: None,
            answer: None,
        };
        if addresses.is_empty() {
            line(out, &row(None))?;
        }
        for (ip, list) in addresses {
            if list.is_empty() {
                line(out, &row(Some(ip.to_string())))?;
            }
            for listing in list {
                let mut row = row(Some(ip.to_string()));
                row.from = listing.from.map(|time| time.to_string());
                row.until = listing.until.map(|time| time.to_string());
                row.answer = Some(listing.answer);
                line(out, &row)?;
            }
        }
    }
    Ok(())
}
