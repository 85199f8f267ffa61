//! What holds whatever the rules and the facts are.

use std::collections::BTreeSet;

use programme::{Decision, Facts, Gap, StepKind, TeamId, Undecided, decide};
use rulebook::{Aggregator, Exact, Node, Rulebook, Rung, Transform};

use crate::{
    SEED,
    generate::{Case, case},
    random::Random,
    setting,
};

const CASES: u64 = 5_000;

fn each(mut check: impl FnMut(&Rulebook, &Facts, &Result<Decision, Undecided>, u64)) {
    // Other cases than those that are compared with the model.
    let seed = setting("DIFFERENTIAL_SEED", SEED) + 1;
    for number in 0..CASES {
        let Case { rulebook, facts } = case(seed, number);
        check(&rulebook, &facts, &decide(&rulebook, &facts), number);
    }
}

#[test]
fn the_order_of_the_sheets_does_not_matter() {
    each(|rulebook, facts, result, number| {
        let mut shuffled = facts.clone();
        let mut random = Random::new(number);
        for at in (1..shuffled.sheets.len()).rev() {
            shuffled.sheets.swap(at, random.between(0, at as u32) as usize);
        }
        assert_eq!(decide(rulebook, &shuffled), *result, "case {number}");
    });
}

/// Even if it was the best of all, stood in everybody's application and everybody wrote about it.
#[test]
fn a_team_that_withdrew_changes_nothing_for_the_others() {
    let gone = TeamId::new("team-9");
    let mut decided = 0;
    each(|rulebook, facts, result, number| {
        let mut more = facts.clone();
        more.candidates.insert(gone.clone());
        more.withdrawn.insert(gone.clone());
        let copied: Vec<_> =
            facts.sheets.iter().map(|sheet| programme::Sheet { team: gone.clone(), ..sheet.clone() }).collect();
        more.sheets.extend(copied);
        if let Some(application) = facts.applications.values().next() {
            more.applications.insert(gone.clone(), application.clone());
        }
        if let Some(measured) = facts.measurements.values().next() {
            more.measurements.insert(gone.clone(), measured.clone());
        }
        match (decide(rulebook, &more), result) {
            (Ok(mut with), Ok(without)) => {
                decided += 1;
                with.teams.remove(&gone);
                with.steps.retain(|step| !matches!(step.did, StepKind::LeftOut { .. }));
                let mut without = without.clone();
                without.steps.retain(|step| !matches!(step.did, StepKind::LeftOut { .. }));
                assert_eq!(with, without, "case {number}");
            }
            (with, without) => assert_eq!(with.as_ref(), without.as_ref(), "case {number}"),
        }
    });
    assert!(decided > 1_000, "{decided}");
}

#[test]
fn equal_teams_stand_together_and_nobody_without_a_total_is_ranked() {
    each(|rulebook, facts, result, number| {
        let Ok(decision) = result else { return };
        let total = |team: &TeamId| decision.teams[team].total.clone();
        let ranked: Vec<&TeamId> = decision.order.iter().flatten().collect();
        let with_total: BTreeSet<&TeamId> = facts.candidates.iter().filter(|team| total(team).is_some()).collect();
        assert_eq!(ranked.iter().copied().collect::<BTreeSet<_>>(), with_total, "case {number}");
        assert_eq!(ranked.len(), with_total.len(), "case {number}: a team stands twice");
        assert!(ranked.is_sorted_by(|one, other| total(one) >= total(other)), "case {number}");
        for group in &decision.order {
            let totals: BTreeSet<Option<Exact>> = group.iter().map(total).collect();
            assert_eq!(totals.len(), 1, "case {number}");
        }
        for (team, outcome) in &decision.teams {
            let better = decision.teams.values().filter(|other| other.total > outcome.total).count() as u32;
            assert_eq!(outcome.place, outcome.total.as_ref().map(|_| better + 1), "case {number}, {team}");
            assert_eq!(outcome.reasons.is_empty(), decision.kept.contains(team), "case {number}, {team}");
        }
        let keep = rulebook.stages[0].cut.as_ref().and_then(|cut| cut.keep);
        assert!(keep.is_none_or(|keep| decision.kept.len() <= keep as usize), "case {number}");
        assert!(keep.is_none() || decision.kept.iter().all(|team| total(team).is_some()), "case {number}");
    });
}

#[test]
fn gaps_are_sorted_and_each_is_told_once() {
    each(|_, _, result, number| {
        if let Err(undecided) = result {
            assert!(!undecided.gaps.is_empty(), "case {number}");
            assert!(undecided.gaps.is_sorted_by(|one: &Gap, other| one < other), "case {number}");
        }
    });
}

#[test]
fn what_is_written_down_is_read_back() {
    each(|_, _, result, number| {
        let text = serde_json::to_string(result).unwrap();
        let back: Result<Decision, Undecided> = serde_json::from_str(&text).unwrap();
        assert_eq!(back, *result, "case {number}");
    });
}

/// A rulebook that no check would pass: the decision may be of no use, but it is a decision or a list of gaps.
#[test]
fn a_rulebook_that_makes_no_sense_is_no_panic() {
    each(|rulebook, facts, _, number| {
        let mut random = Random::new(number);
        let mut rulebook = rulebook.clone();
        let stage = &mut rulebook.stages[0];
        stage.score.iter_mut().for_each(|root| spoil(root, &mut random));
        stage.panels.retain(|_| random.percent(80));
        stage.panels.iter_mut().for_each(|panel| panel.quorum = random.maybe(50, |random| random.between(0, 9)));
        stage.ties.insert(0, random.pick(&[Rung::Seed, Rung::Higher("none".into()), Rung::PreferredAt("none".into())]));
        drop(decide(&rulebook, facts));
        drop(programme::tally(&rulebook.stages[0], facts));
    });
}

fn spoil(node: &mut Node, random: &mut Random) {
    match random.between(1, 16) {
        1 => node.aggregate = None,
        2 => node.aggregate = Some(Aggregator::TrimmedMean { drop: u32::MAX }),
        3 => node.transform = Some(Transform::Absolute { of: Exact::zero() }),
        4 => node.transform = Some(Transform::Ratio { cap: Exact::zero() }),
        5 => node.transform = Some(Transform::RescaleToBest),
        6 => node.points = Exact::from(-1),
        7 => node.parts.clear(),
        8 => node
            .measured
            .iter_mut()
            .flat_map(|measured| &mut measured.items)
            .for_each(|item| item.weight = Exact::zero()),
        9 => node.scored.iter_mut().for_each(|scored| scored.panel = "panel-1".into()),
        10 => node.scored.iter_mut().for_each(|scored| scored.step = Exact::zero()),
        _ => {}
    }
    node.parts.iter_mut().for_each(|part| spoil(part, random));
}
