//! `sclbench export`: a policy as a script, TOML or JSON, or its thresholds for other filters.

use std::path::{Path, PathBuf};

use ::shell::{edge_script, organization_script};
use agents::PolicySpec;
use analysis::write_atomic;
use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use filter::StampHeader;
use mail::Edition;
use serde::Serialize;

use super::Context;
use crate::export::{policy_json, policy_text};
use crate::other_filters::{self, Ladder};
use crate::{imf, settings};

/// Options of `export`.
///
/// A script holds what differs from the policy it starts from, agents first, with the way
/// back in comments. TOML and JSON spell every key out. For SpamAssassin and rspamd only the
/// thresholds can be said, as scores; comments tell what is left out.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/export.txt"))]
pub(crate) struct Export {
    /// The policy file.
    policy: PathBuf,
    /// What is written.
    #[arg(long, value_enum, default_value_t = Form::Ps1)]
    to: Form,
    /// The policy that a script starts from; without it, the product's defaults.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Which script: for an Edge server, for the organization, or both in one for a hub.
    #[arg(long, value_enum, default_value_t = Part::Hub)]
    role: Part,
    /// The file to write; without it, standard output.
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Forms of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A script of the management shell.
    Ps1,
    /// A policy file.
    Toml,
    /// The same keys as JSON.
    Json,
    /// The thresholds as `local.cf` of SpamAssassin.
    Spamassassin,
    /// The thresholds as `local.d/actions.conf` of rspamd.
    Rspamd,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Ps1 => "ps1",
            Self::Toml => "toml",
            Self::Json => "json",
            Self::Spamassassin => "spamassassin",
            Self::Rspamd => "rspamd",
        }
    }
}

/// The `--json` object.
#[derive(Serialize)]
struct Exported<'a> {
    /// Which form.
    form: &'a str,
    /// The whole text.
    text: &'a str,
}

/// Parts of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// For an Edge server.
    Edge,
    /// For the organization.
    Organization,
    /// Both.
    Hub,
}

impl Export {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A policy cannot be read, or the file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let to = settings::policy(Some(&self.policy), None)?;
        let policy = settings::resolve(
            &to,
            settings::Scores::Stamps(StampHeader::OrganizationScl).source(),
        )?;
        let ladder =
            Ladder { thresholds: policy.thresholds, comparison: policy.junk_comparison };
        let name = self.policy.display().to_string();
        let text = match self.to {
            Form::Ps1 => {
                imf::refuse(
                    &to,
                    "it has no management shell; export with `--to toml` or `--to json`",
                )?;
                self.script(&to)?
            }
            Form::Toml => policy_text(&to)?,
            Form::Json => policy_json(&to)?,
            Form::Spamassassin | Form::Rspamd if to.edition == Edition::E2003Sp2 => {
                bail!(
                    "`{name}` is of {}, which has other tiers; export with `--to toml`",
                    to.edition.name()
                )
            }
            Form::Spamassassin => other_filters::spamassassin(&ladder, &name)?,
            Form::Rspamd => other_filters::rspamd(&ladder, &name)?,
        };
        let form = self.to.name();
        match &self.out {
            Some(path) => {
                let folder = path.parent().filter(|folder| *folder != Path::new(""));
                let name = path.file_name().context("`-o` names no file")?;
                let folder = folder.unwrap_or(Path::new("."));
                write_atomic(folder, &name.to_string_lossy(), text.as_bytes())?;
                let line = format!("wrote {}", path.display());
                context.output.result(&Exported { form, text: &text }, &[line])
            }
            None if context.global.json => {
                context.output.result(&Exported { form, text: &text }, &[])
            }
            None => context.output.raw(text.as_bytes()),
        }
    }

    fn script(&self, to: &PolicySpec) -> Result<String> {
        let from = match &self.from {
            Some(path) => settings::policy(Some(path), None)?,
            None => PolicySpec::default(),
        };
        let whence = self.from.as_ref().map_or_else(
            || "the product's defaults".to_owned(),
            |path| path.display().to_string(),
        );
        let evidence = [format!("Leads from {whence} to {}.", self.policy.display())];
        let edge = || edge_script(&from, to, &[], &evidence);
        let organization = || organization_script(&from, to, &evidence);
        Ok(match self.role {
            Part::Edge => edge()?.text(),
            Part::Organization => organization().text(),
            Part::Hub => organization().followed_by(edge()?).text(),
        })
    }
}
