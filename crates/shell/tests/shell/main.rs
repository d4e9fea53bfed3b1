//! The shell as its users meet it: scripts in, policies and printed pages out.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

mod bench;
mod entries;
mod errors;
mod language;
mod pages;
mod round_trip;
mod safety;
mod specification;
mod values;
mod world;
