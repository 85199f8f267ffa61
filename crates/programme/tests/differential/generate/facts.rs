//! Random facts that a rulebook has no fault to find with.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use programme::{
    ApplicationFacts, DocumentFacts, EvaluatorId, Facts, Finding, Mark, Measured, Measurement, OrganisationFacts,
    OrganisationId, Recusal, Seed, SeedSource, Sheet, TeamId, Vote,
};
use rulebook::{Country, Exact, GateTest, Id, Node, Panel, Rulebook, Stage, StageKind};

use super::rulebooks::{COUNTRIES, FORMATS, KINDS};
use crate::random::Random;

pub(crate) const DAY: Date = date(2025, 7, 21);

pub(crate) fn facts(random: &mut Random, rulebook: &Rulebook) -> Facts {
    let stage = &rulebook.stages[0];
    let candidates: BTreeSet<TeamId> =
        (0..random.pick(&[1, 2, 3, 4, 5, 6, 6])).map(|number| TeamId::new(format!("team-{number}"))).collect();
    let withdrawn = candidates.iter().filter(|_| random.percent(7)).cloned().collect();
    let mut facts = Facts {
        stage: stage.id.clone(),
        window: "call".into(),
        candidates,
        withdrawn,
        applications: BTreeMap::new(),
        as_of: None,
        panels: BTreeMap::new(),
        recusals: BTreeSet::new(),
        sheets: vec![],
        measurements: BTreeMap::new(),
        findings: BTreeMap::new(),
        seed: random.maybe(75, seed),
    };
    if stage.kind == StageKind::Eligibility {
        facts.as_of = random.maybe(90, |_| DAY);
        facts.applications =
            facts.candidates.iter().map(|team| (team.clone(), application(random, rulebook))).collect();
    } else {
        judge(random, stage, &mut facts);
    }
    facts
}

fn seed(random: &mut Random) -> Seed {
    Seed(vec![SeedSource { source: "a draw".to_owned(), value: random.between(0, 1_000_000).to_string() }])
}

// ------------------------------------------------------------------ scored stages

fn judge(random: &mut Random, stage: &Stage, facts: &mut Facts) {
    let not_applicable = random.pick(&[0, 0, 0, 0, 1, 1, 2, 20]);
    for panel in &stage.panels {
        let sitting = (0..panel.seats.unwrap()).map(|seat| EvaluatorId::new(format!("{}-{seat}", panel.id)));
        facts.panels.insert(panel.id.clone(), sitting.collect());
    }
    for panel in stage.panels.iter().filter(|panel| is_used(stage, panel)) {
        recuse(random, panel, facts);
        for team in facts.candidates.clone() {
            for evaluator in facts.panels[&panel.id].clone() {
                let recusal = Recusal { evaluator: evaluator.clone(), team: team.clone() };
                if !facts.recusals.contains(&recusal) {
                    let sheet = sheet(random, stage, panel, (evaluator, team.clone()), not_applicable);
                    facts.sheets.insert(random.between(0, facts.sheets.len() as u32) as usize, sheet);
                }
            }
        }
    }
    for team in facts.candidates.clone() {
        for leaf in stage.score.iter().flat_map(Node::walk).filter(|node| node.measured.is_some()) {
            let measurement = if random.percent(4) { Measurement::NotApplicable } else { measured(random, leaf) };
            facts.measurements.entry(team.clone()).or_default().insert(leaf.id.clone(), measurement);
        }
        for gate in stage.gates.iter().filter(|gate| gate.test == Some(GateTest::Finding)) {
            let finding = Finding { met: random.percent(70), because: "so".to_owned() };
            facts.findings.entry(team.clone()).or_default().insert(gate.id.clone(), finding);
        }
    }
}

pub(crate) fn is_used(stage: &Stage, panel: &Panel) -> bool {
    let scores = |leaf: &Node| leaf.scored.as_ref().is_some_and(|scored| scored.panel == panel.id);
    stage.score.iter().flat_map(Node::walk).any(scores)
        || stage.cut.as_ref().is_some_and(|cut| cut.majority_of.as_ref() == Some(&panel.id))
        || !questions(stage, panel).is_empty()
}

fn questions(stage: &Stage, panel: &Panel) -> Vec<Id> {
    let asks =
        |test: &Option<GateTest>| matches!(test, Some(GateTest::Votes { panel: asked, .. }) if *asked == panel.id);
    stage.gates.iter().filter(|gate| asks(&gate.test)).map(|gate| gate.id.clone()).collect()
}

