//! Spam: messages of campaigns, and bounces of those sent in our name.

use mail::{Label, World};

use crate::generate::Recipe;
use crate::generate::attachment;
use crate::generate::calendar::Moment;
use crate::generate::cast::{Campaign, Cast, Person, Route, Server};
use crate::generate::dice::{Dice, Purpose};
use crate::generate::draft::{Client, Draft, Mailbox, Shape, SpamKind};
use crate::generate::ham::{daemon, failure};
use crate::generate::letter::{self, Length, Letter, Matter};
use crate::generate::recipients::{self, Addressed};
use crate::generate::style::Mua;
use crate::generate::texts::Facts;

/// Share of a campaign's messages whose text others of it have, too.
const SHARED: f64 = 0.6;

/// Drafts one piece of spam.
pub(super) fn draft(
    cast: &Cast,
    world: &World,
    recipe: &Recipe,
    moment: Moment,
    dice: &mut Dice,
) -> Draft {
    let kind = SpamKind::ALL[dice.weighted(&recipe.spec.spam.weights())];
    let unknown = recipe.spec.recipients.spam_unknown;
    let addressed = recipients::choose(cast, world, recipe, unknown, dice);
    let mut draft = match kind {
        SpamKind::Backscatter => backscatter(cast, recipe, moment, addressed, dice),
        SpamKind::Bulk
        | SpamKind::Snowshoe
        | SpamKind::Phishing
        | SpamKind::Malware
        | SpamKind::AdvanceFee => {
            let campaign = *dice.pick(&cast.running(kind, moment.time));
            of_campaign(cast, recipe, campaign, moment, addressed, dice)
        }
    };
    draft.category = kind.name();
    draft
}

/// What running spam says, for good mail that quotes it.
pub(super) fn specimen(cast: &Cast, time: i64, dice: &mut Dice) -> Letter {
    let campaign = *dice.pick(&cast.running(SpamKind::Bulk, time));
    let sender = dice.pick(&campaign.senders);
    write(cast, campaign, sender, "", time, Length::Usual, dice)
}

fn of_campaign(
    cast: &Cast,
    recipe: &Recipe,
    campaign: &Campaign,
    moment: Moment,
    addressed: Addressed<'_>,
    dice: &mut Dice,
) -> Draft {
    let overlap = &recipe.spec.overlap;
    let sender = dice.pick(&campaign.senders).clone();
    let length = Length::choose(overlap.short_messages, dice);
    let you = greeting(addressed.first, dice);
    let mut letter = write(cast, campaign, &sender, &you, moment.time, length, dice);
    if dice.chance(overlap.spam_harvests_ham) {
        harvest(cast, campaign, &mut letter, moment.time, dice);
    }
    if campaign.noise > 0.0 {
        letter.disguise(campaign.noise, dice);
    }
    let (server, sender) = route(cast, campaign, sender, moment, dice);
    let client = Client::of(server, &cast.receiver.domains[0], dice);
    let mut from = Mailbox::new(&sender.name, &sender.address);
    if campaign.kind == SpamKind::Phishing && dice.chance(0.6) {
        from.name.clone_from(&campaign.company);
    }
    let mail_from = match campaign.route {
        Route::Service(_) => format!("bounce-{}@{}", dice.digits(6), from.domain()),
        Route::Bot if dice.chance(0.4) => {
            let org = dice.pick(&cast.orgs);
            format!("{}@{}", dice.word(7), org.domain)
        }
        _ => sender.address.clone(),
    };
    let mut fields = Vec::new();
    if matches!(campaign.route, Route::Service(_) | Route::Snowshoe | Route::Persistent) {
        let host = &letter.host;
        fields.push(("List-Unsubscribe", format!("<https://{host}/u/{}>", dice.hex(8))));
    }
    if letter.subject.starts_with("Re: ") && dice.chance(0.3) {
        fields.push(("In-Reply-To", format!("<{}@{}>", dice.hex(24), from.domain())));
    }
    let attached = campaign.kind == SpamKind::Malware;
    let Addressed { rcpt_to, to, .. } = addressed;
    Draft {
        label: Label::Spam,
        category: "",
        before: before(&client, campaign, dice),
        client,
        mail_from,
        rcpt_to,
        to,
        reply_to: reply_to(cast, campaign, dice),
        mua: campaign.mua,
        lang: campaign.lang,
        zone_minutes: 60 * dice.between(-8, 9),
        shape: shape(campaign, dice),
        attachment: attached
            .then(|| attachment::bad(&letter.subject, campaign.attachment, dice)),
        letter,
        fields,
        host: if dice.chance(0.7) {
            from.domain().to_owned()
        } else {
            format!("{}.example", dice.word(8))
        },
        from,
    }
}

/// How the victim is addressed: by name where the list has one.
fn greeting(person: &Person, dice: &mut Dice) -> String {
    let local = person.address.split_once('@').map_or("", |(local, _)| local);
    match dice.below(4) {
        0 | 1 => person.first.clone(),
        2 => local.to_owned(),
        _ => person.address.clone(),
    }
}

