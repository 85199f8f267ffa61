//! How many decisions a second: a panel of seven with three criteria, over 15 and over 10,000 teams.
#![expect(clippy::expect_used, reason = "a benchmark that cannot go on fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    hint::black_box,
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use programme::{EvaluatorId, Facts, Mark, Seed, SeedSource, Sheet, TeamId, Vote, decide, tally};
use rulebook::{Exact, Id, Rulebook};

const RULES: &str = r#"
[programme]
id = "bench"
name = {}
operator = {}
languages = []
[calendar]
timezone = "Asia/Seoul"
[intake.single]
opens = 2026-01-05T00:00:00
closes = 2026-01-15T00:00:00
[[stage]]
id = "written"
name = {}
kind = "scored"
cut.keep = 5
ties = [{ higher = "total" }, { median-at = "total" }, { preferred-at = "total" }, "seed"]
panel = [{ id = "experts", name = {}, seats = 7 }]
[[stage.gate]]
id = "independence"
name = {}
requires = {}
test.votes = { panel = "experts", bar.fails-above = "1/2" }
[stage.score]
id = "total"
name = {}
points = 100
aggregate.trimmed-mean.drop = 1
parts = [
  { id = "technology", name = {}, points = 40, scored.panel = "experts" },
  { id = "plan", name = {}, points = 30, scored.panel = "experts" },
  { id = "effect", name = {}, points = 30, scored.panel = "experts" },
]
"#;

fn facts(teams: u32) -> Facts {
    let team = |number: u32| TeamId::new(format!("team-{number:05}"));
    let evaluator = |number: u32| EvaluatorId::new(format!("evaluator-{number}"));
    let mark = |team: u32, evaluator: u32, most: u32| {
        let spread = team.wrapping_mul(2_654_435_761).wrapping_add(evaluator.wrapping_mul(40_503)) >> 8;
        Mark::Given(Exact::from(most / 2 + spread % (most / 2 + 1)))
    };
    let sheet = |number: u32, judge: u32| Sheet {
        evaluator: evaluator(judge),
        team: team(number),
        marks: [("technology", 40), ("plan", 30), ("effect", 30)]
            .map(|(criterion, most)| (Id::from(criterion), mark(number, judge, most)))
            .into(),
        votes: [(Id::from("independence"), if number % 7 == judge { Vote::NotMet } else { Vote::Met })].into(),
        keep: None,
    };
    Facts {
        stage: "written".into(),
        window: "call".into(),
        candidates: (0..teams).map(team).collect(),
        withdrawn: BTreeSet::new(),
        applications: BTreeMap::new(),
        as_of: None,
        panels: [(Id::from("experts"), (0..7).map(evaluator).collect())].into(),
        recusals: BTreeSet::new(),
        sheets: (0..teams)
            .flat_map(|number| (0..7).map(move |judge| (number, judge)))
            .map(|(n, j)| sheet(n, j))
            .collect(),
        measurements: BTreeMap::new(),
        findings: BTreeMap::new(),
        seed: Some(Seed(vec![SeedSource { source: "a draw".to_owned(), value: "8".to_owned() }])),
    }
}

fn decisions(criterion: &mut Criterion) {
    let rulebook: Rulebook = toml::from_str(RULES).expect("the rules above are a rulebook");
    for teams in [15, 10_000] {
        let facts = facts(teams);
        let mut group = criterion.benchmark_group(format!("{teams} teams"));
        group.throughput(Throughput::Elements(1));
        group.sample_size(if teams > 100 { 20 } else { 100 });
        group.bench_function("decide", |bench| {
            bench.iter(|| decide(black_box(&rulebook), black_box(&facts)).expect("nothing is missing"));
        });
        group.bench_function("tally", |bench| {
            bench.iter(|| tally(black_box(&rulebook.stages[0]), black_box(&facts)).expect("nothing is missing"));
        });
        group.finish();
    }
}

criterion_group!(benches, decisions);
criterion_main!(benches);