/// Recuses evaluators, mostly no more than the quorum bears.
fn recuse(random: &mut Random, panel: &Panel, facts: &mut Facts) {
    let spare = panel.seats.unwrap() - panel.quorum.unwrap_or(panel.seats.unwrap());
    for team in facts.candidates.clone() {
        let mut left = if random.percent(3) { spare + 1 } else { spare };
        for evaluator in &facts.panels[&panel.id] {
            if left > 0 && random.percent(20) {
                facts.recusals.insert(Recusal { evaluator: evaluator.clone(), team: team.clone() });
                left -= 1;
            }
        }
    }
}

fn sheet(
    random: &mut Random,
    stage: &Stage,
    panel: &Panel,
    (evaluator, team): (EvaluatorId, TeamId),
    not_applicable: u32,
) -> Sheet {
    let mut marks = BTreeMap::new();
    // A criterion that is not applicable is often so for everybody.
    let for_everybody = not_applicable > 0 && team.as_str().ends_with('1') && random.percent(90);
    for leaf in stage.score.iter().flat_map(Node::walk) {
        let Some(scored) = leaf.scored.as_ref().filter(|scored| scored.panel == panel.id) else { continue };
        let mut scale = vec![scored.min.clone()];
        while let Some(next) = Some(scale[scale.len() - 1].clone() + scored.step.clone()) {
            if next > leaf.max_mark() || scale.len() > 2 {
                break;
            }
            scale.push(next);
        }
        let mark = Mark::Given(random.pick(&scale));
        let applies = !for_everybody && !random.percent(not_applicable);
        marks.insert(leaf.id.clone(), if applies { mark } else { Mark::NotApplicable });
    }
    let keep = stage.cut.as_ref().and_then(|cut| cut.majority_of.as_ref()) == Some(&panel.id);
    Sheet {
        evaluator,
        team,
        marks,
        votes: questions(stage, panel).into_iter().map(|gate| (gate, vote(random))).collect(),
        keep: keep.then(|| vote(random)),
    }
}

pub(crate) fn vote(random: &mut Random) -> Vote {
    random.pick(&[Vote::Met, Vote::Met, Vote::Met, Vote::NotMet, Vote::NotMet, Vote::Abstain])
}

fn measured(random: &mut Random, leaf: &Node) -> Measurement {
    let items = &leaf.measured.as_ref().unwrap().items;
    let ids = if items.is_empty() { vec![leaf.id.clone()] } else { items.iter().map(|item| item.id.clone()).collect() };
    let value = |random: &mut Random| Measured {
        value: Exact::from(random.pick(&[0, 2, 4])),
        target: Some(Exact::from(random.pick(&[2, 4]))),
    };
    Measurement::Values(ids.into_iter().map(|id| (id, value(random))).collect())
}

// ------------------------------------------------------------------ eligibility

fn application(random: &mut Random, rulebook: &Rulebook) -> ApplicationFacts {
    let mut members = BTreeMap::new();
    for _ in 0..random.between(1, 3) {
        members.insert(organisation(random), organisation_facts(random));
    }
    let lead = if random.percent(5) { organisation(random) } else { members.keys().next().unwrap().clone() };
    let mut documents = Vec::new();
    for kind in &rulebook.application.documents {
        for _ in 0..random.pick(&[0, 1, 1, 1, 1, 1, 2]) {
            let pages = random.maybe(85, |random| random.between(1, 3));
            let format = if random.percent(80) { kind.formats[0] } else { random.pick(&FORMATS) };
            documents.push(DocumentFacts { kind: kind.id.clone(), format, pages });
        }
    }
    ApplicationFacts { lead, members, documents }
}

fn organisation(random: &mut Random) -> OrganisationId {
    OrganisationId::new(format!("org-{}", random.between(0, 9)))
}

fn organisation_facts(random: &mut Random) -> OrganisationFacts {
    let country = |random: &mut Random| Country::new(random.pick(&COUNTRIES));
    OrganisationFacts {
        established_in: random.maybe(90, country),
        controlled_from: random.maybe(90, country),
        kind: random.maybe(90, |random| random.pick(&KINDS)),
        trained_parameters_billion: random.maybe(90, |random| random.between(0, 3)),
        students_take_part: random.maybe(90, |random| random.percent(50)),
        certificates: (0..random.between(0, 2))
            .map(|number| {
                let last = random.pick(&[date(2025, 7, 20), DAY, DAY, date(2025, 7, 22)]);
                (Id::new(format!("cert-{number}")), last)
            })
            .collect(),
        barred: random.maybe(90, |random| random.percent(30)),
    }
}
