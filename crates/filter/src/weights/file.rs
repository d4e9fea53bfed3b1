//! The custom weighting file, `MSExchange.UceContentFilter.xml`. Source: specification 6.3.
//!
//! UTF-16 with a byte order mark, root `CustomWeightEntries` in its namespace, one
//! `CustomWeightEntry` with `Type`, `Change` and `Text` per weight. Document types and outside
//! entities are refused, so that a file can neither grow nor fetch anything.

use std::borrow::Cow;

use roxmltree::{Document, Node};

use super::{WeightChange, WeightEntry, WeightPart};
use crate::WeightFileError;

/// Most bytes of a custom weighting file: a bound of ours, far above any list kept by hand.
pub const MAX_WEIGHT_FILE_BYTES: usize = 16 << 20;

const NAMESPACE: &str = "http://schemas.microsoft.com/2005/CustomWeight";

impl WeightEntry {
    /// The entries of a custom weighting file, in its order.
    ///
    /// # Errors
    ///
    /// [`WeightFileError`] where the file is too large, not UTF-16, no XML, or holds what is
    /// no entry.
    pub fn read_file(bytes: &[u8]) -> Result<Vec<Self>, WeightFileError> {
        if bytes.len() > MAX_WEIGHT_FILE_BYTES {
            let (found, limit) = (bytes.len(), MAX_WEIGHT_FILE_BYTES);
            return Err(WeightFileError::TooLarge { found, limit });
        }
        let text = unicode(bytes).ok_or(WeightFileError::NotUnicode)?;
        let document = Document::parse(&text)
            .map_err(|error| WeightFileError::Xml(error.to_string()))?;
        let root = document.root_element();
        if !root.has_tag_name((NAMESPACE, "CustomWeightEntries")) {
            let problem = format!("the root is `{}`", name(root));
            return Err(at(root, problem, ROOT));
        }
        root.children().filter(Node::is_element).map(entry).collect()
    }
}

const ROOT: &str = "write `<CustomWeightEntries \
                    xmlns=\"http://schemas.microsoft.com/2005/CustomWeight\">`";
const ENTRY: &str =
    "write `<CustomWeightEntry Type=\"BODY\" Change=\"1\" Text=\"words\"/>`";

/// The text of UTF-16 with a byte order mark.
fn unicode(bytes: &[u8]) -> Option<String> {
    let (mark, rest) = bytes.split_at_checked(2)?;
    let unit: fn([u8; 2]) -> u16 = match mark {
        [0xff, 0xfe] => u16::from_le_bytes,
        [0xfe, 0xff] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, rest) = rest.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    if rest.is_empty() { String::from_utf16(&units).ok() } else { None }
}

fn entry(node: Node<'_, '_>) -> Result<WeightEntry, WeightFileError> {
    if !node.has_tag_name((NAMESPACE, "CustomWeightEntry")) {
        let problem = format!("`{}` is no entry", name(node));
        return Err(at(node, problem, ENTRY));
    }
    let attribute = |name: &str| {
        let found = node.attribute(name);
        found.ok_or_else(|| at(node, format!("an entry without `{name}`"), ENTRY))
    };
    let (kind, change) = (attribute("Type")?, attribute("Change")?);
    let part = match kind.trim().to_ascii_uppercase().as_str() {
        "BODY" => WeightPart::Body,
        "SUBJECT" => WeightPart::Subject,
        "BOTH" => WeightPart::Both,
        _ => {
            let problem = format!("type `{}`", short(kind));
            return Err(at(node, problem, "use BODY, SUBJECT or BOTH"));
        }
    };
    let change = match change.trim().to_ascii_uppercase().as_str() {
        "MIN" => WeightChange::Min,
        "MAX" => WeightChange::Max,
        number => WeightChange::Add(number.parse().map_err(|_| {
            let problem = format!("change `{}`", short(change));
            at(node, problem, "use a whole number, MIN or MAX")
        })?),
    };
    Ok(WeightEntry { part, change, text: attribute("Text")?.to_owned() })
}

fn name<'n>(node: Node<'n, '_>) -> Cow<'n, str> {
    short(node.tag_name().name())
}

