//! `sclbench init`: an experiment file and a policy to start from.

use std::path::PathBuf;

use agents::PolicySpec;
use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;

use super::Context;
use crate::chain::BASE_POLICY;
use crate::experiment::SCHEMA;
use crate::export;
use crate::scaffold::{self, EXPERIMENT, Reads};

/// Options of `init`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/init.txt"))]
pub(crate) struct Init {
    /// Folder to write into.
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    /// Print the JSON schema of `sclbench.toml`, for editors, and write nothing.
    #[arg(long)]
    schema: bool,
}

/// What `init` prints as JSON.
#[derive(Serialize)]
struct Written {
    experiment: PathBuf,
    policy: PathBuf,
}

impl Init {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A file is there already or cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        if self.schema {
            return context.output.raw(SCHEMA.as_bytes());
        }
        let written = Written {
            experiment: self.folder.join(EXPERIMENT),
            policy: self.folder.join(BASE_POLICY),
        };
        for path in [&written.experiment, &written.policy] {
            if path.exists() {
                bail!(
                    "`{}` is there already; move it away, or name another folder",
                    path.display()
                );
            }
        }
        scaffold::folder(&self.folder)?;
        export::policy(&written.policy, &PolicySpec::default())?;
        scaffold::experiment(
            &self.folder,
            &Reads {
                purpose: "An experiment for `sclbench run`.",
                corpus: &["ham:mail/good", "spam:mail/bad"],
                world: None,
                goal: analysis::GoalSpec::default(),
            },
        )?;
        let lines = [
            format!("experiment {}", written.experiment.display()),
            format!("policy     {}, the product's defaults", written.policy.display()),
            format!(
                "next: name your mail in `corpus`, then `sclbench run {}`",
                written.experiment.display()
            ),
        ];
        context.output.result(&written, &lines)
    }
}
