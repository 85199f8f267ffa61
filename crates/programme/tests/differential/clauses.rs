//! Which clauses a case used, and on which side.

use std::collections::BTreeSet;

use programme::{Decision, Facts, Gap, Reason, StepKind, Undecided};
use rulebook::{Aggregator, Among, GateTest, Node, Rulebook, Rung, Stage, Transform, VoteBar};

use crate::model::Hits;

/// Counts what a case used.
pub(crate) fn count(rulebook: &Rulebook, facts: &Facts, result: &Result<Decision, Undecided>, hits: &mut Hits) {
    let mut hit = |what: String| *hits.entry(what).or_default() += 1;
    match result {
        Err(undecided) => {
            let kinds: BTreeSet<String> = undecided.gaps.iter().map(gap).collect();
            kinds.into_iter().for_each(|kind| hit(format!("gap {kind}")));
        }
        Ok(decision) => {
            for reason in decision.teams.values().flat_map(|outcome| &outcome.reasons) {
                hit(format!("reason {}", kind_of(reason)));
            }
            if let Some(stage) = rulebook.stages.iter().find(|stage| stage.id == facts.stage) {
                scores(stage, decision, &mut hit);
                gates(stage, decision, &mut hit);
                cut(stage, decision, &mut hit);
                ties(stage, decision, &mut hit);
            }
        }
    }
}

fn scores(stage: &Stage, decision: &Decision, hit: &mut impl FnMut(String)) {
    for node in stage.score.iter().flat_map(Node::walk) {
        for outcome in decision.teams.values().filter(|outcome| outcome.reasons != [Reason::Withdrawn]) {
            let side = if outcome.points.contains_key(&node.id) { "a value" } else { "no value" };
            if let Some(aggregator) = &node.aggregate {
                hit(format!("aggregator {}: {side}", aggregator_name(aggregator)));
            }
            if let Some(transform) = node.transform.as_ref().filter(|_| is_of_team(stage, node)) {
                hit(format!("transform {}: {side}", transform_name(transform)));
            }
        }
    }
}

fn is_of_team(stage: &Stage, node: &Node) -> bool {
    let mut all = stage.score.iter().flat_map(Node::walk);
    !all.any(|above| above.aggregate.is_some() && above.id != node.id && above.find(&node.id).is_some())
}

fn gates(stage: &Stage, decision: &Decision, hit: &mut impl FnMut(String)) {
    for gate in &stage.gates {
        let Some(test) = &gate.test else { continue };
        for outcome in decision.teams.values().filter_map(|outcome| outcome.gates.get(&gate.id)) {
            let side = if outcome.passed { "passed" } else { "failed" };
            hit(format!("gate {}: {side}", test_name(test)));
            if outcome.votes.is_some_and(|votes| votes.met + votes.not_met == 0) {
                hit(format!("gate {} with nobody voting: {side}", test_name(test)));
            }
        }
    }
}

fn cut(stage: &Stage, decision: &Decision, hit: &mut impl FnMut(String)) {
    let Some(cut) = stage.cut.as_ref().filter(|_| stage.kind == rulebook::StageKind::Scored) else { return };
    hit(format!(
        "nobody {}: {}",
        if cut.nobody { "is valid" } else { "is not valid" },
        match decision.kept.len() {
            0 => "nobody kept",
            _ => "somebody kept",
        }
    ));
    if let Some(keep) = cut.keep {
        let among = if cut.among == Among::All { "all" } else { "passing" };
        let full = if decision.kept.len() < keep as usize { "places left" } else { "all places taken" };
        hit(format!("keep among {among}: {full}"));
        let failing = decision.teams.values().any(|outcome| {
            matches!(outcome.reasons.as_slice(), [.., before, Reason::BelowLine { .. }] if *before != Reason::Withdrawn)
        });
        hit(format!(
            "keep among {among}: {}",
            if failing { "a failing team is also below" } else { "no failing team below" }
        ));
    }
    for step in &decision.steps {
        if let StepKind::Cut { out } = &step.did {
            let condition = step.clause.rsplit('.').next().unwrap();
            if !out.is_empty() {
                hit(format!("cut {condition}: somebody out"));
            }
            if out.len() < decision.teams.len() {
                hit(format!("cut {condition}: somebody stays"));
            }
        }
    }
}

fn ties(stage: &Stage, decision: &Decision, hit: &mut impl FnMut(String)) {
    for tie in &decision.ties {
        let number: usize = tie.clause.rsplit('.').next().unwrap().parse().unwrap();
        let rung = match &stage.ties[number - 1] {
            Rung::Higher(_) => "higher",
            Rung::MedianAt(_) => "median-at",
            Rung::PreferredAt(_) => "preferred-at",
            Rung::Seed => "seed",
        };
        hit(format!("rung {rung}: {}", if tie.order.len() > 1 { "separates" } else { "separates nobody" }));
    }
    if decision.order.iter().any(|group| group.len() > 1) {
        hit("tie away from the line stays".to_owned());
    }
}

