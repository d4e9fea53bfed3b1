//! Good mail.

use mail::{Label, World};

use crate::generate::Recipe;
use crate::generate::attachment;
use crate::generate::calendar::Moment;
use crate::generate::cast::{Cast, Newsletter, Org, Person, Server};
use crate::generate::dice::{Dice, Purpose};
use crate::generate::draft::{Client, Draft, HamKind, Mailbox, Shape};
use crate::generate::letter::{self, Length, Letter, Matter};
use crate::generate::recipients::{self, Addressed};
use crate::generate::texts::{Facts, Topic};

const WEEK: i64 = 7 * 86_400;

/// What every kind of good mail is written from.
struct Desk<'c> {
    cast: &'c Cast,
    recipe: &'c Recipe,
    moment: Moment,
    addressed: Addressed<'c>,
}

/// Drafts one good message.
pub(super) fn draft(
    cast: &Cast,
    world: &World,
    recipe: &Recipe,
    moment: Moment,
    dice: &mut Dice,
) -> Draft {
    let kind = HamKind::ALL[dice.weighted(&recipe.spec.ham.weights())];
    let unknown = recipe.spec.recipients.ham_unknown;
    let addressed = recipients::choose(cast, world, recipe, unknown, dice);
    let desk = Desk { cast, recipe, moment, addressed };
    let mut draft = match kind {
        HamKind::Business => desk.business(dice),
        HamKind::Thread => desk.thread(dice),
        HamKind::Personal => desk.personal(dice),
        HamKind::Newsletter => desk.newsletter(dice),
        HamKind::List => desk.list(dice),
        HamKind::Notice => desk.notice(dice),
        HamKind::Bounce => desk.bounce(dice),
        HamKind::Forwarded => desk.forwarded(dice),
        HamKind::Internal => desk.internal(dice),
    };
    draft.category = kind.name();
    draft
}

impl<'c> Desk<'c> {
    fn business(self, dice: &mut Dice) -> Draft {
        let org = dice.pick(&self.cast.orgs);
        let person = dice.pick(&org.people);
        let letter = self.letter(Topic::Business, person, org, dice);
        let mut draft = self.org_mail(org, person, letter, dice);
        if dice.chance(0.22) {
            draft.attachment = Some(attachment::good(&draft.letter.subject, dice));
        }
        draft
    }

    fn thread(self, dice: &mut Dice) -> Draft {
        let org = dice.pick(&self.cast.orgs);
        let person = dice.pick(&org.people);
        let mut letter = self.letter(Topic::Reply, person, org, dice);
        letter.subject = format!("Re: {}", letter.subject);
        // What the recipient had written before.
        let me = self.addressed.first;
        letter.quoted = self.letter(Topic::Business, me, org, dice).lines();
        if dice.chance(self.recipe.spec.overlap.ham_quotes_spam) {
            letter.quote_spam(self.cast, self.moment.time, dice);
        }
        let mut draft = self.org_mail(org, person, letter, dice);
        let id = format!("<{}@{}>", dice.hex(24), draft.to[0].domain());
        draft.fields.push(("In-Reply-To", id.clone()));
        draft.fields.push(("References", id));
        draft
    }

    fn personal(self, dice: &mut Dice) -> Draft {
        let (person, provider) = dice.pick(&self.cast.correspondents);
        let mail = &self.cast.freemail[*provider];
        let facts = self.facts(&person.name, &person.name, &mail.domain);
        let mut letter = self.write(Topic::Personal, person, facts, dice);
        if dice.chance(self.recipe.spec.overlap.ham_quotes_spam) {
            letter.quote_spam(self.cast, self.moment.time, dice);
        }
        let server = dice.pick(&mail.servers);
        let mut draft = self.draft(person, server, letter, dice);
        if dice.chance(0.15) {
            draft.attachment = Some(attachment::good("photo", dice));
        }
        draft
    }

    fn newsletter(self, dice: &mut Dice) -> Draft {
        let known = self.cast.newsletters.iter();
        let running: Vec<&Newsletter> =
            known.filter(|n| !n.notices && n.since <= self.moment.progress).collect();
        let sender = *dice.pick(&running);
        // Everybody gets the issue of the week, some a text of their own.
        let week = u64::try_from(self.moment.time / WEEK).unwrap_or_default();
        let mut issue = if dice.chance(0.7) {
            Dice::new(sender.texts, Purpose::Text(week))
        } else {
            dice.clone()
        };
        let letter = self.letter(
            Topic::Newsletter,
            &sender.org.people[0],
            &sender.org,
            &mut issue,
        );
        let mut draft = self.bulk(sender, letter, dice);
        draft.fields.push((
            "List-Unsubscribe",
            format!("<https://{}/unsubscribe/{}>", sender.org.domain, dice.hex(10)),
        ));
        if dice.chance(0.4) {
            draft.fields.push(("Precedence", "bulk".to_owned()));
        }
        draft
    }

