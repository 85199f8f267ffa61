//! The fast simulation against a slow one that can be read, and against what must be so.

use super::{
    draw::Draw,
    plan::{Plan, Rule},
    *,
};
use crate::reliability::MeanSquares;

/// A stage in which seven experts mark three criteria.
fn stage(aggregator: &str, step: &str) -> Stage {
    let criterion = |id: &str, points: u32| {
        format!(
            r#"
            [[score.parts]]
            id = "{id}"
            name = {{ en = "{id}" }}
            points = {points}
            scored = {{ panel = "experts", step = "{step}" }}
            "#
        )
    };
    let text = format!(
        r#"
        id = "written"
        name = {{ en = "Written" }}
        kind = "scored"
        cut = {{ keep = 10 }}
        [[panel]]
        id = "experts"
        name = {{ en = "Experts" }}
        seats = 7
        [score]
        id = "total"
        name = {{ en = "Total" }}
        points = 100
        aggregate = {aggregator}
        {}{}{}
        "#,
        criterion("technology", 40),
        criterion("plan", 30),
        criterion("effect", 30),
    );
    toml::from_str(&text).unwrap()
}

/// Two aggregators of different kinds, a transform, a measured part: everything that changes the arithmetic.
fn mixed() -> Stage {
    toml::from_str(
        r#"
        id = "phase"
        name = { en = "Phase" }
        kind = "scored"
        cut = { keep = 4 }
        [[panel]]
        id = "experts"
        name = { en = "Experts" }
        seats = 6
        [score]
        id = "total"
        name = { en = "Total" }
        points = 100
        [[score.parts]]
        id = "expert"
        name = { en = "Experts" }
        points = 35
        aggregate = { trimmed-mean = { drop = 1 } }
        transform = { absolute = { of = 5 } }
        scored = { panel = "experts", min = 1, max = 5, step = "0.5" }
        [[score.parts]]
        id = "sound"
        name = { en = "Sound" }
        points = 10
        aggregate = "median"
        scored = { panel = "experts" }
        [[score.parts]]
        id = "pledge"
        name = { en = "Pledge" }
        points = 3
        aggregate = "majority"
        scored = { panel = "experts", step = 3 }
        [[score.parts]]
        id = "bench"
        name = { en = "Benchmark" }
        points = 52
        measured = { by = { en = "lab" }, max = 100 }
        "#,
    )
    .unwrap()
}

fn options(stages: u64) -> SimulateOptions {
    SimulateOptions { stages, seed: 20_250_725, ..SimulateOptions::default() }
}

/// The totals of a panel, reckoned in floats from the values: a mean is a mean.
fn reference_totals(plan: &Plan, draw: &Draw, panel: &[usize], worth: &[f64]) -> Vec<f64> {
    let value = |number: usize, team: usize| {
        let block = &plan.blocks[number];
        let mut values: Vec<f64> = panel.iter().map(|who| f64::from(draw.row(number, *who)[team])).collect();
        values.sort_by(f64::total_cmp);
        let count = values.len();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        match block.rule {
            Rule::Trimmed(drop) => mean(&values[drop..count - drop]),
            Rule::Median => mean(&values[(count - 1) / 2..=count / 2]),
            Rule::Majority => {
                let highest = f64::from(block.highest);
                if values.iter().filter(|value| **value == highest).count() * 2 > count { highest } else { 0.0 }
            }
        }
    };
    let total = |team| worth.iter().enumerate().map(|(block, worth)| worth * value(block, team)).sum::<f64>();
    // Equal totals must be equal floats: they are whole multiples of far more than this.
    (0..plan.teams).map(|team| (total(team) * 1e6).round()).collect()
}

/// The teams in the order of `values`, the lower number first among equals.
fn ranking(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, other| values[*other].total_cmp(&values[*one]).then(one.cmp(other)));
    order
}

fn kept(values: &[f64], keep: usize) -> Vec<usize> {
    let mut kept = ranking(values)[..keep].to_vec();
    kept.sort_unstable();
    kept
}

