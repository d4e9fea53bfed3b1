use mail::{Dns, Field, Header, Origin, Tier};
use pipeline::Ending;

use super::*;
use crate::trial::{Walked, case, walk};

const TO: &[&str] = &["ann@here.example", "bob@here.example"];

fn world() -> World {
    let mut dns = Dns { closed: true, ..Dns::default() };
    for (domain, record) in [
        ("pass.example", "v=spf1 ip4:192.0.2.1 -all"),
        ("fail.example", "v=spf1 -all"),
        ("soft.example", "v=spf1 ~all"),
        ("broken.example", "v=spf1 nonsense"),
    ] {
        dns.txt.insert(domain.into(), vec![record.into()]);
    }
    World { dns, ..World::default() }
}

fn run(spec: &SenderIdSpec, case: Case) -> Walked {
    walk(SenderId::resolve(spec, InternalServers::default()).unwrap(), case, &world())
}

fn rejecting() -> SenderIdSpec {
    SenderIdSpec {
        spoofed_domain_action: SenderIdAction::Reject,
        ..SenderIdSpec::default()
    }
}

#[test]
fn the_result_is_stamped_and_questions_are_counted() {
    for (from, status, questions) in [
        ("a@pass.example", SenderIdResult::Pass, 1),
        ("a@fail.example", SenderIdResult::Fail, 1),
        ("a@soft.example", SenderIdResult::SoftFail, 1),
        ("a@broken.example", SenderIdResult::PermError, 1),
        ("a@nowhere.example", SenderIdResult::Fail, 3),
        ("no address", SenderIdResult::Fail, 0),
    ] {
        let walked = run(&SenderIdSpec::default(), case(from, TO));
        assert_eq!(walked.mail.stamps.sender_id, Some(status), "{from}");
        assert_eq!(walked.mail.dns_questions(), questions, "{from}");
        assert_eq!(walked.told(), ["", ""]);
        assert!(!walked.idle());
    }
}

#[test]
fn without_an_address_of_the_client_nothing_is_stamped() {
    let mut case = case("a@fail.example", TO);
    case.session.client_ip = Field::unknown();
    let walked = run(&rejecting(), case);
    assert_eq!(walked.mail.stamps.sender_id, None);
    assert!(walked.idle() && walked.told() == ["", ""]);
}

#[test]
fn an_unrecorded_answer_is_unknown_and_never_a_failure() {
    let agent = SenderId::resolve(&rejecting(), InternalServers::default()).unwrap();
    let walked = walk(agent, case("a@elsewhere.example", TO), &World::default());
    assert_eq!(walked.mail.stamps.sender_id, None);
    assert_eq!(walked.mail.dns_questions(), 1);
    assert_eq!(walked.told(), ["", ""]);
}

#[test]
fn only_fail_acts_by_the_spoofed_domain_action() {
    let deleting = SenderIdSpec {
        spoofed_domain_action: SenderIdAction::Delete,
        ..SenderIdSpec::default()
    };
    let told = |spec: &SenderIdSpec, from| run(spec, case(from, TO)).told();
    assert_eq!(told(&rejecting(), "a@fail.example"), ["reject SenderIdFail"; 2]);
    assert_eq!(told(&deleting, "a@fail.example"), ["delete SenderIdFail"; 2]);
    for from in ["a@pass.example", "a@soft.example", "a@broken.example"] {
        assert_eq!(told(&rejecting(), from), ["", ""], "{from}");
    }
}

#[test]
fn an_exempt_recipient_is_spared_and_with_none_left_the_agent_skips() {
    let bypassing = |list: &[&str]| SenderIdSpec {
        bypassed_recipients: list.iter().map(|email| (*email).to_owned()).collect(),
        ..rejecting()
    };
    let walked = run(&bypassing(&["BOB@here.example"]), case("a@fail.example", TO));
    assert_eq!(walked.told(), ["reject SenderIdFail", ""]);
    assert_eq!(walked.mail.stamps.sender_id, Some(SenderIdResult::Fail));
    let walked = run(&bypassing(TO), case("a@fail.example", TO));
    assert_eq!(walked.mail.stamps.sender_id, None);
    assert!(matches!(walked.endings[0], Ending::Delivered(None, _)));
    assert_eq!(walked.mail.dns_questions(), 0);
}

#[test]
fn sessions_and_domains_out_of_scope_are_skipped() {
    let mut internal = case("a@fail.example", TO);
    internal.session.authenticated = Field::known(true, Origin::Recorded);
    let domain = SenderIdSpec {
        bypassed_sender_domains: vec!["*.fail.example".into()],
        ..rejecting()
    };
    let off = SenderIdSpec { enabled: false, ..rejecting() };
    let outside = SenderIdSpec { external_mail_enabled: false, ..rejecting() };
    let both = SenderIdSpec { internal_mail_enabled: true, ..rejecting() };
    for (spec, case) in [
        (rejecting(), internal.clone()),
        (both, internal),
        (domain.clone(), case("a@fail.example", TO)),
        (domain, case("a@x.fail.example", TO)),
        (off, case("a@fail.example", TO)),
        (outside, case("a@fail.example", TO)),
    ] {
        let walked = run(&spec, case);
        assert!(walked.idle() && walked.told() == ["", ""], "{spec:?}");
        assert_eq!(walked.mail.stamps.sender_id, None);
    }
}

