use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::super::testing;
use super::super::{CheckName, FolderShelf, Product};
use super::*;

const DAYS: [&str; 2] = ["2006-01-04", "2006-01-18"];

fn setup(folder: &Path) -> (FolderShelf, Server) {
    (testing::feed(folder, &DAYS), testing::server(folder))
}

fn put(server: &mut Server, shelf: &FolderShelf, day: &str) -> Result<Done, UpdateError> {
    let feed = Feed::open(shelf).unwrap();
    let update = feed.version(testing::version(&feed, day)).unwrap();
    install(server, &feed, update, Weights::Leave)
}

fn version(day: &str) -> Version {
    Version::released(testing::time(day)).unwrap()
}

fn reopened(server: Server) -> Server {
    let path = server.path().to_owned();
    drop(server);
    Server::load_to_change(&path).unwrap()
}

#[test]
fn the_highest_version_is_active() {
    let folder = TempDir::new().unwrap();
    let (shelf, mut server) = setup(folder.path());
    assert!(server.active_model().unwrap().is_none());
    let done = put(&mut server, &shelf, DAYS[1]).unwrap();
    assert_eq!((done.before, done.active), (None, Some(version(DAYS[1]))));
    assert!(folder.path().join("MSCFV2/6.5.7791.0/filter.model").is_file());
    let done = put(&mut server, &shelf, DAYS[0]).unwrap();
    assert_eq!(done.active, Some(version(DAYS[1])));
    let mut server = reopened(server);
    assert_eq!(server.active_model().unwrap().unwrap(), testing::model(12));
    let done = uninstall(&mut server, version(DAYS[1]), Weights::Leave).unwrap();
    assert_eq!(done.active, Some(version(DAYS[0])));
    assert!(!folder.path().join("MSCFV2/6.5.7791.0").exists());
    let done = uninstall(&mut server, version(DAYS[0]), Weights::Leave).unwrap();
    assert_eq!(done.active, None);
    let again = uninstall(&mut server, version(DAYS[0]), Weights::Leave).unwrap_err();
    assert!(matches!(again, UpdateError::NoSuchVersion { .. }), "{again}");
}

#[test]
fn the_checks_run_in_order_and_stop_at_the_first_that_fails() {
    let folder = TempDir::new().unwrap();
    let (shelf, mut server) = setup(folder.path());
    let feed = Feed::open(&shelf).unwrap();
    let update = feed.version(version(DAYS[0])).unwrap();
    assert!(detect(&server, update).passed());
    let good = fs::read_to_string(server.path()).unwrap();
    for (at, from, to, reason) in [
        (
            0,
            "edition = \"2003\"",
            "edition = \"none\"",
            "no Exchange product is installed",
        ),
        (1, "edition = \"2003\"", "edition = \"2007\"", "the update is for"),
        (2, "service-pack = 2", "service-pack = 1", "install service pack 2"),
        (3, "REG_DWORD", "REG_SZ", "ContentFilterState is a REG_SZ; make it a REG_DWORD"),
        (3, "data = \"1\"", "data = 0", "ContentFilterState is 0; make it"),
        (3, "ContentFilterState", "ContentFilter", "is not there"),
    ] {
        fs::write(server.path(), &good).unwrap();
        let changed = testing::edited(&server, from, to).unwrap();
        let detection = detect(&changed, update);
        let passed: Vec<_> = detection.checks.iter().map(|check| check.passed).collect();
        let want: Vec<_> =
            (0..5).map(|n| if n > at { None } else { Some(n < at) }).collect();
        assert_eq!(passed, want, "{to}");
        let failed = detection.failed().unwrap();
        assert_eq!(failed.check, CheckName::ALL[at]);
        assert!(failed.reason.contains(reason), "{}", failed.reason);
        let mut changed = reopened(changed_lock(changed, &mut server));
        let error = put(&mut changed, &shelf, DAYS[0]).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        server = changed;
    }
    fs::write(server.path(), &good).unwrap();
    let mut server = reopened(server);
    put(&mut server, &shelf, DAYS[0]).unwrap();
    let detection = detect(&server, update);
    assert_eq!(detection.failed().unwrap().check, CheckName::NotInstalled);
    assert_eq!(server.edition(), Product::Exchange2003);
}

/// Lets the first server's lock go, so that another may be taken.
fn changed_lock(changed: Server, server: &mut Server) -> Server {
    *server = Server::load(server.path()).unwrap();
    changed
}

