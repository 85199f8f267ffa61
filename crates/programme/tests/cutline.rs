//! The cut-line report against straightforward reckoning: every draw one by one, every list made anew.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot be set up should stop")]

use std::collections::{BTreeMap, BTreeSet};

use programme::{
    Additive, CutLine, Decision, EvaluatorId, Outcome, Reason, Tally, TeamId, TeamTally, TieBreak, Turn, aggregate,
    cut_line,
};
use proptest::prelude::*;
use rulebook::{Aggregator, Exact, Id, Stage};

/// A stage worth 100: a panel's 60 and a measured 40, all evaluators' values known.
#[derive(Clone, Debug)]
struct World {
    aggregator: Aggregator,
    rescaled: bool,
    keep: usize,
    /// For each team each evaluator's value; none where the evaluator stepped aside.
    sheets: Vec<Vec<Option<i64>>>,
    bench: Vec<i64>,
}

impl World {
    fn full(aggregator: Aggregator, keep: usize, sheets: &[&[i64]]) -> Self {
        let sheets: Vec<Vec<Option<i64>>> = sheets.iter().map(|row| row.iter().copied().map(Some).collect()).collect();
        let bench = vec![20; sheets.len()];
        Self { aggregator, rescaled: false, keep, sheets, bench }
    }

    fn stage(&self) -> Stage {
        let aggregator = match self.aggregator {
            Aggregator::TrimmedMean { drop } => format!("{{ trimmed-mean = {{ drop = {drop} }} }}"),
            Aggregator::Mean => "\"mean\"".to_owned(),
            Aggregator::Median => "\"median\"".to_owned(),
            Aggregator::Majority => "\"majority\"".to_owned(),
        };
        let transform = if self.rescaled { "transform = \"rescale-to-best\"" } else { "" };
        let text = format!(
            r#"
            id = "written"
            name = {{ en = "Written" }}
            kind = "scored"
            cut = {{ keep = {keep} }}
            ties = ["seed"]
            [[panel]]
            id = "experts"
            name = {{ en = "Experts" }}
            seats = {seats}
            [score]
            id = "total"
            name = {{ en = "Total" }}
            points = 100
            [[score.parts]]
            id = "expert"
            name = {{ en = "Experts" }}
            points = 60
            aggregate = {aggregator}
            scored = {{ panel = "experts" }}
            {transform}
            [[score.parts]]
            id = "bench"
            name = {{ en = "Benchmark" }}
            points = 40
            measured = {{ by = {{ en = "lab" }}, max = 40 }}
            "#,
            keep = self.keep,
            seats = self.sheets[0].len(),
        );
        toml::from_str(&text).unwrap()
    }

    /// The expert points and the totals on a panel of these evaluators, or none where a team has too few values.
    fn points(&self, panel: &[usize]) -> Option<Vec<(Exact, Exact)>> {
        let value = |row: &Vec<Option<i64>>| {
            let values: Vec<Exact> = panel.iter().filter_map(|who| row[*who]).map(Exact::from).collect();
            aggregate(&self.aggregator, &values, (&Exact::zero(), &Exact::from(60)))
        };
        let values: Vec<Exact> = self.sheets.iter().map(value).collect::<Option<_>>()?;
        let best = values.iter().max().filter(|best| **best > Exact::zero()).cloned();
        let points = values.into_iter().zip(&self.bench).map(|(value, bench)| {
            let expert = match (&best, self.rescaled) {
                (Some(best), true) => value * Exact::from(60) / best.clone(),
                _ => value,
            };
            (expert.clone(), expert + Exact::from(*bench))
        });
        Some(points.collect())
    }

    fn everyone(&self) -> Vec<usize> {
        (0..self.sheets[0].len()).collect()
    }

    fn has_no_idle_evaluator(&self) -> bool {
        self.everyone().into_iter().all(|who| self.sheets.iter().any(|sheet| sheet[who].is_some()))
    }

