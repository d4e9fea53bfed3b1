//! Recording a world: what a corpus and a policy ask, asked of a live resolver once.
//!
//! What it is for: filling a [`mail::World`] so that every later replay needs no network.
//!
//! What it must not know: how an agent evaluates an answer; which questions are needed is
//! found out by letting the agents look and noting what they miss.
//!
//! Main type: [`Recorder`].

mod client;
mod needs;
mod notebook;
mod recorder;
mod wire;

pub(crate) use client::{Client, Timing};
pub(crate) use needs::{Needs, missed};
pub(crate) use notebook::Notebook;
pub(crate) use recorder::{Recorder, Tally};
pub(crate) use wire::Wanted;
