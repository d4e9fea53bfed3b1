//! `sclbench corpus generate`: made-up mail after a recipe.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use corpus::LabelCounts;
use corpus::generate::{Generator, Recipe, write_pack};
use mail::Provenance;
use serde::Serialize;

use crate::commands::Context;
use crate::progress::Progress;
use crate::scaffold;
use crate::settings::provenance;

/// Name of the pack in its folder.
pub(crate) const PACK: &str = "mail.parquet";
/// Name of the world's folder beside it.
pub(crate) const WORLD: &str = "world";

/// Options of `corpus generate`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/corpus-generate.txt"))]
pub(crate) struct Generate {
    /// The recipe (TOML), such as corpora/demo/demo.toml.
    recipe: PathBuf,
    /// Folder for mail.parquet and world/.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// Number of messages; by default the recipe's own.
    #[arg(long, value_name = "N")]
    messages: Option<u64>,
}

/// What `corpus generate` prints as JSON.
#[derive(Serialize)]
struct Made {
    messages: u64,
    ham: u64,
    spam: u64,
    seed: u64,
    pack: PathBuf,
    world: PathBuf,
}

impl Generate {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The recipe cannot be read or followed, or a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let shown = self.recipe.display().to_string();
        let text = std::fs::read_to_string(&self.recipe)
            .with_context(|| format!("cannot read `{shown}`; check the path"))?;
        let recipe = Recipe::parse(&text, &shown)?;
        let generator = Generator::new(&recipe, context.global.seed, self.messages)?;
        let inputs = [("recipe", self.recipe)];
        let provenance = provenance(generator.seed(), &inputs)?;
        let LabelCounts { ham, spam } =
            write(&generator, &self.out, &provenance, context)?;
        let made = Made {
            messages: generator.messages(),
            ham,
            spam,
            seed: generator.seed(),
            pack: self.out.join(PACK),
            world: self.out.join(WORLD),
        };
        let lines = [
            format!("made {} messages ({ham} ham, {spam} spam)", made.messages),
            format!("pack  {}", made.pack.display()),
            format!("world {}", made.world.display()),
        ];
        context.output.result(&made, &lines)
    }
}

/// Writes pack and world into a folder.
///
/// # Errors
///
/// A file cannot be written.
pub(crate) fn write(
    generator: &Generator,
    folder: &Path,
    provenance: &Provenance,
    context: &Context<'_>,
) -> Result<LabelCounts> {
    scaffold::folder(folder)?;
    let progress = Progress::new(context.output, "generating", 2 * generator.messages());
    let counts =
        write_pack(generator, &folder.join(PACK), provenance, &mut || progress.add(1))?;
    corpus::world::save(generator.world(), &folder.join(WORLD))?;
    Ok(counts)
}
