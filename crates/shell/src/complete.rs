//! What could stand next on a line: cmdlets, parameters, values.

use agents::PolicySpec;

use crate::catalogue::{Action, Cmdlet, Parameter, Special, Takes, all, find};
use crate::language::Operator;
use crate::session::common;
use crate::{Value, quoted};

/// What could stand at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// First byte of the word that is completed.
    pub start: usize,
    /// Whole words that could take its place.
    pub words: Vec<String>,
}

/// What could take the place of the word that ends at byte `at` of `line`, in a session on
/// `policy`.
pub fn complete(policy: &PolicySpec, line: &str, at: usize) -> Completion {
    let line = &line[..line.floor_char_boundary(at)];
    let (command, word) = last_command(line);
    let start = line.len() - word.len();
    let before: Vec<&str> = words(&command[..command.len() - word.len()]);
    let words = match before.as_slice() {
        [] => names(),
        [name, rest @ ..] => match find(name) {
            Some(cmdlet) => arguments(policy, cmdlet, rest, word, line),
            None => Vec::new(),
        },
    };
    let typed = word.trim_start_matches(['\'', '"']).to_lowercase();
    let fits = |full: &String| {
        let bare = full.trim_start_matches('\'').to_lowercase();
        bare.starts_with(&typed)
    };
    Completion { start, words: words.into_iter().filter(fits).collect() }
}

fn names() -> Vec<String> {
    let runs = |cmdlet: &&Cmdlet| !matches!(cmdlet.action, Action::Refused(_));
    let aliases = Special::ALIASES.iter().map(|(short, _)| (*short).to_owned());
    all().iter().filter(runs).map(|cmdlet| cmdlet.name.clone()).chain(aliases).collect()
}

fn arguments(
    policy: &PolicySpec,
    cmdlet: &Cmdlet,
    before: &[&str],
    word: &str,
    line: &str,
) -> Vec<String> {
    let parameters = cmdlet.parameters();
    if word.starts_with('-') {
        let operators = Operator::ALL.iter().map(|(name, _)| format!("-{name}"));
        if matches!(cmdlet.action, Action::Special(Special::WhereObject)) {
            return operators.collect();
        }
        let all = parameters.iter().chain(common());
        return all.map(|parameter| format!("-{}", parameter.name)).collect();
    }
    let named = before.last().and_then(|last| last.strip_prefix('-')).and_then(|last| {
        let lower = last.to_lowercase();
        parameters.iter().find(|p| p.name.to_lowercase().starts_with(&lower))
    });
    let parameter = named.filter(|parameter| parameter.takes != Takes::Nothing);
    let parameter = parameter.or_else(|| {
        let mut open: Vec<&Parameter> =
            parameters.iter().filter(|p| p.position.is_some()).collect();
        open.sort_by_key(|p| p.position);
        open.into_iter().nth(before.iter().filter(|word| !word.starts_with('-')).count())
    });
    match parameter {
        Some(parameter) => values(policy, cmdlet, parameter, line),
        None => Vec::new(),
    }
}

fn values(
    policy: &PolicySpec,
    cmdlet: &Cmdlet,
    parameter: &Parameter,
    line: &str,
) -> Vec<String> {
    match (cmdlet.action, parameter.name) {
        (
            Action::Special(
                Special::GetTransportAgent
                | Special::SetTransportAgent
                | Special::EnableTransportAgent
                | Special::DisableTransportAgent,
            ),
            "Identity",
        ) => policy.all_agents().iter().map(|name| quoted(name)).collect(),
        (Action::Special(Special::GetHelp), _) => {
            all().iter().map(|cmdlet| cmdlet.name.clone()).collect()
        }
        (
            Action::Special(
                Special::RestartService
                | Special::StartService
                | Special::StopService
                | Special::GetService
                | Special::Net,
            ),
            "Name",
        ) => vec!["MSExchangeTransport".to_owned()],
        (
            Action::Special(Special::GetSclbenchSetting | Special::SetSclbenchSetting),
            "Key",
        ) => crate::keys::all(policy).into_iter().map(|(key, _)| key).collect(),
        (Action::Entry(list, _), "Identity") => {
            let objects = list.objects(policy, &[]);
            let key = |object: &crate::Object| object.get(list.key()).map(Value::text);
            objects.iter().filter_map(key).map(|key| quoted(&key)).collect()
        }
        (Action::Special(_), "Property" | "FilterScript" | "ExpandProperty") => {
            properties(policy, line)
        }
        _ => match parameter.takes {
            Takes::Value(kind) => kind.examples(),
            Takes::Nothing | Takes::Anything => Vec::new(),
        },
    }
}

