//! Good senders.

use std::net::Ipv4Addr;

use crate::generate::cast::builder::{Builder, Spf};
use crate::generate::cast::{
    Freemail, Helo, MailingList, Newsletter, Org, Person, Server,
};
use crate::generate::style::Mua;
use crate::generate::texts::Lang;

pub(super) struct Good {
    pub(super) orgs: Vec<Org>,
    pub(super) newsletters: Vec<Newsletter>,
    pub(super) lists: Vec<MailingList>,
    pub(super) freemail: Vec<Freemail>,
    pub(super) correspondents: Vec<(Person, usize)>,
    pub(super) alumni: Org,
}

pub(super) fn good(b: &mut Builder) -> Good {
    let spec = b.recipe.spec.ham.clone();
    let freemail = freemail(b);
    let mut orgs = partners(b);
    orgs.extend((0..spec.organizations).map(|_| organization(b)));
    let correspondents = (0..spec.correspondents)
        .map(|_| {
            let progress = b.dice.unit();
            let lang = b.lang(progress);
            let provider = b.dice.below(freemail.len());
            let mua = Mua::personal(&mut b.dice);
            (b.person(lang, &freemail[provider].domain, mua), provider)
        })
        .collect();
    Good {
        newsletters: (0..spec.newsletters).map(|n| newsletter(b, n)).collect(),
        lists: (0..spec.mailing_lists).map(|_| list(b)).collect(),
        alumni: alumni(b),
        orgs,
        freemail,
        correspondents,
    }
}

/// The forwarding server stands in 240.0.2.0/24, whatever the seed.
fn alumni(b: &mut Builder) -> Org {
    let domain = b.names.domain(&mut b.dice);
    let mut org = b.org(domain, Lang::English, 1);
    org.servers =
        vec![b.server(Ipv4Addr::new(240, 0, 2, 10), &format!("forward.{}", org.domain))];
    b.domain(&org.domain, &org.servers, Spf::Soft, "");
    org
}

fn freemail(b: &mut Builder) -> Vec<Freemail> {
    (0..5)
        .map(|n| {
            let domain = b.names.domain(&mut b.dice);
            let servers = b.servers(&domain, 4);
            let spf = if n % 2 == 0 { Spf::Soft } else { Spf::Strict };
            b.domain(&domain, &servers, spf, "");
            Freemail { domain, servers }
        })
        .collect()
}

/// Partners stand in 240.0.1.0/24, whatever the seed, for a policy's IP allow list.
fn partners(b: &mut Builder) -> Vec<Org> {
    let domains = b.recipe.spec.organization.partner_domains.clone();
    let mut next = 10;
    domains
        .into_iter()
        .map(|domain| {
            let lang = b.lang(0.0);
            let company = b.names.firm(lang, &mut b.dice);
            let product = b.names.product(&mut b.dice);
            let servers: Vec<_> = (1..=2)
                .map(|n| {
                    next = if next == 250 { 10 } else { next + 1 };
                    let ip = Ipv4Addr::new(240, 0, 1, next);
                    b.server(ip, &format!("mail{n}.{domain}"))
                })
                .collect();
            b.domain(&domain, &servers, Spf::Strict, "");
            let people = (0..8).map(|_| b.person(lang, &domain, Mua::Exchange)).collect();
            Org { domain, company, product, lang, zone_minutes: 60, servers, people }
        })
        .collect()
}

/// Some organisations are run with less care: no PTR, odd HELO names, no or wrong SPF.
fn organization(b: &mut Builder) -> Org {
    let progress = b.dice.unit();
    let lang = b.lang(progress);
    let domain = b.names.domain(&mut b.dice);
    let people = 2 + b.dice.below(10);
    let mut org = b.org(domain, lang, people);
    if b.dice.chance(0.15) {
        org.servers = vec![small_office(b, &org.domain)];
    }
    const KINDS: [Spf; 5] =
        [Spf::Strict, Spf::Soft, Spf::Neutral, Spf::Missing, Spf::Broken];
    let spf = KINDS[b.dice.weighted(&[4.0, 3.0, 1.0, 1.5, 0.4])];
    b.domain(&org.domain, &org.servers, spf, "");
    b.maybe_list_good(&org.servers);
    org
}

/// A server on an access line.
fn small_office(b: &mut Builder, domain: &str) -> Server {
    let (ip, provider) = b.access_ip();
    let [_, _, c, d] = ip.octets();
    let name = format!("static-{c}-{d}.access{provider}.example");
    b.name_host(ip, &name);
    if b.dice.chance(0.1) {
        let zone = b.recipe.spec.lists.dial_up_zone.clone();
        b.list(&zone, ip, None, 10);
    }
    let helo = match b.dice.below(5) {
        0 => "localhost.localdomain".to_owned(),
        1 => "SERVER01".to_owned(),
        2 => format!("[{ip}]"),
        _ => format!("mail.{domain}"),
    };
    Server { ip, name: Some(name), helo: Helo::Name(helo) }
}

fn newsletter(b: &mut Builder, number: usize) -> Newsletter {
    // Half of them are there from the start.
    let since = if number.is_multiple_of(2) { 0.0 } else { b.dice.unit() * 0.9 };
    let lang = b.lang(since);
    let domain = b.names.domain(&mut b.dice);
    let mut org = b.org(domain, lang, 1);
    let spf = if b.dice.chance(0.6) { Spf::Strict } else { Spf::Soft };
    b.domain(&org.domain, &org.servers, spf, "");
    b.maybe_list_good(&org.servers);
    let local = *b.dice.pick(&["news", "info", "offers", "service", "noreply", "hello"]);
    org.people[0] = Person {
        name: org.company.clone(),
        first: org.company.clone(),
        address: format!("{local}@{}", org.domain),
        mua: Mua::bulk(&mut b.dice),
        lang,
    };
    let (layout, notices) = (b.dice.below(6), b.dice.chance(0.35));
    let texts = b.dice.bits();
    Newsletter { org, since, layout, texts, notices: notices && number > 0 }
}

fn list(b: &mut Builder) -> MailingList {
    let progress = b.dice.unit();
    let lang = b.lang(progress);
    let domain = b.names.domain(&mut b.dice);
    let mut org = b.org(domain, lang, 1);
    b.domain(&org.domain, &org.servers, Spf::Soft, "");
    b.maybe_list_good(&org.servers);
    org.people = (0..14)
        .map(|_| {
            let mua = Mua::personal(&mut b.dice);
            let home = b.names.domain(&mut b.dice);
            // Members write from elsewhere: their domains exist and protect nothing.
            let servers = b.servers(&home, 1);
            b.domain(&home, &servers, Spf::Neutral, "");
            b.person(lang, &home, mua)
        })
        .collect();
    let name = b.names.product(&mut b.dice).to_ascii_lowercase();
    MailingList { name, org }
}
