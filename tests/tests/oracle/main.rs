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

use generate::{few_letters, many_letters};

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
