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

use super::keep::Keep;
use crate::output::Output;

/// What was typed at a prompt.
enum Typed {
    /// A line.
    Line(String),
    /// The line was given up.
    Nothing,
    /// The input has ended.
    End,
}

/// Where lines come from: the terminal, or a test.
trait Lines {
    /// The next line.
    fn read(&mut self, prompt: &str) -> Result<Typed>;
    /// Keeps a line for the history.
    fn remember(&mut self, line: &str) -> Result<()>;
}

impl Lines for Editor<Assistant, FileHistory> {
    fn read(&mut self, prompt: &str) -> Result<Typed> {
        match self.readline(prompt) {
            Ok(line) => Ok(Typed::Line(line)),
            Err(ReadlineError::Interrupted) => Ok(Typed::Nothing),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(error).context("cannot read from the terminal"),
        }
    }

    fn remember(&mut self, line: &str) -> Result<()> {
        self.add_history_entry(line).context("cannot keep the history")?;
        Ok(())
    }
}

/// Reads lines until `exit` or the end of input.
///
/// # Errors
///
/// The terminal cannot be used, or the policy cannot be written.
pub(super) fn run(
    session: &mut Session<'_>,
    output: &Output,
    history: Option<&Path>,
    keep: &Keep<'_>,
    dry_run: bool,
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
    let start = session.policy().clone();
    converse(session, output, &mut editor, &policy, keep)?;
    let lost = *session.policy() != start && keep.target().is_none();
    if lost && !dry_run {
        rescue(session.policy(), output, &mut editor, keep)?;
    }
    if let Some(path) = history {
        let cannot = || format!("cannot write `{}`; check the path", path.display());
        editor.save_history(path).with_context(cannot)?;
    }
    Ok(())
}

/// Runs each line and keeps what it changes.
fn converse(
    session: &mut Session<'_>,
    output: &Output,
    lines: &mut impl Lines,
    policy: &RefCell<PolicySpec>,
    keep: &Keep<'_>,
) -> Result<()> {
    while !session.ended() {
        let waits = if session.policy().pending_agents.is_empty() { "" } else { "*" };
        let line = match lines.read(&format!("[{}{waits}] PS> ", role(session)))? {
            Typed::Line(line) => line,
            Typed::Nothing => continue,
            Typed::End => break,
        };
        if line.trim().eq_ignore_ascii_case("quit") {
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        lines.remember(&line)?;
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
            keep.policy(session.policy())?;
            *policy.borrow_mut() = session.policy().clone();
        }
        if let Some(mailboxes) = session.take_mailboxes() {
            keep.mailboxes(mailboxes)?;
        }
    }
    Ok(())
}

