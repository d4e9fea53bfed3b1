//! `cargo run -p analysis --example coverage [DRAWS]`: how often intervals hold
//! the truth and claims are wrong, as a Markdown table; 1,000 draws by default.

#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod simulation;

fn main() {
    let draws = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let draws = draws.unwrap_or(1000);
    println!("| What | Truth | Times | Draws | Share |");
    println!("|---|---|---|---|---|");
    let parts = [
        simulation::rates,
        simulation::differences,
        simulation::campaigns,
        simulation::areas,
        simulation::null_comparisons,
    ];
    for finding in parts.iter().flat_map(|part| part(draws)) {
        let simulation::Finding { what, setting, count, draws } = &finding;
        println!(
            "| {what} | {setting} | {count} | {draws} | {:.1} % |",
            100.0 * finding.share()
        );
    }
}
