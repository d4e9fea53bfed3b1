//! What a script says, as lines or as one object.

use std::path::Path;

use ::shell::language::{Span, Statement};
use ::shell::{Line, Role, Session};
use anyhow::Result;
use serde::Serialize;

use crate::output::Output;

/// What `shell` prints as JSON.
#[derive(Debug, Serialize)]
struct Report {
    role: &'static str,
    statements: usize,
    output: Vec<String>,
    warnings: Vec<String>,
    errors: Vec<String>,
    changed: bool,
    pending: bool,
    written: Option<String>,
}

/// Prints as it goes; with `--json`, keeps all of it for the end.
pub(super) struct Transcript<'o> {
    output: &'o Output,
    json: bool,
    echo: bool,
    report: Report,
}

impl<'o> Transcript<'o> {
    pub(super) fn new(output: &'o Output, json: bool, echo: bool, role: Role) -> Self {
        let report = Report {
            role: role.name(),
            statements: 0,
            output: Vec::new(),
            warnings: Vec::new(),
            errors: Vec::new(),
            changed: false,
            pending: false,
            written: None,
        };
        Self { output, json, echo, report }
    }

    /// A statement is about to run.
    pub(super) fn statement(
        &mut self,
        script: &str,
        statement: &Statement,
    ) -> Result<()> {
        self.report.statements += 1;
        if !self.echo || self.json {
            return Ok(());
        }
        let (Span { start, .. }, end) = match statement {
            Statement::Assign { span, value, .. } => (*span, value.span.end),
            Statement::Exit(span) => (*span, span.end),
            Statement::Run(pipeline) => (pipeline.span, pipeline.span.end),
        };
        let text = script[start..end].lines();
        let lines = text
            .enumerate()
            .map(|(at, line)| format!("{} {line}", if at == 0 { "PS>" } else { ">> " }));
        self.output.lines(lines.collect::<Vec<_>>().iter())
    }

    /// What the statement had to say.
    pub(super) fn lines(&mut self, lines: Vec<Line>) -> Result<()> {
        for line in lines {
            match line {
                Line::Output(text) if self.json => self.report.output.push(text),
                Line::Output(text) => self.output.lines([&text].into_iter())?,
                Line::Warning(text) => {
                    if !self.json {
                        self.output.warn(&text);
                    }
                    self.report.warnings.push(text);
                }
            }
        }
        Ok(())
    }

    /// Shows the place of a fault.
    pub(super) fn fault(&self, excerpt: &[String; 2], _text: &str) {
        if !self.json {
            self.output.aside(excerpt);
        }
    }

    /// An error that does not stop the script.
    pub(super) fn error(&mut self, text: &str) {
        self.output.error(&anyhow::anyhow!(text.to_owned()));
        self.report.errors.push(text.to_owned());
    }

    /// The end: where the policy is.
    pub(super) fn finish(
        mut self,
        written: Option<&Path>,
        changed: bool,
        session: &Session<'_>,
    ) -> Result<()> {
        self.report.changed = changed;
        self.report.pending = !session.policy().pending_agents.is_empty();
        self.report.written = written.map(|path| path.display().to_string());
        if self.json {
            return self.output.result(&self.report, &[]);
        }
        if let (Some(path), true) = (&self.report.written, self.output.talks()) {
            self.output.aside(&[format!("policy written to {path}")]);
        }
        Ok(())
    }
}
