use mail::Mx;
use proptest::prelude::*;

use super::*;

/// Records as lines: `txt NAME TEXT`, `a NAME IP…`, `mx NAME HOST…`, `ptr IP NAME…`.
fn dns(lines: &str) -> Dns {
    let mut dns = Dns { closed: true, ..Dns::default() };
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (kind, rest) = line.split_once(' ').unwrap();
        let (name, value) = rest.split_once(' ').unwrap();
        let words = value.split(' ');
        match kind {
            "txt" => dns.txt.entry(name.into()).or_default().push(value.into()),
            "a" => {
                dns.addresses
                    .insert(name.into(), words.map(|w| w.parse().unwrap()).collect());
            }
            "mx" => {
                let mx = |host: &str| Mx { preference: 10, host: host.into() };
                dns.mx.insert(name.into(), words.map(mx).collect());
            }
            "ptr" => {
                dns.ptr.insert(name.parse().unwrap(), words.map(str::to_owned).collect());
            }
            other => panic!("{other}"),
        }
    }
    dns
}

fn result(dns: &Dns, ip: &str, sender: &str) -> Option<SenderIdResult> {
    check(dns, ip.parse().unwrap(), sender, "helo.example").result
}

const WORLD: &str = "
    txt a.example v=spf1 a:host.a.example mx -all
    a host.a.example 192.0.2.1 2001:db8::1
    mx a.example in.a.example
    a in.a.example 192.0.2.2
    txt net.example v=spf1 ip4:192.0.2.0/29 ip6:2001:db8::/64 ~all
    txt inc.example v=spf1 -include:deny.example include:a.example ?all
    txt deny.example v=spf1 -ip4:192.0.2.9 ip4:203.0.113.0/24 -all
    txt red.example v=spf1 ip4:198.51.100.1 redirect=a.example
    txt lost.example v=spf1 include:nothing.example -all
    txt lostred.example v=spf1 redirect=nothing.example
    txt broken.example v=spf1 ip4:192.0.2.1 a:%{z}
    txt ex.example v=spf1 exists:%{ir}.%{l}.ok.example -all
    a 1.2.0.192.ann.ok.example 127.0.0.2
    a 2.2.0.192.ann.ok.example ::1
    txt ptr.example v=spf1 ptr -all
    ptr 192.0.2.1 other.example. mail.ptr.example.
    a mail.ptr.example 192.0.2.1
    ptr 192.0.2.3 liar.ptr.example
    a liar.ptr.example 192.0.2.4
    txt p.example v=spf1 exists:%{p}.ok.p.example -all
    ptr 192.0.2.5 m.p.example
    a m.p.example 192.0.2.5
    a m.p.example.ok.p.example 127.0.0.1
    a unknown.ok.p.example 127.0.0.1
    txt loop.example v=spf1 include:loop.example -all
    txt neutral.example v=spf1 ip4:198.51.100.1
    txt other.example some-verification=1
    a plain.example 192.0.2.1
    mx mailonly.example host.a.example
";

#[test]
fn mechanisms_includes_and_redirects_give_the_results_of_rfc_7208() {
    use SenderIdResult::{Fail, Neutral, None, Pass, PermError, SoftFail};
    let dns = dns(WORLD);
    for (ip, domain, expected) in [
        ("192.0.2.1", "a.example", Pass),
        ("::ffff:192.0.2.1", "a.example", Pass),
        ("2001:db8::1", "A.Example", Pass),
        ("192.0.2.2", "a.example", Pass),
        ("192.0.2.3", "a.example", Fail),
        ("192.0.2.7", "net.example", Pass),
        ("192.0.2.8", "net.example", SoftFail),
        ("2001:db8::ffff", "net.example", Pass),
        ("203.0.113.5", "inc.example", Fail),
        ("192.0.2.1", "inc.example", Pass),
        ("192.0.2.9", "inc.example", Neutral),
        ("198.51.100.1", "red.example", Pass),
        ("192.0.2.2", "red.example", Pass),
        ("192.0.2.3", "red.example", Fail),
        ("192.0.2.1", "lost.example", PermError),
        ("192.0.2.1", "lostred.example", PermError),
        ("192.0.2.1", "broken.example", PermError),
        ("192.0.2.1", "ex.example", Pass),
        ("192.0.2.2", "ex.example", Fail),
        ("192.0.2.1", "ptr.example", Pass),
        ("192.0.2.3", "ptr.example", Fail),
        ("192.0.2.5", "p.example", Pass),
        ("192.0.2.6", "p.example", Pass),
        ("192.0.2.1", "loop.example", PermError),
        ("192.0.2.1", "neutral.example", Neutral),
        ("192.0.2.1", "other.example", None),
        ("192.0.2.9", "plain.example", None),
        ("192.0.2.9", "mailonly.example", None),
        ("192.0.2.1", "nowhere.example", Fail),
    ] {
        let sender = format!("ann@{domain}");
        assert_eq!(result(&dns, ip, &sender), Some(expected), "{ip} {domain}");
    }
}

