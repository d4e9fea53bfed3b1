//! Random worlds.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use mail::{
    Absence, Dns, Failure, JunkSettings, Listing, MailboxSettings, Mx, Question,
    Threshold, ThresholdOverride, Timestamp, World,
};
use proptest::prelude::*;

use super::{RECIPIENTS, SENDERS, ip};

/// Records that a domain may have; the first is none recorded, the second "no such record".
const RECORDS: [&[&str]; 33] = [
    &[],
    &[],
    &["v=spf1 ip4:192.0.2.1 -all"],
    &["v=spf1 ip4:192.0.2.0/29 ~all"],
    &["v=spf1 a ?all"],
    &["v=spf1 mx -all"],
    &["v=spf1 ptr -all"],
    &["v=spf1 include:spf.example ~all"],
    &["v=spf1 redirect=spf.example"],
    &["v=spf1 exists:here.example -all"],
    &["v=spf1 -all", "v=spf1 +all"],
    &["some text"],
    &["v=spf1 nonsense -all"],
    &["v=spf1 include:loop.example -all"],
    &["v=spf1 a:mail.good.example mx:good.example -ip4:192.0.2.3 +all"],
    &["v=spf1"],
    &["v=spf1 ip6:2001:db8::8/127 -all"],
    &["v=spf1 ip6:2001:db8::9 ip4:192.0.2.1/32 ~all"],
    &["v=spf1 ip6:2001:db8::8/128 ?all"],
    &["v=spf1 exists:six.example -all"],
    &["v=spf1 a:here.example ptr:good.example -all"],
    &["v=spf1 a:good.example/31 -all"],
    &["v=spf1 a:mail.good.example/30//127 ~all"],
    &["v=spf1 mx:good.example//127 ?all"],
    &["v=spf1 mx:many.example -all"],
    &["v=spf1 mx:more.example -all"],
    &["v=spf1 exists:%{ir}.%{v}.zone.example -all"],
    &["v=spf1 exists:%{l}.%{d1r}.who.example ~all"],
    &["v=spf1 exists:%{i2r}.%{o2}.net.example -all"],
    &["v=spf1 exists:%{o1r}.%{l1r-}.all.example ?all", "other"],
    &["v=spf1 a:%{h} -all"],
    &["v=spf1 exists:%{p}.seen.example ~all"],
    &["v=spf1 redirect=%{d2}.zone.example"],
];

/// What a question to a domain may bring besides: a failure, or one of two kinds of no.
const OTHERWISE: usize = 3;

/// What a world is made of.
#[derive(Debug, Clone)]
pub(crate) struct WorldPick {
    closed: bool,
    /// Per sender's domain and `spf.example`: which records.
    records: Vec<usize>,
    pointers: Vec<usize>,
    exchanges: bool,
    /// A question that failed, by number; most are none.
    failed: usize,
    mailboxes: Vec<MailboxPick>,
    directory: bool,
}

#[derive(Debug, Clone)]
struct MailboxPick {
    owner: usize,
    bypass: bool,
    safe: Option<usize>,
    blocked: Option<usize>,
    own: [(Option<bool>, Option<i64>); 4],
    rule: bool,
    trusted_only: bool,
}

fn list_entry(at: usize) -> String {
    match at {
        at if at < SENDERS.len() => SENDERS[at].to_owned(),
        7 => "good.example".to_owned(),
        8 => "@evil.example".to_owned(),
        _ => "sub.evil.example".to_owned(),
    }
}

