//! `cargo run -p analysis --example coverage [DRAWS] [PART]`: how often intervals hold the
//! truth and claims are wrong, as a Markdown table; 1,000 draws by default.
//!
//! The last column judges what is promised, an interval to hold the truth in at least 95 of
//! 100 draws and a claim to be wrong in at most 5: the exact one-sided p-value of the promise
//! being kept. With as many rows as here some p-values are small by chance, so the last line
//! gives the smallest after Holm.

#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod simulation;

use simulation::{Finding, Promise};

type Part = fn(u32) -> Vec<Finding>;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let draws = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1000);
    let wanted = arguments.next();
    println!("| What | Truth | Promised | Times | Draws | Share | p |");
    println!("|---|---|---|---|---|---|---|");
    let parts: [(&str, Part); 9] = [
        ("rates", simulation::rates),
        ("differences", simulation::differences),
        ("campaigns", simulation::campaigns),
        ("areas", simulation::areas),
        ("prices", simulation::prices),
        ("differing-areas", simulation::differing_areas),
        ("differing-prices", simulation::differing_prices),
        ("comparisons", simulation::null_comparisons),
        ("recommendations", simulation::recommendations),
    ];
    let mut p_values = Vec::new();
    let chosen = |name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
    for (_, part) in parts.iter().filter(|(name, _)| chosen(name)) {
        for finding in part(draws) {
            let Finding { what, promise, setting, count, draws } = &finding;
            let promised = match promise {
                Promise::Holds => "at least 95 %",
                Promise::Errs => "at most 5 %",
                Promise::Nothing => "",
            };
            let p = finding.p_value();
            let shown = p.map_or_else(String::new, |p| format!("{p:.2}"));
            let share = 100.0 * finding.share();
            println!(
                "| {what} | {setting} | {promised} | {count} | {draws} | {share:.1} % | {shown} |"
            );
            p_values.extend(p);
        }
    }
    let adjusted = analysis::holm_adjusted(&p_values);
    let least = adjusted.iter().copied().fold(1.0, f64::min);
    println!("\n{} promises, the smallest p-value after Holm {least:.2}", p_values.len());
}
