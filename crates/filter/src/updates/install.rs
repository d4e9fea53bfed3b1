//! Installing and uninstalling, all or nothing.
//!
//! New definitions are written into a folder of their own version, which nothing reads until
//! the state file names it; the state file is replaced by one rename. Stopped anywhere, the
//! server has the old definitions or the new ones.

use std::fs;
use std::path::PathBuf;

use super::folder::{make_folder, put_in_place, read_limited, write_aside, write_whole};
use super::manifest::{self, MAX_DEFINITION_BYTES};
use super::server::remove_file;
use super::{
    Feed, Installed, Manifest, Server, UpdateError, Version, WEIGHTS_FILE, detect,
};

/// What happens to the custom weighting file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// It stays in its old folder, where the filter no longer looks.
    Leave,
    /// It is copied to the folder that becomes active.
    Carry,
}

/// What an installation or removal did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The version that was active before; `None` is the original one.
    pub before: Option<Version>,
    /// The version that is active now.
    pub active: Option<Version>,
    /// Whether the definitions are used after a restart only.
    pub reboot_required: bool,
    /// A custom weighting file that the filter no longer sees.
    pub weights_left: Option<PathBuf>,
    /// The custom weighting file that was copied.
    pub weights_carried: Option<PathBuf>,
}

/// The steps, each named by what is done when a stop could follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Checked,
    Fetched,
    FolderMade,
    ModelStaged,
    ModelPlaced,
    WeightsPlaced,
    StateStaged,
    Committed,
    Cleaned,
}

/// Asked after every step; an error stops there, with nothing tidied up, as a kill would.
pub(super) type Watch<'a> = &'a mut dyn FnMut(Step) -> Result<(), UpdateError>;

/// Fetches the definitions of an offered update and keeps them beside the server, verified,
/// without installing them.
///
/// # Errors
///
/// The update is not offered, or its definitions cannot be fetched or kept.
pub fn download(
    server: &Server,
    feed: &Feed<'_>,
    update: &Manifest,
) -> Result<PathBuf, UpdateError> {
    offered(server, update)?;
    let path = download_path(server, update);
    if kept(server, update)?.is_none() {
        let (bytes, _) = feed.definitions(update)?;
        make_folder(path.parent().unwrap_or(&path))?;
        write_whole(&path, &bytes)?;
    }
    Ok(path)
}

/// Installs an update that is offered. Afterwards the highest installed version is active,
/// unless the update waits for a restart.
///
/// # Errors
///
/// The server is clustered, a check fails, the definitions cannot be fetched or are not what
/// the feed stated, or a file cannot be written. The server is then as before.
pub fn install(
    server: &mut Server,
    feed: &Feed<'_>,
    update: &Manifest,
    weights: Weights,
) -> Result<Done, UpdateError> {
    install_watched(server, feed, update, weights, &mut |_| Ok(()))
}

pub(super) fn install_watched(
    server: &mut Server,
    feed: &Feed<'_>,
    update: &Manifest,
    weights: Weights,
    watch: Watch<'_>,
) -> Result<Done, UpdateError> {
    debug_assert!(server.is_locked(), "two installations at once");
    offered(server, update)?;
    watch(Step::Checked)?;
    let bytes = match kept(server, update)? {
        Some(bytes) => bytes,
        None => feed.definitions(update)?.0,
    };
    watch(Step::Fetched)?;
    let before = server.active();
    let version = update.version;
    let model = server.model_path(Some(version));
    make_folder(&server.folder(Some(version)))?;
    watch(Step::FolderMade)?;
    write_aside(&model, &bytes)?;
    watch(Step::ModelStaged)?;
    put_in_place(&model)?;
    watch(Step::ModelPlaced)?;
    server.add(Installed {
        identity: update.identity,
        version,
        title: update.title(server.language()).to_owned(),
        sha256: Some(manifest::hex(&manifest::sha256(&bytes))),
        account: server.delivery().account(),
        waits_for_restart: update.reboot_required,
    });
    // Weights move on to what will be active once nothing waits any more.
    let next = before.max(Some(version));
    let moved = move_weights(server, before, next, weights)?;
    watch(Step::WeightsPlaced)?;
    finish(server, watch)?;
    remove_file(&download_path(server, update))?;
    watch(Step::Cleaned)?;
    let reboot_required = update.reboot_required;
    Ok(Done { before, active: server.active(), reboot_required, ..moved })
}

