//! A message as the engine sees it.

use std::sync::LazyLock;

use mail::{Message, Timestamp};

static UNPARSED: LazyLock<Message> = LazyLock::new(Message::default);

/// One message to score or to learn: its raw bytes and their parse.
///
/// The model reads the raw bytes only; phrases and weights read the decoded subject and
/// body, recorded stamps read the decoded header fields as they arrived.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    raw: &'a [u8],
    message: &'a Message,
    time: Option<Timestamp>,
}

impl<'a> Document<'a> {
    /// A message; `raw` is without an mbox `From ` line and `message` is its parse.
    pub fn new(raw: &'a [u8], message: &'a Message) -> Self {
        Self { raw, message, time: None }
    }

    /// A message without a parse, enough to train and to ask the model: stamps, phrases and
    /// weights find nothing in it.
    pub fn unparsed(raw: &'a [u8]) -> Self {
        Self { raw, message: &UNPARSED, time: None }
    }

    /// The same message, met at `time`: which definitions score it may depend on that.
    #[must_use]
    pub fn at(self, time: Timestamp) -> Self {
        Self { time: Some(time), ..self }
    }

    /// When it was met, where that was stated.
    pub fn time(&self) -> Option<Timestamp> {
        self.time
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