    fn notice(self, dice: &mut Dice) -> Draft {
        let machines: Vec<&Newsletter> =
            self.cast.newsletters.iter().filter(|n| n.notices).collect();
        if machines.is_empty() || dice.chance(0.3) {
            let org = dice.pick(&self.cast.orgs);
            let machine = Person {
                name: org.company.clone(),
                first: org.company.clone(),
                address: format!("noreply@{}", org.domain),
                ..org.people[0].clone()
            };
            let letter = self.letter(Topic::Notice, &machine, org, dice);
            return self.org_mail(org, &machine, letter, dice);
        }
        let sender = *dice.pick(&machines);
        let letter = self.letter(Topic::Notice, &sender.org.people[0], &sender.org, dice);
        let mut draft = self.bulk(sender, letter, dice);
        draft.fields.push(("Auto-Submitted", "auto-generated".to_owned()));
        draft
    }

    fn list(self, dice: &mut Dice) -> Draft {
        let list = dice.pick(&self.cast.lists);
        let member = dice.pick(&list.org.people);
        let mut letter = self.letter(Topic::List, member, &list.org, dice);
        if dice.chance(0.5) {
            letter.quoted = self
                .letter(Topic::List, dice.pick(&list.org.people), &list.org, dice)
                .lines();
            letter.subject = format!("Re: {}", letter.subject);
        }
        if dice.chance(self.recipe.spec.overlap.ham_quotes_spam) {
            letter.quote_spam(self.cast, self.moment.time, dice);
        }
        letter.subject = format!("[{}] {}", list.name, letter.subject);
        let domain = &list.org.domain;
        let posts = format!("{}@{domain}", list.name);
        let server = dice.pick(&list.org.servers);
        let mut draft = self.draft(member, server, letter, dice);
        draft.mail_from = format!("{}-bounces@{domain}", list.name);
        draft.to = vec![Mailbox::new(&list.name, &posts)];
        draft.fields.extend([
            ("List-Id", format!("<{}.{domain}>", list.name)),
            ("List-Post", format!("<mailto:{posts}>")),
            ("Precedence", "list".to_owned()),
        ]);
        draft.shape = Shape::Plain;
        draft
    }

    fn bounce(self, dice: &mut Dice) -> Draft {
        let org = dice.pick(&self.cast.orgs);
        let me = self.addressed.first;
        let returned = self.letter(Topic::Business, me, org, dice);
        let wrong = format!("{}@{}", dice.word(7), org.domain);
        let letter = failure(returned, &wrong, dice);
        let daemon = daemon(org);
        let mut draft = self.org_mail(org, &daemon, letter, dice);
        draft.mail_from = String::new();
        draft.fields.push(("Auto-Submitted", "auto-replied".to_owned()));
        draft.shape = Shape::Plain;
        draft
    }

    /// A former university's server passes mail on under the sender's own address.
    fn forwarded(self, dice: &mut Dice) -> Draft {
        let org = dice.pick(&self.cast.orgs);
        let person = dice.pick(&org.people);
        let letter = self.letter(Topic::Personal, person, org, dice);
        let (domain, server) =
            (&self.cast.receiver.domains[0], dice.pick(&self.cast.alumni.servers));
        let through = Client::of(server, domain, dice);
        let alias = self.addressed.first.address.split_once('@').map_or("", |(l, _)| l);
        let alias = format!("{alias}@{}", self.cast.alumni.domain);
        let mut draft = self.org_mail(org, person, letter, dice);
        draft.before = Some(std::mem::replace(&mut draft.client, through));
        draft.fields.push(("X-Forwarded-To", draft.rcpt_to.join(", ")));
        draft.to = vec![Mailbox::new("", &alias)];
        draft
    }

    /// An authenticated session of somebody of our own, to partners or to colleagues.
    fn internal(self, dice: &mut Dice) -> Draft {
        let receiver = &self.cast.receiver;
        let org = dice.pick(&self.cast.orgs[..self.cast.partners]);
        let me = dice.pick(&receiver.people);
        let mut person = me.clone();
        if !receiver.inner_domains.is_empty() && dice.chance(0.7) {
            let local = person.address.split_once('@').map_or("", |(local, _)| local);
            person.address = format!("{local}@{}", dice.pick(&receiver.inner_domains));
        }
        let letter = self.letter(Topic::Business, &person, org, dice);
        let outside = dice.chance(0.5).then(|| {
            let friend = dice.pick(&org.people);
            Mailbox::new(&friend.name, &friend.address)
        });
        let octet =
            |dice: &mut Dice| u8::try_from(dice.between(1, 254)).expect("an octet");
        let client = Client {
            ip: std::net::Ipv4Addr::new(10, 20, octet(dice), octet(dice)),
            name: None,
            helo: format!("pc-{}", dice.word(5)),
            authenticated: true,
        };
        let mut draft = self.org_mail(org, &person, letter, dice);
        draft.client = client;
        draft.before = None;
        draft.host = Mailbox::new("", &person.address).domain().to_owned();
        if let Some(outside) = outside {
            draft.rcpt_to = vec![outside.address.clone()];
            draft.to = vec![outside];
        }
        draft
    }

