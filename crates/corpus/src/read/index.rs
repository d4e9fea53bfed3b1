//! The TREC index: one line `label path` for each message.

use std::collections::BTreeMap;

use mail::Label;

use super::{SkipReason, Skipped};

/// One usable line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) label: Label,
    /// Path inside the corpus root (the index's grandparent), `/` between components.
    pub(super) path: String,
}

/// A parsed index.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Lines in order, each path once.
    pub(super) entries: Vec<Entry>,
    /// Lines that cannot be used.
    pub(super) skipped: Vec<Skipped>,
}

impl Index {
    /// Parses an index that lies in the folder `folder` of the corpus root (`full`, or empty
    /// where the index lies in the root itself). Further columns are ignored.
    ///
    /// Paths are relative to the index's folder; one that leaves the root is skipped.
    pub(super) fn parse(text: &[u8], folder: &str, place: &str) -> Self {
        let mut index = Self::default();
        let mut seen = BTreeMap::new();
        for (number, line) in text.split(|b| *b == b'\n').enumerate() {
            let line = String::from_utf8_lossy(line);
            let mut columns = line.split_ascii_whitespace();
            let (Some(label), path) = (columns.next(), columns.next()) else { continue };
            let mut skip = |reason| {
                let place = format!("{place}#{}", number + 1);
                index.skipped.push(Skipped { place, reason });
            };
            let (Ok(label), Some(path)) = (label.parse(), path) else {
                skip(SkipReason::Unlabelled);
                continue;
            };
            let Some(path) = normal(folder, path) else {
                skip(SkipReason::OutsidePath);
                continue;
            };
            if seen.insert(path.clone(), ()).is_some() {
                skip(SkipReason::DuplicateEntry);
                continue;
            }
            index.entries.push(Entry { label, path });
        }
        index
    }
}

/// Joins and resolves `.` and `..` by text alone; `None` where the path leaves the root.
fn normal(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\\') || path.contains(':') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// Whether a line looks like one of an index.
pub(super) fn is_index_line(line: &[u8]) -> bool {
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let mut columns = line.split_ascii_whitespace();
    let label = columns.next().is_some_and(|label| label.parse::<Label>().is_ok());
    label && columns.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_in_any_case_and_paths_from_the_index_folder() {
        let index =
            Index::parse(b"spam ../data/inmail.1\nHAM ../data/inmail.2\n", "full", "i");
        assert_eq!(
            index.entries,
            [
                Entry { label: Label::Spam, path: "data/inmail.1".into() },
                Entry { label: Label::Ham, path: "data/inmail.2".into() },
            ]
        );
        assert!(index.skipped.is_empty());
    }

    #[test]
    fn bad_lines_are_skipped_with_their_number() {
        let text =
            b"ham ../a\nham ../a\nmaybe ../b\nham ../../etc/passwd\nspam /etc/x\nham\n";
        let index = Index::parse(text, "full", "i");
        let skipped: Vec<_> =
            index.skipped.iter().map(|s| (s.place.as_str(), s.reason)).collect();
        assert_eq!(
            skipped,
            [
                ("i#2", SkipReason::DuplicateEntry),
                ("i#3", SkipReason::Unlabelled),
                ("i#4", SkipReason::OutsidePath),
                ("i#5", SkipReason::OutsidePath),
                ("i#6", SkipReason::Unlabelled),
            ]
        );
        assert_eq!(index.entries.len(), 1);
    }
}