fn reference_panel(plan: &Plan, draw: &Draw, seats: usize, worth: &[f64], sums: &mut play::PanelSums) -> u32 {
    let everyone: Vec<usize> = (0..seats).collect();
    let totals = reference_totals(plan, draw, &everyone, worth);
    let list = kept(&totals, plan.keep);
    let missed = kept(&draw.quality, plan.keep).iter().filter(|team| !list.contains(team)).count();
    let order = ranking(&totals);
    let (last_in, first_out) = (totals[order[plan.keep - 1]], totals[order[plan.keep]]);
    let tied = if last_in == first_out { totals.iter().filter(|total| **total == last_in).count() } else { 0 };
    let changed = everyone.iter().any(|out| {
        let rest: Vec<usize> = everyone.iter().copied().filter(|who| who != out).collect();
        kept(&reference_totals(plan, draw, &rest, worth), plan.keep) != list
    });
    sums.missed[missed] += 1;
    sums.tied[tied] += 1;
    sums.changed += u64::from(changed);
    missed as u32
}

/// The whole simulation once more, slowly. `worth` says what one of each block's value is worth.
fn reference(stage: &Stage, options: &SimulateOptions, worth: &[f64]) -> Simulation {
    let plan = Plan::of(stage, options).unwrap();
    let mut sums = Sums::new(&plan);
    for chunk in 0..options.stages.div_ceil(CHUNK) {
        let mut draw = Draw::new(&plan, options.seed, chunk);
        for _ in 0..CHUNK.min(options.stages - chunk * CHUNK) {
            draw.next_stage(&plan);
            sums.stages += 1;
            let missed = reference_panel(&plan, &draw, plan.seats, worth, &mut sums.as_asked);
            let with_more = reference_panel(&plan, &draw, plan.seats + 1, worth, &mut sums.one_more);
            sums.gain_squares += u64::from(missed.abs_diff(with_more).pow(2));
        }
    }
    Simulation::of(&plan, options, &sums)
}

#[test]
fn the_slow_simulation_says_the_same() {
    let options = options(300);
    for aggregator in ["\"mean\"", "{ trimmed-mean = { drop = 1 } }", "{ trimmed-mean = { drop = 2 } }", "\"median\""] {
        for step in ["1", "5", "0.5"] {
            let stage = stage(aggregator, step);
            assert_eq!(simulate(&stage, &options).unwrap(), reference(&stage, &options, &[1.0]), "{aggregator} {step}");
        }
    }
}

#[test]
fn the_slow_simulation_says_the_same_of_several_aggregators() {
    let options = SimulateOptions { teams: 9, ..options(600) };
    // A value of the first is in half marks of 7 points each, of the others in points.
    let slow = reference(&mixed(), &options, &[3.5, 1.0, 1.0]);
    assert_eq!(simulate(&mixed(), &options).unwrap(), slow);
    assert_eq!(slow.held_equal, ["bench".into()]);
}

#[test]
fn the_same_seed_gives_the_same_answer_on_any_number_of_threads() {
    let stage = stage("{ trimmed-mean = { drop = 1 } }", "1");
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| simulate(&stage, &options(1_000))).unwrap()
    };
    let answer = on(1);
    assert_eq!(answer, on(2));
    assert_eq!(answer, on(3));
    let text = serde_json::to_string(&answer).unwrap();
    assert_eq!(serde_json::from_str::<Simulation>(&text).unwrap(), answer);
    let another = simulate(&stage, &SimulateOptions { seed: 1, ..options(1_000) }).unwrap();
    assert_ne!(answer.as_asked.missed_by_number, another.as_asked.missed_by_number);
}

