//! Bad senders: botnets, rented servers, campaigns.

use std::net::Ipv4Addr;

use crate::generate::cast::builder::{Builder, Spf};
use crate::generate::cast::good::Good;
use crate::generate::cast::{Campaign, Helo, Person, Rota, Route, Server};
use crate::generate::draft::SpamKind;
use crate::generate::style::Mua;
use crate::generate::texts::{Lang, Topic};

/// The most bots, so that memory does not grow with the number of messages.
const MAX_BOTS: usize = 60_000;
/// The most snowshoe addresses of one campaign: eight networks of 256.
const MAX_SNOWSHOE: usize = 2_000;
const DAY: i64 = 86_400;

pub(super) struct Bad {
    pub(super) bots: Rota,
    pub(super) heavy: Rota,
    pub(super) persistent: Vec<Server>,
    pub(super) campaigns: [Vec<Campaign>; 5],
}

pub(super) fn bad(b: &mut Builder, good: &Good) -> Bad {
    let bots = bots(b);
    let heavy = heavy(b);
    let persistent = persistent(b);
    let kinds = [
        SpamKind::Bulk,
        SpamKind::Snowshoe,
        SpamKind::Phishing,
        SpamKind::Malware,
        SpamKind::AdvanceFee,
    ];
    let campaigns = kinds.map(|kind| wave(b, good, kind));
    Bad { bots, heavy, persistent, campaigns }
}

/// Days of the whole time.
fn days(b: &Builder) -> f64 {
    (b.recipe.end.0 - b.recipe.start.0) as f64 / DAY as f64
}

fn rota(servers: Vec<Server>, life_days: f64, days: f64) -> Rota {
    let share = (life_days / days).clamp(0.0, 0.5);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most half of the servers"
    )]
    let active = (servers.len() as f64 * share) as usize;
    let active = active.clamp(1, servers.len() - 1);
    Rota { servers, active }
}

/// Block lists find a spam source some hours after it became active.
fn block(b: &mut Builder, rota: &Rota) {
    for (index, server) in rota.servers.iter().enumerate() {
        let first = b.time(rota.start_of(index));
        b.maybe_block(server.ip, first);
    }
}

fn bots(b: &mut Builder) -> Rota {
    let count = (b.expected(b.recipe.spam_share * 0.4) / 3).clamp(40, MAX_BOTS);
    let dial_up = b.recipe.spec.lists.dial_up_zone.clone();
    let servers = (0..count)
        .map(|_| {
            let (ip, provider) = b.access_ip();
            let [_, _, c, d] = ip.octets();
            let name = format!("dyn-{c}-{d}.access{provider}.example");
            let named = b.dice.chance(0.8);
            if named {
                b.name_host(ip, &name);
            }
            if b.dice.chance(0.35) {
                b.list(&dial_up, ip, None, 10);
            }
            let helo = match b.dice.weighted(&[2.0, 1.5, 1.5, 3.0, 2.0]) {
                0 => Helo::Name(format!("[{ip}]")),
                1 => Helo::Name("localhost".to_owned()),
                2 => Helo::Yours,
                3 => Helo::Random,
                _ => Helo::Name(name.clone()),
            };
            Server { ip, name: named.then_some(name), helo }
        })
        .collect();
    let rota = rota(servers, 6.0, days(b));
    block(b, &rota);
    rota
}

/// About one rented server per two months; each sends a lot, most say another name every
/// time. Block lists are slow with them, so that sender reputation has work to do.
fn heavy(b: &mut Builder) -> Rota {
    let count = 3 + b.recipe.spec.months as usize / 2;
    let servers: Vec<_> = (0..count)
        .map(|n| {
            let ip = b.hosting_ip();
            let name = format!("vps{}.host{n}.example", b.dice.digits(4));
            b.name_host(ip, &name);
            let helo = match b.dice.below(4) {
                0 => Helo::Name(name.clone()),
                1 => Helo::Yours,
                _ => Helo::Random,
            };
            Server { ip, name: Some(name), helo }
        })
        .collect();
    let rota = rota(servers, 1.0, days(b));
    for (index, server) in rota.servers.iter().enumerate().step_by(3) {
        let first = b.time(rota.start_of(index)) + 10 * DAY;
        b.maybe_block(server.ip, first);
    }
    rota
}

