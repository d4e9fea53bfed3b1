//! The source tree as text.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that are looked into.
const FOLDERS: [&str; 7] =
    [".ci", ".github", "corpora", "crates", "docs", "notebooks", "tests"];

/// One text file.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Path from the project's root, with `/`.
    pub(crate) path: String,
    /// Content.
    pub(crate) text: String,
}

impl File {
    /// The text without the test module at its end.
    pub(crate) fn production(&self) -> &str {
        let end = self.text.find("#[cfg(test)]\nmod ").unwrap_or(self.text.len());
        &self.text[..end]
    }
}

/// A crate's `Cargo.toml`.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    /// The crate's folder.
    pub(crate) folder: String,
    /// The package's name.
    pub(crate) name: String,
    /// Names under `[dependencies]` (and those for building).
    pub(crate) dependencies: Vec<String>,
    /// Names under `[dev-dependencies]`.
    pub(crate) dev_dependencies: Vec<String>,
}

impl Manifest {
    /// Reads the text of a `Cargo.toml`.
    pub(crate) fn parse(folder: &str, text: &str) -> Self {
        let table: toml::Table = text.parse().unwrap();
        let names = |key: &str| {
            let entries = table.get(key).and_then(toml::Value::as_table);
            entries.into_iter().flat_map(toml::Table::keys).cloned().collect::<Vec<_>>()
        };
        Self {
            folder: folder.to_owned(),
            name: table["package"]["name"].as_str().unwrap().to_owned(),
            dependencies: [names("dependencies"), names("build-dependencies")].concat(),
            dev_dependencies: names("dev-dependencies"),
        }
    }
}

/// Every text file of the project.
pub(crate) struct Tree {
    /// By path.
    pub(crate) files: Vec<File>,
    root: PathBuf,
}

impl Tree {
    /// Reads the tree this test was compiled from.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
        let mut files = Vec::new();
        collect(&root, "", &mut files);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files, root }
    }

    /// Text of a file that has to be there.
    pub(crate) fn text(&self, path: &str) -> &str {
        let file = self.files.iter().find(|file| file.path == path);
        &file.unwrap_or_else(|| panic!("`{path}` is missing")).text
    }

    /// Files in a folder and below it.
    pub(crate) fn below(&self, folder: &str) -> Vec<&File> {
        let inside = |file: &&File| {
            file.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        self.files.iter().filter(inside).collect()
    }

    /// The Rust files of all crates' own code, without tests and benches.
    pub(crate) fn sources(&self) -> Vec<&File> {
        let source = |file: &&File| {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            file.path.starts_with("crates/")
                && file.path.split('/').nth(2) == Some("src")
                && name.ends_with(".rs")
        };
        self.files.iter().filter(source).collect()
    }

    /// The manifests of all packages.
    pub(crate) fn manifests(&self) -> Vec<Manifest> {
        let mut manifests = Vec::new();
        for file in &self.files {
            if let Some(folder) = file.path.strip_suffix("/Cargo.toml") {
                manifests.push(Manifest::parse(folder, &file.text));
            }
        }
        assert!(manifests.len() > 10, "ten crates and the tests");
        manifests
    }

    /// Whether a file or folder is there, text or not.
    pub(crate) fn exists(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }
}

fn collect(root: &Path, folder: &str, files: &mut Vec<File>) {
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let kind = entry.file_type().unwrap();
        if folder.is_empty() && kind.is_dir() && !FOLDERS.contains(&name.as_str()) {
            continue;
        }
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if kind.is_dir() {
            collect(root, &path, files);
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            files.push(File { path, text });
        }
    }
}
