//! Labels and categories from the paths of a folder or an archive.

use std::collections::BTreeMap;

use mail::Label;

use super::SkipReason;
use super::index::Index;

/// How a tree of files says what is ham and what is spam.
pub(super) enum Layout {
    /// The user said it for all of them.
    Given(Label),
    /// Folders called `ham` and `spam`.
    Folders,
    /// A TREC index; labels by path.
    Index(BTreeMap<String, Label>),
}

/// What to do with one file of a tree.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Read it.
    Message { label: Label, category: String },
    /// It is no message: a hidden file, a script, something the index does not name.
    Ignore,
    /// Count it.
    Skip(SkipReason),
}

impl Layout {
    /// The layout for files without an index; `None` where nothing gives them labels.
    pub(super) fn of_paths<'p>(
        label: Option<Label>,
        mut paths: impl Iterator<Item = &'p str>,
    ) -> Option<Self> {
        match label {
            Some(label) => Some(Self::Given(label)),
            None => {
                paths.any(|path| label_folder(path).is_some()).then_some(Self::Folders)
            }
        }
    }

    /// The layout of an index; a label given by the user wins over the index's own.
    pub(super) fn of_index(index: &Index, label: Option<Label>) -> Self {
        let labels = index.entries.iter();
        Self::Index(labels.map(|e| (e.path.clone(), label.unwrap_or(e.label))).collect())
    }

    /// What to do with the file at `path`, relative to the tree's root.
    pub(super) fn classify(&self, path: &str) -> Use {
        if let Self::Index(labels) = self {
            return labels.get(path).map_or(Use::Ignore, |label| Use::Message {
                label: *label,
                category: String::new(),
            });
        }
        if is_ignored(path) {
            return Use::Ignore;
        }
        match self {
            Self::Index(_) => Use::Ignore,
            Self::Given(label) => {
                Use::Message { label: *label, category: category(path).to_owned() }
            }
            Self::Folders => label_folder(path).map_or(
                Use::Skip(SkipReason::Unlabelled),
                |(l, rest)| Use::Message {
                    label: l,
                    category: category(rest).to_owned(),
                },
            ),
        }
    }
}

/// Hidden files and folders, the SpamAssassin corpus's `cmds`, Maildir's unfinished mail.
pub(super) fn is_ignored(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    parts.next().is_some_and(|name| name == "cmds")
        || path.split('/').any(|part| part.starts_with('.'))
        || parts.next() == Some("tmp")
}

/// The first folder called ham or spam, and the path below it.
fn label_folder(path: &str) -> Option<(Label, &str)> {
    let mut rest = path;
    while let Some((folder, below)) = rest.split_once('/') {
        if let Ok(label) = folder.parse() {
            return Some((label, below));
        }
        rest = below;
    }
    None
}

/// The first folder of a path, where it is not a Maildir's own.
fn category(path: &str) -> &str {
    path.split_once('/').map_or("", |(folder, _)| match folder {
        "cur" | "new" => "",
        folder => folder,
    })
}

/// The folder that holds every path, as far as it is no label and no Maildir folder.
pub(super) fn wrapper<'p>(mut paths: impl Iterator<Item = &'p str>) -> String {
    let Some((first, _)) = paths.next().and_then(|path| path.split_once('/')) else {
        return String::new();
    };
    let own = ["cur", "new", "tmp", "full", "data"].contains(&first)
        || first.parse::<Label>().is_ok();
    let shared = |path: &str| path.split_once('/').is_some_and(|(top, _)| top == first);
    if own || !paths.all(shared) { String::new() } else { format!("{first}/") }
}

/// Which path of a tree is its TREC index: `full/index` first, else the only `index`.
pub(super) fn index_path<'p>(paths: impl Iterator<Item = &'p str>) -> Option<&'p str> {
    let is_index = |path: &&str| *path == "index" || path.ends_with("/index");
    let candidates: Vec<&str> = paths.filter(is_index).take(16).collect();
    let full =
        candidates.iter().find(|p| **p == "full/index" || p.ends_with("/full/index"));
    match (full, candidates.as_slice()) {
        (Some(full), _) => Some(full),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

/// Splits an index's path into the corpus root before it (empty or ending in `/`) and its
/// folder in that root.
pub(super) fn index_root(path: &str) -> (&str, &str) {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    match folder.rsplit_once('/') {
        Some((root, last)) => (&path[..=root.len()], last),
        None => ("", folder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(label: Label, category: &str) -> Use {
        Use::Message { label, category: category.into() }
    }

    #[test]
    fn folders_give_labels_and_categories() {
        let layout = Layout::Folders;
        assert_eq!(layout.classify("sa/ham/easy_ham/1"), message(Label::Ham, "easy_ham"));
        assert_eq!(layout.classify("Spam/1"), message(Label::Spam, ""));
        assert_eq!(layout.classify("README"), Use::Skip(SkipReason::Unlabelled));
        assert_eq!(layout.classify("spam/spam_2/cmds"), Use::Ignore);
        assert_eq!(layout.classify("spam/.hidden/x"), Use::Ignore);
    }

    #[test]
    fn a_maildir_has_no_category_and_its_tmp_is_not_read() {
        let layout = Layout::Given(Label::Ham);
        assert_eq!(layout.classify("cur/1.2.3:2,S"), message(Label::Ham, ""));
        assert_eq!(layout.classify("new/1.2.3"), message(Label::Ham, ""));
        assert_eq!(layout.classify("tmp/1.2.3"), Use::Ignore);
        assert_eq!(layout.classify("lists/cur/1"), message(Label::Ham, "lists"));
    }

    #[test]
    fn the_index_is_found_with_its_root() {
        let paths = ["m/data/1", "m/full/index", "m/partial/index"];
        assert_eq!(index_path(paths.into_iter()), Some("m/full/index"));
        assert_eq!(index_root("m/full/index"), ("m/", "full"));
        assert_eq!(index_root("full/index"), ("", "full"));
        assert_eq!(index_root("index"), ("", ""));
    }

    #[test]
    fn one_folder_around_everything_is_no_category() {
        assert_eq!(wrapper(["a/x/1", "a/y/2"].into_iter()), "a/");
        assert_eq!(wrapper(["a/x/1", "b/y/2"].into_iter()), "");
        assert_eq!(wrapper(["ham/x/1", "ham/y/2"].into_iter()), "");
    }
}