fn headers(fields: &[(&str, &str)]) -> Message {
    let header = |(name, value): &(&str, &str)| Header {
        name: (*name).to_owned().into(),
        value: (*value).into(),
    };
    let find = |name: &str| {
        let field = fields.iter().find(|(n, v)| *n == name && !v.is_empty());
        field.map(|(_, email)| Address::new(*email))
    };
    let from = fields.iter().filter(|(name, _)| *name == "From");
    Message {
        headers: fields.iter().map(header).collect(),
        from: from.map(|(_, email)| Address::new(*email)).collect(),
        sender: find("Sender"),
        resent_from: find("Resent-From"),
        resent_sender: find("Resent-Sender"),
        ..Message::default()
    }
}

#[test]
fn the_responsible_address_is_chosen_by_rfc_4407() {
    for (fields, expected) in [
        (&[("From", "f@x.example")][..], Some("f@x.example")),
        (&[("From", "f@x.example"), ("Sender", "s@x.example")], Some("s@x.example")),
        (
            &[("Resent-From", "r@x.example"), ("Sender", "s@x.example")],
            Some("r@x.example"),
        ),
        (
            &[("Resent-Sender", "rs@x.example"), ("Resent-From", "rf@x.example")],
            Some("rs@x.example"),
        ),
        (
            &[("Resent-From", "rf@x.example"), ("Resent-Sender", "rs@x.example")],
            Some("rs@x.example"),
        ),
        (
            &[
                ("Resent-From", "rf@x.example"),
                ("Received", "by y"),
                ("Resent-Sender", "rs@x.example"),
            ],
            Some("rf@x.example"),
        ),
        (
            &[
                ("Resent-From", "rf@x.example"),
                ("Return-Path", "<y@x.example>"),
                ("Resent-Sender", "rs@x.example"),
            ],
            Some("rf@x.example"),
        ),
        (&[("From", "f@x.example"), ("From", "g@x.example")], None),
        (
            &[
                ("From", "f@x.example"),
                ("Sender", "s@x.example"),
                ("Sender", "t@x.example"),
            ],
            None,
        ),
        (&[("From", "f@x.example"), ("Sender", "")], Some("f@x.example")),
        (&[("From", "nobody")], None),
        (&[("From", "a@b..example")], None),
        (&[("From", "@x.example")], None),
        (&[], None),
    ] {
        assert_eq!(responsible_address(&headers(fields)), expected, "{fields:?}");
    }
    // Two From fields of which only one can be read are two all the same.
    let mut two = headers(&[("From", "f@x.example"), ("From", "nobody at all")]);
    two.from.truncate(1);
    assert_eq!(responsible_address(&two), None);
}

#[test]
fn a_temporary_error_acts_by_its_own_action() {
    /// Stands in for the agent where recorded DNS could hold a failed answer.
    struct Failing(SenderId);
    impl Agent for Failing {
        type Evidence = SenderIdEvidence;
        fn name(&self) -> &'static str {
            self.0.name()
        }
        fn events(&self) -> &'static [SmtpEvent] {
            self.0.events()
        }
        fn reasons(&self) -> &'static [&'static str] {
            self.0.reasons()
        }
        fn reads(&self) -> Parts {
            self.0.reads()
        }
        fn observe(&self, _: &Case, _: &World) -> Observed<SenderIdEvidence> {
            let status = Some(SenderIdResult::TempError);
            let exempt = Box::default();
            SenderIdEvidence::Checked { status, questions: 1, exempt }.into()
        }
        fn decide(
            &self,
            event: SmtpEvent,
            seen: Seen<'_, SenderIdEvidence>,
            mail: &mut Transit,
        ) -> Step {
            self.0.decide(event, seen, mail)
        }
    }
    let spec = SenderIdSpec {
        temp_error_action: SenderIdAction::Reject,
        ..SenderIdSpec::default()
    };
    let agent = Failing(SenderId::resolve(&spec, InternalServers::default()).unwrap());
    let walked = walk(agent, case("a@pass.example", TO), &world());
    assert_eq!(walked.told(), ["reject SenderIdTempError"; 2]);
    assert!(matches!(walked.endings[0], Ending::Settled(Tier::Reject, _)));
}

#[test]
fn a_list_over_its_limit_is_refused() {
    let list = |count| vec!["x@y.example".to_owned(); count];
    let spec = |count| SenderIdSpec {
        bypassed_recipients: list(count),
        ..SenderIdSpec::default()
    };
    assert!(SenderId::resolve(&spec(100), InternalServers::default()).is_ok());
    let error = SenderId::resolve(&spec(101), InternalServers::default()).unwrap_err();
    assert_eq!(error.key, "sender-id.bypassed-recipients");
}
