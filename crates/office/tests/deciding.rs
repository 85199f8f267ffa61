//! Two officers decide what the rules make of the facts.

use office::{Command, Refusal};
use programme::{Inconsistent, Party, Tie};
use rulebook::TieKind;

use crate::{
    assert_refused,
    world::{World, key, marks},
};

fn propose() -> Command {
    Command::ProposeDecision { key: key("written") }
}

fn confirm() -> Command {
    Command::ConfirmDecision { key: key("written") }
}

#[test]
fn one_officer_alone_decides_nothing() {
    let world = World::revealed();
    world.as_officer(propose()).unwrap();
    assert_refused!(world.as_officer(confirm()), Refusal::Rules(Inconsistent::OneOfficer(_)));
    assert!(world.state().decided(&key("written")).is_err());
    world.as_second(confirm()).unwrap();
    assert_eq!(world.state().decided(&key("written")).unwrap().by, world.officers);
}

#[test]
fn nothing_is_confirmed_that_nobody_proposed() {
    let world = World::revealed();
    assert_refused!(world.as_second(confirm()), Refusal::Rules(Inconsistent::StageIs { .. }));
    world.decide(&key("written"));
    assert_refused!(world.as_second(confirm()), Refusal::Rules(Inconsistent::StageIs { .. }));
    assert_refused!(world.as_officer(propose()), Refusal::Rules(Inconsistent::StageIs { is: "is decided", .. }));
}

#[test]
fn a_decision_keeps_whom_the_rules_keep() {
    let world = World::noticed();
    let kept = world.state().decided(&key("written")).unwrap().decision.kept.clone();
    assert_eq!(kept, (0..3).map(|team| world.team(team)).collect());
}

#[test]
fn nothing_is_decided_before_the_sheets_are_opened() {
    let world = World::sealed();
    assert_refused!(world.as_officer(propose()), Refusal::Rules(Inconsistent::Undecided(_)));
}

#[test]
fn new_facts_of_the_stage_make_a_proposal_stale() {
    let world = World::revealed();
    world.as_officer(propose()).unwrap();
    world.as_officers(excused(&world, 0, 3, "a former student")).unwrap();
    assert_refused!(world.as_second(confirm()), Refusal::Rules(Inconsistent::StageIs { .. }));
    world.decide(&key("written"));
}

#[test]
fn a_team_that_withdraws_makes_a_proposal_stale_too() {
    let world = World::revealed();
    world.as_officer(propose()).unwrap();
    world.as_applicant(0, Command::Withdraw { team: world.team(0) }).unwrap();
    let stale = "has a proposal that later facts made stale; propose anew";
    assert_refused!(world.as_second(confirm()), Refusal::Rules(Inconsistent::StageIs { is, .. }) if is == stale);
    world.decide(&key("written"));
    let kept = world.state().decided(&key("written")).unwrap().decision.kept.clone();
    assert_eq!(kept, (1..4).map(|team| world.team(team)).collect());
}

#[test]
fn a_conflict_that_becomes_known_late_is_found_before_anything_is_decided() {
    let world = World::revealed();
    let with = Party::Person(world.panel[0].clone());
    let tie = Tie { kind: TieKind::Person, with, ended: None, what: "married".into() };
    let person = world.teams[3].applicant.clone();
    world.as_officer(propose()).unwrap();
    // It is the team's own applicant who declares it.
    world.as_applicant(3, Command::DeclareTies { person, ties: vec![tie] }).unwrap();
    assert_refused!(world.as_second(confirm()), Refusal::ConflictsFound { found } if found.len() == 1);
    assert_refused!(world.as_officer(propose()), Refusal::ConflictsFound { .. });
    world.as_officers(excused(&world, 0, 3, "married")).unwrap();
    world.decide(&key("written"));
}

#[test]
fn an_evaluator_who_is_excused_after_the_opening_takes_the_sheet_out_and_cannot_do_so_alone() {
    let world = World::sealed();
    // One evaluator would put the last team first.
    world.as_evaluator(0, world.sheet(&world.team(4), marks(60, 40))).unwrap();
    world.as_officer(Command::RevealSheets { key: key("written") }).unwrap();
    let sheets = |world: &World| world.state().facts(&key("written")).unwrap().sheets.len();
    assert_eq!(sheets(&world), 15);
    let alone = Command::Recuse { key: key("written"), team: world.team(4), because: "a former student".into() };
    assert_refused!(world.as_evaluator(0, alone), Refusal::Rules(Inconsistent::EvaluatorIs { .. }));
    world.as_officers(excused(&world, 0, 4, "a former student")).unwrap();
    assert_eq!(sheets(&world), 14);
    world.decide(&key("written"));
    assert!(!world.state().decided(&key("written")).unwrap().decision.kept.contains(&world.team(4)));
}

#[test]
fn a_quorum_is_a_quorum() {
    let world = World::revealed();
    for n in 0..2 {
        world.as_officers(excused(&world, n, 0, "a joint grant")).unwrap();
    }
    assert_refused!(world.as_officer(propose()), Refusal::Rules(Inconsistent::Undecided(_)));
}

#[test]
fn notice_follows_the_decision_and_publication_the_notice_each_once() {
    let world = World::revealed();
    let notice = || world.as_officer(Command::GiveNotice { key: key("written") });
    let publish = || world.as_officer(Command::PublishDecision { key: key("written") });
    assert_refused!(notice(), Refusal::Rules(Inconsistent::StageIs { is: "is not decided", .. }));
    assert_refused!(publish(), Refusal::Rules(Inconsistent::StageIs { is: "is not decided", .. }));
    world.decide(&key("written"));
    assert_refused!(publish(), Refusal::Rules(Inconsistent::StageIs { is: "has given no notice", .. }));
    notice().unwrap();
    assert_refused!(notice(), Refusal::Rules(Inconsistent::StageIs { is: "has given notice already", .. }));
    publish().unwrap();
    assert_refused!(publish(), Refusal::Rules(Inconsistent::StageIs { is: "is published already", .. }));
}

#[test]
fn facts_come_in_no_more_once_it_is_decided() {
    let world = World::noticed();
    assert_refused!(
        world.as_officers(excused(&world, 0, 0, "regret")),
        Refusal::Rules(Inconsistent::StageIs { is: "is decided", .. })
    );
}

/// Two officers excuse an evaluator from a team.
fn excused(world: &World, evaluator: usize, team: usize, because: &str) -> Command {
    let (evaluator, teams) = (world.pseudonym(evaluator), [world.team(team)].into());
    Command::ExcuseEvaluator { key: key("written"), evaluator, teams, because: because.into() }
}
