//! All messages of a recipe, one by one.

use std::net::IpAddr;
use std::path::Path;

use mail::{CaseId, Field, Label, Origin, Provenance, Session, Timestamp, World};
use sha2::{Digest as _, Sha256};

use crate::generate::calendar::Calendar;
use crate::generate::cast::Cast;
use crate::generate::dice::{Dice, Purpose};
use crate::generate::draft::Draft;
use crate::generate::{GenerateError, MAX_MESSAGES, Recipe, broken, ham, render, spam};
use crate::{Error, Fingerprint, LabelCounts, PackWriter, PackedCase, Parser, campaigns};

/// Makes the messages of a recipe and the world they live in.
///
/// Memory is bounded by the recipe, not by the number of messages.
#[derive(Debug)]
pub struct Generator {
    recipe: Recipe,
    seed: u64,
    messages: u64,
    cast: Cast,
    world: World,
    calendar: Calendar,
}

impl Generator {
    /// Prepares the cast and the world; seed and number of messages are the recipe's where
    /// `None`.
    ///
    /// # Errors
    ///
    /// [`GenerateError::Value`] where the number of messages is out of range.
    pub fn new(
        recipe: &Recipe,
        seed: Option<u64>,
        messages: Option<u64>,
    ) -> Result<Self, GenerateError> {
        let (seed, messages) =
            (seed.unwrap_or(recipe.seed()), messages.unwrap_or(recipe.messages()));
        if !(1..=MAX_MESSAGES).contains(&messages) {
            return Err(GenerateError::Value {
                name: "command line".to_owned(),
                key: "messages",
                value: messages.to_string(),
                cure: "use 1 to 100,000,000",
            });
        }
        let (cast, world) = Cast::new(recipe, seed, messages)?;
        let calendar = Calendar::new(recipe, messages);
        Ok(Self { recipe: recipe.clone(), seed, messages, cast, world, calendar })
    }

    /// The world that the messages live in.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Number of messages.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// The seed that everything comes from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Message number `index`, from 0. Its time is not before that of any earlier one. Its
    /// campaign is itself until [`write_pack`] has looked at all of them.
    pub fn message(&self, index: u64) -> PackedCase {
        let mut dice = Dice::new(self.seed, Purpose::Message(index));
        let moment = self.calendar.moment(index, dice.unit());
        let of_label = if dice.chance(moment.spam) { spam::draft } else { ham::draft };
        let draft = of_label(&self.cast, &self.world, &self.recipe, moment, &mut dice);
        let edge = dice.pick(&self.cast.receiver.edges).clone();
        let mut raw = render::render(&draft, &edge, moment.time, &mut dice);
        if dice.chance(self.recipe.spec.overlap.malformed) {
            raw = broken::damage(raw, &mut dice);
        }
        let id = CaseId(Sha256::digest(&raw).into());
        PackedCase {
            id,
            label: draft.label,
            category: draft.category.to_owned(),
            place: format!("generated#{}", index + 1),
            campaign: id,
            time: Timestamp(moment.time),
            session: session(draft),
            raw,
        }
    }

    /// All messages in time order.
    pub fn iter(&self) -> impl Iterator<Item = PackedCase> + '_ {
        (0..self.messages).map(|index| self.message(index))
    }
}

/// Everything about a made-up session is known.
fn session(draft: Draft) -> Session {
    Session {
        client_ip: Field::known(IpAddr::V4(draft.client.ip), Origin::Recorded),
        helo: Field::known(draft.client.helo, Origin::Recorded),
        authenticated: Field::known(draft.client.authenticated, Origin::Recorded),
        mail_from: Field::known(draft.mail_from, Origin::Recorded),
        rcpt_to: Field::known(draft.rcpt_to, Origin::Recorded),
        time: Field::known((), Origin::Recorded),
    }
}

/// Writes all messages to a pack, grouped into campaigns as reading would group them;
/// `done` hears of each message twice: when it was compared and when it was written.
/// Memory grows by some 300 bytes per message.
///
/// # Errors
///
/// The pack cannot be written; then there is none.
pub fn write_pack(
    generator: &Generator,
    target: &Path,
    provenance: &Provenance,
    done: &mut dyn FnMut(),
) -> Result<LabelCounts, Error> {
    let mut ids = Vec::new();
    let mut prints = Vec::new();
    for case in generator.iter() {
        let message = mail::Parse::parse(&Parser, &case.raw).unwrap_or_default();
        prints.push(Fingerprint::of(&message));
        ids.push(case.id);
        done();
    }
    let campaigns = campaigns(&ids, &prints);
    drop(prints);
    let mut writer = PackWriter::create(target, provenance)?;
    let mut counts = LabelCounts::default();
    for (case, campaign) in generator.iter().zip(campaigns) {
        match case.label {
            Label::Ham => counts.ham += 1,
            Label::Spam => counts.spam += 1,
        }
        writer.push(&PackedCase { campaign, ..case })?;
        done();
    }
    writer.finish()?;
    Ok(counts)
}
