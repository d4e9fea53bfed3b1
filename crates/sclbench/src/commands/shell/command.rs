//! The command: a script, or a prompt.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use ::shell::language::{Statement, parse};
use ::shell::{Role, Session};
use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;

use super::keep::Keep;
use super::post::Post;
use super::prompt;
use super::text::read;
use super::transcript::Transcript;
use crate::cli::PolicyArgs;
use crate::commands::Context;
use crate::settings;

/// Options of `shell`.
///
/// Cmdlets of the management shell act on the policy: `Set-` changes it, `Get-` shows it,
/// `Send-TestMessage` replays mail under it. Nothing is ever run on this machine. Without a
/// script there is a prompt; `help` explains every cmdlet.
///
/// A script is read as a whole before anything runs. It stops at the first error, and the
/// policy file is written only where all of it succeeded. At the prompt each line that
/// succeeds is written at once. The file keeps its comments, and only keys that changed are
/// touched; lists of rules and entries that changed are written anew. Settings of mailboxes
/// go to `mailboxes.toml` in the folder of --world.
#[derive(Debug, Args)]
pub(crate) struct Shell {
    /// Scripts (.ps1), run one after the other in one session; `-` is standard input.
    #[arg(value_name = "SCRIPT")]
    scripts: Vec<PathBuf>,
    /// A line to run, after the scripts; may be given several times.
    #[arg(short, long = "command", value_name = "LINE")]
    commands: Vec<String>,
    /// The policy, and what test messages are replayed with.
    #[command(flatten)]
    policy: PolicyArgs,
    /// Where the session runs: `edge`, a server of the `organization`, or `hub`, one server
    /// that is both.
    #[arg(long, default_value = "edge", value_parser = role)]
    role: Role,
    /// Run the way back that an exported script carries in its comments.
    #[arg(long)]
    rollback: bool,
    /// Write the policy here; the file of --policy stays as it is.
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write nothing.
    #[arg(long, conflicts_with = "out")]
    dry_run: bool,
    /// Go on after an error, and write what succeeded; the exit code still tells.
    #[arg(long)]
    keep_going: bool,
    /// Print each statement before what it says.
    #[arg(long)]
    echo: bool,
    /// Keep the prompt's history in this file.
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
}

fn role(name: &str) -> Result<Role, String> {
    let found = Role::ALL.into_iter().find(|role| role.name() == name);
    found.ok_or_else(|| "use `edge`, `organization` or `hub`".to_owned())
}

/// Most bytes of a script.
const MOST_BYTES: u64 = 8 << 20;

impl Shell {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The policy or a script cannot be read, a statement fails, or the policy cannot be
    /// written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let spec = settings::policy(self.policy.policy.as_deref(), self.policy.edition)?;
        let world = settings::world(self.policy.world.as_deref())?;
        let scores = self.policy.scores()?;
        let allow_overlap = self.policy.allow_overlap;
        let keep = Keep::new(
            self.policy.policy.as_deref(),
            if self.dry_run {
                None
            } else {
                self.out.as_deref().or(self.policy.policy.as_deref())
            },
            self.policy.world.as_deref().filter(|_| !self.dry_run),
            &world.mailboxes,
            context.output,
        )?;
        let recorded = self.policy.world.is_some();
        let mut post = Post { context, world, recorded, scores: &scores, allow_overlap };
        let scripts = self.read()?;
        let mut session = Session::new(spec, self.role, &mut post).context("policy")?;
        let start = session.policy().clone();
        if scripts.is_empty() {
            let history = self.history.as_deref();
            return prompt::run(
                &mut session,
                context.output,
                history,
                &keep,
                self.dry_run,
            );
        }
        let mut transcript =
            Transcript::new(context.output, context.global.json, self.echo, self.role);
        let parsed = parse_all(&scripts, &transcript)?;
        let failed = self.execute(&mut session, &parsed, &mut transcript)?;
        let changed = *session.policy() != start;
        if failed.is_some() && !self.keep_going {
            bail!("{}; nothing is written", failed.unwrap_or_default());
        }
        if !session.policy().pending_agents.is_empty() {
            context
                .output
                .warn("changes of agents wait for a restart; a replay does not see them");
        }
        if !session.running() {
            context.output.warn("the script ends with the transport service stopped");
        }
        let target = keep.target();
        if changed && target.is_none() && !self.dry_run {
            context
                .output
                .warn("the changed policy is not kept; name a file with --policy or -o");
        }
        let written = (changed || self.out.is_some()).then_some(target).flatten();
        if written.is_some() {
            keep.policy(session.policy())?;
        }
        if let Some(mailboxes) = session.take_mailboxes() {
            keep.mailboxes(mailboxes)?;
        }
        transcript.finish(written, changed, &session)?;
        failed.map_or(Ok(()), |error| Err(anyhow!("{error}; the rest is done")))
    }

    /// The scripts with their names; none where a prompt is wanted.
    fn read(&self) -> Result<Vec<(String, String)>> {
        let mut scripts = Vec::new();
        for path in &self.scripts {
            let (name, script) = if path == Path::new("-") {
                ("-".to_owned(), standard_input()?)
            } else {
                (path.display().to_string(), read(path, MOST_BYTES)?)
            };
            let script = if self.rollback {
                ::shell::rollback(&script).with_context(|| {
                    format!(
                        "`{name}` carries no way back; use a script that sclbench wrote"
                    )
                })?
            } else {
                script
            };
            scripts.push((name, script));
        }
        scripts.extend(
            self.commands.iter().map(|line| ("command".to_owned(), line.clone())),
        );
        if scripts.is_empty() && !std::io::stdin().is_terminal() {
            scripts.push(("-".to_owned(), standard_input()?));
        }
        Ok(scripts)
    }

    /// Runs the statements; the error is the first that failed, on one line.
    fn execute(
        &self,
        session: &mut Session<'_>,
        scripts: &[Parsed<'_>],
        transcript: &mut Transcript<'_>,
    ) -> Result<Option<String>> {
        let mut first = None;
        for Parsed { name, script, statements } in scripts {
            session.rest();
            for statement in statements {
                transcript.statement(script, statement)?;
                let done = session.statement(statement);
                transcript.lines(session.take_lines())?;
                if session.ended() {
                    return Ok(first);
                }
                let Err(fault) = done else { continue };
                let text = fault.on_one_line(name, script);
                transcript.fault(&fault.excerpt(script), &text);
                if self.keep_going {
                    transcript.error(&text);
                }
                first.get_or_insert(text);
                if !self.keep_going {
                    return Ok(first);
                }
            }
        }
        Ok(first)
    }
}

/// A script that has been read.
struct Parsed<'s> {
    name: &'s str,
    script: &'s str,
    statements: Vec<Statement>,
}

fn parse_all<'s>(
    scripts: &'s [(String, String)],
    transcript: &Transcript<'_>,
) -> Result<Vec<Parsed<'s>>> {
    scripts
        .iter()
        .map(|(name, script)| match parse(script) {
            Ok(statements) => Ok(Parsed { name, script, statements }),
            Err(fault) => {
                let text = fault.on_one_line(name, script);
                transcript.fault(&fault.excerpt(script), &text);
                Err(anyhow!("{text}; nothing has run"))
            }
        })
        .collect()
}

fn standard_input() -> Result<String> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .context("cannot read standard input")?;
    super::text::decoded("-", &bytes)
}
