//! Decisions as people read them: every file under `inputs/decide` is a rulebook's rules, facts and why they are there.
//!
//! Marks stand in columns, one for each evaluator in the order of the panel: a number, `n/a`, `no mark`, `no sheet` or
//! `recused`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use programme::{
    ApplicationFacts, Decision, EvaluatorId, Facts, Finding, Mark, Measured, Measurement, Reason, Recusal, Seed,
    SeedSource, Sheet, StepKind, TeamId, Undecided, Vote, decide,
};
use rulebook::{Application, EligibilityRule, Exact, GateTest, Id, Node, Rulebook, Stage};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    rulebook: Rules,
    facts: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    #[serde(default)]
    application: Application,
    #[serde(default)]
    eligibility: Vec<EligibilityRule>,
    stage: Stage,
}

/// One entry of a column.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Number(Exact),
    Word(String),
}

type Columns<T> = BTreeMap<Id, BTreeMap<TeamId, Vec<T>>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    teams: BTreeSet<TeamId>,
    #[serde(default)]
    withdrawn: BTreeSet<TeamId>,
    #[serde(default)]
    panels: BTreeMap<Id, Vec<EvaluatorId>>,
    #[serde(default)]
    marks: Columns<Entry>,
    #[serde(default)]
    votes: Columns<Vote>,
    #[serde(default)]
    keep: BTreeMap<TeamId, Vec<Vote>>,
    #[serde(default)]
    measured: BTreeMap<Id, BTreeMap<TeamId, Entry>>,
    #[serde(default)]
    findings: BTreeMap<TeamId, BTreeMap<Id, Finding>>,
    #[serde(default)]
    applications: BTreeMap<TeamId, ApplicationFacts>,
    as_of: Option<jiff::civil::Date>,
    seed: Option<String>,
}

#[test]
fn decisions() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inputs/decide");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let about = case.about.clone();
        let (rulebook, facts) = case.read();
        let shown = match decide(&rulebook, &facts) {
            Ok(decision) => show(&rulebook.stages[0], &decision),
            Err(undecided) => show_gaps(&undecided),
        };
        let name = path.file_stem().unwrap().to_str().unwrap();
        insta::with_settings!({ description => about, omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, shown);
        });
    }
}

// ------------------------------------------------------------------ reading a case

impl Case {
    fn read(self) -> (Rulebook, Facts) {
        let mut rulebook: Rulebook = toml::from_str(
            "stage = []
            [programme]
            id = 'p'
            name = {}
            operator = {}
            languages = []
            [calendar]
            timezone = 'Asia/Seoul'
            [intake.single]
            opens = 2025-06-20T09:00:00
            closes = 2025-07-21T16:00:00",
        )
        .unwrap();
        let facts = self.facts.read(&self.rulebook.stage);
        rulebook.application = self.rulebook.application;
        rulebook.eligibility = self.rulebook.eligibility;
        rulebook.stages = vec![self.rulebook.stage];
        (rulebook, facts)
    }
}

impl Table {
    fn read(self, stage: &Stage) -> Facts {
        let mut sheets: BTreeMap<(EvaluatorId, TeamId), Sheet> = BTreeMap::new();
        let mut recusals = BTreeSet::new();
        let mut without = BTreeSet::new();
        for (leaf, columns) in &self.marks {
            let panel = panel_of(stage, leaf);
            for (evaluator, team, entry) in entries(&self.panels[&panel], columns) {
                let mark = match entry {
                    Entry::Number(mark) => Some(Mark::Given(mark.clone())),
                    Entry::Word(word) => match word.as_str() {
                        "n/a" => Some(Mark::NotApplicable),
                        "no mark" => None,
                        "recused" => {
                            recusals.insert(Recusal { evaluator: evaluator.clone(), team: team.clone() });
                            without.insert((evaluator.clone(), team.clone()));
                            continue;
                        }
                        "no sheet" => {
                            without.insert((evaluator.clone(), team.clone()));
                            continue;
                        }
                        other => panic!("{other}"),
                    },
                };
                sheet(&mut sheets, evaluator, team).marks.extend(mark.map(|mark| (leaf.clone(), mark)));
            }
        }
        for (gate, columns) in &self.votes {
            let Some(GateTest::Votes { panel, .. }) = &stage.gate(gate).unwrap().test else { panic!("{gate}") };
            for (evaluator, team, vote) in entries(&self.panels[panel], columns) {
                sheet(&mut sheets, evaluator, team).votes.insert(gate.clone(), *vote);
            }
        }
        if let Some(panel) = stage.cut.as_ref().and_then(|cut| cut.majority_of.as_ref()) {
            for (evaluator, team, vote) in entries(&self.panels[panel], &self.keep) {
                sheet(&mut sheets, evaluator, team).keep = Some(*vote);
            }
        }
        sheets.retain(|pair, _| !without.contains(pair));
        let mut measurements: BTreeMap<TeamId, BTreeMap<Id, Measurement>> = BTreeMap::new();
        for (leaf, teams) in &self.measured {
            for (team, entry) in teams {
                measurements.entry(team.clone()).or_default().insert(leaf.clone(), measurement(leaf, entry));
            }
        }
        Facts {
            stage: stage.id.clone(),
            window: "call".into(),
            candidates: self.teams,
            withdrawn: self.withdrawn,
            applications: self.applications,
            as_of: self.as_of,
            panels: self.panels.into_iter().map(|(panel, sitting)| (panel, sitting.into_iter().collect())).collect(),
            recusals,
            sheets: sheets.into_values().collect(),
            measurements,
            findings: self.findings,
            seed: self.seed.map(|value| Seed(vec![SeedSource { source: "a draw".to_owned(), value }])),
        }
    }
}

