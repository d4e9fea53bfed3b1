//! What the policy options name, read.

use agents::PolicySpec;
use anyhow::Result;
use mail::World;
use sweep::Keep;

use crate::cli::PolicyArgs;
use crate::commands::Context;
use crate::observe::Lens;
use crate::settings::{self, Scores};

/// Policy, world and scores that a command judges mail with.
pub(crate) struct Configuration {
    /// Settings of the agents.
    pub(crate) spec: PolicySpec,
    /// Answers to outside questions.
    pub(crate) world: World,
    /// Scores for the content filter.
    pub(crate) scores: Scores,
    /// Replay mail that the model was trained on.
    pub(crate) allow_overlap: bool,
}

impl Configuration {
    /// Reads what the options name.
    ///
    /// # Errors
    ///
    /// A file cannot be read or has a setting that cannot be used.
    pub(crate) fn load(args: &PolicyArgs) -> Result<Self> {
        Self::scored_by(args, args.scores()?)
    }

    /// As [`Configuration::load`], with scores from elsewhere than the options say.
    ///
    /// # Errors
    ///
    /// As [`Configuration::load`].
    pub(crate) fn scored_by(args: &PolicyArgs, scores: Scores) -> Result<Self> {
        Ok(Self {
            spec: settings::policy(args.policy.as_deref(), args.edition)?,
            world: settings::world(args.world.as_deref())?,
            scores,
            allow_overlap: args.allow_overlap,
        })
    }

    /// What to observe mail with.
    pub(crate) fn lens<'a>(&'a self, keep: Keep, context: &'a Context<'_>) -> Lens<'a> {
        Lens {
            policy: &self.spec,
            scores: &self.scores,
            world: &self.world,
            keep,
            allow_overlap: self.allow_overlap,
            threads: &context.threads,
            output: context.output,
        }
    }
}
