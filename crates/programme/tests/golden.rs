//! Figures that were published, out of the rulebooks that ship.
//!
//! The inputs are made up so that every published figure comes out: the best and the mean of each item, the totals where
//! the press had them, and who was kept.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use programme::{
    Decision, EvaluatorId, Facts, Mark, Measured, Measurement, Reason, Recusal, Sheet, TeamId, Vote, decide,
};
use rulebook::{Exact, Id, Node, Panel, Rulebook, Stage};

/// A rulebook that ships, by the name of its file.
fn shipped(name: &str) -> Rulebook {
    let folder = std::env::var_os("DAEPYO_PROGRAMMES")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../programmes")), PathBuf::from);
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

/// What one team brings to an evaluation.
#[derive(Default)]
struct Team {
    name: &'static str,
    /// For each measured leaf the value of all its items, and the target of all of them.
    measured: Vec<(&'static str, &'static str, &'static str)>,
    /// For each panel the sum of the marks that count. A panel that is trimmed has an outlier at each end besides.
    marks: Vec<(&'static str, u32)>,
    /// Whether the panel finds that the gate is met.
    fails_gate: bool,
    /// How many evaluators of the first panel step aside.
    recused: u32,
}

/// The facts of the stage `evaluation`, in which these teams stand.
fn facts(rulebook: &Rulebook, teams: &[Team]) -> Facts {
    let stage = &rulebook.stages[0];
    let mut facts = Facts {
        stage: stage.id.clone(),
        window: "invited".into(),
        candidates: teams.iter().map(|team| team.name.into()).collect(),
        withdrawn: BTreeSet::new(),
        applications: BTreeMap::new(),
        as_of: None,
        panels: stage.panels.iter().map(|panel| (panel.id.clone(), sitting(panel).collect())).collect(),
        recusals: BTreeSet::new(),
        sheets: vec![],
        measurements: BTreeMap::new(),
        findings: BTreeMap::new(),
        seed: None,
    };
    for team in teams {
        let leaf = |(leaf, value, target): &(&str, &str, &str)| {
            let measured = Measured { value: exact(value), target: Some(exact(target)) };
            let values = items(stage, leaf).into_iter().map(|item| (item, measured.clone())).collect();
            (Id::new(*leaf), Measurement::Values(values))
        };
        facts.measurements.insert(team.name.into(), team.measured.iter().map(leaf).collect());
        for (panel, sum) in &team.marks {
            judge(&mut facts, stage, team, stage.panel(&Id::new(*panel)).unwrap(), *sum);
        }
    }
    facts
}

fn sitting(panel: &Panel) -> impl Iterator<Item = EvaluatorId> {
    (0..panel.seats.unwrap()).map(|seat| EvaluatorId::new(format!("{}-{seat}", panel.id)))
}

fn items(stage: &Stage, leaf: &str) -> Vec<Id> {
    let items = &stage.score.as_ref().unwrap().find(&leaf.into()).unwrap().measured.as_ref().unwrap().items;
    if items.is_empty() { vec![leaf.into()] } else { items.iter().map(|item| item.id.clone()).collect() }
}

/// One panel's sheets for one team.
fn judge(facts: &mut Facts, stage: &Stage, team: &Team, panel: &Panel, sum: u32) {
    let criteria: Vec<&Node> = stage.score.as_ref().unwrap().walk().filter(|leaf| is_marked_by(leaf, panel)).collect();
    let is_first = stage.panels[0].id == panel.id;
    let mut judges: Vec<EvaluatorId> = sitting(panel).collect();
    for evaluator in judges.drain(..if is_first { team.recused as usize } else { 0 }) {
        facts.recusals.insert(Recusal { evaluator, team: team.name.into() });
    }
    let is_trimmed = criteria.len() > 1;
    let counted = judges.len() as u32 - if is_trimmed { 2 } else { 0 };
    let mut totals: Vec<u32> = (0..counted).map(|number| sum / counted + u32::from(number < sum % counted)).collect();
    if is_trimmed {
        totals.extend([0, 35]);
    }
    let against = if team.fails_gate { judges.len() / 2 + 1 } else { 0 };
    for (number, (evaluator, total)) in judges.into_iter().zip(totals).enumerate() {
        let vote = if number < against { Vote::NotMet } else { Vote::Met };
        facts.sheets.push(Sheet {
            evaluator,
            team: team.name.into(),
            marks: spread(&criteria, total),
            votes: if is_first { [(Id::from("independence"), vote)].into() } else { BTreeMap::new() },
            keep: None,
        });
    }
}

fn is_marked_by(leaf: &Node, panel: &Panel) -> bool {
    leaf.scored.as_ref().is_some_and(|scored| scored.panel == panel.id)
}

/// A sheet's total over its criteria, in proportion to their points, the last one taking the rest.
fn spread(criteria: &[&Node], total: u32) -> BTreeMap<Id, Mark> {
    let most: Exact = criteria.iter().map(|leaf| &leaf.points).sum();
    let mut left = total;
    let mut marks = BTreeMap::new();
    for (number, leaf) in criteria.iter().enumerate() {
        let share = &leaf.points * &Exact::from(total) / most.clone();
        let whole = (0..).take_while(|whole| Exact::from(*whole as u32) <= share).last().unwrap() as u32;
        let mark = if number + 1 == criteria.len() { left } else { whole };
        left -= mark;
        marks.insert(leaf.id.clone(), Mark::Given(Exact::from(mark)));
    }
    marks
}

/// A team's points on a node as they were published: to one decimal.
fn points(decision: &Decision, team: &str, node: &str) -> String {
    decision.teams[team].points[&Id::from(node)].rounded(1)
}

/// The mean of all teams on a node, to two decimals.
fn mean(decision: &Decision, node: &str) -> Exact {
    let all = decision.teams.values().map(|outcome| &outcome.points[&Id::from(node)]);
    all.sum::<Exact>() / Exact::from(decision.teams.len() as i64)
}

fn kept(decision: &Decision) -> Vec<&str> {
    decision.kept.iter().map(TeamId::as_str).collect()
}

#[test]
fn january_2026() {
    let rulebook = shipped("kr-2026-01-phase.toml");
    let team = |name, nia, common, (own, target), experts, users| Team {
        name,
        measured: vec![("nia", nia, "1"), ("common", common, "1"), ("individual", own, target)],
        marks: vec![("experts", experts), ("users", users)],
        ..Team::default()
    };
    let decision = decide(
        &rulebook,
        &facts(
            &rulebook,
            &[
                Team { recused: 1, ..team("lg-ai-research", "92", "72", ("80", "80"), 221, 210) },
                team("skt", "92", "61", ("69", "75"), 226, 170),
                team("upstage", "88", "58", ("81", "80"), 228, 168),
                Team { fails_gate: true, ..team("naver-cloud", "86", "60", ("72", "80"), 224, 164) },
                team("nc-ai", "82", "55", ("43", "50"), 212, 160),
            ],
        ),
    )
    .unwrap();

    let lg = |node| points(&decision, "lg-ai-research", node);
    assert_eq!(["nia", "common", "individual", "benchmark"].map(lg), ["9.2", "14.4", "10.0", "33.6"]);
    assert_eq!(["experts", "users", "total"].map(lg), ["31.6", "25.0", "90.2"]);
    assert_eq!(points(&decision, "skt", "nia"), "9.2");
    assert_eq!(points(&decision, "upstage", "individual"), "10.0");
    assert_eq!(points(&decision, "naver-cloud", "individual"), "9.0", "72 against 80 is 0.9 of the part");
    assert_eq!(mean(&decision, "benchmark").rounded(1), "30.4");
    assert_eq!(mean(&decision, "experts").rounded(2), "28.56");
    assert_eq!(mean(&decision, "users").rounded(2), "20.76");
    assert_eq!(mean(&decision, "total").rounded(1), "79.7");

    // Five became three: one below the line, and one inside it that failed the gate and left its place empty.
    assert_eq!(kept(&decision), ["lg-ai-research", "skt", "upstage"]);
    assert!(matches!(&decision.teams["nc-ai"].reasons[..], [Reason::BelowLine { place: 5, keep: 4, .. }]));
    assert!(matches!(&decision.teams["naver-cloud"].reasons[..], [Reason::GateFailed { .. }]));
    assert_eq!(decision.teams["naver-cloud"].place, Some(4));
}

#[test]
fn august_2026() {
    let rulebook = shipped("kr-2026-08-phase.toml");
    let team = |name, aaii, nia, experts, users, citizens| Team {
        name,
        measured: vec![("aaii", aaii, "1"), ("nia", nia, "1")],
        marks: vec![("experts", experts), ("expert-users", users), ("citizens", citizens)],
        ..Team::default()
    };
    let decision = decide(
        &rulebook,
        &facts(
            &rulebook,
            &[
                team("skt", "37.3", "89.3", 232, 193, 730),
                team("upstage", "35.4", "87", 235, 185, 750),
                team("lg-ai-research", "31.4", "87", 236, 184, 760),
                team("motif", "47.6", "84.7", 217, 140, 570),
            ],
        ),
    )
    .unwrap();

    assert_eq!(points(&decision, "motif", "aaii"), "11.9");
    assert_eq!(points(&decision, "skt", "nia"), "13.4");
    assert_eq!(points(&decision, "lg-ai-research", "experts"), "29.5");
    assert_eq!(points(&decision, "skt", "expert-users"), "11.6");
    assert_eq!(points(&decision, "lg-ai-research", "citizens"), "7.6");
    let means = ["aaii", "nia", "experts", "expert-users", "citizens"].map(|node| mean(&decision, node).rounded(2));
    assert_eq!(means, ["9.48", "13.05", "28.75", "10.53", "7.03"]);
    let totals = ["skt", "upstage", "lg-ai-research", "motif"].map(|team| points(&decision, team, "total"));
    assert_eq!(totals, ["70.6", "69.9", "69.0", "65.8"]);
    assert_eq!(points(&decision, "upstage", "expert-users"), "11.1", "a mean of 3.7 is 11.1 of 15");

    // The best on the index by ten points, and out.
    assert_eq!(kept(&decision), ["lg-ai-research", "skt", "upstage"]);
    assert!(matches!(&decision.teams["motif"].reasons[..], [Reason::BelowLine { place: 4, keep: 3, .. }]));
}

#[test]
fn august_2026_formulas() {
    let rulebook = shipped("kr-2026-08-phase.toml");
    let team = |name, measured: [&'static str; 2], users, citizens| Team {
        name,
        measured: vec![("aaii", measured[0], "1"), ("nia", measured[1], "1")],
        marks: vec![("experts", 200), ("expert-users", users), ("citizens", citizens)],
        ..Team::default()
    };
    let facts = facts(&rulebook, &[team("one", ["60", "60"], 185, 740), team("two", ["0", "100"], 250, 1000)]);
    let decision = decide(&rulebook, &facts).unwrap();
    let of = |team, node| decision.teams[team].points[&Id::from(node)].to_string();
    assert_eq!(of("one", "aaii"), "15", "an index of 60 is 15 of 25");
    assert_eq!(of("one", "nia"), "9");
    assert_eq!(of("one", "expert-users"), "11.1", "a mean of 3.7 is 11.1 of 15");
    assert_eq!(of("one", "citizens"), "7.4", "and 7.4 of 10");
    assert_eq!([of("two", "aaii"), of("two", "nia")], ["0", "15"]);
    assert_eq!([of("two", "expert-users"), of("two", "citizens")], ["15", "10"]);
}

/// The formulas once more, apart from any programme: 0.9 of a ratio, and a sum of published parts.
#[test]
fn formulas() {
    let rulebook: Rulebook = toml::from_str(
        r#"
        [programme]
        id = "formulas"
        name = {}
        operator = {}
        languages = []
        [calendar]
        timezone = "Asia/Seoul"
        [intake.single]
        opens = 2026-01-05T00:00:00
        closes = 2026-01-15T00:00:00
        [[stage]]
        id = "evaluation"
        name = {}
        kind = "scored"
        cut.nobody = true
        [stage.score]
        id = "total"
        name = {}
        points = 100
        [[stage.score.parts]]
        id = "benchmark"
        name = {}
        points = 40
        parts = [
          { id = "index", name = {}, points = 25, measured = { by = {}, max = 100 }, transform.absolute.of = 100 },
          { id = "ratio", name = {}, points = 10, measured = { by = {}, max = 100 }, transform.ratio = {} },
        ]
        [[stage.score.parts]]
        id = "others"
        name = {}
        points = 60
        measured = { by = {}, max = 60 }
        "#,
    )
    .unwrap();
    let team = |name, measured: [(&'static str, &'static str, &'static str); 3]| Team {
        name,
        measured: measured.into(),
        ..Team::default()
    };
    let teams = [
        team("one", [("index", "60", "1"), ("ratio", "72", "80"), ("others", "31.6", "1")]),
        team("two", [("index", "94.4", "1"), ("ratio", "90", "80"), ("others", "56.6", "1")]),
    ];
    let decision = decide(&rulebook, &facts(&rulebook, &teams)).unwrap();
    let of = |team, node| decision.teams[team].points[&Id::from(node)].to_string();
    assert_eq!(of("one", "index"), "15");
    assert_eq!(of("one", "ratio"), "9");
    assert_eq!(of("two", "ratio"), "10", "more than the target earns no more than the part");
    assert_eq!([of("two", "benchmark"), of("two", "total")], ["33.6", "90.2"], "33.6 + 31.6 + 25.0");
}
