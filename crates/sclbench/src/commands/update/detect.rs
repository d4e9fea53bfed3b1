//! `sclbench update detect`: the five checks.

use anyhow::Result;
use clap::Args;
use filter::updates::{Check, Feed, Server, detect};
use serde::Serialize;

use super::subcommand::ServerArg;
use crate::commands::Context;
use crate::web::FeedArg;

/// Options of `update detect`.
///
/// For every filter update of the feed the checks are made in the product's order, and those
/// after a failed one are not made. Nothing is downloaded or installed.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/update-detect.txt"))]
pub(crate) struct Detect {
    /// The feed: a folder or an `http://` address.
    feed: FeedArg,
    /// The server.
    #[command(flatten)]
    server: ServerArg,
}

/// What `update detect` prints as JSON.
#[derive(Serialize)]
struct Report {
    delivery: &'static str,
    clustered: bool,
    updates: Vec<Row>,
    /// What the administrators' script of the time ended with after detecting.
    script_exit_code: i32,
}

/// One update.
#[derive(Serialize)]
struct Row {
    version: String,
    title: String,
    checks: Vec<Check>,
    offered: bool,
}

impl Detect {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The feed or the state cannot be read.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let server = Server::load(&self.server.server)?;
        let shelf = self.feed.shelf();
        let feed = Feed::open(&*shelf)?;
        let rows: Vec<Row> = feed
            .filter_updates()
            .map(|update| {
                let detection = detect(&server, update);
                Row {
                    version: update.version.to_string(),
                    title: update.title(server.language()).to_owned(),
                    offered: detection.passed() && !server.clustered(),
                    checks: detection.checks,
                }
            })
            .collect();
        let delivery = server.delivery();
        let mut lines = Vec::new();
        for row in &rows {
            lines.push(row.title.clone());
            for (number, check) in (1..).zip(&row.checks) {
                let mark = match check.passed {
                    Some(true) => "yes",
                    Some(false) => "no",
                    None => "-",
                };
                let words = check.check.words();
                lines.push(format!("  {number} {words:<34}{mark:<5}{}", check.reason));
            }
            lines.push(match (row.offered, server.clustered()) {
                (true, _) => format!("  offered; it {}", delivery.words()),
                (false, true) => {
                    "  not offered: filter updates do not support clustered servers"
                        .to_owned()
                }
                (false, false) => "  not offered".to_owned(),
            });
        }
        let offered = rows.iter().filter(|row| row.offered).count();
        lines.push(format!("{offered} of {} filter updates are offered", rows.len()));
        let report = Report {
            delivery: delivery.name(),
            clustered: server.clustered(),
            updates: rows,
            script_exit_code: 0,
        };
        context.output.result(&report, &lines)
    }
}
