//! Colours: only on a terminal, only where they are wanted, never as the only signal.

use clap::{ColorChoice, ValueEnum};

/// What the command line says about colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// What the words of a command line ask for, before they are parsed: help and usage
    /// errors obey it too.
    pub(crate) fn asked(words: impl IntoIterator<Item = String>) -> Self {
        let mut words = words.into_iter().take_while(|word| word != "--");
        while let Some(word) = words.next() {
            let value = match word.strip_prefix("--color") {
                Some("") => words.next(),
                Some(rest) => rest.strip_prefix('=').map(str::to_owned),
                None => None,
            };
            let value = value.and_then(|value| Self::from_str(&value, true).ok());
            if let Some(color) = value {
                return color;
            }
        }
        Self::default()
    }

    /// Whether to paint on a stream.
    pub(crate) fn paints(self, terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
            }
        }
    }
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_known_before_the_command_line_is_parsed() {
        let asked = |line: &str| Color::asked(line.split(' ').map(str::to_owned));
        assert_eq!(asked("sclbench --color never replay"), Color::Never);
        assert_eq!(asked("sclbench replay --color=always"), Color::Always);
        assert_eq!(asked("sclbench replay --color"), Color::Auto);
        assert_eq!(asked("sclbench -- --color never"), Color::Auto);
        assert!(!Color::Auto.paints(false) && Color::Always.paints(false));
        assert!(!Color::Never.paints(true));
    }
}
