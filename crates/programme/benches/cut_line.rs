//! How long the cut-line report of fifteen teams takes, by the size of the panel.
#![expect(clippy::print_stdout, reason = "a benchmark reports to the terminal")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should stop")]

use std::{collections::BTreeMap, time::Instant};

use programme::{Decision, EvaluatorId, Outcome, Reason, Tally, TeamId, TeamTally, aggregate, cut_line};
use rulebook::{Aggregator, Exact, Stage};

const TEAMS: usize = 15;
const KEEP: usize = 10;
const RUNS: usize = 5;

fn main() {
    for aggregator in ["\"mean\"", "{ trimmed-mean = { drop = 1 } }", "\"median\""] {
        for seats in [5_usize, 7, 9, 11] {
            let (stage, tally, decision) = world(aggregator, seats);
            let run = || {
                let (start, cpu) = (Instant::now(), cpu_ms());
                let report = cut_line(&stage, &tally, &decision);
                assert!(report.resampled.iter().all(|resampled| resampled.outcome.is_some()));
                (start.elapsed().as_secs_f64() * 1e3, cpu_ms() - cpu)
            };
            let mut runs: Vec<(f64, f64)> = (0..RUNS).map(|_| run()).collect();
            runs.sort_by(|one, other| one.0.total_cmp(&other.0));
            let (wall, cpu) = runs[RUNS / 2];
            println!(
                "{seats:>2} evaluators, {aggregator:<33} median of {RUNS}: {wall:>9.2} ms wall, {cpu:>9.2} ms CPU"
            );
        }
    }
}

/// The milliseconds of CPU that this thread has had, where the system tells.
fn cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|field| field.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e6
}

/// A world of fifteen teams whose values come from a fixed recurrence.
fn world(aggregator: &str, seats: usize) -> (Stage, Tally, Decision) {
    let text = format!(
        r#"
        id = "written"
        name = {{ en = "Written" }}
        kind = "scored"
        cut = {{ keep = {KEEP} }}
        score = {{ id = "total", name = {{ en = "Total" }}, points = 100, aggregate = {aggregator}, scored = {{ panel = "experts" }} }}
        [[panel]]
        id = "experts"
        name = {{ en = "Experts" }}
        "#,
    );
    let stage: Stage = toml::from_str(&text).unwrap();
    let how: Aggregator = stage.score.as_ref().unwrap().aggregate.clone().unwrap();
    let mut state = 7_i64;
    let mut next = || {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        Exact::from(60 + state / 65_536 % 31)
    };
    let mut teams = BTreeMap::new();
    for team in 0..TEAMS {
        let values: Vec<Exact> = (0..seats).map(|_| next()).collect();
        let total = aggregate(&how, &values, (&Exact::zero(), &Exact::from(100))).unwrap();
        let sheets = values.into_iter().enumerate().map(|(who, value)| (EvaluatorId::new(format!("e{who:02}")), value));
        let tally = TeamTally {
            points: BTreeMap::from([("total".into(), total)]),
            by_evaluator: BTreeMap::from([("total".into(), sheets.collect())]),
            not_applicable: None,
        };
        teams.insert(TeamId::new(format!("t{team:02}")), tally);
    }
    let decision = decide(&teams);
    (stage, Tally { teams }, decision)
}

fn decide(teams: &BTreeMap<TeamId, TeamTally>) -> Decision {
    let mut order: Vec<(&Exact, &TeamId)> = teams.iter().map(|(team, tally)| (&tally.points["total"], team)).collect();
    order.sort_by(|one, other| other.cmp(one));
    let outcome = |(place, (total, team)): (usize, &(&Exact, &TeamId))| {
        let below = Reason::BelowLine { clause: String::new(), place: 11, keep: 10 };
        let reasons = if place < KEEP { Vec::new() } else { vec![below] };
        ((*team).clone(), Outcome { total: Some((*total).clone()), reasons, ..Outcome::default() })
    };
    Decision {
        stage: "written".into(),
        window: "first".into(),
        kept: order.iter().take(KEEP).map(|(_, team)| (*team).clone()).collect(),
        teams: order.iter().enumerate().map(outcome).collect(),
        order: Vec::new(),
        ties: Vec::new(),
        steps: Vec::new(),
    }
}