/// The bulk sender whose domains and network never change: 240.0.66.0/24.
fn persistent(b: &mut Builder) -> Vec<Server> {
    let domains = b.recipe.spec.spam.persistent_domains.clone();
    let servers: Vec<_> = (0..8u8)
        .map(|n| {
            let domain = &domains[usize::from(n) % domains.len()];
            b.server(Ipv4Addr::new(240, 0, 66, 20 + n), &format!("out{n}.{domain}"))
        })
        .collect();
    for domain in &domains {
        b.domain(domain, &servers[..1], Spf::Strict, " ip4:240.0.66.0/24");
    }
    servers
}

/// All campaigns of a kind, starting evenly over the time, so that some always run.
fn wave(b: &mut Builder, good: &Good, kind: SpamKind) -> Vec<Campaign> {
    let spam = b.recipe.spec.spam.clone();
    let weights = spam.weights();
    let share = weights[kind.index()] / weights.iter().sum::<f64>();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most 120,000 campaigns"
    )]
    let count =
        (f64::from(spam.campaigns_per_month * b.recipe.spec.months) * share) as usize;
    let count = count.max(4);
    let expected = b.expected(b.recipe.spam_share * share) / count;
    let gap = (b.recipe.end.0 - b.recipe.start.0) / i64::try_from(count).unwrap_or(1);
    (0..count)
        .map(|n| {
            let [low, high] = spam.campaign_days.map(i64::from);
            let life = (b.dice.between(low, high) * DAY).max(gap * 2);
            let progress = n as f64 / count as f64;
            let start = b.time(progress) - if n == 0 { life / 2 } else { 0 };
            campaign(b, good, kind, (start, start + life), progress, expected)
        })
        .collect()
}

fn campaign(
    b: &mut Builder,
    good: &Good,
    kind: SpamKind,
    (start, end): (i64, i64),
    progress: f64,
    expected: usize,
) -> Campaign {
    let overlap = b.recipe.spec.overlap.clone();
    let lang = b.lang(progress);
    let route = route(b, good, kind);
    let mimic = b.dice.chance(overlap.spam_reads_like_ham);
    let (topic, copies) = topics(b, kind, lang);
    let topic = if mimic { copies } else { topic };
    let theme = b.banks[lang.index()].theme(topic);
    let (sentences, subjects) = (theme.sentences.len(), theme.subjects.len());
    let mut campaign = Campaign {
        kind,
        topic,
        copies,
        lang,
        mua: match kind {
            SpamKind::AdvanceFee | SpamKind::Phishing => Mua::personal(&mut b.dice),
            _ => Mua::forged(&mut b.dice),
        },
        layout: b.dice.below(6),
        sentences: subset(b, sentences),
        subjects: subset(b, subjects),
        product: b.names.product(&mut b.dice),
        company: b.names.firm(lang, &mut b.dice),
        senders: Vec::new(),
        texts: (0..1 + b.dice.below(4)).map(|_| b.dice.bits()).collect(),
        domains: vec![b.names.domain(&mut b.dice)],
        servers: Vec::new(),
        noise: if !mimic && b.dice.chance(0.15) { 0.06 } else { 0.0 },
        attachment: b.dice.below(8),
        route,
        start,
        end,
    };
    equip(b, &mut campaign, expected);
    campaign.senders = (0..6).map(|_| sender(b, good, &campaign)).collect();
    campaign
}

/// About two thirds of `0..count`, at least three where there are as many.
fn subset(b: &mut Builder, count: usize) -> Vec<usize> {
    let mut chosen: Vec<_> = (0..count).filter(|_| b.dice.chance(0.6)).collect();
    for index in 0..count.min(3) {
        if chosen.len() < 3 && !chosen.contains(&index) {
            chosen.push(index);
        }
    }
    chosen
}

/// What the campaign is about, and which good mail it copies.
fn topics(b: &mut Builder, kind: SpamKind, lang: Lang) -> (Topic, Topic) {
    match kind {
        SpamKind::Phishing => (Topic::Phish, Topic::Notice),
        SpamKind::Malware => (Topic::Malware, Topic::Business),
        SpamKind::AdvanceFee => (Topic::Advance, Topic::Personal),
        SpamKind::Bulk | SpamKind::Snowshoe | SpamKind::Backscatter => {
            let known = Topic::BULK.into_iter().filter(|t| b.banks[lang.index()].has(*t));
            let known: Vec<_> = known.collect();
            let copies =
                if b.dice.chance(0.8) { Topic::Newsletter } else { Topic::Business };
            (*b.dice.pick(&known), copies)
        }
    }
}