    fn tally(&self) -> Tally {
        let points = self.points(&self.everyone()).expect("a quorum");
        let team = |(number, (expert, total)): (usize, (Exact, Exact))| {
            let bench = Exact::from(self.bench[number]);
            let by_evaluator: BTreeMap<EvaluatorId, Exact> = self.sheets[number]
                .iter()
                .enumerate()
                .filter_map(|(who, value)| Some((evaluator(who), Exact::from((*value)?))))
                .collect();
            let points = BTreeMap::from([("expert".into(), expert), ("bench".into(), bench), ("total".into(), total)]);
            let tally = TeamTally {
                points,
                by_evaluator: BTreeMap::from([("expert".into(), by_evaluator)]),
                not_applicable: None,
            };
            (team(number), tally)
        };
        Tally { teams: points.into_iter().enumerate().map(team).collect() }
    }

    /// Ties go to the lower number, as some ladder might have it.
    fn decision(&self) -> Decision {
        let totals: Vec<Exact> = self.points(&self.everyone()).unwrap().into_iter().map(|(_, total)| total).collect();
        let mut order: Vec<usize> = (0..totals.len()).collect();
        order.sort_by(|one, other| totals[*other].cmp(&totals[*one]));
        let kept: BTreeSet<TeamId> = order.iter().take(self.keep).copied().map(team).collect();
        let outcome = |number: usize| {
            let below = Reason::BelowLine { clause: String::new(), place: 1, keep: 1 };
            let reasons = if kept.contains(&team(number)) { Vec::new() } else { vec![below] };
            (team(number), Outcome { total: Some(totals[number].clone()), reasons, ..Outcome::default() })
        };
        Decision {
            stage: "written".into(),
            window: "first".into(),
            teams: (0..totals.len()).map(outcome).collect(),
            kept,
            order: Vec::new(),
            ties: Vec::new(),
            steps: Vec::new(),
        }
    }

    fn report(&self) -> CutLine {
        cut_line(&self.stage(), &self.tally(), &self.decision())
    }

    /// Whom these totals keep, each as the share of a place that it has.
    fn shares(&self, totals: &[Exact]) -> Vec<Exact> {
        let share = |total: &Exact| {
            let above = totals.iter().filter(|other| *other > total).count();
            let equal = totals.iter().filter(|other| *other == total).count();
            let places = self.keep.saturating_sub(above).min(equal);
            Exact::ratio(places as i64, equal as i64)
        };
        totals.iter().map(share).collect()
    }
}

fn team(number: usize) -> TeamId {
    TeamId::new(format!("team-{number}"))
}

fn evaluator(number: usize) -> EvaluatorId {
    EvaluatorId::new(format!("evaluator-{number}"))
}

/// Every ordered draw of as many evaluators as there are.
fn draws(size: usize) -> impl Iterator<Item = Vec<usize>> {
    (0..size.pow(size as u32)).map(move |number| (0..size).map(|seat| number / size.pow(seat as u32) % size).collect())
}

