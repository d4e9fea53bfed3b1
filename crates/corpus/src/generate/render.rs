//! From a draft to the bytes of a message as the receiving server stores it.

use crate::generate::calendar::rfc5322;
use crate::generate::cast::Server;
use crate::generate::charset::Charset;
use crate::generate::dice::Dice;
use crate::generate::draft::{Client, Draft, Mailbox, Shape};
use crate::generate::letter::Letter;
use crate::generate::mime::{Transfer, encoded_words};

/// Widest line of plain text.
const WIDTH: usize = 74;

/// Writes a message that `edge` received at `time`.
pub(super) fn render(
    draft: &Draft,
    edge: &Server,
    time: i64,
    dice: &mut Dice,
) -> Vec<u8> {
    let whole = [plain(&draft.letter), draft.letter.subject.clone()].concat();
    let charset = Charset::choose(draft.lang, dice).fitting(&whole);
    let transfer = match charset {
        Charset::Ascii => Transfer::Plain,
        Charset::EucKr => [Transfer::Base64, Transfer::Plain][dice.weighted(&[3.0, 1.0])],
        Charset::Utf8 | Charset::Latin1 | Charset::Windows1252 => {
            let kinds = [Transfer::QuotedPrintable, Transfer::Plain, Transfer::Base64];
            kinds[dice.weighted(&[5.0, 2.0, 2.0])]
        }
    };
    let mut page = Page { draft, charset, transfer, out: Vec::with_capacity(4096) };
    page.trace(edge, time, dice);
    page.fields(time - dice.between(1, 90), dice);
    page.content(dice);
    page.out
}

