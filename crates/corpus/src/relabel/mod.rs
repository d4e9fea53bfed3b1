//! Labels that are changed while mail is read: corrections of a file, wrong labels on purpose.
//!
//! What it is for: one place where labels differ from what the sources say. Corrections are
//! kept in a file of their own, so that the mail stays as it is and everybody can see who
//! changed what; planted wrong labels show what noise does to a result, by seed.
//!
//! What it must not know: who found a label wrong, and how.
//!
//! Main type: [`Relabel`], part of [`ReadOptions`](crate::ReadOptions).

mod change;
mod corrections;
mod noise;
mod relabeller;

pub use change::{Relabel, Relabelled};
pub use corrections::{Correction, Corrections, Key};
pub use noise::Noise;

pub(crate) use relabeller::Relabeller;

#[cfg(test)]
mod tests;
