//! `sclbench update list`: what a feed offers.

use anyhow::Result;
use clap::Args;
use filter::updates::{Feed, Language, Manifest};
use serde::Serialize;

use crate::commands::Context;
use crate::web::FeedArg;

/// Options of `update list`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/update-list.txt"))]
pub(crate) struct List {
    /// The feed: a folder or an `http://` address.
    feed: FeedArg,
    /// Updates of the filter only, told by the beginning of their title.
    #[arg(long)]
    filter_only: bool,
}

/// One update as JSON.
#[derive(Serialize)]
struct Row {
    identity: String,
    version: String,
    released: String,
    title: String,
    filter: bool,
    bytes: Option<u64>,
}

impl Row {
    fn new(update: &Manifest) -> Self {
        Self {
            identity: update.identity.to_string(),
            version: update.version.to_string(),
            released: update.released.to_string(),
            title: update.title(Language::En).to_owned(),
            filter: update.is_filter_update(),
            bytes: update.definitions.as_ref().map(|definitions| definitions.bytes),
        }
    }
}

impl List {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The feed cannot be read or is not sound.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let shelf = self.feed.shelf();
        let feed = Feed::open(&*shelf)?;
        let wanted = |update: &&Manifest| !self.filter_only || update.is_filter_update();
        let rows: Vec<Row> = feed.updates().iter().filter(wanted).map(Row::new).collect();
        let mut lines: Vec<String> = rows
            .iter()
            .map(|row| {
                let (version, day) = (&row.version, &row.released[..10]);
                let size = row.bytes.map_or("-".to_owned(), analysis::thousands);
                format!("{version:<14}{day:<12}{size:>12}  {}", row.title)
            })
            .collect();
        lines.insert(
            0,
            format!("{:<14}{:<12}{:>12}  title", "version", "released", "bytes"),
        );
        context.output.result(&rows, &lines)
    }
}