impl MailboxPick {
    fn settings(&self) -> MailboxSettings {
        let [delete, reject, quarantine, junk] =
            self.own.map(|(enabled, value)| ThresholdOverride {
                enabled,
                threshold: value.and_then(|value| Threshold::new(value).ok()),
            });
        // Every other owner has blocked the very sender it trusts, too.
        let both = self.safe.filter(|_| self.owner.is_multiple_of(2)).map(list_entry);
        MailboxSettings {
            antispam_bypass: self.bypass,
            safe_senders: self.safe.map(list_entry).into_iter().collect(),
            blocked_senders: self
                .blocked
                .map(list_entry)
                .into_iter()
                .chain(both)
                .collect(),
            delete,
            reject,
            quarantine,
            junk,
            hashes: mail::SafelistHashes::default(),
            junk_rule: JunkSettings {
                enabled: self.rule,
                trusted_lists_only: self.trusted_only,
                contacts_trusted: !self.bypass,
            },
            // Some know whom they have blocked.
            contacts: self
                .blocked
                .filter(|_| self.owner.is_multiple_of(3))
                .map(list_entry)
                .into_iter()
                .collect(),
            max_safe_senders: None,
            max_blocked_senders: None,
        }
    }
}

impl WorldPick {
    pub(crate) fn world(&self) -> World {
        let mut dns = Dns { closed: self.closed, ..Dns::default() };
        let domains = SENDERS.iter().map(|email| email.split_once('@').expect("whole").1);
        let domains =
            domains.map(str::to_ascii_lowercase).chain(["spf.example".to_owned()]);
        for (domain, at) in domains.zip(&self.records) {
            let key = (Question::Txt, domain.clone());
            if *at >= RECORDS.len() {
                if *at == RECORDS.len() {
                    dns.failed.insert(key, Failure::Timeout);
                    continue;
                }
                let known = [Absence::NoData, Absence::NoSuchName];
                dns.absent.insert(key, known[*at - RECORDS.len() - 1]);
                dns.txt.insert(domain, Vec::new());
            } else if *at > 0 {
                let texts = RECORDS[*at].iter().map(|text| (*text).to_owned()).collect();
                dns.absent.remove(&key);
                dns.failed.remove(&key);
                dns.txt.insert(domain, texts);
            }
        }
        dns.txt.insert(
            "loop.example".into(),
            vec!["v=spf1 include:loop.example -all".into()],
        );
        if self.exchanges {
            dns.addresses.insert("good.example".into(), vec![ip(1), ip(4), ip(8)]);
            dns.addresses.insert("mail.good.example".into(), vec![ip(2), ip(9)]);
            let elsewhere = Ipv4Addr::new(192, 0, 2, 9).into();
            dns.addresses.insert("here.example".into(), vec![elsewhere, ip(8)]);
            dns.addresses.insert("six.example".into(), vec![ip(9)]);
            let elsewhere = [Ipv4Addr::new(192, 0, 2, 9).into()];
            for name in [
                "3.2.0.192.in-addr.zone.example",
                "ann.good.who.example",
                "bulk.blocked.who.example",
                "2.0.good.example.net.example",
                "good.ann.all.example",
                "mail.good.example.seen.example",
                "unknown.seen.example",
            ] {
                dns.addresses.insert(name.into(), elsewhere.to_vec());
            }
            dns.addresses.insert("mx.good.example".into(), vec![ip(1), ip(2)]);
            dns.txt
                .insert("good.example.zone.example".into(), vec!["v=spf1 ?all".into()]);
            let mail = |number| Mx {
                preference: number,
                host: format!("mx{number}.many.example"),
            };
            dns.addresses.insert("mx10.many.example".into(), vec![ip(1), ip(2), ip(3)]);
            dns.mx.insert("many.example".into(), (1..=10).map(mail).collect());
            dns.mx.insert("more.example".into(), (1..=11).rev().map(mail).collect());
            let mx = Mx { preference: 10, host: "mail.good.example".into() };
            dns.mx.insert("good.example".into(), vec![mx.clone()]);
            dns.mx.insert("letters.example".into(), vec![mx]);
        }
        let names =
            ["mx.good.example", "mail.good.example", "c.example", "MX.good.example."];
        for (last, name) in (1u8..).zip(&self.pointers) {
            if let Some(name) = names.get(*name) {
                dns.ptr.insert(ip(last), vec![(*name).to_owned()]);
            } else if *name == names.len() {
                dns.ptr.insert(ip(last), Vec::new());
            } else if *name == names.len() + 1 {
                let key = (Question::Ptr, ip(last).to_string());
                dns.failed.insert(key, Failure::Refused);
            }
        }
        let mail = "mail.good.example".to_owned();
        if self.failed == 1 {
            dns.addresses.remove(&mail);
            dns.failed.insert((Question::Address, mail), Failure::ServerFailure);
        } else if self.failed == 2 {
            let good = "good.example".to_owned();
            dns.mx.remove(&good);
            dns.failed.insert((Question::Mx, good), Failure::Timeout);
        }
        let mut world = World { dns, ..World::default() };
        let listing = |from, until, last| Listing {
            from,
            until,
            answer: Ipv4Addr::new(127, 0, 0, last),
        };
        let zone = BTreeMap::from([
            (ip(3), vec![listing(Some(Timestamp(16 * 3600)), None, 2)]),
            (ip(4), vec![listing(None, Some(Timestamp(25 * 3600)), 6)]),
            (ip(5), vec![listing(None, None, 3)]),
            (ip(8), vec![listing(None, None, 2), listing(None, None, 4)]),
            (ip(9), vec![listing(None, Some(Timestamp(25 * 3600)), 8)]),
        ]);
        if self.failed == 3 {
            world.listings.partial.insert("bl.example".into());
            let key = ("bl.example".into(), ip(2));
            world.listings.failed.insert(key, Failure::Timeout);
        }
        world.listings.zones.insert("bl.example".into(), zone);
        let white = BTreeMap::from([
            (ip(4), vec![listing(None, None, 1)]),
            (ip(6), vec![listing(None, None, 2)]),
        ]);
        world.listings.zones.insert("wl.example".into(), white);
        world.directory.accepted_domains =
            vec!["corp.example".into(), "old.example".into()];
        let known = RECIPIENTS.iter().filter(|email| **email != "nobody@corp.example");
        world.directory.recipients = self.directory.then(|| {
            known.map(|email| email.to_ascii_lowercase()).collect::<BTreeSet<_>>()
        });
        if self.exchanges {
            world.open_proxies.insert(ip(2));
        }
        for pick in &self.mailboxes {
            let owner = RECIPIENTS[pick.owner].to_ascii_lowercase();
            world.mailboxes.insert(owner, pick.settings());
        }
        world
    }
}

