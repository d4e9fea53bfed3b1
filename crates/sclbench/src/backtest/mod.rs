//! The back-test: tune on the past, apply to the next period, slide.
//!
//! Main types: [`Walk`], what is tested on what; [`Step`], one period of it.

mod lines;
mod periods;
mod walk;

pub(crate) use lines::lines;
pub(crate) use periods::{Every, periods};
pub(crate) use walk::{Learning, Step, Walk};
