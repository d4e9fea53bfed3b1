//! `sclbench train`: the content filter learns.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use filter::Trainer;
use serde::Serialize;

use super::Context;
use crate::input::SourceArgs;
use crate::settings::{provenance, spare};
use crate::training::{Mode, train};

/// Options of `train`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/train.txt"))]
pub(crate) struct Train {
    /// The mail to learn from.
    #[command(flatten)]
    source: SourceArgs,
    /// The model to write; needed in mode `fit`.
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// `fast`: one update per message. `accurate`: trained near its own error.
    #[arg(long, default_value_t = Trainer::Accurate)]
    trainer: Trainer,
    /// How the quality figures are made: `fit` and `folds` score every message by a model
    /// that has not learnt its campaign; `online` scores it before learning it.
    #[arg(long, value_enum, default_value_t = Mode::Fit)]
    mode: Mode,
}

/// What `train` prints as JSON.
#[derive(Serialize)]
struct Report {
    messages: usize,
    trainer: Trainer,
    mode: &'static str,
    one_minus_roca_percent: f64,
    hm_percent: f64,
    sm_percent: f64,
    lam_percent: f64,
    sm_percent_at_hm_0_1: f64,
    messages_per_second: f64,
    model: Option<PathBuf>,
    digest: Option<String>,
}

impl Train {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A source cannot be read, the mail is of one class, or the model cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        if self.mode == Mode::Fit && self.out.is_none() {
            bail!("`train` in mode `fit` writes a model; say where with -o FILE");
        }
        let inputs = self.source.inputs();
        if let Some(path) = &self.out {
            spare(path, &inputs)?;
        }
        let provenance = provenance(context.global.seed(), &inputs)?;
        let input = self.source.open()?;
        input.warn(context.output);
        let labels = input.reading().labels;
        let cases = input.all()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the speed is reported, never stored"
        )]
        let start = std::time::Instant::now();
        let trained = train(
            &cases,
            self.trainer,
            self.mode,
            provenance,
            &context.threads,
            context.output,
        )?;
        let seconds = start.elapsed().as_secs_f64();
        let mut digest = None;
        if let (Some(model), Some(path)) = (&trained.model, &self.out) {
            model.save(path)?;
            digest = Some(
                model.digest().iter().map(|b| format!("{b:02x}")).collect::<String>(),
            );
        }
        let quality = &trained.quality;
        let result = Report {
            messages: trained.messages,
            trainer: self.trainer,
            mode: match self.mode {
                Mode::Fit => "fit",
                Mode::Folds => "folds",
                Mode::Online => "online",
            },
            one_minus_roca_percent: quality.one_minus_roca_percent,
            hm_percent: quality.hm_percent,
            sm_percent: quality.sm_percent,
            lam_percent: quality.lam_percent,
            sm_percent_at_hm_0_1: quality.sm_percent_at_hm_0_1,
            messages_per_second: trained.messages as f64 / seconds.max(1e-9),
            model: trained.model.as_ref().and(self.out.clone()),
            digest,
        };
        let mut lines = vec![
            format!(
                "{} messages, trainer {}, mode {}",
                result.messages, self.trainer, result.mode
            ),
            format!("(1-ROCA)%               {:.4}", result.one_minus_roca_percent),
            format!("ham misclassified %     {:.3}", result.hm_percent),
            format!("spam misclassified %    {:.3}", result.sm_percent),
            format!("logistic average %      {:.3}", result.lam_percent),
            format!("spam missed at 0.1 % ham {:.3} %", result.sm_percent_at_hm_0_1),
            format!("messages per second     {:.0}", result.messages_per_second),
        ];
        lines.extend(labels.iter().map(|note| format!("labels: {note}")));
        lines.extend(
            result.model.as_ref().map(|path| format!("model {}", path.display())),
        );
        context.output.result(&result, &lines)
    }
}