fn aggregator_name(aggregator: &Aggregator) -> &'static str {
    match aggregator {
        Aggregator::Mean => "mean",
        Aggregator::TrimmedMean { .. } => "trimmed-mean",
        Aggregator::Median => "median",
        Aggregator::Majority => "majority",
    }
}

fn transform_name(transform: &Transform) -> &'static str {
    match transform {
        Transform::Absolute { .. } => "absolute",
        Transform::Ratio { .. } => "ratio",
        Transform::RescaleToBest => "rescale-to-best",
    }
}

fn test_name(test: &GateTest) -> &'static str {
    match test {
        GateTest::Finding => "finding",
        GateTest::AtLeast { .. } => "at-least",
        GateTest::Votes { bar, .. } => match bar {
            VoteBar::FailsAt(_) => "fails-at",
            VoteBar::FailsAbove(_) => "fails-above",
            VoteBar::PassesAt(_) => "passes-at",
            VoteBar::PassesAbove(_) => "passes-above",
        },
    }
}

/// The name of a variant, as the record writes it.
fn kind_of(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap()["kind"].as_str().unwrap().to_owned()
}

/// A gap by kind; too few sheets by where they are too few.
fn gap(gap: &Gap) -> String {
    match gap {
        Gap::TooFewSheets { at, .. } if at.as_str().starts_with("panel") => "too-few-sheets on a panel".to_owned(),
        Gap::TooFewSheets { .. } => "too-few-sheets at an aggregator".to_owned(),
        other => kind_of(other),
    }
}

/// Every clause, with its sides.
pub(crate) fn all() -> Vec<String> {
    let both = |kind: &str, names: &[&str], sides: &[&str]| {
        let pairs = names.iter().flat_map(|name| sides.iter().map(move |side| (name, side)));
        pairs.map(|(name, side)| format!("{kind} {name}: {side}")).collect::<Vec<_>>()
    };
    let mut all = Vec::new();
    all.extend(both("aggregator", &["mean", "trimmed-mean", "median", "majority"], &["a value", "no value"]));
    all.extend(both("transform", &["absolute", "ratio", "rescale-to-best"], &["a value", "no value"]));
    let tests = ["finding", "at-least", "fails-at", "fails-above", "passes-at", "passes-above"];
    all.extend(both("gate", &tests, &["passed", "failed"]));
    all.extend(["fails-above", "passes-above"].map(|bar| {
        format!("gate {bar} with nobody voting: {}", if bar == "fails-above" { "passed" } else { "failed" })
    }));
    all.extend(both("cut", &["keep", "at_least", "majority_of"], &["somebody out", "somebody stays"]));
    all.extend(both("keep", &["among all", "among passing"], &["places left", "all places taken"]));
    all.push("keep among all: a failing team is also below".to_owned());
    all.extend(["nobody is valid: nobody kept", "nobody is valid: somebody kept"].map(str::to_owned));
    all.push("nobody is not valid: somebody kept".to_owned());
    all.extend(both("rung", &["higher", "median-at", "preferred-at"], &["separates", "separates nobody"]));
    all.push("rung seed: separates".to_owned());
    all.push("tie away from the line stays".to_owned());
    for reason in
        ["withdrawn", "not-eligible", "gate-failed", "no-total", "below-threshold", "no-majority", "below-line"]
    {
        all.push(format!("reason {reason}"));
    }
    for gap in [
        "no-such-stage",
        "unset",
        "panel-not-full",
        "no-sheet",
        "two-sheets",
        "stray-sheet",
        "two-panels",
        "no-mark",
        "bad-mark",
        "no-vote",
        "stray-vote",
        "too-few-sheets on a panel",
        "too-few-sheets at an aggregator",
        "no-measurement",
        "bad-measurement",
        "no-finding",
        "no-application",
        "unknown",
        "no-seed",
        "nobody",
    ] {
        all.push(format!("gap {gap}"));
    }
    let three = ["met", "not met", "unknown"];
    let of_team = ["lead", "every-member", "any-member", "complete-documents", "all-of", "any-of", "not"];
    all.extend(both("team condition", &of_team, &three));
    let known = ["members", "one-team-per/lead", "one-team-per/any"];
    all.extend(both("team condition", &known, &three[..2]));
    let of_organisation = [
        "established-in",
        "controlled-from",
        "kind",
        "trained-parameters",
        "students",
        "certificate",
        "not-barred",
        "all-of",
        "any-of",
        "not",
    ];
    all.extend(both("organisation condition", &of_organisation, &three));
    all
}