fn mailbox() -> impl Strategy<Value = MailboxPick> {
    let own = prop::array::uniform4((
        prop::option::weighted(0.4, any::<bool>()),
        prop::option::weighted(0.4, 0i64..=9),
    ));
    let listed = || prop::option::weighted(0.5, 0usize..10);
    let often = || prop::bool::weighted(0.2);
    (0usize..RECIPIENTS.len(), often(), listed(), listed(), own, often(), often())
        .prop_map(|(owner, bypass, safe, blocked, own, off, trusted_only)| MailboxPick {
            owner,
            bypass,
            safe,
            blocked,
            own,
            rule: !off,
            trusted_only,
        })
}

pub(crate) fn world() -> impl Strategy<Value = WorldPick> {
    (
        any::<bool>(),
        prop::collection::vec(0usize..RECORDS.len() + OTHERWISE, SENDERS.len() + 1),
        prop::collection::vec(0usize..7, 9),
        (any::<bool>(), 0usize..8),
        prop::collection::vec(mailbox(), 0..6),
        prop::bool::weighted(0.8),
    )
        .prop_map(|(closed, records, pointers, dns, mailboxes, directory)| {
            WorldPick {
                closed,
                records,
                pointers,
                exchanges: dns.0,
                failed: dns.1,
                mailboxes,
                directory,
            }
        })
}
