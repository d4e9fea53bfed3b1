//! Character sets of message texts.

use std::borrow::Cow;

use crate::generate::dice::Dice;
use crate::generate::texts::Lang;

/// A character set a message is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    Ascii,
    Utf8,
    EucKr,
    Latin1,
    Windows1252,
}

impl Charset {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ascii => "us-ascii",
            Self::Utf8 => "utf-8",
            Self::EucKr => "euc-kr",
            Self::Latin1 => "iso-8859-1",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// One that people use for a language.
    pub(super) fn choose(lang: Lang, dice: &mut Dice) -> Self {
        match lang {
            Lang::English if dice.chance(0.3) => Self::Ascii,
            Lang::English if dice.chance(0.25) => Self::Latin1,
            Lang::Korean if dice.chance(0.4) => Self::EucKr,
            Lang::German | Lang::Portuguese if dice.chance(0.3) => Self::Latin1,
            Lang::German | Lang::Portuguese | Lang::English if dice.chance(0.2) => {
                Self::Windows1252
            }
            _ => Self::Utf8,
        }
    }

    /// This character set where it has every character of `text`, else UTF-8.
    pub(super) fn fitting(self, text: &str) -> Self {
        let fits = match self {
            Self::Utf8 => true,
            Self::Ascii => text.is_ascii(),
            Self::Latin1 => text.chars().all(|c| u32::from(c) < 256),
            Self::Windows1252 => !encoding_rs::WINDOWS_1252.encode(text).2,
            Self::EucKr => !encoding_rs::EUC_KR.encode(text).2,
        };
        if fits { self } else { Self::Utf8 }
    }

    /// `text`, which must [fit](Self::fitting), in this character set.
    pub(super) fn encode(self, text: &str) -> Cow<'_, [u8]> {
        match self {
            Self::Utf8 | Self::Ascii => Cow::Borrowed(text.as_bytes()),
            Self::Latin1 => text.chars().filter_map(|c| u8::try_from(c).ok()).collect(),
            Self::Windows1252 => encoding_rs::WINDOWS_1252.encode(text).0,
            Self::EucKr => encoding_rs::EUC_KR.encode(text).0,
        }
    }
}
