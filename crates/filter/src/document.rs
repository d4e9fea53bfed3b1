//! A message as the engine sees it.

use std::sync::LazyLock;

use mail::Message;

static UNPARSED: LazyLock<Message> = LazyLock::new(Message::default);

/// One message to score or to learn: its raw bytes and their parse.
///
/// The model and recorded stamps read the raw bytes only; phrases and weights read the
/// decoded subject and body.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    raw: &'a [u8],
    message: &'a Message,
}

impl<'a> Document<'a> {
    /// A message; `raw` is without an mbox `From ` line and `message` is its parse.
    pub fn new(raw: &'a [u8], message: &'a Message) -> Self {
        Self { raw, message }
    }

    /// A message without a parse, enough to train and to ask the model or a stamp: phrases
    /// and weights find nothing in it.
    pub fn unparsed(raw: &'a [u8]) -> Self {
        Self { raw, message: &UNPARSED }
    }

    /// The bytes as read.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The parse.
    pub fn message(&self) -> &'a Message {
        self.message
    }
}
