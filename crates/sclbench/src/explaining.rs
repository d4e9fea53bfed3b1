//! The command that shows how one message came to its end.

use std::path::Path;

use clap::Parser as _;
use corpus::SourceSpec;
use mail::{CaseId, Provenance};

use crate::cli::{Cli, Command, PolicyArgs};
use crate::input::SourceArgs;

/// What mail was read and judged with, in words of a command line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Explain {
    /// The mail, as typed, and how it was read.
    mail: Vec<String>,
    /// Policy, world, scores.
    policy: Vec<String>,
}

impl Explain {
    /// For mail that a policy file is about to judge; without one it is the edition's defaults.
    pub(crate) fn new(
        sources: &[SourceSpec],
        reading: Option<&SourceArgs>,
        policy: Option<&Path>,
        args: &PolicyArgs,
    ) -> Self {
        let mut mail: Vec<String> = sources.iter().map(ToString::to_string).collect();
        mail.extend(reading.iter().flat_map(|reading| reading.options_as_typed()));
        Self { mail, policy: args.as_typed(policy) }
    }

    /// For the mail of a run, with what the command that made it says; of a command that says
    /// it in a file, with the files that were read.
    pub(crate) fn of_run(provenance: &Provenance, sources: &[String]) -> Self {
        if let Some((source, policy)) = typed(&provenance.command) {
            let file = policy.policy.as_deref();
            return Self::new(&source.sources, Some(&source), file, &policy);
        }
        let roles = [("--policy", "policy"), ("--model", "model"), ("--world", "world")];
        let option = |(option, role): (&str, &str)| {
            let found = provenance.inputs.iter().find(|input| input.role == role)?;
            Some([option.to_owned(), found.name.clone()])
        };
        let policy = roles.into_iter().filter_map(option).flatten().collect();
        Self { mail: sources.to_vec(), policy }
    }

    /// The command for one message.
    pub(crate) fn command(&self, id: CaseId) -> String {
        let mut words = vec!["sclbench".to_owned(), "explain".to_owned()];
        words.extend(self.mail.iter().map(|word| shell_word(word)));
        words.extend(["--message".to_owned(), id.to_string()]);
        words.extend(self.policy.iter().map(|word| shell_word(word)));
        words.join(" ")
    }
}

/// Mail and policy that a `replay` or `sweep` was given, read from its command line.
fn typed(command: &str) -> Option<(SourceArgs, PolicyArgs)> {
    let cli = Cli::try_parse_from(words(command)?).ok()?;
    match cli.command {
        Command::Replay(replay) => replay.given(),
        Command::Sweep(sweep) => Some(sweep.given()),
        _ => None,
    }
}

/// The words of a command line as [`shell_word`] quotes them.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    while let Some(sign) = rest.next() {
        match sign {
            ' ' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next()? {
                        '\'' => break,
                        sign => word.push(sign),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(rest.next()?),
            sign => word.get_or_insert_default().push(sign),
        }
    }
    words.extend(word);
    Some(words)
}

/// The text as one word of a shell, quoted where it has to be.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_by(command: &str) -> Provenance {
        let input = |role: &str, name: &str| mail::InputDigest {
            role: role.to_owned(),
            name: name.to_owned(),
            sha256: String::new(),
        };
        Provenance {
            command: command.to_owned(),
            version: String::new(),
            seed: 1,
            inputs: vec![input("policy", "p.toml"), input("world", "$(w)")],
        }
    }

    #[test]
    fn a_command_can_be_pasted() {
        let sources = ["ham:my mail/it's".to_owned(), "a.parquet".to_owned()];
        let explain = Explain::of_run(&made_by("sclbench run"), &sources);
        let id = "ab".repeat(32);
        assert_eq!(
            explain.command(CaseId([0xab; 32])),
            format!(
                "sclbench explain 'ham:my mail/it'\\''s' a.parquet --message {id} --policy \
                 p.toml --world '$(w)'"
            )
        );
    }

    #[test]
    fn a_run_is_explained_with_all_options_of_its_command() {
        let options = "--format mbox --sidecar 'it'\\''s.ndjson' --trust 192.0.2.0/24 \
                       --trusted-hops 2 --keep-duplicates --corrections c.toml --noise-ham \
                       0.5 --noise-seed 7";
        let policy = "--policy p.toml --edition 2010 --world w --stamp spam-score \
                      --allow-overlap";
        let made =
            format!("sclbench replay 'ham:my mail' {options} {policy} -o out --json");
        let id = "ab".repeat(32);
        assert_eq!(
            Explain::of_run(&made_by(&made), &[]).command(CaseId([0xab; 32])),
            format!("sclbench explain 'ham:my mail' {options} --message {id} {policy}")
        );
    }

    #[test]
    fn words_come_back_as_they_were_quoted() {
        for word in ["", "a b", "it's", "\\", "''", "$(x)", "plain"] {
            let line = format!("x {} y", shell_word(word));
            assert_eq!(words(&line).unwrap(), ["x", word, "y"]);
        }
        assert_eq!(words("a 'b"), None);
    }
}