fn entries<'a, T>(
    panel: &'a [EvaluatorId],
    columns: &'a BTreeMap<TeamId, Vec<T>>,
) -> impl Iterator<Item = (&'a EvaluatorId, &'a TeamId, &'a T)> {
    columns.iter().flat_map(move |(team, column)| {
        assert_eq!(column.len(), panel.len(), "one entry for each evaluator of the panel: {team}");
        panel.iter().zip(column).map(move |(evaluator, entry)| (evaluator, team, entry))
    })
}

fn sheet<'a>(
    sheets: &'a mut BTreeMap<(EvaluatorId, TeamId), Sheet>,
    evaluator: &EvaluatorId,
    team: &TeamId,
) -> &'a mut Sheet {
    sheets.entry((evaluator.clone(), team.clone())).or_insert_with(|| Sheet {
        evaluator: evaluator.clone(),
        team: team.clone(),
        marks: BTreeMap::new(),
        votes: BTreeMap::new(),
        keep: None,
    })
}

fn panel_of(stage: &Stage, leaf: &Id) -> Id {
    stage.score.as_ref().unwrap().find(leaf).unwrap().scored.as_ref().unwrap().panel.clone()
}

fn measurement(leaf: &Id, entry: &Entry) -> Measurement {
    match entry {
        Entry::Number(value) => {
            let measured = Measured { value: value.clone(), target: None };
            Measurement::Values([(leaf.clone(), measured)].into())
        }
        Entry::Word(word) if word == "n/a" => Measurement::NotApplicable,
        Entry::Word(word) => {
            let (value, target) = word.split_once(" of ").unwrap();
            let measured = Measured { value: value.parse().unwrap(), target: Some(target.parse().unwrap()) };
            Measurement::Values([(leaf.clone(), measured)].into())
        }
    }
}

// ------------------------------------------------------------------ showing a decision

fn show_gaps(undecided: &Undecided) -> String {
    let gaps = undecided.gaps.iter().map(|gap| format!("- {gap}\n"));
    format!("not decided yet:\n{}", gaps.collect::<String>())
}

fn show(stage: &Stage, decision: &Decision) -> String {
    let mut out = format!("kept: {}\n\n", names(&decision.kept));
    for (team, outcome) in &decision.teams {
        let place = outcome.place.map_or_else(|| "-".to_owned(), |place| place.to_string());
        let total = outcome.total.as_ref().map_or_else(|| "no total".to_owned(), Exact::to_string);
        write!(out, "{place} {team}: {total}").unwrap();
        for node in stage.score.iter().flat_map(Node::walk).skip(1) {
            if let Some(points) = outcome.points.get(&node.id) {
                write!(out, ", {} {points}", node.id).unwrap();
            }
        }
        for (gate, stands) in &outcome.gates {
            write!(out, ", {gate} {}", if stands.passed { "passed" } else { "failed" }).unwrap();
            if let Some(votes) = stands.votes {
                write!(out, " ({} to {}, {} abstained)", votes.met, votes.not_met, votes.abstained).unwrap();
            }
        }
        out.push('\n');
        for reason in &outcome.reasons {
            writeln!(out, "    out: {}", show_reason(reason)).unwrap();
        }
    }
    if !decision.order.is_empty() {
        writeln!(out, "\norder: {}", groups(&decision.order)).unwrap();
    }
    for tie in &decision.ties {
        writeln!(out, "tie of {} by {}: {}", names(&tie.teams), tie.clause, groups(&tie.order)).unwrap();
    }
    out.push('\n');
    for step in &decision.steps {
        writeln!(out, "{}: {}", step.clause, show_step(&step.did)).unwrap();
    }
    out
}

fn show_reason(reason: &Reason) -> String {
    match reason {
        Reason::Withdrawn => "withdrawn".to_owned(),
        Reason::NotEligible { clause, because } => format!("{clause}: {because}"),
        Reason::GateFailed { clause, .. } => format!("{clause}: failed"),
        Reason::NoTotal { clause } => format!("{clause}: no value, so no total"),
        Reason::BelowThreshold { clause, total, at_least } => format!("{clause}: {total} is less than {at_least}"),
        Reason::NoMajority { clause, votes } => format!("{clause}: {} to {}", votes.met, votes.not_met),
        Reason::BelowLine { clause, place, keep } => format!("{clause}: place {place}, and {keep} are kept"),
    }
}

fn show_step(did: &StepKind) -> String {
    match did {
        StepKind::LeftOut { teams } => format!("left out {}", names(teams)),
        StepKind::Checked { failed } => format!("not met by {}", names(failed)),
        StepKind::Scored { valued } => format!("{valued} valued"),
        StepKind::Gated { failed } => format!("failed by {}", names(failed)),
        StepKind::Cut { out } => format!("puts out {}", names(out)),
        StepKind::Tie { teams } => format!("asked about {}", names(teams)),
    }
}

fn names(teams: &BTreeSet<TeamId>) -> String {
    let names: Vec<&str> = teams.iter().map(TeamId::as_str).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}

fn groups(groups: &[BTreeSet<TeamId>]) -> String {
    groups.iter().map(names).collect::<Vec<_>>().join(" > ").replace(", ", " = ")
}