#[test]
fn clusters_and_updates_without_definitions_are_refused() {
    let folder = TempDir::new().unwrap();
    let (shelf, server) = setup(folder.path());
    let feed = Feed::open(&shelf).unwrap();
    let other = feed.updates().iter().find(|update| !update.is_filter_update()).unwrap();
    let mut server = reopened(server);
    let error = install(&mut server, &feed, other, Weights::Leave).unwrap_err();
    assert!(matches!(error, UpdateError::NoDefinitions { .. }), "{error}");
    testing::edited(&server, "clustered = false", "clustered = true").unwrap();
    let mut server = reopened(server);
    let error = put(&mut server, &shelf, DAYS[0]).unwrap_err();
    assert!(matches!(error, UpdateError::Clustered { .. }), "{error}");
    let error = uninstall(&mut server, version(DAYS[0]), Weights::Leave).unwrap_err();
    assert!(matches!(error, UpdateError::Clustered { .. }), "{error}");
}

#[test]
fn the_weighting_file_is_carried_over_only_when_asked() {
    let folder = TempDir::new().unwrap();
    let (shelf, mut server) = setup(folder.path());
    let original = folder.path().join("MSCFV2").join(WEIGHTS_FILE);
    fs::write(&original, "weights").unwrap();
    let done = put(&mut server, &shelf, DAYS[0]).unwrap();
    assert_eq!(done.weights_left.as_deref(), Some(original.as_path()));
    let first = server.folder(server.active()).join(WEIGHTS_FILE);
    assert!(!first.exists());
    fs::write(&first, "newer").unwrap();
    let feed = Feed::open(&shelf).unwrap();
    let update = feed.version(version(DAYS[1])).unwrap();
    let done = install(&mut server, &feed, update, Weights::Carry).unwrap();
    assert_eq!(done.weights_left, None);
    let second = server.folder(server.active()).join(WEIGHTS_FILE);
    assert_eq!(done.weights_carried.as_deref(), Some(second.as_path()));
    assert_eq!(fs::read(&second).unwrap(), b"newer");
    // Removing an update leaves the user's file where it was.
    uninstall(&mut server, version(DAYS[1]), Weights::Leave).unwrap();
    assert!(second.is_file());
    assert!(!server.model_path(Some(version(DAYS[1]))).exists());
}

#[test]
fn definitions_that_need_a_restart_wait_for_it() {
    let folder = TempDir::new().unwrap();
    let shelf = FolderShelf::new(folder.path().join("feed"));
    let model = testing::model(8);
    let mut announcement = testing::announcement(DAYS[0], &model);
    announcement.reboot_required = true;
    super::super::publish(&shelf, &announcement).unwrap();
    let mut server = testing::server(folder.path());
    let done = put(&mut server, &shelf, DAYS[0]).unwrap();
    assert!(done.reboot_required);
    assert_eq!(done.active, None);
    let mut server = reopened(server);
    assert_eq!(server.active(), None);
    assert_eq!(restart(&mut server).unwrap().active, Some(version(DAYS[0])));
    assert_eq!(reopened(server).active_model().unwrap().unwrap(), model);
}

#[test]
fn downloads_are_verified_again_before_they_are_installed() {
    let folder = TempDir::new().unwrap();
    let (shelf, mut server) = setup(folder.path());
    let kept = {
        let feed = Feed::open(&shelf).unwrap();
        let update = feed.version(version(DAYS[0])).unwrap();
        let path = download(&server, &feed, update).unwrap();
        assert_eq!(server.installed().len(), 0);
        path
    };
    fs::write(&kept, "changed").unwrap();
    put(&mut server, &shelf, DAYS[0]).unwrap();
    assert_eq!(server.active_model().unwrap().unwrap(), testing::model(6));
    assert!(!kept.exists());
}

#[test]
fn changed_definitions_are_not_used() {
    let folder = TempDir::new().unwrap();
    let (shelf, mut server) = setup(folder.path());
    put(&mut server, &shelf, DAYS[0]).unwrap();
    let path = server.model_path(server.active());
    fs::write(&path, testing::model(10).write()).unwrap();
    let error = server.active_model().unwrap_err();
    assert!(matches!(error, UpdateError::DigestMismatch { .. }), "{error}");
}

