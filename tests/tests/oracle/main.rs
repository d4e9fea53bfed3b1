//! The oracle: the two-pass engine against a plain single-pass simulator (law 5).
//!
//! Random small mail, worlds, policies, orders, switches and thresholds go through both; for
//! every case and recipient the tier, the deciding agent, its reason and detail, the stamps
//! and the costs have to be the same. A difference found once is kept in `regressions`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod compare;
mod generate;
mod rater;
mod regressions;
mod simulator;

use proptest::prelude::*;

use generate::{busy_topologies, few_letters, many_letters, of_2003, topologies};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(700))]

    /// Law 5: two passes equal one, for letters of every kind.
    #[test]
    fn two_passes_equal_one(trial in few_letters()) {
        compare::same(&trial)?;
    }
}

proptest! {
    #![proptest_config(config(48))]

    /// Law 5 where memory decides: many letters of few clients.
    #[test]
    fn two_passes_equal_one_with_reputation(trial in many_letters()) {
        compare::same(&trial)?;
    }
}

proptest! {
    #![proptest_config(config(500))]

    /// Law 5 for the filters of Exchange 2003.
    #[test]
    fn two_passes_equal_one_in_2003(trial in of_2003()) {
        compare::same_2003(&trial)?;
    }
}

proptest! {
    #![proptest_config(config(500))]

    /// Law 5 for servers in parallel and in series: what is handed over, observed anew and
    /// put together ends as if each message had gone through all servers at once.
    #[test]
    fn stages_equal_one_pass(trial in topologies()) {
        compare::same_topology(&trial)?;
    }
}

proptest! {
    #![proptest_config(config(24))]

    /// The same where every server has its own memory.
    #[test]
    fn stages_equal_one_pass_with_reputation(trial in busy_topologies()) {
        compare::same_topology(&trial)?;
    }
}
