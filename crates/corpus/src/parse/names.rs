//! Names of header fields.

use mail_parser::HeaderName;

/// The fields that are more than a text.
pub(super) enum Name {
    Subject,
    From,
    To,
    Cc,
    Sender,
    ResentSender,
    ResentFrom,
    Mime(HeaderName<'static>),
    Other,
}

impl Name {
    pub(super) fn of(name: &[u8]) -> Self {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        match name.len() {
            2 if is("To") => Self::To,
            2 if is("Cc") => Self::Cc,
            4 if is("From") => Self::From,
            6 if is("Sender") => Self::Sender,
            7 if is("Subject") => Self::Subject,
            11 if is("Resent-From") => Self::ResentFrom,
            12 if is("Content-Type") => Self::Mime(HeaderName::ContentType),
            13 if is("Resent-Sender") => Self::ResentSender,
            19 if is("Content-Disposition") => Self::Mime(HeaderName::ContentDisposition),
            25 if is("Content-Transfer-Encoding") => {
                Self::Mime(HeaderName::ContentTransferEncoding)
            }
            _ => Self::Other,
        }
    }
}

/// A name in its usual spelling needs no memory of its own.
pub(super) fn usual(name: &[u8]) -> Option<&'static str> {
    usual_of(name.len()).iter().copied().find(|known| known.as_bytes() == name)
}

/// Usual names of this length.
const fn usual_of(length: usize) -> &'static [&'static str] {
    match length {
        2 => &["To", "Cc"],
        4 => &["From", "Date"],
        6 => &["Sender"],
        7 => &["Subject", "List-Id"],
        8 => &["Received", "Reply-To", "X-Mailer"],
        9 => &["List-Help", "List-Post"],
        10 => &["Message-Id", "Message-ID", "References", "Precedence", "X-Priority"],
        11 => &["Return-Path", "In-Reply-To", "Resent-From"],
        12 => &["Content-Type", "MIME-Version", "Mime-Version", "Delivered-To"],
        13 => &["Resent-Sender"],
        14 => &["DKIM-Signature"],
        16 => &["List-Unsubscribe"],
        19 => &["Content-Disposition"],
        22 => &["Authentication-Results"],
        25 => &["Content-Transfer-Encoding"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_stand_at_their_length() {
        let listed: Vec<_> = (0..40).flat_map(usual_of).copied().collect();
        assert!(listed.iter().all(|name| usual(name.as_bytes()) == Some(name)));
        assert_eq!(listed.len(), 30);
    }
}
