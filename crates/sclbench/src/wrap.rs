//! Text for a terminal of 80 columns.

/// Most columns of a line.
const WIDTH: usize = 80;

/// `head` and the words behind it, wrapped at 80 columns; further lines begin under the first
/// word. A word that is longer than a line is cut.
pub(crate) fn wrapped(head: &str, text: &str) -> Vec<String> {
    let indent = head.chars().count();
    let room = WIDTH.saturating_sub(indent).max(20);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for piece in letters.chunks(room) {
            if used > 0 && used + 1 + piece.len() > room {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.extend(piece);
            used += piece.len();
        }
    }
    lines.push(line);
    let first =
        |number: usize| if number == 0 { head.to_owned() } else { " ".repeat(indent) };
    lines.iter().enumerate().map(|(number, line)| first(number) + line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_before_column_80_and_long_words_are_cut() {
        let lines =
            wrapped("  from    ", &format!("{} {}", "a".repeat(90), "word ".repeat(30)));
        assert!(lines.iter().all(|line| line.chars().count() <= 80));
        assert!(
            lines[0].starts_with("  from    aaa") && lines[1].starts_with("          a")
        );
        assert_eq!(wrapped("x ", ""), ["x "]);
    }
}