#[test]
fn an_answer_is_remembered() {
    // A change here is a change of every answer ever given for a seed.
    let found = simulate(&stage("\"mean\"", "1"), &options(2_000)).unwrap();
    assert_eq!(found.as_asked.missed_by_number, [350, 1070, 516, 61, 3, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn perfect_evaluators_miss_nobody() {
    let perfect = SimulateOptions { icc: 1.0, severity_sd: 0.0, step: Some(Exact::ratio(1, 100)), ..options(2_000) };
    let found = simulate(&stage("\"mean\"", "1"), &perfect).unwrap();
    // Two teams can still lie within one hundredth of a point of each other.
    assert!(found.as_asked.missed_any.stages <= 10, "{found:?}");
    let poor = SimulateOptions { icc: 0.05, severity_sd: 0.0, ..options(2_000) };
    let found = simulate(&stage("\"mean\"", "1"), &poor).unwrap();
    assert!(found.as_asked.missed_any.share.to_f64() > 0.95);
    assert!(found.as_asked.missed.mean.to_f64() > 1.5);
}

#[test]
fn one_evaluator_more_helps_and_coarse_steps_tie() {
    let fine = simulate(&stage("\"mean\"", "0.5"), &options(5_000)).unwrap();
    let coarse = simulate(&stage("\"mean\"", "10"), &options(5_000)).unwrap();
    assert!(fine.gain.mean.to_f64() > 3.0 * fine.gain.error.to_f64());
    assert!(coarse.as_asked.exact_tie.stages > 3 * fine.as_asked.exact_tie.stages);
    assert!(coarse.as_asked.tied_by_number.keys().all(|teams| *teams >= 2));
}

#[test]
fn the_evaluators_agree_as_much_as_was_asked() {
    for (icc, severity_sd) in [(0.2, 0.0), (0.3, 0.05), (0.6, 0.04)] {
        // Small spreads on a fine scale: rounding and the ends of the scale then play no part.
        let options = SimulateOptions {
            icc,
            severity_sd: severity_sd / 2.0,
            quality_sd: 0.05,
            step: Some(Exact::ratio(1, 10)),
            ..options(1)
        };
        let plan = Plan::of(&stage("\"mean\"", "1"), &options).unwrap();
        let mut draw = Draw::new(&plan, 5, 0);
        let rounds = 1_500;
        // The mean squares are averaged, not the ratios of them, which are biased on few teams.
        let squares = (0..rounds).filter_map(|_| {
            draw.next_stage(&plan);
            let row = |team: usize| (0..=plan.seats).map(|who| f64::from(draw.row(0, who)[team])).collect();
            MeanSquares::of(&(0..plan.teams).map(row).collect::<Vec<Vec<f64>>>())
        });
        let found = MeanSquares::mean(squares).agreement_single();
        assert!((found - icc).abs() < 0.015, "asked {icc}, found {found}");
    }
}

#[test]
fn what_cannot_be_simulated_is_said() {
    let refusal = |change: fn(&mut Stage, &mut SimulateOptions)| {
        let (mut stage, mut options) = (stage("{ trimmed-mean = { drop = 1 } }", "1"), options(1));
        change(&mut stage, &mut options);
        simulate(&stage, &options).unwrap_err().to_string()
    };
    let told = [
        refusal(|stage, _| stage.cut = None),
        refusal(|_, options| options.teams = 10),
        refusal(|_, options| options.teams = 65),
        refusal(|_, options| options.stages = 0),
        refusal(|stage, _| stage.score = None),
        refusal(|stage, _| stage.panels[0].seats = None),
        refusal(|stage, _| stage.panels[0].seats = Some(3)),
        refusal(|stage, _| stage.score.as_mut().unwrap().aggregate = None),
        refusal(|_, options| options.step = Some(Exact::from(7))),
        refusal(|_, options| options.step = Some(Exact::zero())),
        refusal(|_, options| options.icc = 0.0),
        refusal(|_, options| (options.icc, options.severity_sd) = (0.9, 0.1)),
        refusal(|_, options| options.quality_sd = f64::NAN),
        refusal(|_, options| options.panel = Some("users".into())),
        {
            let mut stage = mixed();
            stage.score.as_mut().unwrap().parts[1].transform = Some(rulebook::Transform::RescaleToBest);
            simulate(&stage, &options(1)).unwrap_err().to_string()
        },
    ];
    insta::assert_snapshot!(told.join("\n"));
}
