//! What all parts of the cast are built with: chance, names, networks, the world.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use mail::{Listing, Mx, Timestamp, World};

use crate::generate::cast::names::{Named, Names};
use crate::generate::cast::{Cast, Helo, Org, Person, Server, bad, good, receiver};
use crate::generate::dice::{Dice, Purpose};
use crate::generate::style::Mua;
use crate::generate::texts::{Bank, Lang, banks};
use crate::generate::{GenerateError, Recipe};

/// Networks of hosting firms: good and bad servers stand beside each other.
const HOSTING: usize = 14;
/// Networks of access providers: homes and small offices.
const ACCESS: usize = 10;

/// How a domain's SPF record ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spf {
    Strict,
    Soft,
    Neutral,
    Broken,
    Missing,
}

pub(super) struct Builder<'r> {
    pub(super) recipe: &'r Recipe,
    pub(super) messages: u64,
    pub(super) dice: Dice,
    pub(super) names: Names,
    pub(super) banks: [Bank; 4],
    pub(super) world: World,
    hosting: Vec<[u8; 2]>,
    access: Vec<[u8; 2]>,
    used: BTreeSet<Ipv4Addr>,
}

pub(super) fn build(
    recipe: &Recipe,
    seed: u64,
    messages: u64,
) -> Result<(Cast, World), GenerateError> {
    let spec = &recipe.spec;
    let o = &spec.organization;
    let reserved = o.domains.iter().chain(&o.old_domains).chain(&o.inner_domains);
    let reserved =
        reserved.chain(&o.partner_domains).chain(&spec.spam.persistent_domains);
    let mut dice = Dice::new(seed, Purpose::Cast);
    let network = |dice: &mut Dice| {
        // 240.0.0.0/4 is reserved: no made-up address belongs to anybody.
        let first = u8::try_from(dice.between(241, 254)).expect("below 255");
        [first, u8::try_from(dice.below(256)).expect("below 256")]
    };
    let hosting = (0..HOSTING).map(|_| network(&mut dice)).collect();
    let access = (0..ACCESS).map(|_| network(&mut dice)).collect();
    let names = Names::new(reserved.cloned())?;
    let (world, used, banks) = (World::default(), BTreeSet::new(), banks()?);
    let mut b =
        Builder { recipe, messages, dice, names, banks, world, hosting, access, used };
    b.world.dns.closed = true;
    let receiver = receiver::receiver(&mut b);
    let mut good = good::good(&mut b);
    let bad = bad::bad(&mut b, &good);
    receiver::settings(&mut b, &receiver, &good);
    for zone in [&spec.lists.block_zone, &spec.lists.dial_up_zone, &spec.lists.allow_zone]
    {
        b.world.listings.zones.entry(zone.clone()).or_default();
    }
    good.orgs.shrink_to_fit();
    let cast = Cast {
        banks: b.banks,
        receiver,
        partners: o.partner_domains.len(),
        orgs: good.orgs,
        newsletters: good.newsletters,
        lists: good.lists,
        freemail: good.freemail,
        correspondents: good.correspondents,
        alumni: good.alumni,
        bots: bad.bots,
        heavy: bad.heavy,
        persistent: bad.persistent,
        campaigns: bad.campaigns,
    };
    Ok((cast, b.world))
}

