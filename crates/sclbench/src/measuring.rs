//! Prices, resampling and the lines about measures that several commands share.

use std::path::PathBuf;

use analysis::{
    Gauge, Measured, Measures, Precision, PriceSpec, Prices, Resampling, SliceRow,
    percent, thousands,
};
use anyhow::Result;
use clap::Args;
use serde::Deserialize;

use crate::commands::Context;
use crate::settings;
use crate::wrap::wrapped;

/// How errors are priced and intervals resampled.
#[derive(Debug, Clone, Args)]
pub(crate) struct GaugeArgs {
    /// Price of each kind of error (TOML with a `[prices]` table), in units of one spam
    /// message in the inbox. By default a good message costs 1 in the junk folder, 3 in
    /// quarantine, 9 refused, 999 dropped; spam 0.1 in the junk folder, 0.02 in quarantine.
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Draws of whole campaigns for the intervals that know of copies; 0 leaves them out.
    #[arg(long, value_name = "N", default_value_t = Resampling::DRAWS)]
    draws: u32,
}

impl GaugeArgs {
    /// The prices of the file, or the defaults.
    ///
    /// # Errors
    ///
    /// The file cannot be read or has a price out of range.
    pub(crate) fn prices(&self) -> Result<Prices> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            prices: PriceSpec,
        }
        let spec = match &self.prices {
            Some(path) => settings::toml::<File>(path)?.prices,
            None => PriceSpec::default(),
        };
        Ok(spec.resolve()?)
    }

    /// The price file as an input of a run.
    pub(crate) fn inputs(&self) -> Vec<(&'static str, PathBuf)> {
        self.prices.iter().map(|path| ("prices", path.clone())).collect()
    }

    /// How to measure.
    pub(crate) fn gauge<'a>(
        &self,
        prices: &'a Prices,
        context: &'a Context<'_>,
    ) -> Gauge<'a> {
        let resampling = Resampling { draws: self.draws, seed: context.global.seed() };
        Gauge { prices, resampling, threads: &context.threads }
    }
}

/// Measures in lines for people: all mail in full, one table line per slice.
pub(crate) fn lines(rows: &[SliceRow]) -> Vec<String> {
    let [whole, parts @ ..] = rows else { return Vec::new() };
    let mut lines = whole_lines(&whole.measures);
    if !parts.is_empty() {
        lines.push(format!(
            "{:<28}{:>7}{:>7}  {:<24}{:<24}{:>12}{:>9}",
            "slice",
            "ham",
            "spam",
            "ham junked or worse",
            "spam in inbox",
            "(1-ROCA)%",
            "price"
        ));
    }
    lines.extend(parts.iter().map(slice_line));
    lines
}

fn whole_lines(measures: &Measures) -> Vec<String> {
    let campaigns = thousands(measures.campaigns);
    let mut lines = vec![format!(
        "intervals by campaign ({campaigns}; copies share their fate), measures per tier"
    )];
    for row in measures.tiers.iter().rev() {
        let ratio =
            row.total_cost_ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
        let lam = row.lam_percent.map_or("-".to_owned(), |lam| format!("{lam:.3}"));
        lines.push(format!(
            "{:<11}ham {:<17} spam {:<17} lam% {lam}, TCR {ratio}",
            row.tier.name(),
            ends(&row.fp),
            ends(&row.missed),
        ));
    }
    let ranking = &measures.ranking;
    if let Some(area) = ranking.one_minus_roca_percent {
        let ends = ranking.grouped.map_or(String::new(), |[low, high]| {
            format!(" ({low:.4}–{high:.4} by campaign)")
        });
        let text = format!(
            "{area:.4} %{ends} over {} ham and {} spam with a score; without one: {} \
             ham, {} spam",
            thousands(ranking.scored.ham),
            thousands(ranking.scored.spam),
            thousands(ranking.unscored.ham),
            thousands(ranking.unscored.spam),
        );
        lines.extend(wrapped("(1-ROCA) ", &text));
    }
    let price = &measures.price;
    let ends = price.grouped.map_or(String::new(), |[low, high]| {
        format!(" ({low:.4}–{high:.4} by campaign)")
    });
    let ratio = price
        .total_cost_ratio
        .map_or(String::new(), |ratio| format!(", total cost ratio (TCR) {ratio:.2}"));
    let text = format!(
        "{:.1}, {:.4} per message{ends}; without a filter {:.1}{ratio}",
        price.total, price.per_message, price.unfiltered
    );
    lines.extend(wrapped("price ", &text));
    let share = |row: &analysis::LevelRow| {
        let scl = row.scl.map_or("unrated".to_owned(), |scl| format!("SCL {scl}"));
        let rate = &row.spam_share;
        (rate.of > 0).then(|| {
            format!(
                "{scl}: {} of {} ({}–{})",
                thousands(rate.count),
                thousands(rate.of),
                percent(rate.low),
                percent(rate.high)
            )
        })
    };
    let levels: Vec<_> = measures.calibration.iter().filter_map(share).collect();
    lines.extend(wrapped("spam per level: ", &levels.join(", ")));
    lines
}

/// The resampled interval, or what stands in its place.
fn ends(measured: &Measured) -> String {
    match measured.grouped {
        Some([low, high]) => format!("{}–{}", percent(low), percent(high)),
        None => "-".to_owned(),
    }
}

fn slice_line(row: &SliceRow) -> String {
    let key = row.slice.map_or("", |key| key.name());
    let name = format!("{key} {}", tail_of(&row.value, 26 - key.len()));
    let measures = &row.measures;
    let cell = |measured: &Measured| {
        let rate = &measured.rate;
        if rate.of == 0 {
            return "-".to_owned();
        }
        format!(
            "{} ({}–{})",
            thousands(rate.count),
            percent(rate.low),
            percent(rate.high)
        )
    };
    let junk = measures.tiers.first();
    let [fp, missed] = [
        junk.map_or(String::new(), |row| cell(&row.fp)),
        junk.map_or(String::new(), |row| cell(&row.missed)),
    ];
    let area = measures.ranking.one_minus_roca_percent;
    let area = area.map_or("-".to_owned(), |area| format!("{area:.4}"));
    format!(
        "{name:<28}{:>7}{:>7}  {fp:<24}{missed:<24}{area:>12}{:>9.4}",
        measures.ham, measures.spam, measures.price.per_message
    )
}

/// The text, or what of its end fits: paths differ at their ends.
fn tail_of(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let end = text.chars().skip(length + 1 - most);
    std::iter::once('…').chain(end).collect()
}

/// Precision of a tier on one line, as the share of good mail: what a reader would miss.
pub(crate) fn precision_line(row: &Precision) -> String {
    let share = percent(row.spam_share);
    let tier = row.tier.name();
    match row.precision {
        Some(found) => format!(
            "with {share} spam in the traffic, {} of what ends at {tier} or harsher is good \
             mail ({}–{})",
            percent(1.0 - found),
            percent(1.0 - row.high),
            percent(1.0 - row.low)
        ),
        None => {
            format!("with {share} spam in the traffic, nothing ends at {tier} or harsher")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tail_of;

    #[test]
    fn long_names_show_their_ends() {
        assert_eq!(tail_of("hard_ham", 8), "hard_ham");
        assert_eq!(tail_of("mail.tar.gz!ham/hard_ham", 8), "…ard_ham");
    }
}