struct Page<'d> {
    draft: &'d Draft,
    charset: Charset,
    transfer: Transfer,
    out: Vec<u8>,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(b'\n');
    }

    /// Received fields, the last hop first.
    fn trace(&mut self, edge: &Server, time: i64, dice: &mut Dice) {
        let Draft { client, before, rcpt_to, .. } = self.draft;
        let by = edge.name.as_deref().unwrap_or_default();
        let recipient = match rcpt_to.as_slice() {
            [only] => format!("\n\tfor <{only}>"),
            _ => String::new(),
        };
        let how = if client.authenticated { "ESMTPSA" } else { "ESMTP" };
        let id = dice.hex(12);
        let date = rfc5322(time, 60);
        self.line(&format!(
            "Received: from {}\n\tby {by} with {how} id {id}{recipient};\n\t{date}",
            host(client)
        ));
        if let Some(first) = before {
            let by = client.name.as_deref().unwrap_or(&client.helo);
            let how = if first.authenticated { "ESMTPSA" } else { "ESMTP" };
            let date = rfc5322(time - dice.between(0, 8), self.draft.zone_minutes);
            let id = dice.word(10);
            self.line(&format!(
                "Received: from {}\n\tby {by} with {how} id {id};\n\t{date}",
                host(first)
            ));
        }
    }

    fn fields(&mut self, sent: i64, dice: &mut Dice) {
        let draft = self.draft;
        let date = format!("Date: {}", rfc5322(sent, draft.zone_minutes));
        let id = draft.mua.message_id(&draft.host, sent, dice);
        if draft.mua.date_first() {
            self.line(&format!("Message-ID: {id}"));
            self.line(&date);
        }
        self.mailboxes("From", std::slice::from_ref(&draft.from));
        self.mailboxes("To", &draft.to);
        if let Some(reply) = &draft.reply_to {
            self.line(&format!("Reply-To: <{reply}>"));
        }
        self.out.extend_from_slice(b"Subject: ");
        let subject = encoded_words(&draft.letter.subject, self.charset, self.transfer);
        self.out.extend_from_slice(&subject);
        self.out.push(b'\n');
        if !draft.mua.date_first() {
            self.line(&date);
            self.line(&format!("Message-ID: {id}"));
        }
        if let Some((name, value)) = draft.mua.header(dice) {
            self.line(&format!("{name}: {value}"));
        }
        for (name, value) in &draft.fields {
            self.line(&format!("{name}: {value}"));
        }
        self.line("MIME-Version: 1.0");
    }

    fn mailboxes(&mut self, field: &str, list: &[Mailbox]) {
        self.out.extend_from_slice(format!("{field}: ").as_bytes());
        for (index, mailbox) in list.iter().enumerate() {
            if index > 0 {
                self.out.extend_from_slice(b",\n\t");
            }
            if mailbox.name.is_empty() {
                self.out.extend_from_slice(mailbox.address.as_bytes());
                continue;
            }
            let name = encoded_words(&mailbox.name, self.charset, self.transfer);
            let quoted =
                mailbox.name.contains(['.', ',', '(']) && mailbox.name.is_ascii();
            let quote: &[u8] = if quoted { b"\"" } else { b"" };
            self.out.extend_from_slice(&[quote, &name, quote].concat());
            self.out.extend_from_slice(format!(" <{}>", mailbox.address).as_bytes());
        }
        self.out.push(b'\n');
    }

    fn content(&mut self, dice: &mut Dice) {
        let Some(attachment) = &self.draft.attachment else {
            return self.text(dice);
        };
        let boundary = self.draft.mua.boundary(dice);
        self.line(&format!("Content-Type: multipart/mixed;\n\tboundary=\"{boundary}\""));
        self.line(&format!("\n--{boundary}"));
        self.text(dice);
        self.line(&format!("\n--{boundary}"));
        let (kind, name) = (attachment.media_type, &attachment.name);
        self.line(&format!("Content-Type: {kind};\n\tname=\"{name}\""));
        self.line("Content-Transfer-Encoding: base64");
        self.line(&format!("Content-Disposition: attachment;\n\tfilename=\"{name}\"\n"));
        Transfer::Base64.write(&attachment.bytes, &mut self.out);
        self.line(&format!("--{boundary}--"));
    }

    fn text(&mut self, dice: &mut Dice) {
        match self.draft.shape {
            Shape::Plain => self.part("plain", &plain(&self.draft.letter)),
            Shape::Html | Shape::Picture => {
                let page = self.html(dice);
                self.part("html", &page);
            }
            Shape::Alternative => {
                let boundary = self.draft.mua.boundary(dice);
                self.line(&format!(
                    "Content-Type: multipart/alternative;\n\tboundary=\"{boundary}\""
                ));
                self.line(&format!("\n--{boundary}"));
                self.part("plain", &plain(&self.draft.letter));
                self.line(&format!("\n--{boundary}"));
                let page = self.html(dice);
                self.part("html", &page);
                self.line(&format!("\n--{boundary}--"));
            }
        }
    }

    fn part(&mut self, kind: &str, text: &str) {
        let charset = self.charset;
        let bytes = charset.encode(text);
        self.line(&format!("Content-Type: text/{kind}; charset=\"{}\"", charset.name()));
        let transfer = self.transfer;
        self.line(&format!("Content-Transfer-Encoding: {}\n", transfer.name(&bytes)));
        transfer.write(&bytes, &mut self.out);
    }

    fn html(&self, dice: &mut Dice) -> String {
        let letter = &self.draft.letter;
        let mut page = String::from("<html><body>\n");
        for paragraph in &letter.paragraphs {
            let words: Vec<String> = paragraph.split(' ').map(anchor).collect();
            let text = words.join(" ").replace('\n', "<br>\n");
            page.push_str(&format!("<p>{text}</p>\n"));
        }
        if self.draft.shape == Shape::Picture {
            let (host, name) = (&letter.host, dice.word(8));
            page.push_str(&format!(
                "<img src=\"http://{host}/i/{name}.gif\" alt=\"\">\n"
            ));
        }
        if !letter.quoted.is_empty() {
            let lines: Vec<String> =
                letter.quoted.iter().map(|line| escape(line)).collect();
            page.push_str(&format!(
                "<blockquote>{}</blockquote>\n",
                lines.join("<br>\n")
            ));
        }
        page.push_str("</body></html>\n");
        page
    }
}

/// As servers write it: HELO name, resolved name, address.
fn host(client: &Client) -> String {
    match &client.name {
        Some(name) => format!("{} ({name} [{}])", client.helo, client.ip),
        None => format!("{} (unknown [{}])", client.helo, client.ip),
    }
}

fn plain(letter: &Letter) -> String {
    let mut text: Vec<String> =
        letter.paragraphs.iter().map(|paragraph| wrapped(paragraph)).collect();
    if !letter.quoted.is_empty() {
        let lines: Vec<String> =
            letter.quoted.iter().map(|line| format!("> {line}")).collect();
        text.push(lines.join("\n"));
    }
    text.join("\n\n") + "\n"
}

/// Lines of at most [`WIDTH`] characters, unless a word is longer.
fn wrapped(paragraph: &str) -> String {
    let mut out = String::with_capacity(paragraph.len() + 8);
    for (number, line) in paragraph.lines().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let mut column = 0;
        for word in line.split(' ') {
            let width = word.chars().count();
            if column > 0 && column + 1 + width > WIDTH {
                out.push('\n');
                column = 0;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += width;
        }
    }
    out
}

/// A word in HTML; links become anchors.
fn anchor(word: &str) -> String {
    let text = escape(word);
    if word.starts_with("http://") || word.starts_with("https://") {
        return format!("<a href=\"{text}\">{text}</a>");
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
