//! Wrong command lines, told on one line: what, where, the cure.

use clap::Command;
use clap::error::ErrorKind;

/// The command that words name, with its parents: `sclbench corpus pack`.
pub(crate) fn named(root: &Command, words: impl IntoIterator<Item = String>) -> String {
    let mut name = root.get_name().to_owned();
    let mut at = root;
    for word in words.into_iter().skip(1) {
        let Some(next) = at.find_subcommand(&word) else {
            // A global option or its value may stand before the command.
            if at.get_subcommands().next().is_none() {
                break;
            }
            continue;
        };
        name = format!("{name} {}", next.get_name());
        at = next;
    }
    name
}

/// The error as one line; `None` where it is a text to read, such as help.
pub(crate) fn line(error: &clap::Error, command: &str) -> Option<String> {
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion => None,
        _ => Some(joined(&error.render().to_string(), command)),
    }
}

/// The paragraphs of an error without usage and hints, and where to read on.
fn joined(text: &str, command: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let mut out = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with("Usage:") || line.starts_with("For more information") {
            break;
        }
        let between = match out.chars().last() {
            None => "",
            Some(':') => " ",
            Some(_) if line.starts_with('[') => " ",
            Some('>' | '.') if line.starts_with(['<', '-']) => ", ",
            Some(_) => "; ",
        };
        out.push_str(between);
        out.push_str(line);
    }
    format!("{out}; see `{command} --help`")
}

#[cfg(test)]
mod tests {
    use clap::{Arg, value_parser};

    use super::*;

    fn root() -> Command {
        let pack = Command::new("pack")
            .arg(Arg::new("out").long("out").value_name("FILE").required(true))
            .arg(Arg::new("source").value_name("SOURCE").required(true))
            .arg(Arg::new("n").long("number").value_parser(value_parser!(u8)))
            .arg(Arg::new("kind").long("kind").value_parser(["a", "b"]));
        let corpus = Command::new("corpus").subcommand_required(true).subcommand(pack);
        Command::new("sclbench")
            .arg(Arg::new("seed").long("seed").global(true))
            .subcommand(corpus)
    }

    fn told(words: &str) -> String {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        let error = root().try_get_matches_from(&words).unwrap_err();
        line(&error, &named(&root(), words)).unwrap()
    }

    #[test]
    fn errors_are_one_line_with_place_and_cure() {
        for (words, wanted) in [
            (
                "sclbench corpus pack",
                "the following required arguments were not provided: --out <FILE>, \
                 <SOURCE>; see `sclbench corpus pack --help`",
            ),
            (
                "sclbench --seed 3 corpus pack x --out y --kind c",
                "invalid value 'c' for '--kind <kind>' [possible values: a, b]; see \
                 `sclbench corpus pack --help`",
            ),
            (
                "sclbench corpus pack x --out y --number 999",
                "invalid value '999' for '--number <n>': 999 is not in 0..=255; see \
                 `sclbench corpus pack --help`",
            ),
        ] {
            assert_eq!(told(words), wanted);
        }
        let close = told("sclbench corpus pack x --out y --numbr 9");
        assert!(close.contains("'--number'") && !close.contains('\n'), "{close}");
        let unknown = told("sclbench copus");
        assert!(unknown.ends_with("; see `sclbench --help`"), "{unknown}");
    }

    #[test]
    fn help_is_no_error() {
        let error = root().try_get_matches_from(["sclbench", "--help"]).unwrap_err();
        assert!(line(&error, "sclbench").is_none());
    }
}
