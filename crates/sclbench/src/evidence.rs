//! An agent's evidence in plainer words than its debug form.
//!
//! Type names, wrappers and what is empty, false or absent are left out, so that only what
//! was found stays.

/// The debug form of some evidence, for people; `nothing` where nothing was found.
pub(crate) fn plain(debug: &str) -> String {
    let text = Reader { rest: debug }.value();
    if text.is_empty() { "nothing".to_owned() } else { text }
}

/// Reads the debug form from left to right.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// One value, in words; empty where it says nothing.
    fn value(&mut self) -> String {
        self.blanks();
        if self.takes('[') {
            return self.list();
        }
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let name = self.word();
        self.blanks();
        if self.takes('{') {
            self.fields()
        } else if self.takes('(') {
            self.wrapped(name)
        } else {
            match name {
                "None" | "false" | "0" | "Nowhere" | "Skipped" | "No" => String::new(),
                name => words(name),
            }
        }
    }

    /// `name: value, …}`: those that say something.
    fn fields(&mut self) -> String {
        let mut said = Vec::new();
        while !self.ends('}') {
            let name = words(self.word());
            self.takes(':');
            match self.value() {
                value if value.is_empty() => {}
                value if value == "true" => said.push(name),
                value => said.push(format!("{name} {value}")),
            }
        }
        said.join(", ")
    }

    /// `value, …)` behind a name that may say something itself.
    fn wrapped(&mut self, name: &str) -> String {
        let mut inner = Vec::new();
        while !self.ends(')') {
            // A zero inside a wrapper was found: it is a value, not an absence.
            self.blanks();
            let zero = self.rest.strip_prefix("0)").is_some();
            let value = self.value();
            inner.push(if zero { "0".to_owned() } else { value });
        }
        let inner = inner.join(", ");
        match name {
            "Some" | "Timestamp" | "Threshold" => inner,
            "Scl" => format!("SCL {inner}"),
            name if inner.is_empty() => words(name),
            name => format!("{} {inner}", words(name)),
        }
    }

    /// `value, …]`: numbered where there are several, and only those that say something.
    fn list(&mut self) -> String {
        let mut said = Vec::new();
        let mut number = 0;
        while !self.ends(']') {
            number += 1;
            let value = self.value();
            if !value.is_empty() {
                said.push((number, value));
            }
        }
        let of = |(at, value): (usize, String)| match (number, value.as_str()) {
            (1, "true") => "yes".to_owned(),
            (1, _) => value,
            (_, "true") => format!("#{at}"),
            _ => format!("#{at} ({value})"),
        };
        said.into_iter().map(of).collect::<Vec<_>>().join(" ")
    }

    fn quoted(&mut self) -> String {
        let inner = &self.rest[1..];
        let mut escaped = false;
        let end = inner.find(|c| {
            let end = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            end
        });
        let end = end.unwrap_or(inner.len());
        self.rest = inner.get(end + 1..).unwrap_or_default();
        inner[..end].to_owned()
    }

    fn word(&mut self) -> &'a str {
        self.blanks();
        let end =
            self.rest.find(|c| "{}()[],: \"".contains(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// Whether the enclosing value ends here; steps over a comma otherwise.
    fn ends(&mut self, close: char) -> bool {
        self.blanks();
        self.takes(',');
        self.blanks();
        if self.takes(close) || self.rest.is_empty() {
            return true;
        }
        // Whatever stands here that no value begins with would stop the reading.
        if self.rest.starts_with(|c| "{}()]:,".contains(c)) {
            self.rest = &self.rest[1..];
        }
        false
    }

    fn takes(&mut self, sign: char) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

/// `SoftFail` and `dns_questions` as words.
fn words(name: &str) -> String {
    let mut out = String::new();
    let mut last = ' ';
    for c in name.chars() {
        let starts = c.is_ascii_uppercase() && last.is_ascii_lowercase();
        if c == '_' || starts {
            out.push(' ');
        }
        if c != '_' {
            out.push(if starts { c.to_ascii_lowercase() } else { c });
        }
        last = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_found_is_told() {
        let of = |text| plain(text);
        assert_eq!(
            of("SenderIdEvidence { status: Some(SoftFail), questions: 3, exempt: [] }"),
            "status Soft fail, questions 3"
        );
        assert_eq!(
            of("Content { bypass: No, rated: Some(Content(Scl(2))), \
                recipients: [View { exempt: true, delete: Own { enabled: None } }, \
                View { exempt: false }] }"),
            "rated Content SCL 2, recipients #1 (exempt)"
        );
        assert_eq!(
            of("Listing { at: BlockEntry(0), bypassed: [false, true] }"),
            "at Block entry 0, bypassed #2"
        );
        assert_eq!(of("None"), "nothing");
        assert_eq!(of("[]"), "nothing");
        assert_eq!(of("Named { rule: \"a, \\\"b\" }"), "rule a, \\\"b");
    }

    #[test]
    fn broken_text_ends() {
        for text in ["", "{", "A {", "A { b: (", "[[[", ")]}", "A { : }", "\"x"] {
            let _ = plain(text);
        }
    }
}
