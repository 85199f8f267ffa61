//! Score sheets: checked, sealed one by one, opened together.

use std::collections::BTreeMap;

use office::{Actor, Command, Refusal};
use programme::{Gap, Inconsistent, Mark, Party, Tie, Undecided, Vote};
use rulebook::{Exact, Id, TieKind};

use crate::{
    assert_refused,
    world::{World, key, marks, seoul},
};

#[test]
fn a_sheet_holds_what_the_rules_ask_no_more_and_no_less() {
    let world = World::seated();
    let gaps_of = |marks| match world.as_evaluator(0, world.sheet(&world.team(0), marks)) {
        Err(Refusal::Rules(Inconsistent::Undecided(Undecided { gaps }))) => gaps,
        other => panic!("{other:?}"),
    };
    assert!(matches!(gaps_of(marks(61, 30))[..], [Gap::BadMark { .. }]));
    assert!(matches!(gaps_of(marks(-1, 30))[..], [Gap::BadMark { .. }]));
    let half = |mark: Exact| BTreeMap::from([("technology".into(), Mark::Given(mark))]);
    assert!(gaps_of(half(Exact::from(30))).iter().any(|gap| matches!(gap, Gap::NoMark { .. })));
    assert!(gaps_of(half(Exact::ratio(61, 2))).iter().any(|gap| matches!(gap, Gap::BadMark { .. })));
    let mut stray = marks(50, 30);
    stray.insert("charm".into(), Mark::Given(Exact::from(1)));
    assert!(matches!(gaps_of(stray)[..], [Gap::BadMark { .. }]));
}