fn write(
    cast: &Cast,
    campaign: &Campaign,
    sender: &Person,
    you: &str,
    time: i64,
    length: Length,
    dice: &mut Dice,
) -> Letter {
    let mut text = if dice.chance(SHARED) {
        Dice::new(*dice.pick(&campaign.texts), Purpose::Text(0))
    } else {
        dice.clone()
    };
    let host = dice.pick(&campaign.domains);
    let matter = Matter {
        topic: campaign.topic,
        facts: Facts {
            me: &sender.first,
            you,
            company: &campaign.company,
            product: &campaign.product,
            host,
            time,
        },
        sentences: Some(&campaign.sentences),
        subjects: Some(&campaign.subjects),
        length,
    };
    letter::write(&cast.banks[campaign.lang.index()], &matter, &mut text)
}

/// Sentences copied from good mail, to look like it.
fn harvest(
    cast: &Cast,
    campaign: &Campaign,
    letter: &mut Letter,
    time: i64,
    dice: &mut Dice,
) {
    let org = dice.pick(&cast.orgs);
    let facts = Facts {
        me: &org.company,
        you: "",
        company: &org.company,
        product: &org.product,
        host: &letter.host.clone(),
        time,
    };
    let count = 1 + dice.below(4);
    let bank = &cast.banks[campaign.lang.index()];
    letter.paragraphs.push(letter::sentences(bank, campaign.copies, &facts, count, dice));
}

/// The server a message leaves from, and the sender as that server allows.
fn route<'c>(
    cast: &'c Cast,
    campaign: &'c Campaign,
    mut sender: Person,
    moment: Moment,
    dice: &mut Dice,
) -> (&'c Server, Person) {
    let server = match &campaign.route {
        Route::Bot => cast.bots.at(moment.progress, dice.unit()),
        Route::Heavy => cast.heavy.at(moment.progress, dice.unit()),
        Route::Persistent => dice.pick(&cast.persistent),
        Route::Hacked(org) => dice.pick(&cast.orgs[*org].servers),
        Route::Service(service) => dice.pick(&cast.newsletters[*service].org.servers),
        Route::LookAlike => dice.pick(&campaign.servers),
        Route::Freemail => {
            let domain = sender.address.rsplit_once('@').map_or("", |(_, domain)| domain);
            let provider = cast.freemail.iter().find(|mail| mail.domain == domain);
            dice.pick(&provider.unwrap_or(&cast.freemail[0]).servers)
        }
        Route::Snowshoe => {
            let server = dice.pick(&campaign.servers);
            if let Some((_, domain)) =
                server.name.as_deref().and_then(|name| name.split_once('.'))
            {
                sender.address = format!("{}@{domain}", dice.word(6));
            }
            server
        }
    };
    (server, sender)
}

/// A hop before the client that may be invented.
fn before(client: &Client, campaign: &Campaign, dice: &mut Dice) -> Option<Client> {
    let own = matches!(campaign.route, Route::Freemail | Route::Hacked(_));
    if !dice.chance(if own { 0.9 } else { 0.3 }) {
        return None;
    }
    let mut octet = || u8::try_from(dice.between(1, 254)).expect("an octet");
    let ip = std::net::Ipv4Addr::new(241 + octet() % 14, octet(), octet(), octet());
    let helo = if own { format!("[{ip}]") } else { format!("mx.{}", client.helo) };
    Some(Client { ip, name: None, helo, authenticated: own })
}

/// Advance fee mail wants its answers elsewhere.
fn reply_to(cast: &Cast, campaign: &Campaign, dice: &mut Dice) -> Option<String> {
    let elsewhere = campaign.kind == SpamKind::AdvanceFee && dice.chance(0.7);
    elsewhere.then(|| {
        let domain = &dice.pick(&cast.freemail).domain;
        format!("{}{}@{domain}", dice.word(6), dice.digits(2))
    })
}

fn shape(campaign: &Campaign, dice: &mut Dice) -> Shape {
    match campaign.kind {
        SpamKind::AdvanceFee => Shape::of_person(campaign.mua, dice),
        SpamKind::Malware if campaign.mua == Mua::Console => Shape::Plain,
        _ => Shape::of(campaign.layout),
    }
}

/// A bounce of a message that somebody else sent under our address.
fn backscatter(
    cast: &Cast,
    recipe: &Recipe,
    moment: Moment,
    addressed: Addressed<'_>,
    dice: &mut Dice,
) -> Draft {
    let org = dice.pick(&cast.orgs);
    let returned = specimen(cast, moment.time, dice);
    let wrong = format!("{}@{}", dice.word(7), org.domain);
    let letter = failure(returned, &wrong, dice);
    let daemon = daemon(org);
    let server = dice.pick(&org.servers);
    let from = Mailbox::new(&daemon.name, &daemon.address);
    let main = &recipe.spec.organization.domains[0];
    let Addressed { rcpt_to, to, .. } = addressed;
    Draft {
        label: Label::Spam,
        category: "",
        client: Client::of(server, main, dice),
        before: None,
        mail_from: String::new(),
        rcpt_to,
        to,
        reply_to: None,
        mua: Mua::Script,
        lang: org.lang,
        zone_minutes: org.zone_minutes,
        shape: Shape::Plain,
        letter,
        attachment: None,
        fields: vec![("Auto-Submitted", "auto-replied".to_owned())],
        host: from.domain().to_owned(),
        from,
    }
}
