//! Where mail ends under one policy, whether that is of one server or of several.

use std::path::Path;

use agents::{Deployment, PolicySpec};
use analysis::RunTrace;
use anyhow::{Context as _, Result};
use mail::{Edition, World};
use sweep::{Keep, Unit, causes};

use crate::cli::PolicyArgs;
use crate::commands::Context;
use crate::fleet::Fleet;
use crate::input::Input;
use crate::observe::Lens;
use crate::settings::{self, Scores};

/// What mail is judged with, besides a policy.
pub(crate) struct Judge<'a> {
    scores: Scores,
    world: World,
    edition: Option<Edition>,
    allow_overlap: bool,
    context: &'a Context<'a>,
}

/// A trace with the policy that it was made under.
pub(crate) struct Traced {
    /// The trace.
    pub(crate) trace: RunTrace,
    /// How many messages it is of.
    pub(crate) cases: u64,
    /// Every setting as text, of all servers: the same for two files that say the same.
    pub(crate) policy: String,
}

impl<'a> Judge<'a> {
    /// Reads what the options name besides the policy.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub(crate) fn load(args: &PolicyArgs, context: &'a Context<'a>) -> Result<Self> {
        Ok(Self {
            scores: args.scores()?,
            world: settings::world(args.world.as_deref())?,
            edition: args.edition,
            allow_overlap: args.allow_overlap,
            context,
        })
    }

    /// Takes mail through the servers of a policy file, or through one with the edition's
    /// defaults; `open` gives the mail, once per stage of servers.
    ///
    /// # Errors
    ///
    /// The mail or the policy cannot be read, or the mail was trained on and that is not
    /// allowed.
    pub(crate) fn trace(
        &self,
        policy: Option<&Path>,
        open: impl Fn() -> Result<Input>,
    ) -> Result<Traced> {
        match settings::deployment(policy, self.edition)? {
            Some((deployment, _)) => self.several(&deployment, open),
            None => self.one(&settings::policy(policy, self.edition)?, open()?),
        }
    }

    fn one(&self, spec: &PolicySpec, input: Input) -> Result<Traced> {
        let lens = Lens {
            policy: spec,
            scores: &self.scores,
            world: &self.world,
            keep: Keep::Trace,
            allow_overlap: self.allow_overlap,
            threads: &self.context.threads,
            output: self.context.output,
        };
        let observed = lens.observe(input)?;
        let replay = observed.docket.replay(
            &observed.order,
            &observed.enabled,
            &observed.thresholds,
            observed.comparison,
            Unit::Case,
        );
        let causes = causes(observed.docket.engine());
        let trace = RunTrace { rows: replay.rows, causes, cases: observed.cases };
        Ok(Traced { trace, cases: observed.reading.cases, policy: text(spec)? })
    }

    fn several(
        &self,
        deployment: &Deployment,
        open: impl Fn() -> Result<Input>,
    ) -> Result<Traced> {
        let fleet = Fleet {
            deployment,
            scores: &self.scores,
            world: &self.world,
            allow_overlap: self.allow_overlap,
            threads: &self.context.threads,
            output: self.context.output,
        };
        let travelled = fleet.travel(open)?;
        let delivery = travelled.network.deliver(Unit::Case);
        let (rows, causes) = (delivery.replay.rows, delivery.causes);
        let trace = RunTrace { rows, causes, cases: travelled.cases };
        let mut policy = deployment.paths();
        for server in deployment.servers() {
            policy.push_str(&text(&server.policy)?);
        }
        Ok(Traced { trace, cases: travelled.reading.cases, policy })
    }
}

fn text(spec: &PolicySpec) -> Result<String> {
    toml::to_string(spec).context("cannot write the policy as TOML")
}
