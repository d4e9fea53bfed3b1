//! One file per command.

pub(crate) mod agent_log;
pub(crate) mod backtest;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod corpus;
pub(crate) mod demo;
mod dispatch;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod init;
pub(crate) mod man;
pub(crate) mod pipeline;
pub(crate) mod power;
pub(crate) mod recommend;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod scores;
pub(crate) mod shell;
pub(crate) mod sweep;
pub(crate) mod train;
pub(crate) mod update;
pub(crate) mod world;

pub(crate) use dispatch::{Context, run};