    /// Facts of a letter; who writes it is filled in by [`Self::write`].
    fn facts<'f>(&self, company: &'f str, product: &'f str, host: &'f str) -> Facts<'f>
    where
        'c: 'f,
    {
        Facts {
            me: "",
            you: &self.addressed.first.first,
            company,
            product,
            host,
            time: self.moment.time,
        }
    }

    fn letter(
        &self,
        topic: Topic,
        person: &Person,
        org: &Org,
        dice: &mut Dice,
    ) -> Letter {
        let facts = self.facts(&org.company, &org.product, &org.domain);
        self.write(topic, person, facts, dice)
    }

    fn write(
        &self,
        topic: Topic,
        person: &Person,
        facts: Facts<'_>,
        dice: &mut Dice,
    ) -> Letter {
        let short = self.recipe.spec.overlap.short_messages;
        let matter = Matter {
            topic,
            facts: Facts { me: &person.first, ..facts },
            sentences: None,
            subjects: None,
            length: Length::choose(short, dice),
        };
        letter::write(&self.cast.banks[person.lang.index()], &matter, dice)
    }

    /// To many, with their consent.
    fn bulk(self, sender: &Newsletter, letter: Letter, dice: &mut Dice) -> Draft {
        let org = &sender.org;
        let mut draft = self.org_mail(org, &org.people[0], letter, dice);
        draft.mail_from = format!("bounce-{}@{}", dice.digits(6), org.domain);
        draft.shape = Shape::of(sender.layout);
        draft
    }

    fn org_mail(
        self,
        org: &Org,
        person: &Person,
        letter: Letter,
        dice: &mut Dice,
    ) -> Draft {
        let server = dice.pick(&org.servers);
        let mut draft = self.draft(person, server, letter, dice);
        draft.zone_minutes = org.zone_minutes;
        if dice.chance(0.4) {
            let octet =
                |dice: &mut Dice| u8::try_from(dice.between(1, 254)).expect("an octet");
            let desk = std::net::Ipv4Addr::new(10, octet(dice), octet(dice), octet(dice));
            draft.before = Some(Client {
                ip: desk,
                name: None,
                helo: format!("{}.{}", dice.word(5), org.domain),
                authenticated: false,
            });
        }
        draft
    }

    fn draft(
        self,
        person: &Person,
        server: &Server,
        letter: Letter,
        dice: &mut Dice,
    ) -> Draft {
        let Addressed { rcpt_to, to, .. } = self.addressed;
        let from = Mailbox::new(&person.name, &person.address);
        Draft {
            label: Label::Ham,
            category: "",
            client: Client::of(server, &self.cast.receiver.domains[0], dice),
            before: None,
            mail_from: person.address.clone(),
            rcpt_to,
            to,
            reply_to: None,
            mua: person.mua,
            lang: person.lang,
            zone_minutes: 60,
            shape: Shape::of_person(person.mua, dice),
            letter,
            attachment: None,
            fields: Vec::new(),
            host: from.domain().to_owned(),
            from,
        }
    }
}

/// Who tells that mail could not be delivered.
pub(super) fn daemon(org: &Org) -> Person {
    Person {
        name: "Mail Delivery System".to_owned(),
        first: "Mail Delivery System".to_owned(),
        address: format!("MAILER-DAEMON@{}", org.domain),
        ..org.people[0].clone()
    }
}

/// A report of failed delivery with the message it is about.
pub(super) fn failure(returned: Letter, wrong: &str, dice: &mut Dice) -> Letter {
    const SUBJECTS: [&str; 3] = [
        "Undelivered Mail Returned to Sender",
        "Delivery Status Notification (Failure)",
        "Mail delivery failed: returning message to sender",
    ];
    let mut quoted = vec![format!("Subject: {}", returned.subject)];
    quoted.extend(returned.lines());
    Letter {
        subject: (*dice.pick(&SUBJECTS)).to_owned(),
        paragraphs: vec![
            "This is the mail system. Your message could not be delivered.".to_owned(),
            format!("<{wrong}>: 550 5.1.1 User unknown"),
        ],
        quoted,
        host: returned.host,
    }
}
