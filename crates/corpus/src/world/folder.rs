//! The folder as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use mail::{MailboxSettings, World};
use serde::{Deserialize, Serialize};

use crate::world::files::{each_line, read_text};
use crate::world::{WorldError, dns, listings};

/// Format of the folder this version reads and writes.
const FORMAT: u32 = 1;

/// `world.toml`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Manifest {
    format: u32,
    dns: DnsKind,
    accepted_domains: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DnsKind {
    Closed,
    Open,
}

/// Reads a world folder. Only `world.toml` must be there; a missing `recipients.txt` means
/// that nobody knows who exists, the other files count as empty.
///
/// # Errors
///
/// [`WorldError`] names file, line and cure.
pub fn load(path: &Path) -> Result<World, WorldError> {
    let manifest_path = path.join("world.toml");
    let manifest: Manifest = parse_toml(&manifest_path)?;
    if manifest.format != FORMAT {
        return Err(WorldError::Version {
            path: manifest_path,
            found: manifest.format,
            known: FORMAT,
        });
    }
    let mut world = World::default();
    world.dns.closed = manifest.dns == DnsKind::Closed;
    world.directory.accepted_domains = manifest.accepted_domains;
    if let Some(file) = existing(path, "dns.ndjson") {
        dns::load(&file, &mut world.dns)?;
    }
    if let Some(file) = existing(path, "listings.ndjson") {
        listings::load(&file, &mut world.listings)?;
    }
    if let Some(file) = existing(path, "recipients.txt") {
        world.directory.recipients = Some(load_recipients(&file)?);
    }
    if let Some(file) = existing(path, "open-proxies.txt") {
        each_line(&file, |line| {
            world.open_proxies.insert(dns::address(line)?);
            Ok(())
        })?;
    }
    if let Some(file) = existing(path, "mailboxes.toml") {
        world.mailboxes = parse_toml::<BTreeMap<String, MailboxSettings>>(&file)?
            .into_iter()
            .map(|(email, settings)| (email.to_ascii_lowercase(), settings))
            .collect();
    }
    Ok(world)
}

fn existing(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = folder.join(name);
    path.exists().then_some(path)
}

fn load_recipients(path: &Path) -> Result<BTreeSet<String>, WorldError> {
    let mut recipients = BTreeSet::new();
    each_line(path, |line| {
        if !line.contains('@') {
            return Err(format!("`{line}` is no address; write `local@domain`"));
        }
        recipients.insert(line.to_ascii_lowercase());
        Ok(())
    })?;
    Ok(recipients)
}

fn parse_toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, WorldError> {
    let text = read_text(path)?;
    toml::from_str(&text).map_err(|error| {
        let before = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text.as_bytes()[..before].iter().filter(|b| **b == b'\n').count() + 1;
        let what = error.message().replace('\n', "; ");
        WorldError::Line { path: path.to_owned(), line, what }
    })
}

/// Writes a world folder under a temporary name beside `path`, then renames it. A world
/// that is there already is replaced; the same world always gives the same bytes.
///
/// # Errors
///
/// [`WorldError::NotAWorld`] where `path` is something else already,
/// [`WorldError::Unwritable`] for a value that would not read back the same, and
/// [`WorldError::Write`].
pub fn save(world: &World, path: &Path) -> Result<(), WorldError> {
    check(world)?;
    if path.exists() && !path.join("world.toml").is_file() {
        return Err(WorldError::NotAWorld { path: path.to_owned() });
    }
    let (partial, old) = (beside(path, "partial"), beside(path, "old"));
    let fail = |path: &Path, source| WorldError::Write { path: path.to_owned(), source };
    clear(&partial).map_err(|error| fail(&partial, error))?;
    fs::create_dir_all(&partial).map_err(|error| fail(&partial, error))?;
    write_files(world, &partial)?;
    if path.exists() {
        clear(&old).map_err(|error| fail(&old, error))?;
        fs::rename(path, &old).map_err(|error| fail(path, error))?;
    }
    fs::rename(&partial, path).map_err(|error| fail(path, error))?;
    clear(&old).map_err(|error| fail(&old, error))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

fn clear(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn check(world: &World) -> Result<(), WorldError> {
    let bad = |file, value: &str, why| {
        Err(WorldError::Unwritable { file, value: value.to_owned(), why })
    };
    for email in world.directory.recipients.iter().flatten() {
        if !email.contains('@') || email.contains(['\n', '\r']) {
            return bad("recipients.txt", email, "a recipient is one line with an `@`");
        }
        if *email != email.to_ascii_lowercase() {
            return bad("recipients.txt", email, "recipients are lower case");
        }
    }
    for email in world.mailboxes.keys() {
        if *email != email.to_ascii_lowercase() {
            return bad("mailboxes.toml", email, "mailbox addresses are lower case");
        }
    }
    let names = world.dns.addresses.keys().chain(world.dns.mx.keys());
    let names = names.chain(world.dns.failed.keys().map(|(_, name)| name));
    for name in names.chain(world.dns.txt.keys()).chain(world.listings.zones.keys()) {
        if *name != name.trim_end_matches('.').to_ascii_lowercase() {
            return bad("dns.ndjson", name, "names are lower case without a final dot");
        }
    }
    Ok(())
}

fn write_files(world: &World, folder: &Path) -> Result<(), WorldError> {
    let manifest = Manifest {
        format: FORMAT,
        dns: if world.dns.closed { DnsKind::Closed } else { DnsKind::Open },
        accepted_domains: world.directory.accepted_domains.clone(),
    };
    let to_io = |error: toml::ser::Error| io::Error::other(error);
    write_file(folder, "world.toml", |out| {
        out.write_all(toml::to_string(&manifest).map_err(to_io)?.as_bytes())
    })?;
    write_file(folder, "dns.ndjson", |out| dns::save(&world.dns, out))?;
    write_file(folder, "listings.ndjson", |out| listings::save(&world.listings, out))?;
    if let Some(recipients) = &world.directory.recipients {
        write_file(folder, "recipients.txt", |out| {
            recipients.iter().try_for_each(|email| writeln!(out, "{email}"))
        })?;
    }
    if !world.open_proxies.is_empty() {
        write_file(folder, "open-proxies.txt", |out| {
            world.open_proxies.iter().try_for_each(|ip| writeln!(out, "{ip}"))
        })?;
    }
    write_file(folder, "mailboxes.toml", |out| {
        out.write_all(toml::to_string(&world.mailboxes).map_err(to_io)?.as_bytes())
    })
}

fn write_file(
    folder: &Path,
    name: &str,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), WorldError> {
    let path = folder.join(name);
    let run = || {
        let mut out = BufWriter::new(File::create(&path)?);
        write(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    };
    run().map_err(|source| WorldError::Write { path: path.clone(), source })
}
