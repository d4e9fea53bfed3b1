//! What a recording that is cut off leaves behind.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use mail::World;

/// The world as far as it was heard, in a folder beside the one to come: what a recording
/// that is cut off leaves behind.
pub(crate) struct Notebook {
    path: PathBuf,
}

impl Notebook {
    /// Questions between two times that everything is written down.
    pub(crate) const PAGE: usize = 2_000;

    /// A notebook for the world that is to be written to `out`.
    ///
    /// # Errors
    ///
    /// Something else has its name.
    pub(crate) fn beside(out: &Path) -> Result<Self> {
        let mut name = out.file_name().unwrap_or_default().to_owned();
        name.push(".unfinished");
        let path = out.with_file_name(name);
        if path.exists() && !path.join("world.toml").is_file() {
            bail!("`{}` exists and is no world; name another --out", path.display());
        }
        Ok(Self { path })
    }

    /// Writes down everything that was heard so far.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn write(&self, world: &World) -> Result<()> {
        Ok(corpus::world::save(world, &self.path)?)
    }

    /// The error with what to do about the answers that were heard before.
    pub(crate) fn told(&self, error: anyhow::Error) -> anyhow::Error {
        let shown = self.path.display();
        if self.path.exists() {
            anyhow!("{error:#}; what was heard before is in `{shown}`: --base {shown}")
        } else {
            anyhow!(
                "{error:#}; nothing is written; ask again, perhaps with a smaller --window"
            )
        }
    }

    /// Throws it away: the world is written.
    ///
    /// # Errors
    ///
    /// It cannot be removed.
    pub(crate) fn close(self) -> Result<()> {
        match std::fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            done => done.with_context(|| {
                format!(
                    "cannot remove `{}`; it is not needed any more",
                    self.path.display()
                )
            }),
        }
    }
}
