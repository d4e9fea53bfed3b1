//! One cell of a CSV file whose text may come from a message.

use std::borrow::Cow;

/// The text as one CSV cell: quoted where it has to be, without control characters, and with
/// an apostrophe before what a spreadsheet would take as a formula.
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let special = |c: char| c == ',' || c == '"' || c == '\'' || c.is_control();
    if !formula && !text.contains(special) && text.trim() == text {
        return Cow::Borrowed(text);
    }
    let clean = text.replace('"', "\"\"").replace(char::is_control, " ");
    let mark = if formula { "'" } else { "" };
    Cow::Owned(format!("\"{mark}{clean}\""))
}

#[cfg(test)]
mod tests {
    use super::csv_cell;

    #[test]
    fn text_from_mail_stays_text() {
        assert_eq!(csv_cell("easy_ham"), "easy_ham");
        assert_eq!(csv_cell("a,\"b\"\nc"), "\"a,\"\"b\"\" c\"");
        assert_eq!(csv_cell("=cmd|' /C calc'!A0"), "\"'=cmd|' /C calc'!A0\"");
        assert_eq!(csv_cell("-1+1"), "\"'-1+1\"");
        assert_eq!(csv_cell("\t=1"), "\"' =1\"");
    }
}