/// Takes a filter update away; the next lower version becomes active, or the original
/// definitions. A custom weighting file in its folder stays there.
///
/// # Errors
///
/// The server is clustered, the version is not installed, or a file cannot be written.
pub fn uninstall(
    server: &mut Server,
    version: Version,
    weights: Weights,
) -> Result<Done, UpdateError> {
    uninstall_watched(server, version, weights, &mut |_| Ok(()))
}

pub(super) fn uninstall_watched(
    server: &mut Server,
    version: Version,
    weights: Weights,
    watch: Watch<'_>,
) -> Result<Done, UpdateError> {
    debug_assert!(server.is_locked(), "two installations at once");
    not_clustered(server)?;
    if !server.filter_updates().any(|installed| installed.version == version) {
        return Err(UpdateError::NoSuchVersion {
            version: version.to_string(),
            place: server.path().display().to_string(),
        });
    }
    watch(Step::Checked)?;
    let before = server.active();
    server.remove(version);
    let moved = move_weights(server, before, server.active(), weights)?;
    watch(Step::WeightsPlaced)?;
    finish(server, watch)?;
    remove_file(&server.model_path(Some(version)))?;
    // Stays where the user's own files are in it.
    let _ = fs::remove_dir(server.folder(Some(version)));
    watch(Step::Cleaned)?;
    Ok(Done { before, active: server.active(), reboot_required: false, ..moved })
}

/// Restarts the server: definitions that waited for it are active afterwards.
///
/// # Errors
///
/// The state cannot be written.
pub fn restart(server: &mut Server) -> Result<Done, UpdateError> {
    let before = server.active();
    if server.end_waiting() {
        finish(server, &mut |_| Ok(()))?;
    }
    let active = server.active();
    let left = (before != active).then(|| weights_in(server, before)).flatten();
    let there = weights_in(server, active).is_some();
    Ok(Done {
        before,
        active,
        reboot_required: false,
        weights_left: left.filter(|_| !there),
        weights_carried: None,
    })
}

fn finish(server: &Server, watch: Watch<'_>) -> Result<(), UpdateError> {
    server.stage()?;
    watch(Step::StateStaged)?;
    server.commit()?;
    watch(Step::Committed)
}

fn not_clustered(server: &Server) -> Result<(), UpdateError> {
    if server.clustered() {
        return Err(UpdateError::Clustered { path: server.path().to_owned() });
    }
    Ok(())
}

/// Refuses clusters and updates that a check rules out.
fn offered(server: &Server, update: &Manifest) -> Result<(), UpdateError> {
    not_clustered(server)?;
    if update.definitions.is_none() {
        let title = update.title(server.language()).to_owned();
        return Err(UpdateError::NoDefinitions { title });
    }
    match detect(server, update).failed() {
        None => Ok(()),
        Some(check) => Err(UpdateError::NotOffered {
            title: update.title(server.language()).to_owned(),
            reason: check.reason.clone(),
        }),
    }
}

fn download_path(server: &Server, update: &Manifest) -> PathBuf {
    server.folder(None).join(".downloads").join(format!("{}.model", update.identity))
}

/// Definitions that were downloaded before and are still what the manifest states.
fn kept(server: &Server, update: &Manifest) -> Result<Option<Vec<u8>>, UpdateError> {
    let path = download_path(server, update);
    if !path.exists() {
        return Ok(None);
    }
    let bytes = read_limited(&path, MAX_DEFINITION_BYTES)?;
    let stated = update.definitions.as_ref().map(|definitions| definitions.sha256);
    Ok((stated == Some(manifest::sha256(&bytes))).then_some(bytes))
}

fn weights_in(server: &Server, version: Option<Version>) -> Option<PathBuf> {
    Some(server.folder(version).join(WEIGHTS_FILE)).filter(|path| path.is_file())
}

/// Copies the weighting file where that was asked for; the result says what happened to it.
fn move_weights(
    server: &Server,
    before: Option<Version>,
    next: Option<Version>,
    weights: Weights,
) -> Result<Done, UpdateError> {
    let mut done = Done {
        before,
        active: next,
        reboot_required: false,
        weights_left: None,
        weights_carried: None,
    };
    let old = weights_in(server, before).filter(|_| before != next);
    let Some(old) = old else { return Ok(done) };
    if weights_in(server, next).is_some() {
        // The user put one there; it is not ours to replace.
        return Ok(done);
    }
    match weights {
        Weights::Leave => done.weights_left = Some(old),
        Weights::Carry => {
            let bytes = read_limited(&old, MAX_DEFINITION_BYTES)?;
            let new = server.folder(next).join(WEIGHTS_FILE);
            make_folder(&server.folder(next))?;
            write_whole(&new, &bytes)?;
            done.weights_carried = Some(new);
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests;