impl Builder<'_> {
    /// Expected messages of a share of all, at least 1.
    pub(super) fn expected(&self, share: f64) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of at most 100,000,000"
        )]
        let count = (self.messages as f64 * share) as usize;
        count.max(1)
    }

    /// The language of somebody who appears at `progress` of the whole time.
    pub(super) fn lang(&mut self, progress: f64) -> Lang {
        let languages = &self.recipe.spec.languages;
        let (first, last) = (languages.first.list(), languages.last.list());
        let sums = (first.iter().sum::<f64>(), last.iter().sum::<f64>());
        let at =
            |i: usize| first[i] / sums.0 * (1.0 - progress) + last[i] / sums.1 * progress;
        Lang::ALL[self.dice.weighted(&[at(0), at(1), at(2), at(3)])]
    }

    /// Seconds since 1970 at `progress` of the whole time.
    pub(super) fn time(&self, progress: f64) -> i64 {
        let (start, end) = (self.recipe.start.0, self.recipe.end.0);
        #[expect(clippy::cast_possible_truncation, reason = "at most 120 months")]
        let offset = ((end - start) as f64 * progress) as i64;
        start + offset
    }

    pub(super) fn person(&mut self, lang: Lang, domain: &str, mua: Mua) -> Person {
        let Named { full, first, local } = self.names.person(lang, &mut self.dice);
        Person { name: full, first, address: format!("{local}@{domain}"), mua, lang }
    }

    /// A fresh address in a hosting network.
    pub(super) fn hosting_ip(&mut self) -> Ipv4Addr {
        let [a, b] = *self.dice.pick(&self.hosting);
        self.fresh(a, b)
    }

    /// A fresh address in an access provider's network, and the provider's number.
    pub(super) fn access_ip(&mut self) -> (Ipv4Addr, usize) {
        let provider = self.dice.below(self.access.len());
        let [a, b] = self.access[provider];
        (self.fresh(a, b), provider)
    }

    fn fresh(&mut self, a: u8, b: u8) -> Ipv4Addr {
        loop {
            let octet = |n: i64| u8::try_from(n).expect("below 256");
            let c = octet(self.dice.between(0, 255));
            let ip = Ipv4Addr::new(a, b, c, octet(self.dice.between(1, 254)));
            if self.used.insert(ip) {
                return ip;
            }
            // A full network: any other address of the reserved range will do.
            let any = octet(self.dice.between(241, 254));
            let ip = Ipv4Addr::new(any, octet(self.dice.between(0, 255)), c, 1);
            if self.dice.chance(0.2) && self.used.insert(ip) {
                return ip;
            }
        }
    }

    /// A fresh /24 of a hosting network; its addresses are given by the caller.
    pub(super) fn hosting_block(&mut self) -> [u8; 3] {
        for _ in 0..1000 {
            let [a, b] = *self.dice.pick(&self.hosting);
            let c = u8::try_from(self.dice.below(256)).expect("below 256");
            let (low, high) = (Ipv4Addr::new(a, b, c, 0), Ipv4Addr::new(a, b, c, 255));
            if self.used.range(low..=high).next().is_none() {
                self.used.extend((0..=255).map(|d| Ipv4Addr::new(a, b, c, d)));
                return [a, b, c];
            }
        }
        let octet = |n: usize| u8::try_from(n).expect("below 256");
        [255, octet(self.dice.below(255)), octet(self.dice.below(256))]
    }

    /// A server with proper names.
    pub(super) fn server(&mut self, ip: Ipv4Addr, host: &str) -> Server {
        self.name_host(ip, host);
        let name = Some(host.to_owned());
        Server { ip, name, helo: Helo::Name(host.to_owned()) }
    }

    /// A and PTR records.
    pub(super) fn name_host(&mut self, ip: Ipv4Addr, host: &str) {
        let dns = &mut self.world.dns;
        dns.addresses.entry(host.to_owned()).or_default().push(IpAddr::V4(ip));
        dns.ptr.entry(IpAddr::V4(ip)).or_default().push(host.to_owned());
    }

    /// The servers of a domain, named `mail1.domain` and so on.
    pub(super) fn servers(&mut self, domain: &str, count: usize) -> Vec<Server> {
        const HOSTS: [&str; 6] = ["mail", "mx", "smtp", "out", "relay", "post"];
        let host = *self.dice.pick(&HOSTS);
        (1..=count)
            .map(|n| {
                let ip = self.hosting_ip();
                self.server(ip, &format!("{host}{n}.{domain}"))
            })
            .collect()
    }

    /// A domain's A, MX and SPF records. `networks` are further SPF mechanisms.
    pub(super) fn domain(
        &mut self,
        name: &str,
        servers: &[Server],
        spf: Spf,
        networks: &str,
    ) {
        let dns = &mut self.world.dns;
        let ips: Vec<_> = servers.iter().map(|server| server.ip).collect();
        if let Some(first) = ips.first() {
            dns.addresses.entry(name.to_owned()).or_default().push(IpAddr::V4(*first));
        }
        let hosts = servers.iter().filter_map(|server| server.name.clone());
        let mx: Vec<_> = hosts
            .take(2)
            .zip([10, 20])
            .map(|(host, preference)| Mx { preference, host })
            .collect();
        let by_mx = !mx.is_empty() && ips.len() <= 2;
        if !mx.is_empty() {
            dns.mx.insert(name.to_owned(), mx);
        }
        let mut record = "v=spf1".to_owned();
        if by_mx && self.dice.chance(0.5) {
            record.push_str(" mx");
        } else {
            ips.iter().for_each(|ip| record.push_str(&format!(" ip4:{ip}")));
        }
        record.push_str(networks);
        let record = match spf {
            Spf::Strict => record + " -all",
            Spf::Soft => record + " ~all",
            Spf::Neutral => record + " ?all",
            Spf::Broken => record + " ip4:300.1.2 -al",
            Spf::Missing => return,
        };
        self.world.dns.txt.entry(name.to_owned()).or_default().push(record);
    }

    pub(super) fn list(
        &mut self,
        zone: &str,
        ip: Ipv4Addr,
        span: Option<(i64, i64)>,
        last: u8,
    ) {
        let listing = Listing {
            from: span.map(|span| Timestamp(span.0)),
            until: span.map(|span| Timestamp(span.1)),
            answer: Ipv4Addr::new(127, 0, 0, last),
        };
        let zone = self.world.listings.zones.entry(zone.to_owned()).or_default();
        zone.entry(IpAddr::V4(ip)).or_default().push(listing);
    }

    /// Puts a spam source on the block list some hours after `first`, if it is ever found.
    pub(super) fn maybe_block(&mut self, ip: Ipv4Addr, first: i64) {
        let lists = &self.recipe.spec.lists;
        let (coverage, [low, high]) = (lists.coverage, lists.delay_hours);
        let zone = lists.block_zone.clone();
        if self.dice.chance(coverage) {
            let delay = self.dice.between(i64::from(low) * 3600, i64::from(high) * 3600);
            let days = self.dice.between(10, 60);
            let from = first + delay;
            self.list(&zone, ip, Some((from, from + days * 86_400)), 2);
        }
    }

    /// Good servers get on lists, too: a few on block lists by mistake, some on the allow
    /// list.
    pub(super) fn maybe_list_good(&mut self, servers: &[Server]) {
        let lists = &self.recipe.spec.lists;
        let (innocents, allowed) = (lists.innocents, lists.allowed);
        let zones = [lists.block_zone.clone(), lists.allow_zone.clone()];
        for server in servers {
            if self.dice.chance(innocents) {
                let progress = self.dice.unit();
                let from = self.time(progress);
                let until = from + self.dice.between(1, 8) * 86_400;
                self.list(&zones[0], server.ip, Some((from, until)), 2);
            } else if self.dice.chance(allowed) {
                self.list(&zones[1], server.ip, None, 2);
            }
        }
    }

    /// An organisation with `people` people.
    pub(super) fn org(&mut self, domain: String, lang: Lang, people: usize) -> Org {
        let company = self.names.firm(lang, &mut self.dice);
        let product = self.names.product(&mut self.dice);
        let count = 1 + self.dice.weighted(&[6.0, 3.0, 1.0]);
        let servers = self.servers(&domain, count);
        let people = (0..people.max(1))
            .map(|_| {
                let mua = Mua::personal(&mut self.dice);
                self.person(lang, &domain, mua)
            })
            .collect();
        let zone_minutes = zone_minutes(lang, &mut self.dice);
        Org { domain, company, product, lang, zone_minutes, servers, people }
    }
}

/// Minutes east of UTC of people who write a language.
pub(super) fn zone_minutes(lang: Lang, dice: &mut Dice) -> i64 {
    let zones: &[i64] = match lang {
        Lang::English => &[0, 60, -300, -480, -360],
        Lang::Korean => &[540],
        Lang::German => &[60, 60, 60, 120],
        Lang::Portuguese => &[0, -180, -180],
    };
    *dice.pick(zones)
}
