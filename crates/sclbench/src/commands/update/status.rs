//! `sclbench update status`: installed and not, everything and the filter's alone.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use filter::updates::{Feed, Identity, Server, is_filter_update};
use serde::Serialize;

use super::subcommand::{ServerArg, words};
use crate::commands::Context;
use crate::web::FeedArg;

/// Options of `update status`.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The feed: a folder or an `http://` address; without it, only what is installed.
    feed: Option<FeedArg>,
    /// The server.
    #[command(flatten)]
    server: ServerArg,
}

/// What `update status` prints as JSON.
#[derive(Serialize)]
struct Report {
    all: Lists,
    filter: Lists,
    active: Option<String>,
    active_model: Option<PathBuf>,
    active_messages: Option<usize>,
    waits_for_restart: Vec<String>,
}

/// Updates by whether they are installed.
#[derive(Serialize, Default)]
struct Lists {
    installed: Vec<Row>,
    not_installed: Vec<Row>,
}

/// One update.
#[derive(Serialize, Clone)]
struct Row {
    version: String,
    title: String,
}

impl Lists {
    fn lines(&self, name: &str) -> Vec<String> {
        let mut lines = vec![name.to_owned()];
        let parts =
            [("installed", &self.installed), ("not installed", &self.not_installed)];
        for (words, rows) in parts {
            lines.push(format!("  {words}: {}", rows.len()));
            for row in rows {
                lines.push(format!("    {:<14}{}", row.version, row.title));
            }
        }
        lines
    }
}

impl Status {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The feed or the state cannot be read, or the active definitions were changed.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let server = Server::load(&self.server.server)?;
        let shelf = self.feed.as_ref().map(FeedArg::shelf);
        let feed = shelf.as_deref().map(Feed::open).transpose()?;
        let model = server.active_model()?;
        let (all, filter) = lists(&server, feed.as_ref());
        let waiting = server.installed().iter().filter(|i| i.waits_for_restart);
        let report = Report {
            all,
            filter,
            active: server.active().map(|version| version.to_string()),
            active_model: model.is_some().then(|| server.model_path(server.active())),
            active_messages: model.as_ref().map(filter::ModelFile::messages),
            waits_for_restart: waiting.map(|i| i.version.to_string()).collect(),
        };
        let mut lines = report.all.lines("all updates");
        if self.feed.is_none() {
            lines.insert(
                0,
                "no feed named: updates that are not installed are not known".into(),
            );
        }
        lines.extend(report.filter.lines("filter updates"));
        lines.push(format!("active definitions: {}", words(server.active())));
        if let (Some(path), Some(messages)) =
            (&report.active_model, report.active_messages)
        {
            let messages = analysis::thousands(messages as u64);
            lines.push(format!(
                "  {}, trained on {messages} messages, digest good",
                path.display()
            ));
        }
        for version in &report.waits_for_restart {
            lines.push(format!("{version} waits for a restart; see `update restart`"));
        }
        context.output.result(&report, &lines)
    }
}

/// All updates, and those of the filter, told by the beginning of their title.
fn lists(server: &Server, feed: Option<&Feed<'_>>) -> (Lists, Lists) {
    let installed = |identity: Identity| {
        server.installed().iter().any(|installed| installed.identity == identity)
    };
    let (mut all, mut filter) = (Lists::default(), Lists::default());
    let mut put = |row: Row, installed: bool| {
        let of_filter = is_filter_update(&row.title).then_some(&mut filter);
        for lists in [Some(&mut all), of_filter].into_iter().flatten() {
            let rows =
                if installed { &mut lists.installed } else { &mut lists.not_installed };
            rows.push(row.clone());
        }
    };
    for known in server.installed() {
        let (version, title) = (known.version.to_string(), known.title.clone());
        put(Row { version, title }, true);
    }
    let offered = feed.map_or(&[][..], |feed| feed.updates());
    for update in offered.iter().filter(|update| !installed(update.identity)) {
        let title = update.title(server.language()).to_owned();
        put(Row { version: update.version.to_string(), title }, false);
    }
    (all, filter)
}
