//! The stand-in for a trained filter: a level that anybody can read off a message, and that
//! every change an agent makes moves.

use filter::{Document, Rating, ScoreSource, Scratch};
use mail::{CaseId, Message, Scl};

/// The first digit of the subject; one more where the subject is tagged, an attachment is
/// there, or a rule has left its mark. `None` without a digit.
pub(crate) fn level(message: &Message) -> Option<i64> {
    let digit = message.subject.chars().find_map(|c| c.to_digit(10))?;
    let tagged = message.subject.contains("[tag]");
    let attached = !message.attachments.is_empty();
    let marked = message.header("X-Mark").next().is_some();
    let level = digit + u32::from(tagged) + u32::from(attached) + u32::from(marked);
    Some(i64::from(level.min(9)))
}

/// [`level`] as a source of scores.
pub(crate) struct BySubject;

impl ScoreSource for BySubject {
    fn rate(
        &self,
        _: CaseId,
        document: &Document<'_>,
        _: &mut Scratch,
    ) -> Option<Rating> {
        let level = level(document.message())?;
        let score = f64::from(i32::try_from(level).expect("a small level"));
        Some(Rating { score, scl: Scl::rating(level) })
    }
}
