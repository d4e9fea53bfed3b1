//! `sclbench corpus pack`: all mail in one Parquet file.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::commands::Context;
use crate::input::SourceArgs;
use crate::labels;
use crate::settings::{provenance, spare};

/// Options of `corpus pack`.
#[derive(Debug, Args)]
pub(crate) struct Pack {
    /// The mail.
    #[command(flatten)]
    source: SourceArgs,
    /// The pack to write.
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

impl Pack {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A source cannot be read or the pack cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let inputs = self.source.inputs();
        spare(&self.out, &inputs)?;
        let provenance = provenance(context.global.seed(), &inputs)?;
        let options = self.source.options()?;
        let tally = corpus::pack(&self.source.sources, &options, &self.out, &provenance)?;
        let [ham, spam] = tally.cases;
        let mut lines = vec![format!(
            "packed {} messages ({ham} ham, {spam} spam) into {}",
            tally.total(),
            self.out.display()
        )];
        lines.extend(
            tally
                .skipped
                .iter()
                .map(|(reason, count)| format!("skipped {count}: {reason}")),
        );
        for note in labels::notes(&options.relabel, &tally.relabelled) {
            if labels::is_noise(&note) {
                context.output.warn(&note);
            }
            lines.push(format!("labels: {note}"));
        }
        context.output.result(&tally, &lines)
    }
}