/// A text of the file, cut to what a line of an error has room for.
fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(40) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

fn at(node: Node<'_, '_>, problem: String, cure: &'static str) -> WeightFileError {
    let line = node.document().text_pos_at(node.range().start).row;
    let problem = problem.replace(char::is_control, " ");
    WeightFileError::Entry { line, problem, cure }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\n<CustomWeightEntries \
                        xmlns=\"http://schemas.microsoft.com/2005/CustomWeight\">\n";

    fn little(text: &str) -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    }

    fn big(text: &str) -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_be_bytes).collect()
    }

    fn file(entries: &str) -> String {
        format!("{HEAD}{entries}</CustomWeightEntries>")
    }

    fn error(entries: &str) -> String {
        WeightEntry::read_file(&little(&file(entries))).unwrap_err().to_string()
    }

    #[test]
    fn entries_are_read_in_either_byte_order() {
        let text = file(
            "<!-- ours -->\n\
             <CustomWeightEntry Type=\"BODY\" Change=\"2\" Text=\"cheap &amp; quick\"/>\n\
             <CustomWeightEntry Type=\"SUBJECT\" Change=\"MIN\" Text=\"Größe\"/>\n\
             <CustomWeightEntry Type=\"BOTH\" Change=\"MAX\" Text=\"x\"></CustomWeightEntry>\n\
             <CustomWeightEntry Type=\"both\" Change=\"-3\" Text=\"y\"/>\n",
        );
        let entry =
            |part, change, text: &str| WeightEntry { part, change, text: text.into() };
        let expected = [
            entry(WeightPart::Body, WeightChange::Add(2), "cheap & quick"),
            entry(WeightPart::Subject, WeightChange::Min, "Größe"),
            entry(WeightPart::Both, WeightChange::Max, "x"),
            entry(WeightPart::Both, WeightChange::Add(-3), "y"),
        ];
        for bytes in [little(&text), big(&text)] {
            assert_eq!(WeightEntry::read_file(&bytes).unwrap(), expected);
        }
        assert!(WeightEntry::read_file(&little(&file(""))).unwrap().is_empty());
    }

    #[test]
    fn other_encodings_are_refused() {
        let text = file("");
        let cut = |bytes: &[u8]| bytes[..bytes.len() - 1].to_vec();
        let lone = [little("<a>").as_slice(), &[0x00, 0xd8]].concat();
        for bytes in [text.as_bytes().to_vec(), Vec::new(), cut(&little(&text)), lone] {
            assert_eq!(WeightEntry::read_file(&bytes), Err(WeightFileError::NotUnicode));
        }
    }

    #[test]
    fn what_is_no_entry_is_named_with_its_line() {
        let line = "<CustomWeightEntry Type=\"BODY\" Change=\"1\" Text=\"x\"/>\n";
        for (old, new, found) in [
            ("BODY", "HEADER", "line 4: type `HEADER`; use BODY, SUBJECT or BOTH"),
            ("\"1\"", "\"1.5\"", "line 4: change `1.5`; use a whole number, MIN or MAX"),
            ("Text=", "Texts=", "line 4: an entry without `Text`; write `<Custom"),
            ("CustomWeightEntry", "Weight", "line 4: `Weight` is no entry; write `<C"),
        ] {
            let found_now = error(&(line.to_owned() + &line.replace(old, new)));
            assert!(found_now.starts_with(found), "{found_now}");
        }
        let other = "<a xmlns=\"http://schemas.microsoft.com/2005/CustomWeight\"/>";
        let root = WeightEntry::read_file(&little(other)).unwrap_err().to_string();
        assert!(root.starts_with("line 1: the root is `a`; write `<Custom"), "{root}");
        assert!(error("<").contains("correct the XML"));
    }

    #[test]
    fn entities_cannot_make_a_file_grow() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
        let error = WeightEntry::read_file(&little(bomb)).unwrap_err();
        assert!(matches!(error, WeightFileError::Xml(_)), "{error}");
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_bad(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = WeightEntry::read_file(&bytes);
            let text = String::from_utf8_lossy(&bytes);
            let _ = WeightEntry::read_file(&little(&file(&text)));
        }
    }
}