#[test]
fn the_eleventh_asking_term_and_the_eleventh_exchange_are_permanent_errors() {
    let terms = |count: usize| {
        let terms: Vec<_> = (0..count).map(|i| format!("a:{i}.h.example")).collect();
        dns(&format!("txt t.example v=spf1 {} -all", terms.join(" ")))
    };
    let hosts = |count: usize| {
        let hosts: Vec<_> = (0..count).map(|i| format!("{i}.h.example")).collect();
        dns(&format!("txt t.example v=spf1 mx -all\nmx t.example {}", hosts.join(" ")))
    };
    let of = |dns: Dns| result(&dns, "192.0.2.1", "x@t.example");
    assert_eq!(of(terms(10)), Some(SenderIdResult::Fail));
    assert_eq!(of(terms(11)), Some(SenderIdResult::PermError));
    assert_eq!(of(hosts(10)), Some(SenderIdResult::Fail));
    assert_eq!(of(hosts(11)), Some(SenderIdResult::PermError));
}

#[test]
fn a_question_nobody_recorded_makes_the_result_unknown_only_where_it_is_asked() {
    let mut open = dns("
        txt first.example v=spf1 ip4:192.0.2.1 a:gone.example -all
        txt none.example v=spf1
    ");
    open.closed = false;
    assert_eq!(result(&open, "192.0.2.1", "x@first.example"), Some(SenderIdResult::Pass));
    assert_eq!(result(&open, "192.0.2.2", "x@first.example"), None);
    assert_eq!(result(&open, "192.0.2.2", "x@unrecorded.example"), None);
    open.txt.insert("empty.example".into(), vec![]);
    assert_eq!(result(&open, "192.0.2.2", "x@empty.example"), None);
    open.addresses.insert("empty.example".into(), vec![]);
    open.mx.insert("empty.example".into(), vec![]);
    assert_eq!(result(&open, "192.0.2.2", "x@empty.example"), Some(SenderIdResult::Fail));
}

#[test]
fn every_question_is_counted() {
    let dns = dns(WORLD);
    let questions = |ip: &str, domain: &str| {
        check(&dns, ip.parse().unwrap(), &format!("x@{domain}"), "").questions
    };
    assert_eq!(questions("192.0.2.1", "net.example"), 1);
    assert_eq!(questions("192.0.2.1", "a.example"), 2);
    assert_eq!(questions("192.0.2.3", "a.example"), 4);
    assert_eq!(questions("192.0.2.1", "nowhere.example"), 3);
    assert_eq!(questions("192.0.2.1", "loop.example"), 11);
}

#[test]
fn names_are_checked_before_they_are_asked() {
    for good in ["a", "a.example", "a.example.", "_x.é.example", &"a".repeat(63)] {
        assert!(is_name(good), "{good}");
    }
    for bad in ["", ".", "a..b", ".a", "a b", "[192.0.2.1]", &"a".repeat(64)] {
        assert!(!is_name(bad), "{bad}");
    }
    assert!(
        !is_name(&["abcdefgh"; 29].join(".")) && is_name(&["abcdefgh"; 28].join("."))
    );
}

proptest! {
    #[test]
    fn hostile_records_and_senders_end_after_few_questions(
        terms in prop::collection::vec(
            "([+~?-]?(a|mx|ptr|exists|include|ip4|ip6|all|redirect=|exp=|x=)?[:/=]?)\\PC{0,12}",
            0..20,
        ),
        macros in "(%[{%_-]?[slodiphvx]?[0-9]{0,3}r?[-./]{0,2}\\}?){0,6}",
        local in "\\PC{0,20}",
        v6 in any::<bool>(),
    ) {
        let text = format!("v=spf1 {} exists:{macros} include:t.example", terms.join(" "));
        let mut dns = dns("ptr 192.0.2.1 a.t.example\na a.t.example 192.0.2.1");
        dns.txt.insert("t.example".into(), vec![text]);
        let ip = if v6 { "2001:db8::1" } else { "192.0.2.1" };
        let sender = format!("{local}@t.example");
        let outcome = check(&dns, ip.parse().unwrap(), &sender, "%{h}");
        prop_assert!(outcome.result.is_some(), "a closed world knows every answer");
        prop_assert!(outcome.questions <= 11 * 13);
    }
}

/// The final dot of a recorded name got into the expanded one, which then had an empty label
/// and was never asked for.
#[test]
fn a_validated_name_is_expanded_without_its_final_dot() {
    let dns = dns("
        txt a.example v=spf1 exists:%{p}.seen.example -all
        ptr 192.0.2.1 mx.a.example.
        a mx.a.example 192.0.2.1
        a mx.a.example.seen.example 127.0.0.2
    ");
    assert_eq!(result(&dns, "192.0.2.1", "ann@a.example"), Some(SenderIdResult::Pass));
    assert_eq!(result(&dns, "192.0.2.2", "ann@a.example"), Some(SenderIdResult::Fail));
}

#[test]
fn ten_pointers_are_looked_at_and_a_failed_question_for_them_is_none() {
    let pointers = |place: usize| {
        let name = |at: usize| match at == place {
            true => "mx.t.example".to_owned(),
            false => format!("{at}.t.example"),
        };
        let names: Vec<_> = (1..=11).map(name).collect();
        dns(&format!(
            "txt t.example v=spf1 ptr -all\nptr 192.0.2.1 {}\na mx.t.example 192.0.2.1",
            names.join(" ")
        ))
    };
    let of = |dns: Dns| result(&dns, "192.0.2.1", "x@t.example");
    assert_eq!(of(pointers(10)), Some(SenderIdResult::Pass));
    assert_eq!(of(pointers(11)), Some(SenderIdResult::Fail));
    let mut failed = dns("txt t.example v=spf1 ptr -all");
    let key = (mail::Question::Ptr, "192.0.2.1".to_owned());
    failed.failed.insert(key, mail::Failure::Timeout);
    assert_eq!(of(failed), Some(SenderIdResult::Fail));
}

#[test]
fn every_kind_of_asking_term_counts_towards_the_ten() {
    for term in [
        "a:no.example",
        "mx:no.example",
        "ptr:no.example",
        "exists:no.example",
        "include:never.example",
    ] {
        let record = |count: usize| {
            let terms = vec![term; count].join(" ");
            let txt = format!("txt t.example v=spf1 {terms} -all");
            dns(&format!("{txt}\ntxt never.example v=spf1 ?all"))
        };
        let of = |count| result(&record(count), "192.0.2.1", "x@t.example");
        assert_eq!(of(10), Some(SenderIdResult::Fail), "{term}");
        assert_eq!(of(11), Some(SenderIdResult::PermError), "{term}");
    }
    let redirected = |count: usize| {
        let terms = vec!["a:no.example"; count].join(" ");
        let txt = format!("txt t.example v=spf1 {terms} redirect=all.example");
        result(
            &dns(&format!("{txt}\ntxt all.example v=spf1 -all")),
            "192.0.2.1",
            "x@t.example",
        )
    };
    assert_eq!(redirected(9), Some(SenderIdResult::Fail));
    assert_eq!(redirected(10), Some(SenderIdResult::PermError));
}

#[test]
fn the_current_domain_is_not_the_senders_in_an_included_record() {
    let dns = dns("
        txt a.example v=spf1 include:b.example -all
        txt b.example v=spf1 exists:%{d}.d.example -exists:%{o}.o.example ?all
        txt c.example v=spf1 include:e.example -all
        txt e.example v=spf1 exists:%{o}.p.example ?all
        a b.example.d.example 127.0.0.2
        a c.example.p.example 127.0.0.2
    ");
    assert_eq!(result(&dns, "192.0.2.1", "x@a.example"), Some(SenderIdResult::Pass));
    assert_eq!(result(&dns, "192.0.2.1", "x@c.example"), Some(SenderIdResult::Pass));
}
