//! The cmdlets and their parameters, as tables: one file per feature.
//!
//! What it is for: a parameter is one row; help, completion, `Get-`, `Set-` and export all
//! read the rows.
//!
//! What it must not know: the text of scripts.
//!
//! Main types: [`Config`] and [`Collection`].

mod attachment;
mod collection;
mod config;
mod connection;
mod content;
mod find;
mod mailbox;
mod organization;
mod recipient;
mod refused;
mod reputation;
mod rewriting;
mod rules;
mod sender;
mod server;
mod special;

pub(crate) use collection::{Collection, Filter, Listed, Numbered, Verb};
pub(crate) use config::{CONFIGS, Config, Place};
pub(crate) use connection::number;
pub(crate) use find::{Action, COLLECTIONS, Cmdlet, all, find, nearest};
pub(crate) use mailbox::{MAILBOXES, Mailboxes, refused as mailbox_refused};
pub(crate) use refused::REFUSED;
pub(crate) use rules::{ACTIONS, PREDICATES};
pub(crate) use special::{Given, Parameter, Special, Takes};
