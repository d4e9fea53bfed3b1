//! What hold-out mail must be: judged as the sweep was, and no part of it.

use std::collections::BTreeSet;
use std::path::Path;

use analysis::{RunFile, RunKind, read_trace};
use anyhow::{Result, bail};
use mail::CaseId;

use crate::cli::PolicyArgs;
use crate::settings;

/// What a sweep's or a command's outcomes rest on besides the mail and the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setup {
    /// Name of what scored the mail.
    filter: Option<String>,
    /// Digest of the trained filter.
    model: Option<String>,
    /// Digest of the recorded world.
    world: Option<String>,
}

impl Setup {
    /// The setup of a run folder.
    ///
    /// # Errors
    ///
    /// The run is no sweep, or its model cannot be read.
    pub(crate) fn of_run(folder: &Path, file: &RunFile) -> Result<Self> {
        let own = folder.join("filter.model");
        let input = |role: &str| {
            let inputs = &file.provenance.inputs;
            let found = inputs.iter().find(|input| input.role == role);
            found.map(|input| input.sha256.clone())
        };
        let model = match file.kind {
            RunKind::Run if own.is_file() => Some(settings::digest(&own)?),
            // Definitions that change in time stand in a model's place.
            RunKind::Run | RunKind::Sweep => input("model").or_else(|| input("updates")),
            RunKind::Replay | RunKind::Recommend => bail!(
                "`{}` holds no sweep; make one with `sclbench sweep`",
                folder.display()
            ),
        };
        let filter = file.context.as_ref().map(|context| context.filter.clone());
        Ok(Self { filter, model, world: input("world") })
    }

    /// The setup that a command line asks for; `filter` is the name of its scores.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub(crate) fn of_args(args: &PolicyArgs, filter: String) -> Result<Self> {
        let digest = |path: Option<&Path>| path.map(settings::digest).transpose();
        Ok(Self {
            filter: Some(filter),
            model: digest(args.model.as_deref())?,
            world: digest(args.world.as_deref())?,
        })
    }

    /// Checks that hold-out mail is judged as the sweep was.
    ///
    /// # Errors
    ///
    /// The filter, its model or the world differs; the message says which, and the cure.
    pub(crate) fn check(&self, holdout: &Self, sweep: &Path) -> Result<()> {
        let shown = sweep.display();
        if self.model != holdout.model || self.filter != holdout.filter {
            let was = self.filter.as_deref().unwrap_or("another filter");
            bail!(
                "the hold-out is not scored as the sweep `{shown}` was (by {was}); give the \
                 same --model or --stamp as for the sweep"
            );
        }
        if self.world != holdout.world {
            bail!(
                "the hold-out is not judged in the world of the sweep `{shown}`; give the \
                 same --world as for the sweep, or none where it had none"
            );
        }
        Ok(())
    }
}

/// Checks that no hold-out message had a part in the sweep.
///
/// # Errors
///
/// A message is in both, or the sweep's trace cannot be read.
pub(crate) fn apart(
    sweep: &Path,
    holdout: impl IntoIterator<Item = CaseId>,
) -> Result<()> {
    let (rows, _) = read_trace(sweep)?;
    let swept: BTreeSet<CaseId> = rows.iter().map(|row| row.case).collect();
    let shared: BTreeSet<CaseId> =
        holdout.into_iter().filter(|id| swept.contains(id)).collect();
    if let Some(example) = shared.first() {
        bail!(
            "{} hold-out messages are in the sweep `{}` too (such as {}); hold out mail that \
             had no part in choosing, as `corpus split` does",
            shared.len(),
            sweep.display(),
            example.short()
        );
    }
    Ok(())
}
