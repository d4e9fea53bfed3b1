//! The language of a message's text.

use mail::Message;

/// Characters that are looked at: trigrams settle within a few hundred.
const TEXT: usize = 2000;
/// Fewest letters for an answer; shorter texts are told wrong too often.
const FEWEST_LETTERS: usize = 30;

/// The language of the message's decoded text (subject, then body), as an ISO 639-3 code;
/// `None` where the text is too short or the detector is not sure.
///
/// By the trigram statistics of `whatlang` (69 languages, no dictionary). Links and
/// addresses are left out: they are no language.
pub fn language(message: &Message) -> Option<&'static str> {
    let words = message.subject.split_whitespace().chain(message.body.split_whitespace());
    let prose = |word: &&str| !word.contains(['/', '@', '=', '<', '>']);
    let mut text = String::new();
    for word in words.filter(prose) {
        if text.len() >= TEXT {
            break;
        }
        text.extend(word.chars().take(40));
        text.push(' ');
    }
    if text.chars().filter(|c| c.is_alphabetic()).count() < FEWEST_LETTERS {
        return None;
    }
    whatlang::detect(&text)
        .filter(|found| found.is_reliable())
        .map(|found| found.lang().code())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(subject: &str, body: &str) -> Option<&'static str> {
        let message =
            Message { subject: subject.into(), body: body.into(), ..Message::default() };
        language(&message)
    }

    #[test]
    fn a_few_sentences_tell_the_language() {
        let english = "Please find the report of last week below; we would like to hear \
                       what you think about it before the meeting on Thursday.";
        let german = "Anbei findest du den Bericht der letzten Woche; wir würden gern vor \
                      der Besprechung am Donnerstag wissen, was du davon hältst.";
        let russian =
            "Пожалуйста, посмотрите отчёт за прошлую неделю до встречи в четверг.";
        assert_eq!(of("Report", english), Some("eng"));
        assert_eq!(of("Bericht", german), Some("deu"));
        assert_eq!(of("", russian), Some("rus"));
    }

    #[test]
    fn too_little_text_tells_nothing() {
        assert_eq!(
            of("Hi", "https://example.com/a-long-address-that-is-no-language"),
            None
        );
        assert_eq!(of("", ""), None);
        assert_eq!(of("", &"1234567890 ".repeat(400)), None);
    }
}
