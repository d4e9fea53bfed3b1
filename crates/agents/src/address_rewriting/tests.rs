use mail::{Address, Field, Header, MailboxSettings, Origin};
use pipeline::{Ending, Engine, SenderTrust};

use super::*;
use crate::trial::{Always, case, walk, walk_engine};

fn entry(name: &str, internal: &str, external: &str) -> AddressRewriteEntry {
    AddressRewriteEntry {
        name: name.into(),
        internal_address: internal.into(),
        external_address: external.into(),
        outbound_only: internal.starts_with("*."),
        exception_list: Vec::new(),
    }
}

fn spec() -> AddressRewritingSpec {
    let wide = AddressRewriteEntry {
        exception_list: vec!["legal.in.example".into()],
        ..entry("wide", "*.in.example", "out.example")
    };
    let outbound = AddressRewriteEntry {
        outbound_only: true,
        ..entry("outbound", "quiet.example", "loud.example")
    };
    AddressRewritingSpec {
        entries: vec![
            wide,
            outbound,
            entry("deep", "*.deep.in.example", "deep.example"),
            entry("domain", "in.example", "out.example"),
            entry("address", "ann@in.example", "chief@out.example"),
            entry("host", "host.in.example", "host.example"),
        ],
    }
}

#[test]
fn addresses_go_before_domains_and_domains_before_wildcards() {
    let outbound = Rewrites::outbound(&spec()).unwrap();
    for (email, expected) in [
        ("Ann@IN.example", Some("chief@out.example")),
        ("bob@in.example", Some("bob@out.example")),
        ("bob@sales.in.example", Some("bob@out.example")),
        ("bob@host.in.example", Some("bob@host.example")),
        ("bob@x.deep.in.example", Some("bob@deep.example")),
        ("bob@deep.in.example", Some("bob@out.example")),
        ("bob@Legal.in.example", None),
        ("bob@x.legal.in.example", Some("bob@out.example")),
        ("bob@quiet.example", Some("bob@loud.example")),
        ("bob@notin.example", None),
        ("bob@out.example", None),
        ("in.example", None),
    ] {
        assert_eq!(outbound.of(email).as_deref(), expected, "{email}");
    }
}

#[test]
fn inbound_goes_back_by_two_way_entries_only() {
    let inbound = Rewrites::inbound(&spec()).unwrap();
    for (email, expected) in [
        ("Chief@out.example", Some("ann@in.example")),
        ("bob@OUT.example", Some("bob@in.example")),
        ("bob@host.example", Some("bob@host.in.example")),
        ("bob@loud.example", None),
        ("bob@deep.example", None),
        ("bob@sub.out.example", None),
    ] {
        assert_eq!(inbound.of(email).as_deref(), expected, "{email}");
    }
}

#[test]
fn an_entry_has_one_of_the_three_forms() {
    let both_ways = AddressRewriteEntry {
        outbound_only: false,
        ..entry("x", "*.in.example", "out.example")
    };
    let excepting = AddressRewriteEntry {
        exception_list: vec!["a.in.example".into()],
        ..entry("x", "in.example", "out.example")
    };
    for (entry, key) in [
        (both_ways, "outbound-only"),
        (excepting, "exception-list"),
        (entry("x", "in.example", "*.out.example"), "external-address"),
        (entry("x", "in.example", "*@out.example"), "external-address"),
        (entry("x", "ann@in.example", "out.example"), "external-address"),
        (entry("x", "in.example", "ann@out.example"), "external-address"),
        (entry("x", "*.ann@in.example", "ann@out.example"), "external-address"),
        (entry("x", "@in.example", "ann@out.example"), "internal-address"),
        (entry("x", "a*.in.example", "out.example"), "internal-address"),
        (entry("x", "", "out.example"), "internal-address"),
        (entry("x", "in.example", ""), "external-address"),
    ] {
        let spec = AddressRewritingSpec { entries: vec![entry] };
        let error = AddressRewritingInbound::resolve(&spec).unwrap_err();
        assert_eq!(error.key, format!("address-rewriting.entries.{key}"));
        assert!(AddressRewritingOutbound::resolve(&spec).is_err());
    }
    let twice = vec![entry("x", "a.example", "b.example"); 2];
    let error =
        AddressRewritingInbound::resolve(&AddressRewritingSpec { entries: twice });
    assert_eq!(error.unwrap_err().key, "address-rewriting.entries.name");
}

/// Says what it reads: the recipients and To, as another agent finds them.
struct Witness(&'static [SmtpEvent]);

impl Agent for Witness {
    type Evidence = (Vec<String>, Vec<Address>);

    fn name(&self) -> &'static str {
        "Witness"
    }

    fn events(&self) -> &'static [SmtpEvent] {
        self.0
    }

    fn reasons(&self) -> &'static [&'static str] {
        &["OldRecipient", "NewRecipient", "NewField"]
    }

    fn reads(&self) -> Parts {
        Parts::from(Part::Recipients) | Part::Addresses.into()
    }

    fn observe(&self, case: &Case, _: &World) -> Observed<Self::Evidence> {
        (recipients(case).to_vec(), case.message.to.clone()).into()
    }

    fn decide(
        &self,
        _: SmtpEvent,
        seen: Seen<'_, Self::Evidence>,
        mail: &mut Transit,
    ) -> Step {
        let (to, field) = seen.at(mail.edits());
        let new = to[0] == "ann@in.example";
        let reason = u8::from(new) + u8::from(field[0].email == "ann@in.example");
        Step::Reject { reason, detail: 0 }
    }
}

