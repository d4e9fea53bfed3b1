//! Test messages: mail that is replayed under the session's policy.

use ::shell::{Delivery, Host};
use agents::PolicySpec;
use anyhow::Result;
use corpus::{ReadOptions, SourceSpec};
use mail::{Label, World};
use sweep::{Keep, Unit, causes};

use crate::commands::Context;
use crate::input::Input;
use crate::observe::{Lens, Observed};
use crate::settings::Scores;

/// What mail is replayed with.
pub(super) struct Post<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) world: &'a World,
    pub(super) scores: &'a Scores,
    pub(super) allow_overlap: bool,
}

/// Recipients that are listed one by one.
const MOST_LISTED: usize = 1_000;

impl Host for Post<'_> {
    fn send(
        &mut self,
        policy: &PolicySpec,
        source: &str,
    ) -> Result<Vec<Delivery>, String> {
        self.replay(policy, source).map_err(|error| {
            let words: Vec<String> = error.chain().map(ToString::to_string).collect();
            words.join(": ")
        })
    }
}

impl Post<'_> {
    fn replay(&self, policy: &PolicySpec, source: &str) -> Result<Vec<Delivery>> {
        let spec: SourceSpec = source.parse()?;
        let labelled =
            spec.label.is_some() || spec.path.is_dir() || corpus::is_pack(&spec.path);
        // Where it ends does not depend on the label, so a lone message needs none.
        let spec =
            if labelled { spec } else { SourceSpec { label: Some(Label::Ham), ..spec } };
        let input = Input::open(&[spec], &ReadOptions::default())?;
        let lens = Lens {
            policy,
            scores: self.scores,
            world: self.world,
            keep: Keep::Trace,
            allow_overlap: self.allow_overlap,
            threads: &self.context.threads,
            output: self.context.output,
        };
        let Observed { docket, order, enabled, thresholds, comparison, .. } =
            lens.observe(input)?;
        let replay =
            docket.replay(&order, &enabled, &thresholds, comparison, Unit::Delivery);
        let causes = causes(docket.engine());
        let rows = replay.rows.iter().take(MOST_LISTED).map(|row| {
            let cause = &causes[usize::from(row.cause)];
            Delivery {
                message: row.case.to_string().chars().take(12).collect(),
                recipient: row.recipient.clone(),
                tier: row.tier.name().to_owned(),
                decided_by: format!("{}: {}", cause.agent, cause.reason),
            }
        });
        Ok(rows.collect())
    }
}