/// Asks for a file where the changed policy has none.
fn rescue(
    policy: &PolicySpec,
    output: &Output,
    lines: &mut impl Lines,
    keep: &Keep<'_>,
) -> Result<()> {
    output.warn("the policy has changed, and no file was named with --policy or -o");
    loop {
        let name = match lines.read("file to keep it in (empty: let it go): ")? {
            Typed::Line(name) => name.trim().to_owned(),
            Typed::Nothing | Typed::End => String::new(),
        };
        if name.is_empty() {
            output.warn("the changed policy is not kept");
            return Ok(());
        }
        let path = Path::new(&name);
        if path.exists() {
            output.warn(&format!("`{name}` is there already; name a new file"));
            continue;
        }
        match keep.policy_to(path, policy) {
            Ok(()) => return Ok(()),
            Err(error) => output.error(&error),
        }
    }
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

#[cfg(test)]
mod tests {
    use ::shell::{NoHost, Role};
    use rustyline::history::DefaultHistory;

    use super::*;
    use crate::cli::Global;
    use crate::color::Color;

    /// Lines that a user types, and the prompts seen.
    struct Script {
        lines: std::vec::IntoIter<&'static str>,
        prompts: Vec<String>,
        remembered: Vec<String>,
    }

    impl Script {
        fn new(lines: &[&'static str]) -> Self {
            Self {
                lines: Vec::from(lines).into_iter(),
                prompts: Vec::new(),
                remembered: Vec::new(),
            }
        }
    }

    impl Lines for Script {
        fn read(&mut self, prompt: &str) -> Result<Typed> {
            self.prompts.push(prompt.to_owned());
            Ok(match self.lines.next() {
                Some("^C") => Typed::Nothing,
                Some(line) => Typed::Line(line.to_owned()),
                None => Typed::End,
            })
        }

        fn remember(&mut self, line: &str) -> Result<()> {
            self.remembered.push(line.to_owned());
            Ok(())
        }
    }

    /// Types lines at a prompt on a file, and gives the file and what was seen.
    fn typed(file: Option<&Path>, lines: &[&'static str]) -> (PolicySpec, Script) {
        let quiet = Global {
            json: false,
            quiet: true,
            threads: 1,
            seed: None,
            color: Color::Never,
        };
        let output = Output::new(&quiet);
        let keep =
            Keep::new(None, file, None, &std::collections::BTreeMap::new(), &output)
                .unwrap();
        let mut host = NoHost;
        let mut session =
            Session::new(PolicySpec::default(), Role::Edge, &mut host).unwrap();
        let shown = RefCell::new(session.policy().clone());
        let mut script = Script::new(lines);
        converse(&mut session, &output, &mut script, &shown, &keep).unwrap();
        assert_eq!(*shown.borrow(), *session.policy());
        if file.is_none() && *session.policy() != PolicySpec::default() {
            rescue(session.policy(), &output, &mut script, &keep).unwrap();
        }
        (session.policy().clone(), script)
    }

    #[test]
    fn each_line_that_succeeds_is_kept_and_a_fault_ends_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.toml");
        let (policy, script) = typed(
            Some(&file),
            &[
                "Set-ContentFilterConfig -SCLDeleteEnabled $true",
                "Set-ContentFilterConfig -SCLDeleteTreshold 8",
                "^C",
                "",
                "Set-TransportAgent 'Content Filter Agent' -Priority 3",
                "Get-TransportAgent",
                "Exit",
                "Set-ContentFilterConfig -Enabled $false",
            ],
        );
        assert!(policy.content_filter.scl_delete_enabled);
        assert!(policy.content_filter.enabled);
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(toml::from_str::<PolicySpec>(&text).unwrap(), policy);
        assert_eq!(script.remembered.len(), 5);
        let waits = |prompt: &&String| prompt.as_str() == "[edge*] PS> ";
        assert_eq!(script.prompts.iter().filter(waits).count(), 2);
    }

    #[test]
    fn a_changed_policy_without_a_file_is_asked_about() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("there.toml");
        std::fs::write(&there, "").unwrap();
        let path = |name: &str| -> &'static str {
            folder.path().join(name).to_str().unwrap().to_owned().leak()
        };
        let change = "Set-ContentFilterConfig -Enabled $false";
        let (policy, _) =
            typed(None, &[change, "exit", path("there.toml"), path("new.toml")]);
        let text = std::fs::read_to_string(folder.path().join("new.toml")).unwrap();
        assert_eq!(toml::from_str::<PolicySpec>(&text).unwrap(), policy);
        assert_eq!(std::fs::read_to_string(there).unwrap(), "");
        let (_, script) = typed(None, &[change, "exit", ""]);
        assert_eq!(script.prompts.len(), 3);
        assert_eq!(typed(None, &["Get-Help", "exit"]).1.prompts.len(), 2);
    }

    #[test]
    fn the_editor_completes_and_asks_for_the_rest_of_a_line() {
        let policy = Rc::new(RefCell::new(PolicySpec::default()));
        let assistant = Assistant { policy };
        let history = DefaultHistory::new();
        let context = rustyline::Context::new(&history);
        let found = |line: &str| assistant.complete(line, line.len(), &context).unwrap();
        assert_eq!(
            found("Get-ContentFilterC"),
            (0, vec!["Get-ContentFilterConfig".to_owned()])
        );
        let (start, words) = found("Set-ContentFilterConfig -SCLRejectT");
        assert_eq!((start, words), (24, vec!["-SCLRejectThreshold".to_owned()]));
        let (_, words) = found("Set-SenderFilterConfig -Action ");
        assert_eq!(words, ["Reject", "StampStatus"]);
    }
}
