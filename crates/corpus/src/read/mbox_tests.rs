use super::*;

fn messages(mbox: &str, quoting: Quoting) -> Vec<String> {
    Mbox::new(mbox.as_bytes(), quoting, 1000)
        .map(|member| match member.unwrap() {
            Ok((raw, _)) => String::from_utf8(raw).unwrap(),
            Err(reason) => format!("skipped {reason}"),
        })
        .collect()
}

const A: &str = "From a@x Thu Aug 22 12:36:23 2002\n";
const B: &str = "From b@x  Fri Aug 23 12:36:23 +0200 2002\n";

#[test]
fn messages_are_split_at_from_lines_with_a_date_after_an_empty_line() {
    let mbox = format!("{A}S: 1\n\nx\n\n{B}S: 2\n\ny\n");
    assert_eq!(messages(&mbox, Quoting::AsStored), ["S: 1\n\nx\n", "S: 2\n\ny\n"]);
    let crlf = mbox.replace('\n', "\r\n");
    assert_eq!(
        messages(&crlf, Quoting::AsStored),
        ["S: 1\r\n\r\nx\r\n", "S: 2\r\n\r\ny\r\n"]
    );
}

#[test]
fn an_unquoted_from_in_a_body_does_not_split() {
    for body in [
        "text\n\nFrom here we go\nName: x\n",
        "text\nFrom b@x Fri Aug 23 12:36:23 2002\nName: x\n",
        "text\n\nFrom b@x Fri Aug 23 12:36:23 2002\nno header follows\n",
    ] {
        let mbox = format!("{A}S: 1\n\n{body}");
        assert_eq!(messages(&mbox, Quoting::AsStored), [format!("S: 1\n\n{body}")]);
    }
}

#[test]
fn quoted_lines_stay_unless_the_dialect_says_otherwise() {
    let mbox = format!("{A}S: 1\n\n>From me\n>>From you\n> From us\n");
    assert_eq!(
        messages(&mbox, Quoting::AsStored),
        ["S: 1\n\n>From me\n>>From you\n> From us\n"]
    );
    assert_eq!(
        messages(&mbox, Quoting::Mboxrd),
        ["S: 1\n\nFrom me\n>From you\n> From us\n"]
    );
}

#[test]
fn a_content_length_neither_swallows_nor_cuts_a_message() {
    for length in ["0", "1", "100000", "-5", "99999999999999999999"] {
        let first = format!("S: 1\nContent-Length: {length}\n\nx\ny\n");
        let mbox = format!("{A}{first}\n{B}S: 2\n\nz\n");
        assert_eq!(messages(&mbox, Quoting::AsStored), [first.as_str(), "S: 2\n\nz\n"]);
    }
}

#[test]
fn a_message_over_the_limit_is_skipped_and_the_next_one_read() {
    let mbox = format!("{A}S: 1\n\n{}\n\n{B}S: 2\n\ny\n", "x".repeat(2000));
    assert_eq!(messages(&mbox, Quoting::AsStored), ["skipped too-large", "S: 2\n\ny\n"]);
}

#[test]
fn sender_and_time_of_the_from_line_are_kept() {
    let mbox = format!("\n{A}S: 1\n\nx\n");
    let member = Mbox::new(mbox.as_bytes(), Quoting::AsStored, 1000).next();
    let (_, from_line) = member.unwrap().unwrap().unwrap();
    let from_line = from_line.unwrap();
    assert_eq!(from_line.sender, "a@x");
    assert_eq!(from_line.time.unwrap().to_string(), "2002-08-22T12:36:23Z");
}

#[test]
fn a_from_header_with_a_stray_blank_is_no_from_line() {
    let mut raw = b"From : a@x\nS: 1\n\n".to_vec();
    assert_eq!(strip_from_line(&mut raw), None);
    let mut raw = b"From a@x  Thu Aug  8 14:37:07 2002\nS: 1\n\n".to_vec();
    assert_eq!(strip_from_line(&mut raw).unwrap().sender, "a@x");
    assert_eq!(raw, b"S: 1\n\n");
}
