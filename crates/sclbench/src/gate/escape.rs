//! Text made safe for the place it goes to.

/// For XML text and attributes; characters that XML cannot hold become U+FFFD.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\r' | '\t' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// For one line of Markdown, table cells included: every character that could open markup,
/// a link or HTML is escaped.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{markdown, xml};

    #[test]
    fn nothing_opens_markup() {
        let text = "<b a=\"'\">&\u{1b}[x](y)|`*\nz\u{202e}";
        assert_eq!(
            xml(text),
            "&lt;b a=&quot;&apos;&quot;&gt;&amp;\u{fffd}[x](y)|`* z\u{202e}"
        );
        assert_eq!(
            markdown(text),
            "&lt;b a=\"'\"&gt;&amp; \\[x\\](y)\\|\\`\\* z\u{fffd}"
        );
    }
}
