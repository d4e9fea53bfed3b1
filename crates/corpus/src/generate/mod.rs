//! Made-up labelled mail after a recipe, with the world it lives in.
//!
//! What it is for: corpora of any size that may be published: organisations, newsletters,
//! lists, people, and those who abuse them, with full sessions, consistent DNS, lists and
//! directory. The same recipe, seed and number of messages always give the same bytes.
//!
//! What it must not know: filters, agents, thresholds. Ham and spam overlap because they are
//! written from common parts, not because anybody measured a filter here.
//!
//! Main type: [`Generator`].
//!
//! ```text
//! recipe, seed, number ──▶ cast (who there is) and world
//! position of a message ──▶ moment ──▶ draft (who, to whom, what) ──▶ raw message, session
//! ```
//!
//! A message depends on the recipe, the seed, the number of messages and its position only,
//! so that any part of a corpus can be made alone.

mod attachment;
mod broken;
mod calendar;
mod cast;
mod charset;
mod dice;
mod draft;
mod error;
mod ham;
mod letter;
mod mime;
mod recipe;
mod recipients;
mod render;
mod spam;
mod stream;
mod style;
mod texts;

pub use error::GenerateError;
pub use recipe::{
    DEMO_RECIPE, HamSpec, LanguageWeights, LanguagesSpec, ListsSpec, MAX_MESSAGES,
    MailboxesSpec, OrganizationSpec, OverlapSpec, Recipe, RecipeSpec, RecipientsSpec,
    SpamSpec,
};
pub use stream::{Generator, write_pack};

#[cfg(test)]
mod tests;
