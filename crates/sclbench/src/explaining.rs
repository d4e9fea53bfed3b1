//! The command that shows how one message came to its end.

use mail::CaseId;

/// What a replay was made with, as far as `explain` needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Explain {
    /// The mail, as typed.
    pub(crate) sources: Vec<String>,
    /// The policy file; none for the defaults.
    pub(crate) policy: Option<String>,
    /// The model file.
    pub(crate) model: Option<String>,
    /// The folder of the recorded world.
    pub(crate) world: Option<String>,
}

impl Explain {
    /// The command for one message.
    pub(crate) fn command(&self, id: CaseId) -> String {
        let mut words = vec!["sclbench".to_owned(), "explain".to_owned()];
        words.extend(self.sources.iter().map(|source| shell_word(source)));
        words.extend(["--message".to_owned(), id.to_string()]);
        let options = [
            ("--policy", &self.policy),
            ("--model", &self.model),
            ("--world", &self.world),
        ];
        for (option, value) in options {
            if let Some(value) = value {
                words.extend([option.to_owned(), shell_word(value)]);
            }
        }
        words.join(" ")
    }
}

/// The text as one word of a shell, quoted where it has to be.
fn shell_word(text: &str) -> String {
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

    #[test]
    fn a_command_can_be_pasted() {
        let explain = Explain {
            sources: vec!["ham:my mail/it's".into(), "a.parquet".into()],
            policy: Some("p.toml".into()),
            model: None,
            world: Some("$(w)".into()),
        };
        let id = "ab".repeat(32);
        assert_eq!(
            explain.command(CaseId([0xab; 32])),
            format!(
                "sclbench explain 'ham:my mail/it'\\''s' a.parquet --message {id} --policy \
                 p.toml --world '$(w)'"
            )
        );
    }
}
