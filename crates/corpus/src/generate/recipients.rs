//! To whom a message goes.

use mail::{Answer, World};

use crate::generate::Recipe;
use crate::generate::cast::{Cast, Person};
use crate::generate::dice::Dice;
use crate::generate::draft::Mailbox;

/// Envelope recipients and what the To field shows.
#[derive(Debug)]
pub(super) struct Addressed<'c> {
    pub(super) rcpt_to: Vec<String>,
    pub(super) to: Vec<Mailbox>,
    /// The first one, where there is such a person.
    pub(super) first: &'c Person,
}

/// Chooses recipients; `unknown` is the share of messages with one that does not exist.
pub(super) fn choose<'c>(
    cast: &'c Cast,
    world: &World,
    recipe: &Recipe,
    unknown: f64,
    dice: &mut Dice,
) -> Addressed<'c> {
    let spec = &recipe.spec.recipients;
    let people = &cast.receiver.people;
    let first = dice.pick(people);
    let mut to = vec![address(cast, first, spec.old_domain, dice)];
    if dice.chance(spec.more_than_one) {
        for _ in 0..=dice.below(4) {
            let more = dice.pick(people);
            let mailbox = address(cast, more, spec.old_domain, dice);
            if !to.contains(&mailbox) {
                to.push(mailbox);
            }
        }
    }
    if dice.chance(unknown) {
        let wrong = mistaken(first, world, dice);
        // Either beside good ones or instead of them.
        if dice.chance(0.3) { to.push(wrong) } else { to = vec![wrong] }
    }
    let rcpt_to = to.iter().map(|mailbox| mailbox.address.clone()).collect();
    Addressed { rcpt_to, to, first }
}

/// The person's address, sometimes under a former domain.
fn address(cast: &Cast, person: &Person, old: f64, dice: &mut Dice) -> Mailbox {
    let main = &cast.receiver.domains[0];
    if !cast.receiver.old_domains.is_empty()
        && dice.chance(old)
        && let Some((local, domain)) = person.address.split_once('@')
        && domain == main
    {
        let domain = dice.pick(&cast.receiver.old_domains);
        return Mailbox {
            name: person.name.clone(),
            address: format!("{local}@{domain}"),
        };
    }
    Mailbox::new(&person.name, &person.address)
}

/// An address near a real one that the directory does not have.
fn mistaken(person: &Person, world: &World, dice: &mut Dice) -> Mailbox {
    const GUESSES: [&str; 8] =
        ["admin", "webmaster", "office", "contact", "job", "john", "test", "hr"];
    let (local, domain) = person.address.split_once('@').expect("it has one");
    loop {
        let guess = match dice.below(3) {
            0 => format!("{}@{domain}", dice.pick(&GUESSES)),
            1 => format!("{local}{}@{domain}", dice.digits(1)),
            _ => {
                let mut letters: Vec<char> = local.chars().collect();
                let at = dice.below(letters.len());
                letters.insert(at, letters[at]);
                format!("{}@{domain}", letters.into_iter().collect::<String>())
            }
        };
        if world.directory.knows(&guess) == Answer::Absent {
            return Mailbox { name: String::new(), address: guess };
        }
    }
}
