//! Text from outside inside a script.

use crate::Value;
use crate::row::Kind;

/// A value of a parameter as a script writes it.
pub(crate) fn literal(value: &Value, kind: Kind) -> String {
    match value {
        Value::Null => "$null".to_owned(),
        Value::Bool(true) => "$true".to_owned(),
        Value::Bool(false) => "$false".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) if matches!(kind, Kind::Word(_) | Kind::MaybeWord(_)) => {
            text.clone()
        }
        Value::List(all) if all.is_empty() => "$null".to_owned(),
        Value::List(all) => {
            let all: Vec<_> =
                all.iter().map(|value| text_literal(&value.text())).collect();
            all.join(",")
        }
        other => text_literal(&other.text()),
    }
}

/// Text in single quotes; in double quotes with escapes where it has line ends or tabs.
fn text_literal(text: &str) -> String {
    if !text.contains(['\n', '\r', '\t']) {
        return quoted(text);
    }
    let inner: String = text
        .chars()
        .flat_map(|c| match c {
            '\n' => vec!['`', 'n'],
            '\r' => vec!['`', 'r'],
            '\t' => vec!['`', 't'],
            '`' | '$' | '"' | '\u{201c}'..='\u{201e}' => vec!['`', c],
            c if breaks_line(c) => Vec::new(),
            c => vec![c],
        })
        .collect();
    format!("\"{inner}\"")
}

/// A single-quoted string of the language: nothing inside is expanded, a quote is doubled.
/// Characters that could end the line or the string are taken out: the language also takes
/// the typographic single quotes for quotes.
pub fn quoted(text: &str) -> String {
    let inner: String = text
        .chars()
        .filter(|c| !breaks_line(*c))
        .flat_map(|c| match c {
            '\'' | '\u{2018}'..='\u{201b}' => vec![c, c],
            c => vec![c],
        })
        .collect();
    format!("'{inner}'")
}

/// A comment line; text from outside cannot leave it.
pub fn comment(text: &str) -> String {
    let inner: String =
        text.chars().map(|c| if breaks_line(c) { ' ' } else { c }).collect();
    // The shell takes the text after `# SIG #` for a signature of the script.
    format!("# {}", inner.replace("SIG #", "SIG")).trim_end().to_owned()
}

fn breaks_line(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(quoted("it's"), "'it''s'");
        assert_eq!(comment("a\r\nrm\u{2028}b\u{85}c"), "# a  rm b c");
        assert_eq!(comment("SIG # Begin signature block"), "# SIG Begin signature block");
        assert_eq!(quoted("a\u{2019}; rm"), "'a\u{2019}\u{2019}; rm'");
    }

    proptest! {
        #[test]
        fn a_comment_is_one_line(text in any::<String>()) {
            let line = comment(&text);
            prop_assert!(line.starts_with('#'));
            prop_assert!(!line.contains(breaks_line));
        }

        #[test]
        fn a_string_ends_where_it_should(text in any::<String>()) {
            let quoted = quoted(&text);
            let inner = &quoted[1..quoted.len() - 1];
            let is_quote = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
            let runs: Vec<&str> =
                inner.split(|c: char| !is_quote(c)).filter(|run| !run.is_empty()).collect();
            prop_assert!(runs.iter().all(|run| run.chars().count() % 2 == 0));
            prop_assert!(!inner.contains(breaks_line));
        }
    }
}