/// The properties of what the first command of the line gives.
fn properties(policy: &PolicySpec, line: &str) -> Vec<String> {
    let first = line.split('|').next().unwrap_or_default();
    let name = words(first).first().copied().unwrap_or_default();
    let object = match find(name).map(|cmdlet| cmdlet.action) {
        Some(Action::Get(config)) => Some(config.object(policy)),
        Some(Action::Entry(list, _)) => list.objects(policy, &[]).into_iter().next(),
        Some(Action::Mailbox(mailboxes, _)) => {
            Some(mailboxes.object("", &mail::MailboxSettings::default()))
        }
        Some(Action::Set(_) | Action::Special(_) | Action::Refused(_)) | None => None,
    };
    let names = object.map(|object| object.properties).unwrap_or_default();
    names.into_iter().map(|(name, _)| name).collect()
}

/// The command that a line ends in, and its last word; quotes are minded.
fn last_command(line: &str) -> (&str, &str) {
    let (mut command, mut word) = (0, 0);
    let mut quote: Option<char> = None;
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"') => {
                quote = Some(c);
                word = at;
            }
            None if matches!(c, '|' | ';' | '{' | '(') => {
                command = at + c.len_utf8();
                word = command;
            }
            None if c.is_whitespace() || c == ':' || c == ',' => word = at + c.len_utf8(),
            None => {}
        }
    }
    let command = &line[command..];
    let skipped = command.len() - command.trim_start().len();
    (&command[skipped.min(command.len())..], &line[word..])
}

/// Words of a command; a quoted one counts as one.
fn words(command: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let (mut start, mut quote) = (None, None);
    for (at, c) in command.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c.is_whitespace() || c == ':' => {
                if let Some(start) = start.take() {
                    all.push(&command[start..at]);
                }
                continue;
            }
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None => {}
        }
        start.get_or_insert(at);
    }
    all.extend(start.map(|start| &command[start..]));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        complete(&PolicySpec::default(), line, line.len()).words
    }

    #[test]
    fn cmdlets_parameters_and_values_are_offered() {
        assert_eq!(words("set-contentf"), ["Set-ContentFilterConfig"]);
        let parameters = words("Set-ContentFilterConfig -SCLR");
        assert_eq!(parameters, ["-SCLRejectThreshold", "-SCLRejectEnabled"]);
        assert_eq!(words("Set-ContentFilterConfig -SCLRejectEnabled $f"), ["$false"]);
        assert_eq!(words("Set-ContentFilterConfig -SCLRejectEnabled:$t"), ["$true"]);
        assert_eq!(words("Set-TransportAgent 'Edge"), ["'Edge Rule Agent'"]);
        assert_eq!(words("Set-SenderIdConfig -SpoofedDomainAction Rej"), ["Reject"]);
        assert_eq!(words("Remove-AttachmentFilterEntry FileName:*.ex"), [""; 0]);
    }

    #[test]
    fn the_word_starts_where_it_is_typed() {
        let line = "Get-ContentFilterConfig | Select SCLD";
        let found = complete(&PolicySpec::default(), line, line.len());
        assert_eq!(&line[found.start..], "SCLD");
        assert_eq!(found.words, ["SCLDeleteThreshold", "SCLDeleteEnabled"]);
    }
}
