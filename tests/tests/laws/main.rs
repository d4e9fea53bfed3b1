//! The laws of the engine (ARCHITECTURE, laws 4, 6, 8, 9) on random cases, worlds, policies
//! and orders, through the real ten agents.

mod bench;

use bench::{Trial, docket, part, trial};
use mail::{Label, Threshold, Thresholds, Tier};
use pipeline::PriorityOrder;
use proptest::prelude::*;
use sweep::{
    Guests, History, RecipientProfile, Replay, Restored, Space, Threads, Unit, causes,
};

fn orders() -> impl Strategy<Value = Vec<u8>> {
    Just((0u8..10).collect::<Vec<_>>()).prop_shuffle()
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 96, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    /// Law 4: same order class, same trace.
    #[test]
    fn same_class_same_trace(trial in trial(), agents in orders()) {
        let Trial { docket, policy } = docket(&trial, 1);
        let roster = docket.engine().roster();
        let order = PriorityOrder::new(&roster, agents).unwrap();
        let (_, twin) = roster.moves(&order);
        prop_assert_eq!(roster.orientation(&order), roster.orientation(&twin));
        let replay = |order| docket.replay(
            order, &policy.enabled, &policy.thresholds, policy.comparison, Unit::Case,
        );
        prop_assert_eq!(replay(&order), replay(&twin));
    }

    /// Law 6: the factored sweep agrees with replays under literal thresholds.
    #[test]
    fn the_sweep_equals_replays(
        trial in trial(),
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 12),
        by_delivery in any::<bool>(),
    ) {
        let Trial { docket, policy } = docket(&trial, 2);
        let unit = if by_delivery { Unit::Delivery } else { Unit::Case };
        let roster = docket.engine().roster();
        let mut space = Space::all(&roster);
        // Every 40th class keeps the test quick; the classes differ from trial to trial.
        let first = trial.salt % 40;
        space.orders = space.orders.into_iter().skip(first).step_by(40).collect();
        let threads = Threads::new(2).unwrap();
        let result =
            docket.sweep(&space, &policy.enabled, policy.comparison, unit, &threads);
        for (order, setting) in picks {
            let order = order.index(space.orders.len());
            let setting = setting.index(space.settings.len());
            let replay = docket.replay(
                &space.orders[order], &policy.enabled, &space.settings[setting],
                policy.comparison, unit,
            );
            let row = &result.orders[order];
            let tally = result.outcomes[row.outcome as usize].tallies[setting];
            prop_assert_eq!(&result.tallies[tally as usize], &replay.tally);
            prop_assert_eq!(row.cost, replay.cost);
        }
        let units: u64 = Label::ALL.iter().map(|l| result.tallies[0].total(*l)).sum();
        if !by_delivery {
            prop_assert_eq!(units, docket.cases().len() as u64);
        }
    }

    /// A sheet without mail counts the same sweep again, also after its profiles were texts.
    #[test]
    fn the_sheet_counts_the_sweep_again(trial in trial(), by_delivery in any::<bool>()) {
        let Trial { docket, policy } = docket(&trial, 1);
        let roster = docket.engine().roster();
        let mut space = Space::all(&roster);
        space.orders = space.orders.into_iter().step_by(61).collect();
        space.settings = space.settings.into_iter().step_by(23).collect();
        let unit = if by_delivery { Unit::Delivery } else { Unit::Case };
        let threads = Threads::new(1).unwrap();
        let (result, mut sheet) = docket.sweep_with_sheet(
            &space, &policy.enabled, policy.comparison, unit, &threads,
        );
        for profile in sheet.profiles.iter_mut().flatten() {
            *profile = RecipientProfile::parse(&profile.text()).unwrap();
        }
        let labels: Vec<Label> = docket.cases().iter().map(|case| case.label).collect();
        let restored = Restored {
            labels: &labels,
            agents: result.agents.clone(),
            causes: result.causes.clone(),
            settings: result.settings.clone(),
            orders: result.orders.clone(),
            comparison: policy.comparison,
            unit,
        };
        prop_assert_eq!(sheet.sweep(restored, &threads).unwrap(), result);
    }

    /// A replay in two parts, the second after the first, is the replay of the whole: with
    /// no other policy in between nothing is lost or learnt at the border.
    #[test]
    fn a_replay_in_parts_is_the_whole(
        trial in trial(),
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = docket(&trial, 1);
        let order = whole.docket.engine().roster().default_order();
        let settings = &whole.policy;
        let all = whole.docket.replay(
            &order, &settings.enabled, &settings.thresholds, settings.comparison, Unit::Case,
        );
        // Letters of one time stay together: the parts follow each other in time.
        let cases = whole.docket.cases();
        let mut cut = cut.index(cases.len() + 1);
        while cut > 0 && cut < cases.len() && cases[cut - 1].time == cases[cut].time {
            cut += 1;
        }
        let (mut guests, mut history) = (Guests::default(), History::default());
        let mut sum = Replay::default();
        for range in [0..cut, cut..cases.len()] {
            let part = part(&trial, 1, range, guests);
            sum.extend(part.docket.replay_after(
                &mut history, &order, &settings.enabled, &settings.thresholds,
                settings.comparison, Unit::Case,
            ));
            guests = part.docket.into_guests();
        }
        prop_assert_eq!(sum, all);
    }

    /// Law 6 for single cases: where a case ends is what a replay says, for every outcome
    /// and for settings that only a mailbox's own thresholds tell apart.
    #[test]
    fn fates_equal_replays(
        trial in trial(),
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 8),
    ) {
        let Trial { docket, policy } = docket(&trial, 2);
        let mut space = Space::all(&docket.engine().roster());
        let first = trial.salt % 160;
        space.orders = space.orders.into_iter().skip(first).step_by(160).collect();
        let every = Space::every_thresholds();
        let settings: Vec<Thresholds> = picks.iter().map(|(_, at)| *at.get(&every)).collect();
        let threads = Threads::new(2).unwrap();
        let (result, _, survey) = docket.survey(
            &space, &policy.enabled, policy.comparison, Unit::Case, &threads,
        );
        let outcomes: Vec<u32> = (0u32..).take(result.outcomes.len()).collect();
        let told = survey.fates(&settings, &outcomes, &threads);
        prop_assert_eq!(told.of_case.len(), docket.cases().len());
        for (number, (order, _)) in (0u32..).zip(&picks) {
            let order = order.index(space.orders.len());
            let replay = docket.replay(
                &space.orders[order], &policy.enabled, &settings[number as usize],
                policy.comparison, Unit::Case,
            );
            let mut rows = replay.rows.iter();
            for (case, journey) in docket.cases().iter().zip(&told.of_case) {
                let outcome = result.orders[order].outcome as usize;
                let fate = told.journeys[*journey as usize][outcome];
                let (tier, _) = told.fates[fate as usize].at(number);
                let recipients = case.recipients.len().max(1);
                let own = rows.by_ref().take(recipients).map(|row| row.tier);
                prop_assert_eq!(Some(tier), own.max());
            }
            prop_assert!(rows.next().is_none());
        }
    }

    /// Law 8: the number of threads changes nothing.
    #[test]
    fn threads_change_nothing(trial in trial()) {
        let one = docket(&trial, 1);
        let two = docket(&trial, 2);
        let roster = one.docket.engine().roster();
        let mut space = Space::all(&roster);
        space.orders = space.orders.into_iter().step_by(97).collect();
        let sweep = |trial: &Trial, threads| {
            trial.docket.sweep(
                &space, &trial.policy.enabled, trial.policy.comparison, Unit::Case,
                &Threads::new(threads).unwrap(),
            )
        };
        prop_assert_eq!(sweep(&one, 1), sweep(&two, 2));
    }

    /// Law 9: raising a threshold never moves a message to a harsher tier.
    #[test]
    fn raising_a_threshold_is_never_harsher(
        trial in trial(),
        agents in orders(),
        tier in 0usize..4,
        values in prop::array::uniform4(prop::option::of(0i64..=9)),
    ) {
        let Trial { docket, policy } = docket(&trial, 1);
        let order = PriorityOrder::new(&docket.engine().roster(), agents).unwrap();
        let at = |value: Option<i64>| value.and_then(|value| Threshold::new(value).ok());
        let of = |values: [Option<i64>; 4]| Thresholds {
            delete: at(values[0]),
            reject: at(values[1]),
            quarantine: at(values[2]),
            junk: at(values[3]),
        };
        let mut raised = values;
        raised[tier] = raised[tier].filter(|value| *value < 9).map(|value| value + 1);
        let ends = |values| -> Vec<(Tier, u16)> {
            let replay = docket.replay(
                &order, &policy.enabled, &of(values), policy.comparison, Unit::Case,
            );
            replay.rows.iter().map(|row| (row.tier, row.cause)).collect()
        };
        // A message that the filter now lets go may meet a harsher agent behind it, and a
        // delivery report that is no longer refused is dropped where it would be quarantined.
        let causes = causes(docket.engine());
        let by_threshold = |cause: u16| {
            let cause = &causes[usize::from(cause)];
            ["Content Filter Agent", "Store"].contains(&&*cause.agent)
                && cause.reason != "NdrAtOrAboveQuarantineThreshold"
        };
        for (before, after) in ends(values).into_iter().zip(ends(raised)) {
            prop_assert!(
                after.0 <= before.0 || !by_threshold(after.1),
                "{before:?} became {after:?}"
            );
        }
    }
}
