//! Damage: one thing that is missing, double or wrong.

use programme::{EvaluatorId, Facts, Mark, Measured, Measurement, TeamId};
use rulebook::{Exact, Id, Rulebook};

use super::facts::vote;
use crate::random::Random;

pub(crate) fn damage(random: &mut Random, rulebook: &mut Rulebook, facts: &mut Facts) {
    match random.between(1, 20) {
        1 => the_rulebook(random, rulebook, facts),
        2..=4 => the_panels(random, facts),
        5..=13 => a_sheet(random, facts),
        14..=17 => a_measurement(random, facts),
        18 => drop_some(random, &mut facts.findings),
        19 => drop_some(random, &mut facts.applications),
        _ => facts.seed = None,
    }
}

fn the_rulebook(random: &mut Random, rulebook: &mut Rulebook, facts: &mut Facts) {
    let stage = &mut rulebook.stages[0];
    match random.between(1, 8) {
        1..=2 => facts.stage = "spoken".into(),
        3 => stage.panels[0].seats = None,
        4 => stage.gates.iter_mut().for_each(|gate| gate.test = None),
        5 => stage.cut = None,
        6 => stage.score = None,
        7 => drop(stage.ties.pop()),
        _ => stage.panels.iter_mut().for_each(|panel| panel.seats = panel.seats.map(|seats| seats + 1)),
    }
}

fn the_panels(random: &mut Random, facts: &mut Facts) {
    let Some(panel) = some_key(random, &facts.panels) else { return };
    match random.between(1, 5) {
        1 => drop(facts.panels.remove(&panel)),
        2 => drop(facts.panels.get_mut(&panel).unwrap().pop_first()),
        3 | 4 => {
            let others = facts.panels.iter().filter(|(other, _)| **other != panel);
            let everybody: Vec<EvaluatorId> = others.flat_map(|(_, sitting)| sitting).cloned().collect();
            if !everybody.is_empty() {
                facts.panels.get_mut(&panel).unwrap().insert(random.pick(&everybody));
            }
        }
        _ => drop(facts.panels.get_mut(&panel).unwrap().insert("somebody".into())),
    }
}

fn a_sheet(random: &mut Random, facts: &mut Facts) {
    if facts.sheets.is_empty() {
        return;
    }
    let at = random.between(0, facts.sheets.len() as u32 - 1) as usize;
    let mut copy = facts.sheets[at].clone();
    let sheet = &mut facts.sheets[at];
    let criterion = some_key(random, &sheet.marks);
    let question = some_key(random, &sheet.votes);
    match random.between(1, 12) {
        1 => drop(facts.sheets.remove(at)),
        2 => facts.sheets.push(copy),
        3 => {
            copy.evaluator = random.pick(&["nobody", "panel-0-0", "panel-1-0"]).into();
            facts.sheets.push(copy);
        }
        4 => {
            copy.team = TeamId::new(format!("team-{}", random.between(0, 7)));
            facts.sheets.push(copy);
        }
        5 => drop(criterion.map(|criterion| sheet.marks.remove(&criterion))),
        6 | 7 => {
            let wrong = random.pick(&[Exact::from(-1), Exact::from(20), Exact::ratio(1, 3), Exact::ratio(1, 2)]);
            drop(criterion.map(|criterion| sheet.marks.insert(criterion, Mark::Given(wrong))));
        }
        8 => drop(sheet.marks.insert(Id::new(format!("node-{}", random.between(1, 9))), Mark::NotApplicable)),
        9 => drop(question.map(|question| sheet.votes.remove(&question))),
        10 => drop(sheet.votes.insert(Id::new(format!("gate-{}", random.between(0, 2))), vote(random))),
        11 => sheet.keep = None,
        _ => sheet.keep = Some(vote(random)),
    }
}

fn a_measurement(random: &mut Random, facts: &mut Facts) {
    let Some(team) = some_key(random, &facts.measurements) else { return };
    let of_team = facts.measurements.get_mut(&team).unwrap();
    let Some(leaf) = some_key(random, of_team) else { return };
    match random.between(1, 3) {
        1 => drop(of_team.remove(&leaf)),
        2 => drop(of_team.insert(Id::new(format!("node-{}", random.between(1, 9))), Measurement::NotApplicable)),
        _ => {
            if let Some(Measurement::Values(values)) = of_team.get_mut(&leaf) {
                let Some(item) = some_key(random, values) else { return };
                let (value, target) =
                    (Exact::from(random.pick(&[-1, 1, 5])), random.pick(&[None, Some(Exact::zero())]));
                match random.between(1, 3) {
                    1 => drop(values.remove(&item)),
                    2 => drop(
                        values.insert(random.pick(&["item-0", "item-1", "other"]).into(), Measured { value, target }),
                    ),
                    _ => drop(values.insert(item, Measured { value, target })),
                }
            }
        }
    }
}

fn some_key<K: Ord + Clone, V>(random: &mut Random, map: &std::collections::BTreeMap<K, V>) -> Option<K> {
    let keys: Vec<K> = map.keys().cloned().collect();
    (!keys.is_empty()).then(|| random.pick(&keys))
}

fn drop_some<K: Ord + Clone, V>(random: &mut Random, map: &mut std::collections::BTreeMap<K, V>) {
    if let Some(key) = some_key(random, map) {
        map.remove(&key);
    }
}