#[test]
fn later_agents_see_recipients_and_then_fields_rewritten() {
    let mut chief = case("a@b.example", &["chief@out.example"]);
    chief.message.to = vec![Address::new("chief@out.example")];
    let to = vec![Address::new("ann@in.example")];
    let rewritten = Always(Some(Message { to, ..Message::default() }));
    let run = |first: bool, events| {
        let mut engine = Engine::new();
        let inbound = AddressRewritingInbound::resolve(&spec()).unwrap();
        if first {
            engine.register(inbound);
            engine.register(Witness(events));
        } else {
            engine.register(Witness(events));
            engine.register(inbound);
        }
        walk_engine(engine, chief.clone(), &World::default(), &rewritten).told()
    };
    assert_eq!(run(true, &[SmtpEvent::OnRcptCommand]), ["reject NewRecipient"]);
    assert_eq!(run(false, &[SmtpEvent::OnRcptCommand]), ["reject OldRecipient"]);
    assert_eq!(run(true, &[SmtpEvent::OnEndOfHeaders]), ["reject NewField"]);
    assert_eq!(run(false, &[SmtpEvent::OnEndOfHeaders]), ["reject NewRecipient"]);
}

#[test]
fn what_needs_no_rewriting_is_idle() {
    let agent = |spec| AddressRewritingInbound::resolve(&spec).unwrap();
    let plain = || case("a@b.example", &["ann@in.example"]);
    assert!(walk(agent(spec()), plain(), &World::default()).idle());
    let none = AddressRewritingSpec::default();
    let walked =
        walk(agent(none.clone()), case("a@b", &["x@out.example"]), &World::default());
    assert!(walked.idle() && walked.mail.edits().is_empty());
    let outbound = |spec| AddressRewritingOutbound::resolve(&spec).unwrap();
    assert!(walk(outbound(spec()), plain(), &World::default()).idle());
    assert!(
        walk(outbound(none), case("a@in.example", &["x@y"]), &World::default()).idle()
    );
}

#[test]
fn the_store_sees_the_sender_as_rewritten_outbound() {
    let mut world = World::default();
    let settings = MailboxSettings {
        blocked_senders: vec!["chief@out.example".into()],
        ..MailboxSettings::default()
    };
    world.mailboxes.insert("x@y.example".into(), settings);
    let mut engine = Engine::new();
    engine.register(AddressRewritingOutbound::resolve(&spec()).unwrap());
    let from = vec![Address::new("chief@out.example")];
    let parse = Always(Some(Message { from, ..Message::default() }));
    let mut case = case("ann@in.example", &["x@y.example"]);
    case.session.authenticated = Field::known(true, Origin::Recorded);
    let walked = walk_engine(engine, case, &world, &parse);
    let Ending::Delivered(_, junk) = walked.endings[0] else {
        panic!("{:?}", walked.endings);
    };
    assert_eq!(junk.trust, SenderTrust::Blocked);
}

#[test]
fn every_field_that_tells_of_senders_is_rewritten_once() {
    let mut case = case("ann@in.example", &["x@y.example"]);
    let header = |name: &str, value: &str| Header {
        name: name.to_owned().into(),
        value: value.into(),
    };
    case.message.headers = vec![
        header("Reply-to", "Bob <bob@in.example>, \"ann@in.example\" <ann@in.example>"),
        header("Return-Receipt-To", "<carl@in.example>"),
        header("Return-Path", "<dora@in.example>"),
    ];
    let agent = AddressRewritingOutbound::resolve(&spec()).unwrap();
    let change = agent.change(0, &case, &World::default());
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    let addresses = vec![
        pair("ann@in.example", "chief@out.example"),
        pair("bob@in.example", "bob@out.example"),
        pair("carl@in.example", "carl@out.example"),
    ];
    assert_eq!(change, Some(Change::Rewrite { fields: OUTBOUND_FIELDS, addresses }));
}

#[test]
fn a_flood_of_addresses_is_cut() {
    let mut case = case("a@b.example", &["x@y.example"]);
    case.message.to =
        (0..5_000).map(|i| Address::new(format!("u{i}@out.example"))).collect();
    let agent = AddressRewritingInbound::resolve(&spec()).unwrap();
    let Some(Change::Rewrite { addresses, .. }) =
        agent.change(FIELDS, &case, &World::default())
    else {
        panic!("the header is rewritten");
    };
    assert_eq!(addresses.len(), MOST_ADDRESSES);
}
