//! Words in texts.

/// Whether `text` holds `word` with no letter or digit right before or after it, in any
/// letter case. A side of the word that is itself no letter or digit needs no border.
pub(super) fn holds(text: &str, word: &str) -> bool {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let word: Vec<char> = word.to_lowercase().chars().collect();
    (0..text.len()).any(|at| {
        let end = at + word.len();
        if text.get(at..end) != Some(word.as_slice()) {
            return false;
        }
        let letter = |at: Option<usize>| {
            at.and_then(|at| text.get(at)).is_some_and(|c| c.is_alphanumeric())
        };
        let cut_before = word[0].is_alphanumeric() && letter(at.checked_sub(1));
        let cut_after = word[word.len() - 1].is_alphanumeric() && letter(Some(end));
        !cut_before && !cut_after
    })
}

/// The text with one space wherever there is white space.
pub(super) fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn holds_any(text: &str, words: &[String]) -> bool {
    words.iter().any(|word| holds(text, word))
}

/// The part after the last `@`.
pub(super) fn domain(email: &str) -> &str {
    email.rsplit('@').next().filter(|_| email.contains('@')).unwrap_or("")
}

pub(super) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Whether `domain` is `parent` or below it.
pub(super) fn below(domain: &str, parent: &str) -> bool {
    let (domain, parent) = (domain.to_ascii_lowercase(), parent.to_ascii_lowercase());
    domain == parent || domain.ends_with(&format!(".{parent}"))
}

/// Whether a bypass list of domains holds `domain`: `*.d` is `d` and all below it.
pub(super) fn listed_domain(list: &[String], domain: &str) -> bool {
    list.iter().any(|entry| match entry.strip_prefix("*.") {
        Some(parent) => below(domain, parent),
        None => same(entry, domain),
    })
}

pub(super) fn listed(list: &[String], email: &str) -> bool {
    list.iter().any(|entry| same(entry, email))
}

/// Entries in the order in which they run: one after the other takes the place that it names,
/// counted from `first`, and moves the others down; without a place it comes last.
pub(super) fn in_order<T>(
    list: &[T],
    first: usize,
    place: impl Fn(&T) -> Option<usize>,
) -> Vec<&T> {
    let mut ordered: Vec<&T> = Vec::new();
    for entry in list {
        let at = place(entry).map_or(ordered.len(), |place| place - first);
        let behind = ordered.split_off(at);
        ordered.push(entry);
        ordered.extend(behind);
    }
    ordered
}
