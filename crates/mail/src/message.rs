//! A parsed message as plain data.

use std::borrow::Cow;
use std::ops::Range;

use crate::Address;

/// One header field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// Field name as written; borrowed where it is a usual one in its usual spelling.
    pub name: Cow<'static, str>,
    /// Value, unfolded and MIME-decoded.
    pub value: String,
}

/// One attachment: a part that is not the message's own text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attachment {
    /// File name, decoded; empty where none is given.
    pub name: String,
    /// `type/subtype` in lower case; empty where none is given.
    pub content_type: String,
    /// Decoded size in bytes.
    pub size: u32,
    /// Bytes of the whole part (headers and body) in the raw message.
    pub range: Range<u32>,
    /// Names of the files inside, where the attachment is a zip archive.
    pub inside: Vec<String>,
}

/// A message after MIME parsing.
///
/// `X-MS-Exchange-Organization-*` fields stand among the headers until the pipeline's header
/// firewall sets them apart from what agents see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Every header field, in order.
    pub headers: Vec<Header>,
    /// Header fields that the firewall took on arrival, in order: nothing to agents, but
    /// another server's rating may stand there.
    pub firewalled: Vec<Header>,
    /// How many of the raw bytes are such fields.
    pub firewalled_bytes: usize,
    /// The subject, decoded; empty where there is none.
    pub subject: String,
    /// Addresses of From.
    pub from: Vec<Address>,
    /// Address of Sender.
    pub sender: Option<Address>,
    /// Address of the first Resent-Sender.
    pub resent_sender: Option<Address>,
    /// First address of the first Resent-From.
    pub resent_from: Option<Address>,
    /// Addresses of To.
    pub to: Vec<Address>,
    /// Addresses of Cc.
    pub cc: Vec<Address>,
    /// All text parts, decoded and joined by line feeds (HTML as plain text).
    pub body: String,
    /// Attachments in order of appearance.
    pub attachments: Vec<Attachment>,
}

impl Message {
    /// The decoded values of every field called `name`, ignoring ASCII case.
    pub fn header<'m>(&'m self, name: &'m str) -> impl Iterator<Item = &'m str> {
        self.headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
    }

    /// [`header`](Self::header) as the field arrived: what the firewall took comes first.
    pub fn arrived<'m>(&'m self, name: &'m str) -> impl Iterator<Item = &'m str> {
        let taken = self.firewalled.iter();
        taken
            .filter(move |header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
            .chain(self.header(name))
    }
}

/// Something that parses raw messages; the `corpus` crate has the one implementation.
pub trait Parse: Sync {
    /// Parses `raw`; `None` where it is no message at all.
    fn parse(&self, raw: &[u8]) -> Option<Message>;

    /// Parses `raw`, which a change made of the message `before` with this parse. Gives what
    /// [`parse`](Self::parse) gives; what did not change need not be read again.
    fn parse_again(
        &self,
        raw: &[u8],
        (before, parsed): (&[u8], &Message),
    ) -> Option<Message> {
        let _ = (before, parsed);
        self.parse(raw)
    }
}
