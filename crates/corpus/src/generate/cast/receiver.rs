//! The receiving organisation: its servers, people and their settings.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use mail::{JunkSettings, MailboxSettings, Threshold};

use crate::generate::cast::builder::{Builder, Spf};
use crate::generate::cast::good::Good;
use crate::generate::cast::{Person, Receiver};
use crate::generate::style::Mua;

pub(super) fn receiver(b: &mut Builder) -> Receiver {
    let spec = b.recipe.spec.organization.clone();
    let main = spec.domains[0].clone();
    let edges: Vec<_> = (1..=2)
        .map(|n| b.server(Ipv4Addr::new(240, 0, 0, 9 + n), &format!("edge{n}.{main}")))
        .collect();
    for domain in spec.domains.iter().chain(&spec.old_domains).chain(&spec.inner_domains)
    {
        b.domain(domain, &edges, Spf::Strict, "");
    }
    let mut taken = BTreeSet::new();
    let mut people: Vec<Person> = Vec::with_capacity(spec.mailboxes);
    while people.len() < spec.mailboxes {
        let progress = b.dice.unit();
        let lang = b.lang(progress);
        let domain = if b.dice.chance(0.85) { &main } else { b.dice.pick(&spec.domains) };
        let mut person = b.person(lang, &domain.clone(), Mua::Exchange);
        person.mua = if b.dice.chance(0.5) { Mua::Outlook } else { Mua::Exchange };
        if !taken.insert(person.address.clone()) {
            let (local, domain) = person.address.split_once('@').expect("it has one");
            person.address = format!("{local}{}@{domain}", people.len());
            taken.insert(person.address.clone());
        }
        people.push(person);
    }
    for local in ["info", "sales", "postmaster", "support"] {
        taken.insert(format!("{local}@{main}"));
    }
    let directory = &mut b.world.directory;
    directory.accepted_domains = spec.domains.clone();
    directory.accepted_domains.extend(spec.old_domains.iter().cloned());
    directory.recipients = Some(taken);
    Receiver {
        domains: spec.domains,
        old_domains: spec.old_domains,
        inner_domains: spec.inner_domains,
        people,
        edges,
    }
}

/// Settings that people made in their mailboxes.
pub(super) fn settings(b: &mut Builder, receiver: &Receiver, good: &Good) {
    let shares = b.recipe.spec.mailboxes.clone();
    for person in &receiver.people {
        let mut own = MailboxSettings::default();
        let dice = &mut b.dice;
        if dice.chance(shares.safe_senders) {
            for _ in 0..=dice.below(3) {
                own.safe_senders.push(safe_sender(dice.below(3), dice.bits(), good));
            }
        }
        if dice.chance(shares.blocked_senders) {
            let newsletter = dice.pick(&good.newsletters);
            own.blocked_senders.push(newsletter.org.people[0].address.clone());
            if dice.chance(0.3) {
                own.blocked_senders
                    .push(dice.pick(&good.correspondents).0.address.clone());
            }
        }
        own.antispam_bypass = dice.chance(shares.bypass);
        if dice.chance(shares.own_thresholds) {
            let value = Threshold::new(dice.between(2, 9)).ok();
            match dice.below(4) {
                0 => (own.delete.enabled, own.delete.threshold) = (Some(true), value),
                1 => own.reject.enabled = Some(false),
                2 => {
                    (own.quarantine.enabled, own.quarantine.threshold) =
                        (Some(true), value);
                }
                _ => (own.junk.enabled, own.junk.threshold) = (Some(true), value),
            }
        }
        if dice.chance(shares.junk_rule_off) {
            own.junk_rule = JunkSettings { enabled: false, ..JunkSettings::default() };
        }
        if own != MailboxSettings::default() {
            b.world.mailboxes.insert(person.address.clone(), own);
        }
    }
}

fn safe_sender(kind: usize, bits: u64, good: &Good) -> String {
    let pick = |len: usize| usize::try_from(bits % len as u64).expect("below a length");
    match kind {
        0 => good.orgs[pick(good.orgs.len())].domain.clone(),
        1 => good.correspondents[pick(good.correspondents.len())].0.address.clone(),
        _ => good.newsletters[pick(good.newsletters.len())].org.people[0].address.clone(),
    }
}
