//! Test bench: small feeds and servers.

use std::path::Path;

use mail::{CaseId, Label, Timestamp};

use super::{
    Announcement, Delivery, Feed, FolderShelf, Language, RegistryValue, Requirements,
    Server, UpdateError, Version, publish,
};
use crate::{Document, ModelFile, Trainer, train};

/// Midnight of a day.
pub(crate) fn time(day: &str) -> Timestamp {
    Timestamp::parse(&format!("{day}T00:00:00Z")).unwrap()
}

/// A model of `count` messages.
pub(crate) fn model(count: u8) -> ModelFile {
    let text = |i: u8| match i % 2 {
        0 => (format!("Subject: prize {i}\n\nprize {}", i % 7), Label::Spam),
        _ => (format!("Subject: note {i}\n\nminutes {}", i % 5), Label::Ham),
    };
    let texts: Vec<_> = (0..count).map(text).collect();
    let items: Vec<_> = texts
        .iter()
        .map(|(raw, label)| train::Item {
            document: Document::unparsed(raw.as_bytes()),
            label: *label,
            group: None,
        })
        .collect();
    let scores = train::folds(2, &items, Trainer::Fast).unwrap();
    let ids = (0..count).map(|i| CaseId([i; 32]));
    train::model_file(&items, ids, &scores, Trainer::Fast).unwrap()
}

/// An update of `model` released on `day`.
pub(crate) fn announcement<'a>(day: &str, model: &'a ModelFile) -> Announcement<'a> {
    let released = time(day);
    Announcement {
        version: Version::released(released).unwrap(),
        released,
        trained_until: Some(Timestamp(released.0 - 1)),
        reboot_required: false,
        model: Some(model),
        title: "definitions",
        requires: Requirements::filter_update(),
    }
}

/// A feed with one update per day, each trained on more messages, and one update of
/// something else.
pub(crate) fn feed(folder: &Path, days: &[&str]) -> FolderShelf {
    let shelf = FolderShelf::new(folder.join("feed"));
    for (count, day) in (6..).step_by(6).zip(days) {
        publish(&shelf, &announcement(day, &model(count))).unwrap();
    }
    let other = Announcement {
        version: "6.5.7650.28".parse().unwrap(),
        released: time("2006-01-10"),
        trained_until: None,
        reboot_required: true,
        model: None,
        title: "Security Update for Exchange Server 2003",
        requires: Requirements { registry: None, ..Requirements::filter_update() },
    };
    publish(&shelf, &other).unwrap();
    shelf
}

/// A server that takes updates.
pub(crate) fn server(folder: &Path) -> Server {
    let path = folder.join("server.toml");
    let registry = vec![RegistryValue::content_filter_state()];
    Server::create(&path, Delivery::Scheduled, Language::Ko, registry).unwrap();
    Server::load_to_change(&path).unwrap()
}

/// Rewrites a text of the state file and reads it again.
pub(crate) fn edited(
    server: &Server,
    from: &str,
    to: &str,
) -> Result<Server, UpdateError> {
    let text = std::fs::read_to_string(server.path()).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(server.path(), text.replace(from, to)).unwrap();
    Server::load(server.path())
}

/// The version of a day's update in a feed.
pub(crate) fn version(feed: &Feed<'_>, day: &str) -> Version {
    let version = Version::released(time(day)).unwrap();
    feed.version(version).unwrap().version
}
