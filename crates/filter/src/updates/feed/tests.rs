use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use tempfile::TempDir;

use super::super::testing;
use super::super::{FolderShelf, publish};
use super::*;

const DAYS: [&str; 2] = ["2006-01-04", "2006-01-18"];

/// A feed with two definitions, and the folder of the newer.
fn feed(folder: &Path) -> (FolderShelf, PathBuf) {
    let shelf = testing::feed(folder, &DAYS);
    let package = {
        let feed = Feed::open(&shelf).unwrap();
        let update = feed.version(testing::version(&feed, DAYS[1])).unwrap();
        folder.join("feed").join(update.identity.to_string())
    };
    (shelf, package)
}

fn refused(shelf: &FolderShelf) -> String {
    let opened = Feed::open(shelf).and_then(|feed| {
        let version = testing::version(&feed, DAYS[1]);
        feed.definitions(feed.version(version)?).map(|_| ())
    });
    let error = opened.unwrap_err().to_string();
    assert!(!error.contains('\n'), "{error}");
    error
}

#[test]
fn what_was_published_is_offered() {
    let folder = TempDir::new().unwrap();
    let (shelf, _) = feed(folder.path());
    let feed = Feed::open(&shelf).unwrap();
    assert_eq!(feed.updates().len(), 3);
    let offered: Vec<_> = feed.filter_updates().collect();
    assert_eq!(offered.len(), 2);
    for (update, count) in offered.into_iter().zip([6, 12]) {
        let (_, model) = feed.definitions(update).unwrap();
        assert_eq!(model, testing::model(count));
        assert!(update.trained_until < Some(update.released));
        for language in super::super::Language::ALL {
            let title = update.title(language);
            assert!(title.starts_with(language.prefix()), "{title}");
        }
    }
}

#[test]
fn publishing_again_changes_nothing_and_other_content_is_refused() {
    let folder = TempDir::new().unwrap();
    let (shelf, _) = feed(folder.path());
    let index = fs::read(folder.path().join("feed/feed.toml")).unwrap();
    let model = testing::model(12);
    publish(&shelf, &testing::announcement(DAYS[1], &model)).unwrap();
    assert_eq!(fs::read(folder.path().join("feed/feed.toml")).unwrap(), index);
    let other = testing::model(14);
    let error = publish(&shelf, &testing::announcement(DAYS[1], &other)).unwrap_err();
    assert!(matches!(error, UpdateError::AlreadyPublished { .. }), "{error}");
    assert_eq!(fs::read(folder.path().join("feed/feed.toml")).unwrap(), index);
}