#[test]
fn a_vote_that_is_asked_for_must_be_there_and_no_other() {
    let (world, jury) = World::juried();
    let gaps_of = |votes: BTreeMap<Id, Vote>| {
        let Command::SealSheet { key, team, marks, keep, .. } = world.jury_sheet(0) else { panic!() };
        let sheet = Command::SealSheet { key, team, marks, votes, keep };
        match world.ask(&Actor::Evaluator(jury[0].clone()), sheet) {
            Err(Refusal::Rules(Inconsistent::Undecided(Undecided { gaps }))) => gaps,
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(gaps_of(BTreeMap::new())[..], [Gap::NoVote { .. }]));
    let met = |gate: &str| (Id::from(gate), Vote::Met);
    assert!(matches!(gaps_of([met("promise"), met("origin")].into())[..], [Gap::StrayVote { .. }]));
}

#[test]
fn nobody_judges_before_the_pledge() {
    let mut world = World::thrown();
    world.seat_panel();
    let sheet = world.as_evaluator(0, world.usual_sheet(0));
    assert_refused!(sheet, Refusal::Rules(Inconsistent::EvaluatorIs { is: "has not signed the pledge", .. }));
    world.as_evaluator(0, Command::SignPledge { key: key("written") }).unwrap();
    world.as_evaluator(0, world.usual_sheet(0)).unwrap();
    let again = world.as_evaluator(0, Command::SignPledge { key: key("written") });
    assert_refused!(again, Refusal::Rules(Inconsistent::Twice { .. }));
}

#[test]
fn a_sheet_for_a_team_that_does_not_stand_in_the_stage_is_refused() {
    let (world, jury) = World::juried();
    let juror = office::Actor::Evaluator(jury[0].clone());
    assert_refused!(world.ask(&juror, world.jury_sheet(4)), Refusal::Rules(Inconsistent::TeamIs { .. }));
}

#[test]
fn whoever_stepped_aside_for_a_team_does_not_judge_it() {
    let world = World::seated();
    let recuse =
        |team| world.as_evaluator(0, Command::Recuse { key: key("written"), team, because: "a former student".into() });
    recuse(world.team(0)).unwrap();
    assert_refused!(recuse(world.team(0)), Refusal::Rules(Inconsistent::Twice { .. }));
    assert_refused!(recuse("t-nobody".into()), Refusal::Rules(Inconsistent::TeamIs { .. }));
    let sheet = world.as_evaluator(0, world.usual_sheet(0));
    assert_refused!(sheet, Refusal::Rules(Inconsistent::EvaluatorIs { is: "does not judge this team", .. }));
    world.as_evaluator(0, world.usual_sheet(1)).unwrap();
}

#[test]
fn a_tie_that_is_remembered_late_closes_the_sheet() {
    let world = World::seated();
    let person = world.panel[0].clone();
    let with = Party::Organisation(world.teams[0].lead.clone());
    let tie = Tie { kind: TieKind::Money, with, ended: None, what: "joint grant".into() };
    world.as_evaluator(0, Command::DeclareTies { person, ties: vec![tie] }).unwrap();
    assert_refused!(world.as_evaluator(0, world.usual_sheet(0)), Refusal::Conflict { conflicts, .. } if conflicts.len() == 1);
    world.as_evaluator(0, world.usual_sheet(1)).unwrap();
}

#[test]
fn nobody_declares_the_ties_of_another() {
    let world = World::seated();
    let theirs = Command::DeclareTies { person: world.panel[1].clone(), ties: Vec::new() };
    assert_refused!(world.as_evaluator(0, theirs.clone()), Refusal::NotYourTies { .. });
    assert_refused!(world.as_applicant(0, theirs), Refusal::NotYourTies { .. });
}

#[test]
fn what_a_sheet_says_cannot_be_read_in_the_record_before_all_are_opened() {
    let world = World::sealed();
    assert!(!record_says(&world, "technology\":{\"given"), "a mark stands in the record");
    world.as_officer(Command::RevealSheets { key: key("written") }).unwrap();
    assert!(record_says(&world, "technology\":{\"given"));
}

/// Whether an event after the rulebook was adopted holds this text.
fn record_says(world: &World, text: &str) -> bool {
    let record = world.office.record();
    let entries = record.entries(0..record.size()).unwrap();
    entries.iter().any(|entry| String::from_utf8_lossy(entry.event.as_bytes()).contains(text))
}

#[test]
fn two_sheets_that_say_the_same_do_not_look_the_same() {
    let world = World::seated();
    for _ in 0..2 {
        world.as_evaluator(0, world.usual_sheet(0)).unwrap();
    }
    let record = world.office.record();
    let last: Vec<programme::Recorded> =
        record.entries(record.size() - 2..record.size()).unwrap().iter().map(|e| e.event.parse().unwrap()).collect();
    assert_ne!(last[0].event, last[1].event);
}

#[test]
fn a_later_sheet_replaces_an_earlier_one_until_they_are_opened() {
    let world = World::sealed();
    world.as_evaluator(0, world.sheet(&world.team(0), marks(10, 10))).unwrap();
    world.as_officer(Command::RevealSheets { key: key("written") }).unwrap();
    let (state, evaluator) = (world.state(), world.pseudonym(0));
    let sheets = state.stages[&key("written")].sheets.clone().unwrap();
    assert_eq!(sheets.len(), 15);
    let mine: Vec<_> =
        sheets.iter().filter(|sheet| sheet.evaluator == evaluator && sheet.team == world.team(0)).collect();
    assert_eq!(mine[0].marks, marks(10, 10));
    assert_eq!(mine.len(), 1);
    let after = world.as_evaluator(0, world.usual_sheet(0));
    assert_refused!(after, Refusal::Rules(Inconsistent::EvaluatorIs { is: "comes after the sheets were opened", .. }));
}

#[test]
fn sheets_are_opened_together_or_not_at_all() {
    let world = World::seated();
    for n in 0..3 {
        for team in 0..5 {
            if (n, team) != (2, 4) {
                world.as_evaluator(n, world.usual_sheet(team)).unwrap();
            }
        }
    }
    let reveal = || world.as_officer(Command::RevealSheets { key: key("written") });
    assert_refused!(reveal(), Refusal::SheetsMissing { missing: 1, .. });
    world.as_officer(Command::ChaseSheets { key: key("written") }).unwrap();
    world.as_evaluator(2, world.usual_sheet(4)).unwrap();
    assert_refused!(world.as_officer(Command::ChaseSheets { key: key("written") }), Refusal::NoSheetMissing);
    reveal().unwrap();
    assert_refused!(reveal(), Refusal::Rules(Inconsistent::StageIs { .. }));
}

#[test]
fn a_sheet_comes_in_until_the_review_ends_and_the_review_is_longer_for_all() {
    let mut world = World::seated();
    // Three days from the day after 22 July.
    assert_eq!(world.state().stages[&key("written")].review_until, Some(seoul("2025-07-26T00:00:00")));
    world.at("2025-07-25T23:59:59");
    world.as_evaluator(0, world.usual_sheet(0)).unwrap();
    let extend = |until: &str, because: &str| Command::ExtendReview {
        key: key("written"),
        until: seoul(until),
        because: because.into(),
    };
    let silent = world.as_officers(extend("2025-07-28T18:00:00", " "));
    assert_refused!(silent, Refusal::Rules(Inconsistent::NoReason));
    let shorter = world.as_officers(extend("2025-07-25T23:59:59", "haste"));
    assert_refused!(shorter, Refusal::Rules(Inconsistent::StageIs { .. }));
    world.at("2025-07-26T00:00:00");
    let late = world.as_evaluator(0, world.usual_sheet(1));
    assert_refused!(late, Refusal::Rules(Inconsistent::EvaluatorIs { is: "comes after the review ended", .. }));
    world.as_officers(extend("2025-07-28T18:00:00", "a storm")).unwrap();
    world.as_evaluator(0, world.usual_sheet(1)).unwrap();
}

#[test]
fn whoever_does_not_answer_is_excused_by_two_before_anything_is_opened() {
    let mut world = World::seated();
    for n in 0..2 {
        for team in 0..5 {
            world.as_evaluator(n, world.sheet(&world.team(team), marks(30, 20))).unwrap();
        }
    }
    world.at("2025-07-26T00:00:00");
    let reveal = || world.as_officer(Command::RevealSheets { key: key("written") });
    assert_refused!(reveal(), Refusal::SheetsMissing { missing: 5, .. });
    let (evaluator, teams) = (world.pseudonym(2), world.state().stages[&key("written")].candidates.clone());
    let because = "in hospital".to_owned();
    let excuse = Command::ExcuseEvaluator { key: key("written"), evaluator, teams, because };
    assert_refused!(world.as_officer(excuse.clone()), Refusal::TakesTwoOfficers(_));
    world.as_officers(excuse).unwrap();
    reveal().unwrap();
}

#[test]
fn nothing_is_opened_before_the_whole_panel_sits() {
    let world = World::seated();
    world.as_evaluator(0, world.usual_sheet(0)).unwrap();
    world.as_evaluator(1, Command::DeclineSeat { key: key("written"), because: "abroad".into() }).unwrap();
    let reveal = world.as_officer(Command::RevealSheets { key: key("written") });
    assert_refused!(reveal, Refusal::Rules(Inconsistent::PanelIs { is: "does not sit yet", .. }));
}

#[test]
fn only_what_the_rulebook_measures_is_measured_and_only_what_officers_find_is_found() {
    let (world, _) = World::juried();
    world.as_officer(world.measurement(0)).unwrap();
    let Command::EnterMeasurement { key, team, measurement, source, .. } = world.measurement(0) else { panic!() };
    let stray = Command::EnterMeasurement { key, team, leaf: "talk".into(), measurement, source };
    assert_refused!(world.as_officer(stray), Refusal::Rules(Inconsistent::Unknown { .. }));
    let Command::EnterFinding { key, team, finding, .. } = world.finding(0) else { panic!() };
    let stray = Command::EnterFinding { key, team, gate: "charm".into(), finding };
    assert_refused!(world.as_officers(stray), Refusal::Rules(Inconsistent::Unknown { .. }));
    let out = world.as_officer(world.measurement(4));
    assert_refused!(out, Refusal::Rules(Inconsistent::TeamIs { .. }));
}
