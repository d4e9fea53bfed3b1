use super::*;

const LIST_MAIL: &str = "Return-Path: <owner@lists.example>\n\
Delivered-To: zz@localhost.home.example\n\
Received: from localhost (localhost [127.0.0.1])\n\tby home.example (Postfix) with ESMTP id 1\n\tfor <zz@localhost>; Thu, 22 Aug 2002 07:36:16 -0400 (EDT)\n\
Received: from pop.example [198.51.100.9]\n\tby localhost with IMAP (fetchmail-5.9.0)\n\tfor zz@localhost (single-drop); Thu, 22 Aug 2002 12:36:16 +0100 (IST)\n\
Received: from relay.example (relay.example [198.51.100.7]) by in.example with ESMTP\n for <zz-list@home.example>; Thu, 22 Aug 2002 12:34:53 +0100\n\
Received: from sender.test (x.sender.test [203.0.113.5]) by relay.example;\n Thu, 22 Aug 2002 12:30:00 +0100\n\
Date: Thu, 22 Aug 2002 11:00:00 +0000\n\
To: list@lists.example\n\nbody\n";

fn session(raw: &str, boundary: &TrustBoundary) -> (Session, String) {
    let (session, time) = reconstruct(raw.as_bytes(), None, boundary, Timestamp::MIN);
    (session, time.to_string())
}

#[test]
fn the_first_hop_from_outside_is_the_client() {
    let (session, time) = session(LIST_MAIL, &TrustBoundary::default());
    assert_eq!(session.client_ip.get().unwrap().to_string(), "198.51.100.7");
    assert_eq!(session.helo.get().unwrap(), "relay.example");
    assert_eq!(session.mail_from.get().unwrap(), "owner@lists.example");
    assert_eq!(session.mail_from.origin(), Origin::ReturnPath);
    assert_eq!(session.rcpt_to.get().unwrap(), &["zz-list@home.example"]);
    assert_eq!(session.rcpt_to.origin(), Origin::Received);
    assert_eq!(time, "2002-08-22T11:34:53Z");
    assert_eq!(session.authenticated.get(), None);
}

#[test]
fn trusted_networks_and_trusted_hops_move_the_boundary_outwards() {
    let networks =
        TrustBoundary { networks: vec!["198.51.100.0/24".parse().unwrap()], hops: 0 };
    let hops = TrustBoundary { networks: vec![], hops: 1 };
    for boundary in [networks, hops] {
        let (session, time) = session(LIST_MAIL, &boundary);
        assert_eq!(session.client_ip.get().unwrap().to_string(), "203.0.113.5");
        assert_eq!(session.helo.get().unwrap(), "sender.test");
        assert_eq!(time, "2002-08-22T11:30:00Z");
        // That hop does not say for whom.
        assert_eq!(session.rcpt_to.origin(), Origin::DeliveredTo);
    }
}

#[test]
fn nothing_below_a_named_host_without_address_is_believed() {
    let raw = "Received: from evil.test by mx.example with SMTP; Thu, 22 Aug 2002 12:00:00 +0000\n\
        Received: from forged.test ([203.0.113.5]) by evil.test; Thu, 1 Aug 2002 12:00:00 +0000\n\n";
    let (session, time) = session(raw, &TrustBoundary::default());
    assert_eq!(session.client_ip.get(), None);
    assert_eq!(session.helo.get().unwrap(), "evil.test");
    assert_eq!(time, "2002-08-22T12:00:00Z");
}

#[test]
fn the_null_sender_is_known_and_a_removed_one_is_not() {
    let mail_from = |raw: &str| session(raw, &TrustBoundary::default()).0.mail_from;
    assert_eq!(mail_from("Return-Path: <>\n\n").get().unwrap(), "");
    assert_eq!(
        mail_from("Return-Path: service@w.example\n\n").get().unwrap(),
        "service@w.example"
    );
    assert_eq!(mail_from("Return-Path:[removed]\n\n").get(), None);
    assert_eq!(
        mail_from("Return-Path: <@relay.example:a@b.example>\n\n").get().unwrap(),
        "a@b.example"
    );
}

#[test]
fn time_falls_back_to_date_then_from_line_then_position() {
    let line = FromLine { sender: "a@b".into(), time: Some(Timestamp(1_000_000_000)) };
    let read = |raw: &str, line: Option<&FromLine>| {
        let (s, t) =
            reconstruct(raw.as_bytes(), line, &TrustBoundary::default(), Timestamp(7));
        (t.0, s.time.origin())
    };
    let dated = "Date: Thu, 22 Aug 2002 11:00:00 +0000\n\n";
    assert_eq!(read(dated, Some(&line)), (1_030_014_000, Origin::Date));
    let absurd = "Date: Thu, 22 Aug 1902 11:00:00 +0000\n\n";
    assert_eq!(read(absurd, Some(&line)), (1_000_000_000, Origin::FromLine));
    assert_eq!(read(absurd, None), (7, Origin::Position));
}

#[test]
fn recipients_of_to_and_cc_are_the_last_resort() {
    let raw = "To: A <a@x.example>, undisclosed\nCc: b@x.example, A@x.example\n\n";
    let (session, _) = session(raw, &TrustBoundary::default());
    assert_eq!(session.rcpt_to.get().unwrap(), &["a@x.example", "b@x.example"]);
    assert_eq!(session.rcpt_to.origin(), Origin::To);
    let (none, _) = super::tests::session(
        "To: undisclosed-recipients:;\n\n",
        &TrustBoundary::default(),
    );
    assert_eq!(none.rcpt_to.get(), None);
}

proptest::proptest! {
    #[test]
    fn no_header_panics(raw in "(Received|To|Date|Return-Path|x)?[ -~\n\t]{0,200}") {
        let line = FromLine::default();
        reconstruct(raw.as_bytes(), Some(&line), &TrustBoundary::default(), Timestamp::MIN);
    }

    #[test]
    fn no_received_field_panics(value in "(from )?[a-z\\[\\]().:;@ =0-9é]{0,120}") {
        Hop::parse(&value);
    }
}
