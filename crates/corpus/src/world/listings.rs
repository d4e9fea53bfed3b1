//! `listings.ndjson`: one listing per line, sorted by zone and address.

use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::path::Path;

use mail::{Failure, Listing, Listings, Timestamp};
use serde::{Deserialize, Serialize};

use crate::world::WorldError;
use crate::world::dns::{address, line};
use crate::world::files::each_json;

/// A line; without an answer it records that the address (or the whole zone) is not listed,
/// with a failure that the question brought no answer. A line `partial` says that only the
/// addresses written here were asked for.
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    partial: bool,
}

impl Line {
    fn new(zone: &str) -> Self {
        Self {
            zone: zone.to_owned(),
            ip: None,
            from: None,
            until: None,
            answer: None,
            failure: None,
            partial: false,
        }
    }
}

pub(super) fn load(path: &Path, listings: &mut Listings) -> Result<(), WorldError> {
    each_json(path, |row: Line| {
        if row.zone != row.zone.trim_end_matches('.').to_ascii_lowercase() {
            return Err(format!(
                "write the zone `{}` in lower case without a final dot",
                row.zone
            ));
        }
        if row.partial {
            listings.partial.insert(row.zone.clone());
        }
        let zone = listings.zones.entry(row.zone.clone()).or_default();
        let Some(ip) = row.ip else {
            return Ok(());
        };
        if let Some(failure) = row.failure {
            if row.answer.is_some() {
                return Err("a `failure` has no `answer`; remove one of them".to_owned());
            }
            listings.failed.insert((row.zone, address(&ip)?), failure);
            return Ok(());
        }
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
        let partial = listings.partial.contains(zone);
        if addresses.is_empty() || partial {
            line(out, &Line { partial, ..Line::new(zone) })?;
        }
        for (ip, list) in addresses {
            let row = || Line { ip: Some(ip.to_string()), ..Line::new(zone) };
            if list.is_empty() {
                line(out, &row())?;
            }
            for listing in list {
                line(
                    out,
                    &Line {
                        from: listing.from.map(|time| time.to_string()),
                        until: listing.until.map(|time| time.to_string()),
                        answer: Some(listing.answer),
                        ..row()
                    },
                )?;
            }
        }
    }
    for ((zone, ip), failure) in &listings.failed {
        let (ip, failure) = (Some(ip.to_string()), Some(*failure));
        line(out, &Line { ip, failure, ..Line::new(zone) })?;
    }
    Ok(())
}