fn route(b: &mut Builder, good: &Good, kind: SpamKind) -> Route {
    let shared = b.recipe.spec.overlap.spam_from_good_senders;
    if kind == SpamKind::Snowshoe {
        return Route::Snowshoe;
    }
    let shared = if kind == SpamKind::AdvanceFee { shared.max(0.85) } else { shared };
    let phishing = kind == SpamKind::Phishing;
    if b.dice.chance(shared) {
        let weights = if phishing { [1.0, 3.0, 1.0] } else { [4.0, 3.0, 1.0] };
        return match b.dice.weighted(&weights) {
            0 => Route::Freemail,
            1 => Route::Hacked(b.dice.below(good.orgs.len())),
            _ => Route::Service(b.dice.below(good.newsletters.len())),
        };
    }
    let look_alike = if phishing { 3.0 } else { 0.0 };
    let persistent = if kind == SpamKind::Bulk { 2.5 } else { 0.0 };
    match b.dice.weighted(&[5.0, 2.5, look_alike, persistent]) {
        0 => Route::Bot,
        1 => Route::Heavy,
        2 => Route::LookAlike,
        _ => Route::Persistent,
    }
}

/// Servers and domains of its own.
fn equip(b: &mut Builder, campaign: &mut Campaign, expected: usize) {
    match campaign.route {
        Route::Snowshoe => snowshoe(b, campaign, expected),
        Route::LookAlike => {
            let domain = campaign.domains[0].clone();
            campaign.servers = b.servers(&domain, 1);
            b.domain(&domain, &campaign.servers, Spf::Strict, "");
            b.maybe_block(campaign.servers[0].ip, campaign.start);
        }
        Route::Persistent => {
            campaign.domains = b.recipe.spec.spam.persistent_domains.clone();
        }
        Route::Heavy => {
            let domain = campaign.domains[0].clone();
            let ip = b.hosting_ip();
            let server = b.server(ip, &format!("www.{domain}"));
            b.domain(&domain, &[server], Spf::Neutral, "");
        }
        Route::Bot | Route::Freemail | Route::Hacked(_) | Route::Service(_) => {
            let domain = campaign.domains[0].clone();
            let ip = b.hosting_ip();
            b.name_host(ip, &domain);
        }
    }
}

fn snowshoe(b: &mut Builder, campaign: &mut Campaign, expected: usize) {
    let count = (expected / 2).clamp(12, MAX_SNOWSHOE);
    let per_block = count.min(250);
    campaign.domains.clear();
    for _ in 0..count.div_ceil(per_block) {
        let [x, y, z] = b.hosting_block();
        let domains: Vec<_> =
            (0..per_block.div_ceil(6)).map(|_| b.names.domain(&mut b.dice)).collect();
        let mut servers = Vec::with_capacity(per_block);
        for n in 0..per_block {
            let ip = Ipv4Addr::new(x, y, z, u8::try_from(n + 2).expect("at most 251"));
            let domain = &domains[n % domains.len()];
            servers.push(b.server(ip, &format!("m{n}.{domain}")));
            b.maybe_block(ip, campaign.start);
        }
        for (n, domain) in domains.iter().enumerate() {
            let spf = if b.dice.chance(0.7) { Spf::Strict } else { Spf::Soft };
            b.domain(domain, &servers[n..=n], spf, &format!(" ip4:{x}.{y}.{z}.0/24"));
        }
        campaign.domains.extend(domains);
        campaign.servers.extend(servers);
    }
}

/// Who the campaign says it is.
fn sender(b: &mut Builder, good: &Good, campaign: &Campaign) -> Person {
    let domain = match &campaign.route {
        Route::Bot if campaign.kind == SpamKind::Phishing => forged_domain(b),
        Route::Bot => b.dice.pick(&good.orgs).domain.clone(),
        Route::Freemail => b.dice.pick(&good.freemail).domain.clone(),
        Route::Hacked(org) => good.orgs[*org].domain.clone(),
        Route::Service(newsletter) => good.newsletters[*newsletter].org.domain.clone(),
        Route::Heavy | Route::Persistent | Route::Snowshoe | Route::LookAlike => {
            b.dice.pick(&campaign.domains).clone()
        }
    };
    let mut person = b.person(campaign.lang, &domain, campaign.mua);
    let official = ["info", "service", "news", "support", "billing", "noreply", "offers"];
    if campaign.kind != SpamKind::AdvanceFee && b.dice.chance(0.4) {
        person.address = format!("{}@{domain}", b.dice.pick(&official));
        person.name.clone_from(&campaign.company);
    }
    person
}

/// Phishing claims to come from ourselves or from partners.
fn forged_domain(b: &mut Builder) -> String {
    let organization = &b.recipe.spec.organization;
    let list = if b.dice.chance(0.4) {
        &organization.domains
    } else {
        &organization.partner_domains
    };
    b.dice.pick(list).clone()
}
