//! The language: text to commands.
//!
//! What it is for: the part of the shell's language that management scripts use, read with
//! places, so that an error can point at its cause.
//!
//! What it must not know: any cmdlet.
//!
//! Main type: [`Statement`].

mod fault;
mod literal;
mod parse;
mod syntax;

pub use fault::{Fault, Span};
pub use parse::{DIRECTIVE, parse};
pub use syntax::{
    Argument, ArgumentKind, Block, Command, Condition, Expression, LetterCase, Node,
    Operator, Piece, Pipeline, Statement,
};