fn worlds() -> impl Strategy<Value = World> {
    let aggregator = prop_oneof![
        Just(Aggregator::Mean),
        Just(Aggregator::Median),
        Just(Aggregator::TrimmedMean { drop: 1 }),
        Just(Aggregator::Majority),
    ];
    (3_usize..=4, 2_usize..=5, aggregator, any::<bool>()).prop_flat_map(|(size, teams, aggregator, rescaled)| {
        // A narrow range makes ties; one cell in ten is missing at most, and never so many that nothing can be decided.
        let cell = prop_oneof![1 => Just(None), 12 => (50_i64..=60).prop_map(Some)];
        let sheets = proptest::collection::vec(proptest::collection::vec(cell, size), teams);
        let bench = proptest::collection::vec(18_i64..=20, teams);
        let world = (sheets, bench, 1..teams, Just(aggregator), Just(rescaled));
        world
            .prop_map(|(sheets, bench, keep, aggregator, rescaled)| World { aggregator, rescaled, keep, sheets, bench })
            .prop_filter("decidable", |world| world.points(&world.everyone()).is_some())
            // Whoever judges no team is not among those who sat, and no panel is drawn with them.
            .prop_filter("everybody judges somebody", World::has_no_idle_evaluator)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn resampling_is_every_draw_one_by_one(world in worlds()) {
        let report = world.report();
        let outcome = report.resampled[0].outcome.as_ref().unwrap();
        let (mut counted, mut all) = (0_i64, 0_i64);
        let mut kept = vec![Exact::zero(); world.sheets.len()];
        let mut places = kept.clone();
        let mut swapped = 0_i64;
        let line = report.line.as_ref().unwrap();
        let number = |name: &TeamId| (0..world.sheets.len()).find(|other| team(*other) == *name).unwrap();
        for draw in draws(world.sheets[0].len()) {
            all += 1;
            let Some(points) = world.points(&draw) else { continue };
            counted += 1;
            let totals: Vec<Exact> = points.into_iter().map(|(_, total)| total).collect();
            for (sum, share) in kept.iter_mut().zip(world.shares(&totals)) {
                *sum += &share;
            }
            for (sum, own) in places.iter_mut().zip(&totals) {
                let above = totals.iter().filter(|other| *other > own).count() as i64;
                let equal = totals.iter().filter(|other| *other == own).count() as i64;
                *sum += &(Exact::from(1 + above) + Exact::ratio(equal - 1, 2));
            }
            swapped += i64::from(totals[number(&line.first_out.team)] > totals[number(&line.last_kept.team)]);
        }
        prop_assert_eq!(&outcome.left_out, &Exact::ratio(all - counted, all));
        for (number, (kept, place)) in kept.into_iter().zip(places).enumerate() {
            let found = &outcome.teams[&team(number)];
            prop_assert_eq!(&found.kept, &(kept / Exact::from(counted)));
            prop_assert_eq!(found.place.as_ref().unwrap(), &(place / Exact::from(counted)));
        }
        prop_assert_eq!(&outcome.line.as_ref().unwrap().swapped, &Exact::ratio(swapped, counted));
    }

    #[test]
    fn the_places_are_all_given_out(world in worlds()) {
        let report = world.report();
        let outcome = report.resampled[0].outcome.as_ref().unwrap();
        prop_assert_eq!(outcome.teams.values().map(|team| &team.kept).sum::<Exact>(), Exact::from(world.keep as i64));
    }

    #[test]
    fn leaving_one_out_is_deciding_without(world in worlds()) {
        for without in world.report().without_evaluator {
            let left: Vec<usize> =
                world.everyone().into_iter().filter(|who| evaluator(*who) != without.evaluator).collect();
            let Some(points) = world.points(&left) else {
                prop_assert!(without.list.is_none() && without.too_few_for.is_some());
                continue;
            };
            let totals: Vec<Exact> = points.into_iter().map(|(_, total)| total).collect();
            let shares = world.shares(&totals);
            let kept = world.decision().kept;
            let of = |wanted: fn(&Exact, bool) -> bool| -> BTreeSet<TeamId> {
                let numbers = (0..shares.len()).filter(|number| wanted(&shares[*number], kept.contains(&team(*number))));
                numbers.map(team).collect()
            };
            let list = without.list.unwrap();
            prop_assert_eq!(&list.enter, &of(|share, kept| *share == Exact::one() && !kept));
            prop_assert_eq!(&list.leave, &of(|share, kept| share.is_zero() && kept));
            prop_assert_eq!(&list.tied, &of(|share, _| !share.is_zero() && *share != Exact::one()));
        }
    }

    #[test]
    fn at_the_turning_weight_the_two_are_level(world in worlds()) {
        let (report, tally) = (world.report(), world.tally());
        let line = report.line.unwrap();
        for weight in &report.weights {
            let Some(Turn::At { times, points }) = &weight.turns else { continue };
            let total = |team: &TeamId| {
                let own = &tally.teams[team].points;
                let part = &own[&weight.node];
                &(&own[&Id::new("total")] - part) + &(part * times)
            };
            prop_assert_eq!(total(&line.last_kept.team), total(&line.first_out.team));
            prop_assert_eq!(points, &(times * &weight.points));
        }
    }

    #[test]
    fn shares_of_the_parts_add_to_the_whole(world in worlds()) {
        let shares: Option<Vec<Exact>> = world.report().weights.into_iter().map(|weight| weight.share).collect();
        prop_assert!(shares.is_none_or(|shares| shares.iter().sum::<Exact>() == Exact::one()));
    }
}

#[test]
fn the_report_is_the_same_bytes_after_a_round_trip() {
    let world = World::full(
        Aggregator::TrimmedMean { drop: 1 },
        2,
        &[&[50, 52, 47, 55], &[44, 52, 49, 51], &[50, 41, 48, 46], &[39, 40, 44, 41]],
    );
    let text = serde_json::to_string(&world.report()).unwrap();
    let back: CutLine = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
    assert_eq!(back, world.report());
}

#[test]
fn a_panel_too_large_to_enumerate_is_said_to_be() {
    let rows: Vec<Vec<i64>> = (0..3).map(|team| (0..12).map(|who| 40 + team + who % 3).collect()).collect();
    let world = World::full(Aggregator::Mean, 1, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let resampled = &world.report().resampled[0];
    assert_eq!(resampled.outcome, None);
    assert_eq!(resampled.multisets, Exact::from(1_352_078_i64));
    assert_eq!(resampled.evaluators, 12);
}

#[test]
fn aggregators_side_by_side() {
    // One outlier carries the first team under the mean alone.
    let world = World::full(Aggregator::Mean, 1, &[&[60, 30, 30, 30, 30], &[34, 34, 34, 34, 34]]);
    let compared = world.report().aggregators.unwrap();
    assert_eq!(compared.mean.kept, BTreeSet::from([team(0)]));
    assert_eq!(compared.trimmed.unwrap().kept, BTreeSet::from([team(1)]));
    assert_eq!(compared.median.kept, BTreeSet::from([team(1)]));
    assert!(!compared.agree);
}

#[test]
fn a_team_that_a_gate_puts_out_gives_its_place_up_or_not() {
    let world = World::full(Aggregator::Mean, 2, &[&[60, 59, 58], &[50, 49, 51], &[40, 42, 41], &[30, 31, 29]]);
    let (mut stage, mut decision) = (world.stage(), world.decision());
    decision.teams.get_mut(&team(0)).unwrap().reasons =
        vec![Reason::GateFailed { clause: String::new(), gate: "independent".into() }];
    decision.teams.get_mut(&team(2)).unwrap().reasons.clear();
    decision.kept = BTreeSet::from([team(1), team(2)]);
    let report = cut_line(&stage, &world.tally(), &decision);
    let line = report.line.unwrap();
    assert_eq!((line.last_kept.team, line.first_out.team), (team(2), team(3)));
    let outcome = report.resampled[0].outcome.clone().unwrap();
    assert!(!outcome.teams.contains_key(&team(0)));
    assert_eq!(outcome.teams[&team(2)].kept, Exact::one());

    stage.cut.as_mut().unwrap().among = rulebook::Among::All;
    decision.kept = BTreeSet::from([team(1)]);
    let report = cut_line(&stage, &world.tally(), &decision);
    let outcome = report.resampled[0].outcome.clone().unwrap();
    assert_eq!(outcome.teams[&team(0)].kept, Exact::zero());
    assert_eq!(outcome.teams[&team(0)].place, Some(Exact::one()));
    assert_eq!(outcome.teams[&team(2)].kept, Exact::zero());
}

#[test]
fn the_threshold_is_applied_to_every_changed_total() {
    let world = World::full(Aggregator::Mean, 2, &[&[60, 60], &[30, 50], &[20, 20]]);
    let mut stage = world.stage();
    stage.cut.as_mut().unwrap().at_least = Some(Exact::from(60));
    let outcome = cut_line(&stage, &world.tally(), &world.decision()).resampled[0].outcome.clone().unwrap();
    // The second team needs a mean of 40: it has it unless the severe evaluator is drawn twice.
    assert_eq!(outcome.teams[&team(1)].kept, Exact::ratio(3, 4));
    assert_eq!(outcome.teams[&team(2)].kept, Exact::zero());
}

#[test]
fn an_exact_tie_is_named_in_the_order_of_the_ladder() {
    let world = World::full(Aggregator::Mean, 2, &[&[40, 50], &[50, 40], &[45, 45]]);
    let mut decision = world.decision();
    decision.kept = BTreeSet::from([team(2), team(1)]);
    let reasons = decision.teams[&team(2)].reasons.clone();
    decision.teams.get_mut(&team(2)).unwrap().reasons.clear();
    decision.teams.get_mut(&team(0)).unwrap().reasons = reasons;
    decision.ties = vec![TieBreak {
        clause: String::new(),
        teams: BTreeSet::from([team(0), team(1), team(2)]),
        order: vec![BTreeSet::from([team(2)]), BTreeSet::from([team(1)]), BTreeSet::from([team(0)])],
    }];
    let report = cut_line(&world.stage(), &world.tally(), &decision);
    let line = report.line.unwrap();
    assert!(line.exact_tie);
    assert_eq!((line.last_kept.team, line.first_out.team), (team(1), team(0)));
    let level = Turn::At { times: Exact::one(), points: Exact::from(60) };
    assert_eq!(report.weights[0].turns, Some(level));
}

#[test]
fn a_missing_sheet_shows_the_additive_estimate_beside_the_raw_mean() {
    let mut world = World::full(Aggregator::Mean, 1, &[&[10, 13, 7], &[20, 23, 17], &[30, 33, 27]]);
    world.sheets[2][1] = None;
    let report = world.report();
    let reliability = &report.reliability[0];
    assert_eq!((reliability.missing, &reliability.icc, &reliability.kendall_w), (1, &None, &None));
    assert!(reliability.alpha.is_some());
    let Some(Additive::Estimated { teams }) = &reliability.additive else { panic!("connected") };
    assert_eq!((&teams[&team(2)].raw, &teams[&team(2)].adjusted), (&Exact::ratio(57, 2), &Exact::from(30)));
}

#[test]
fn without_each_part() {
    let mut world = World::full(Aggregator::Mean, 1, &[&[50, 52], &[49, 51]]);
    world.bench = vec![20, 20];
    let parts = world.report().without_part;
    assert_eq!(parts.iter().map(|part| part.node.as_str()).collect::<Vec<_>>(), ["expert", "bench"]);
    assert_eq!(parts[0].list.tied, BTreeSet::from([team(0), team(1)]));
    assert_eq!(parts[0].list.margin, Some(Exact::zero()));
    assert_eq!(parts[1].list.margin, Some(Exact::one()));
}

#[test]
fn a_panel_with_several_aggregators_is_also_taken_as_a_whole() {
    let world = World::full(Aggregator::Mean, 1, &[&[50, 52], &[49, 51]]);
    let (mut stage, mut tally) = (world.stage(), world.tally());
    // The same sheets once more on a second part, worth a sixth.
    let root = stage.score.as_mut().unwrap();
    let mut second = root.parts[0].clone();
    second.id = "second".into();
    second.points = Exact::from(10);
    second.transform = Some(rulebook::Transform::Absolute { of: Exact::from(60) });
    root.parts.push(second);
    for team in tally.teams.values_mut() {
        let sheets = team.by_evaluator[&Id::new("expert")].clone();
        team.by_evaluator.insert("second".into(), sheets);
        team.points.insert("second".into(), Exact::from(8));
    }
    let found = cut_line(&stage, &tally, &world.decision()).reliability;
    assert_eq!(found.iter().map(|one| one.at.as_str()).collect::<Vec<_>>(), ["expert", "second", "total"]);
    let severity = |at: usize| found[at].evaluator[0].severity.clone();
    assert_eq!((severity(0), severity(2)), (Exact::from(-1), Exact::ratio(-7, 6)));
}

#[test]
fn numbers_too_large_for_the_machine_change_nothing() {
    let world = World::full(
        Aggregator::TrimmedMean { drop: 1 },
        2,
        &[&[50, 52, 47, 55], &[44, 52, 49, 51], &[50, 41, 48, 46], &[49, 50, 44, 51]],
    );
    let plain = world.report();
    // The same marks on scales that need more than 64 and more than 128 bits.
    for scale in ["1000000007/998244353", "10000000000000000000000013/9999999999999999999999971"] {
        let scale: Exact = scale.parse().unwrap();
        let (mut stage, mut tally) = (world.stage(), world.tally());
        stage.score.as_mut().unwrap().parts[0].transform =
            Some(rulebook::Transform::Absolute { of: &Exact::from(60) * &scale });
        for value in
            tally.teams.values_mut().flat_map(|team| team.by_evaluator.values_mut()).flat_map(BTreeMap::values_mut)
        {
            *value = &*value * &scale;
        }
        let report = cut_line(&stage, &tally, &world.decision());
        assert_eq!(report.resampled, plain.resampled);
        assert_eq!(report.without_evaluator, plain.without_evaluator);
    }
}
