//! The prompt: line editing, history, completion; each line that succeeds is kept.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use ::shell::language::parse;
use ::shell::{Line, Session, complete};
use agents::PolicySpec;
use anyhow::{Context as _, Result};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Editor};

use crate::output::Output;

/// Reads lines until `exit` or the end of input.
///
/// # Errors
///
/// The terminal cannot be used, or `keep` cannot write the policy.
pub(super) fn run(
    session: &mut Session<'_>,
    output: &Output,
    history: Option<&Path>,
    keep: impl Fn(&PolicySpec) -> Result<()>,
) -> Result<()> {
    let config = Config::builder().completion_type(CompletionType::List).build();
    let mut editor: Editor<Assistant, FileHistory> =
        Editor::with_config(config).context("cannot use the terminal")?;
    let policy = Rc::new(RefCell::new(session.policy().clone()));
    editor.set_helper(Some(Assistant { policy: Rc::clone(&policy) }));
    if let Some(path) = history.filter(|path| path.exists()) {
        editor
            .load_history(path)
            .with_context(|| format!("`{}` is no history; remove it", path.display()))?;
    }
    if output.talks() {
        output.aside(&["`help` lists cmdlets, Tab completes, `exit` ends.".to_owned()]);
    }
    loop {
        let waits = if session.policy().pending_agents.is_empty() { "" } else { "*" };
        let line = match editor.readline(&format!("[{}{waits}] PS> ", role(session))) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error).context("cannot read from the terminal"),
        };
        if ["exit", "quit"].iter().any(|word| line.trim().eq_ignore_ascii_case(word)) {
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        editor.add_history_entry(line.as_str()).context("cannot keep the history")?;
        let before = session.policy().clone();
        let done = session.run(&line);
        session.rest();
        for said in session.take_lines() {
            match said {
                Line::Output(text) => output.lines([&text].into_iter())?,
                Line::Warning(text) => output.warn(&text),
            }
        }
        if let Err(fault) = done {
            output.aside(&fault.excerpt(&line));
            output.error(&anyhow::anyhow!(fault.to_string()));
        }
        if *session.policy() != before {
            keep(session.policy())?;
            *policy.borrow_mut() = session.policy().clone();
        }
    }
    if let Some(path) = history {
        let cannot = || format!("cannot write `{}`; check the path", path.display());
        editor.save_history(path).with_context(cannot)?;
    }
    Ok(())
}

fn role(session: &Session<'_>) -> &'static str {
    session.role().name()
}

/// Completes words and asks for more where a line is not finished.
struct Assistant {
    policy: Rc<RefCell<PolicySpec>>,
}

impl rustyline::Helper for Assistant {}
impl Highlighter for Assistant {}

impl Hinter for Assistant {
    type Hint = String;
}

impl Completer for Assistant {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let found = complete(&self.policy.borrow(), line, at);
        Ok((found.start, found.words))
    }
}

impl Validator for Assistant {
    fn validate(
        &self,
        context: &mut ValidationContext<'_>,
    ) -> rustyline::Result<ValidationResult> {
        Ok(match parse(context.input()) {
            Err(fault) if fault.incomplete => ValidationResult::Incomplete,
            Ok(_) | Err(_) => ValidationResult::Valid(None),
        })
    }
}
