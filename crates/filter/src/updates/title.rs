//! Titles of filter updates, in the nine forms that are known.
//!
//! An update service tells updates apart by title only, in the server's language. The
//! administrators' script of the time compared alphabetically instead of by prefix, so that
//! nearly any title matched; here a title matches where it starts with one of the nine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::UpdateError;

/// A form of the title.
///
/// Which of the two Chinese forms is traditional is not documented; their assignment here
/// decides nothing, because a title is matched against all nine.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
    /// French.
    Fr,
    /// German.
    De,
    /// Japanese.
    Ja,
    /// Spanish.
    Es,
    /// Italian.
    It,
    /// Chinese, the form that begins with the product's word for update.
    ZhTw,
    /// Chinese, the form that begins with the product's name.
    ZhCn,
}

impl Language {
    /// All nine.
    pub const ALL: [Self; 9] = [
        Self::En,
        Self::Ko,
        Self::Fr,
        Self::De,
        Self::Ja,
        Self::Es,
        Self::It,
        Self::ZhTw,
        Self::ZhCn,
    ];

    /// What the title of every filter update begins with in this language. Source:
    /// specification section 6.6.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::En => "Update for Intelligent Message Filter for Exchange Server 2003:",
            Self::Ko => "Exchange Server 2003 Intelligent Message Filter 용 핫픽스:",
            Self::Fr => {
                "Mise à jour pour Intelligent Message Filter pour Exchange Server 2003:"
            }
            Self::De => "Update für Intelligent Message Filter für Exchange Server 2003:",
            Self::Ja => {
                "Exchange Server 2003 Intelligent Message Filter 用 更新プログラム(KB907747):"
            }
            Self::Es => {
                "Actualización para Intelligent Message Filter para Exchange Server 2003:"
            }
            Self::It => {
                "Aggiornamento per Intelligent Message Filter per Exchange Server 2003:"
            }
            Self::ZhTw => "更新 for Exchange Server 2003 Intelligent Message Filter:",
            Self::ZhCn => "Exchange Server 2003 Intelligent Message Filter 的 更新:",
        }
    }
}

/// Whether a title, in any of the nine forms, is that of a filter update.
pub fn is_filter_update(title: &str) -> bool {
    Language::ALL.iter().any(|language| title.starts_with(language.prefix()))
}

/// A title has at most this many characters.
const MAX_TITLE_CHARS: usize = 200;

/// The nine titles of one filter update: each form's prefix and the same end.
pub(super) fn filter_titles(end: &str) -> BTreeMap<Language, String> {
    let title = |language: Language| (language, format!("{} {end}", language.prefix()));
    Language::ALL.into_iter().map(title).collect()
}

/// Refuses titles that are empty, too long or could steer a terminal, and sets of titles
/// that are half those of a filter update.
pub(super) fn check(
    place: &str,
    titles: &BTreeMap<Language, String>,
) -> Result<(), UpdateError> {
    let invalid =
        |problem: String| UpdateError::Invalid { place: place.to_owned(), problem };
    for language in Language::ALL {
        let Some(title) = titles.get(&language) else {
            return Err(invalid(format!(
                "the title in form `{}` is missing; build the update again",
                name(language)
            )));
        };
        let long = title.chars().count() > MAX_TITLE_CHARS;
        if title.trim().is_empty() || long || title.chars().any(char::is_control) {
            return Err(invalid(format!(
                "the title in form `{}` is empty, longer than {MAX_TITLE_CHARS} characters \
                 or has control characters; build the update again",
                name(language)
            )));
        }
    }
    let of_filter = titles.values().filter(|title| is_filter_update(title)).count();
    if of_filter != 0 && of_filter != titles.len() {
        return Err(invalid(
            "some of its titles are those of a filter update and some are not; build the \
             update again"
                .to_owned(),
        ));
    }
    Ok(())
}

fn name(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::Ko => "ko",
        Language::Fr => "fr",
        Language::De => "de",
        Language::Ja => "ja",
        Language::Es => "es",
        Language::It => "it",
        Language::ZhTw => "zh-tw",
        Language::ZhCn => "zh-cn",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_match_by_prefix_in_all_nine_forms() {
        for language in Language::ALL {
            let title = format!("{} (6.5.7757.0)", language.prefix());
            assert!(is_filter_update(&title), "{title}");
            assert!(!is_filter_update(&format!("x{title}")), "{title}");
            let cut: String = {
                let chars: Vec<char> = language.prefix().chars().collect();
                chars[..chars.len() - 1].iter().collect()
            };
            assert!(!is_filter_update(&cut), "{cut}");
        }
    }

    #[test]
    fn a_title_that_only_sorts_after_a_prefix_does_not_match() {
        // The comparison of the time took these: they sort after `Update for …`.
        for title in ["Update for Outlook", "Windows Server 2003 update", "更新"] {
            assert!(!is_filter_update(title), "{title}");
        }
    }

    #[test]
    fn mixed_titles_are_refused() {
        let mut titles = filter_titles("x");
        assert!(check("feed", &titles).is_ok());
        titles.insert(Language::Fr, "Autre chose".to_owned());
        let error = check("feed", &titles).unwrap_err().to_string();
        assert!(error.contains("some of its titles"), "{error}");
        titles.insert(Language::Fr, "a\u{1b}[31m".to_owned());
        assert!(check("feed", &titles).is_err());
        titles.remove(&Language::Fr);
        assert!(check("feed", &titles).unwrap_err().to_string().contains("`fr`"));
    }

    #[test]
    fn names_are_the_keys_of_the_file() {
        for language in Language::ALL {
            let key = serde_json::to_string(&language).unwrap();
            assert_eq!(key, format!("\"{}\"", name(language)));
        }
    }
}