#[test]
fn a_state_that_cannot_be_is_refused() {
    let folder = TempDir::new().unwrap();
    let (shelf, mut server) = setup(folder.path());
    put(&mut server, &shelf, DAYS[0]).unwrap();
    let good = fs::read_to_string(server.path()).unwrap();
    for (from, to, told) in [
        ("active = \"6.5.7777.0\"", "active = \"6.5.7777.1\"", "make them equal"),
        ("active = \"6.5.7777.0\"", "", "make them equal"),
        ("service-pack = 2", "service-pack = 2\nservice = 1", "unknown field"),
        ("data = \"1\"", "data = \"one\"", "is no REG_DWORD"),
        ("sha256 = ", "# ", "must state `sha256`"),
    ] {
        fs::write(server.path(), &good).unwrap();
        let error = testing::edited(&server, from, to).unwrap_err().to_string();
        assert!(error.contains(told) && error.contains("server.toml"), "{error}");
    }
}

#[test]
fn only_one_process_changes_a_server() {
    let folder = TempDir::new().unwrap();
    let (_, server) = setup(folder.path());
    let error = Server::load_to_change(server.path()).unwrap_err().to_string();
    assert!(error.contains("another update of this server is running"), "{error}");
    assert!(Server::load(server.path()).is_ok());
}

/// Runs `act` once per step with a stop after that step, each time on a fresh server that
/// `before` prepares; afterwards the server must be as before or as after, and whole, and
/// the same act must then succeed or be done.
fn stopped_anywhere(
    before: impl Fn(&mut Server, &FolderShelf),
    act: impl Fn(&mut Server, &FolderShelf, Watch<'_>) -> Result<Done, UpdateError>,
    steps: usize,
    (old, new): (Option<Version>, Option<Version>),
) {
    for stop in 0..steps {
        let folder = TempDir::new().unwrap();
        let (shelf, mut server) = setup(folder.path());
        fs::write(server.folder(None).join(WEIGHTS_FILE), "weights").unwrap();
        before(&mut server, &shelf);
        let mut seen = Vec::new();
        let stopped = act(&mut server, &shelf, &mut |step| {
            seen.push(step);
            if seen.len() > stop { Err(UpdateError::Stopped) } else { Ok(()) }
        });
        assert!(matches!(stopped, Err(UpdateError::Stopped)), "{seen:?}");
        let committed = seen.contains(&Step::Committed);
        let mut server = reopened(server);
        let active = server.active();
        assert_eq!(active, if committed { new } else { old }, "{seen:?}");
        // Whatever is active is whole: digest and model are checked.
        let model = server.active_model().unwrap();
        assert_eq!(model.is_some(), active.is_some(), "{seen:?}");
        let again = act(&mut server, &shelf, &mut |_| Ok(()));
        assert_eq!(again.is_ok(), !committed, "{seen:?}");
        assert_eq!(reopened(server).active(), new);
    }
    // The last step is the last: a run that is not stopped sees as many.
    let folder = TempDir::new().unwrap();
    let (shelf, mut server) = setup(folder.path());
    before(&mut server, &shelf);
    let mut count = 0;
    let counted = act(&mut server, &shelf, &mut |_| {
        count += 1;
        Ok(())
    });
    assert!(counted.is_ok());
    assert_eq!(count, steps);
}

#[test]
fn an_installation_stopped_anywhere_leaves_the_old_or_the_new() {
    let act = |server: &mut Server, shelf: &FolderShelf, watch: Watch<'_>| {
        let feed = Feed::open(shelf).unwrap();
        let update = feed.version(version(DAYS[1])).unwrap();
        install_watched(server, &feed, update, Weights::Carry, watch)
    };
    let first = |server: &mut Server, shelf: &FolderShelf| {
        put(server, shelf, DAYS[0]).unwrap();
    };
    let ends = (Some(version(DAYS[0])), Some(version(DAYS[1])));
    stopped_anywhere(first, act, 9, ends);
    stopped_anywhere(|_, _| {}, act, 9, (None, Some(version(DAYS[1]))));
}

#[test]
fn a_removal_stopped_anywhere_leaves_the_old_or_the_new() {
    let act = |server: &mut Server, _: &FolderShelf, watch: Watch<'_>| {
        uninstall_watched(server, version(DAYS[1]), Weights::Carry, watch)
    };
    let both = |server: &mut Server, shelf: &FolderShelf| {
        put(server, shelf, DAYS[0]).unwrap();
        put(server, shelf, DAYS[1]).unwrap();
    };
    stopped_anywhere(both, act, 5, (Some(version(DAYS[1])), Some(version(DAYS[0]))));
}