#[test]
fn changed_files_are_refused() {
    for name in ["manifest.toml", "filter.model"] {
        let folder = TempDir::new().unwrap();
        let (shelf, package) = feed(folder.path());
        let mut bytes = fs::read(package.join(name)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(package.join(name), bytes).unwrap();
        assert!(refused(&shelf).contains("SHA-256 is not the one"), "{name}");
    }
    let folder = TempDir::new().unwrap();
    let (shelf, package) = feed(folder.path());
    let bytes = fs::read(package.join("filter.model")).unwrap();
    fs::write(package.join("filter.model"), &bytes[..bytes.len() - 1]).unwrap();
    assert!(refused(&shelf).contains("SHA-256 is not the one"));
}

#[test]
fn files_that_grow_are_not_read() {
    let folder = TempDir::new().unwrap();
    let (shelf, package) = feed(folder.path());
    fs::write(package.join("manifest.toml"), vec![b' '; (64 << 10) + 1]).unwrap();
    assert!(refused(&shelf).contains("longer than 65536 bytes"));
    let folder = TempDir::new().unwrap();
    let (shelf, package) = feed(folder.path());
    let mut bytes = fs::read(package.join("filter.model")).unwrap();
    bytes.push(0);
    fs::write(package.join("filter.model"), bytes).unwrap();
    assert!(refused(&shelf).contains("longer than"));
    let folder = TempDir::new().unwrap();
    let (shelf, _) = feed(folder.path());
    fs::write(folder.path().join("feed/feed.toml"), vec![b' '; (1 << 20) + 1]).unwrap();
    assert!(refused(&shelf).contains("longer than 1048576 bytes"));
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_out_of_a_feed() {
    use std::os::unix::fs::symlink;
    for name in ["manifest.toml", "filter.model"] {
        let folder = TempDir::new().unwrap();
        let (shelf, package) = feed(folder.path());
        let outside = folder.path().join("outside");
        fs::rename(package.join(name), &outside).unwrap();
        symlink(&outside, package.join(name)).unwrap();
        assert!(refused(&shelf).contains("no plain file"), "{name}");
    }
    let folder = TempDir::new().unwrap();
    let (shelf, package) = feed(folder.path());
    let outside = folder.path().join("outside");
    fs::rename(&package, &outside).unwrap();
    symlink(&outside, &package).unwrap();
    assert!(refused(&shelf).contains("no plain file"));
    fs::remove_file(&package).unwrap();
    fs::create_dir(&package).unwrap();
    fs::create_dir(package.join("manifest.toml")).unwrap();
    assert!(refused(&shelf).contains("no plain file"));
}

#[test]
fn names_that_lead_elsewhere_are_no_identities() {
    let folder = TempDir::new().unwrap();
    let (shelf, _) = feed(folder.path());
    let path = folder.path().join("feed/feed.toml");
    for name in ["../../etc", "/etc/passwd", "..", "C:\\\\x", "a/b"] {
        let text = format!(
            "format = 1\n[[updates]]\nidentity = \"{name}\"\nmanifest-sha256 = \"{}\"\n",
            "0".repeat(64)
        );
        fs::write(&path, text).unwrap();
        let error = refused(&shelf);
        assert!(error.contains("line 3") && error.contains("is no identity"), "{error}");
    }
}

#[test]
fn lists_that_cannot_be_are_refused() {
    let folder = TempDir::new().unwrap();
    let (shelf, _) = feed(folder.path());
    let path = folder.path().join("feed/feed.toml");
    let index = fs::read_to_string(&path).unwrap();
    let twice = format!("{index}\n{}", index.replace("format = 1", ""));
    for (text, told) in [
        (twice, "lists an update twice"),
        (index.replace("format = 1", "format = 9"), "it has format 9"),
        (index.replace("format = 1", "format = 1\nurl = \"x\""), "unknown field"),
        (format!("x = {}", "[".repeat(100_000)), "correct the line"),
        ("format = 1\n\u{0}".to_owned(), "correct the line"),
    ] {
        fs::write(&path, text).unwrap();
        let error = refused(&shelf);
        assert!(error.contains(told), "{error}");
    }
    let entry = |n: u32| {
        let identity = Identity::of([&n.to_le_bytes()[..]]);
        format!("[[updates]]\nidentity = \"{identity}\"\nmanifest-sha256 = \"00\"\n")
    };
    let many: String = (0..1001).map(entry).collect();
    fs::write(&path, format!("format = 1\n{many}")).unwrap();
    assert!(refused(&shelf).contains("at most 1000"));
}

#[test]
fn a_manifest_with_a_promise_it_cannot_keep_is_refused() {
    let folder = TempDir::new().unwrap();
    let (_, package) = feed(folder.path());
    let text = fs::read_to_string(package.join("manifest.toml")).unwrap();
    let read = |text: &str| Manifest::read("m", text.as_bytes()).map(|_| ());
    assert!(read(&text).is_ok());
    for (from, to, told) in [
        ("2006-01-17T23:59:59Z", "2006-01-18T00:00:00Z", "came after its release"),
        ("bytes = ", "bytes = 999999999", "longer than"),
        ("2006-01-18T00:00:00Z", "the day before", "such as 2005-12-15"),
        ("6.5.7791.0", "6.5.7791", "is no version"),
        ("reboot-required", "path = \"../x\"\nreboot-required", "unknown field"),
        ("[definitions]", "[other]", "unknown field"),
        ("REG_DWORD", "REG_NOTHING", "unknown variant"),
        ("data = \"1\"", "data = \"-1\"", "is no REG_DWORD"),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        let error = read(&text.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}

/// A shelf that answers with given bytes.
#[derive(Clone)]
struct Answers {
    index: Vec<u8>,
    manifest: Vec<u8>,
    definitions: Vec<u8>,
}

impl Shelf for Answers {
    fn name(&self) -> String {
        "answers".to_owned()
    }

    fn fetch(&self, path: FeedPath, limit: u64) -> Result<Vec<u8>, UpdateError> {
        let bytes = match path {
            FeedPath::Index => &self.index,
            FeedPath::Manifest(_) => &self.manifest,
            FeedPath::Definitions(_) => &self.definitions,
        };
        if bytes.len() as u64 > limit {
            return Err(UpdateError::TooLarge { place: path.to_string(), limit });
        }
        Ok(bytes.clone())
    }
}

/// The files of a good feed with one update.
fn good() -> Answers {
    static GOOD: LazyLock<Answers> = LazyLock::new(|| {
        let folder = TempDir::new().unwrap();
        let shelf = FolderShelf::new(folder.path().join("feed"));
        let model = testing::model(6);
        let update = publish(&shelf, &testing::announcement(DAYS[0], &model)).unwrap();
        let read = |path| shelf.fetch(path, u64::MAX / 2).unwrap();
        Answers {
            index: read(FeedPath::Index),
            manifest: read(FeedPath::Manifest(update.identity)),
            definitions: read(FeedPath::Definitions(update.identity)),
        }
    });
    GOOD.clone()
}

/// Puts the digest of the changed manifest into the index, as whoever runs a feed can.
fn sign(answers: &mut Answers, manifest_before: &[u8]) {
    let text = String::from_utf8(answers.index.clone()).unwrap();
    let [old, new] = [manifest_before, &answers.manifest]
        .map(|bytes| manifest::hex(&manifest::sha256(bytes)));
    answers.index = text.replace(&old, &new).into_bytes();
}

/// Replaces, inserts or removes some bytes.
fn damage(bytes: &mut Vec<u8>, changes: &[(usize, u8, u8)]) {
    for (at, byte, kind) in changes {
        let at = at % (bytes.len() + 1);
        match kind % 3 {
            0 if at < bytes.len() => bytes[at] = *byte,
            1 if at < bytes.len() => {
                bytes.remove(at);
            }
            _ => bytes.insert(at, *byte),
        }
    }
}

fn changes() -> impl Strategy<Value = Vec<(usize, u8, u8)>> {
    prop::collection::vec((any::<usize>(), any::<u8>(), any::<u8>()), 1..8)
}

/// Opens a feed and fetches everything; whatever it answers, nothing but an error or a
/// sound update comes out.
fn all(answers: &Answers) -> Result<(), UpdateError> {
    let feed = Feed::open(answers)?;
    for update in feed.filter_updates() {
        let (bytes, _) = feed.definitions(update)?;
        let stated = update.definitions.as_ref().unwrap();
        assert_eq!(manifest::sha256(&bytes), stated.sha256);
        assert!(update.trained_until.is_none_or(|until| until < update.released));
        assert!(update.titles.values().all(|title| !title.chars().any(char::is_control)));
    }
    Ok(())
}

// PROPTEST_CASES asks for longer runs; docs/records has one.
proptest! {
    #[test]
    fn any_bytes_are_refused_without_a_panic(
        index in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let empty = Vec::new();
        let answers = Answers { index, manifest: empty.clone(), definitions: empty };
        if let Err(error) = all(&answers) {
            prop_assert!(!error.to_string().contains('\n'));
        }
    }

    #[test]
    fn a_damaged_index_is_refused_or_harmless(changes in changes()) {
        let mut answers = good();
        damage(&mut answers.index, &changes);
        let _ = all(&answers);
    }

    #[test]
    fn a_damaged_and_signed_manifest_is_refused_or_harmless(changes in changes()) {
        let mut answers = good();
        let before = answers.manifest.clone();
        damage(&mut answers.manifest, &changes);
        sign(&mut answers, &before);
        let _ = all(&answers);
    }

    #[test]
    fn damaged_and_signed_definitions_are_refused_or_harmless(changes in changes()) {
        let mut answers = good();
        let manifest_before = answers.manifest.clone();
        let before = answers.definitions.clone();
        damage(&mut answers.definitions, &changes);
        let text = String::from_utf8(answers.manifest.clone()).unwrap();
        let [old, new] = [&before, &answers.definitions]
            .map(|bytes| (manifest::hex(&manifest::sha256(bytes)), bytes.len()));
        let text = text
            .replace(&old.0, &new.0)
            .replace(&format!("bytes = {}", old.1), &format!("bytes = {}", new.1));
        answers.manifest = text.into_bytes();
        sign(&mut answers, &manifest_before);
        let refused = matches!(all(&answers), Err(UpdateError::Model { .. }));
        prop_assert!(refused || answers.definitions == before);
    }
}
