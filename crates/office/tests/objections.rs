//! Objections: on a ground, in time, once, heard by others than the panel.

use std::collections::BTreeSet;

use office::{Command, Refusal};
use programme::{Inconsistent, ObjectionId, Party, PersonId, Tie};
use rulebook::TieKind;

use crate::{
    assert_refused,
    world::{RULEBOOK, World, key, seoul},
};

#[test]
fn an_objection_has_a_ground_that_the_rulebook_knows() {
    let world = World::noticed();
    let text = "we are better".to_owned();
    let taste = Command::FileObjection { key: key("written"), team: world.team(3), ground: "taste".into(), text };
    assert_refused!(world.as_applicant(3, taste), Refusal::Rules(Inconsistent::Unknown { what: "ground", .. }));
    world.object(3);
}

#[test]
fn the_clock_counts_from_the_day_after_the_notice_and_ends_with_its_last_day() {
    let mut world = World::noticed();
    // Notice on Friday 25 July at two in the afternoon; the first day is Saturday, the tenth is Monday 4 August.
    assert_eq!(world.state().objections_until(&key("written")).unwrap(), seoul("2025-08-05T00:00:00"));
    world.at("2025-08-04T23:59:00");
    world.object(3);
    world.at("2025-08-05T00:00:00");
    let late = "objects after the clock has run out";
    let refused = world.as_applicant(4, world.objection(4));
    assert_refused!(refused, Refusal::Rules(Inconsistent::TeamIs { is, .. }) if is == late);
}

#[test]
fn a_last_day_on_a_holiday_rolls_to_the_next_working_day() {
    let mut world = World::revealed();
    world.at("2025-08-05T09:00:00");
    world.decide(&key("written"));
    world.give_notice(&key("written"));
    // The tenth day is Friday 15 August, a holiday; then comes a weekend.
    assert_eq!(world.state().objections_until(&key("written")).unwrap(), seoul("2025-08-19T00:00:00"));
    world.at("2025-08-18T23:59:00");
    world.object(3);
}

#[test]
fn nobody_objects_before_the_notice() {
    let world = World::revealed();
    world.decide(&key("written"));
    let early = world.as_applicant(3, world.objection(3));
    assert_refused!(early, Refusal::Rules(Inconsistent::StageIs { is: "has given no notice", .. }));
}

#[test]
fn a_team_objects_once_for_itself_and_only_where_it_stood() {
    let world = World::noticed();
    world.object(3);
    assert_refused!(world.as_applicant(3, world.objection(3)), Refusal::Rules(Inconsistent::TeamIs { .. }));
    assert_refused!(world.as_applicant(3, world.objection(4)), Refusal::NotYourTeam { .. });
    world.as_applicant(4, Command::Withdraw { team: world.team(4) }).unwrap();
    assert_refused!(
        world.as_applicant(4, world.objection(4)),
        Refusal::Rules(Inconsistent::TeamIs { is: "has withdrawn", .. })
    );
}

#[test]
fn an_objection_must_be_decided_by_its_thirtieth_day() {
    let (world, objection) = World::objected();
    // Filed on 28 July: the thirtieth day after it is Wednesday 27 August.
    assert_eq!(world.state().objections[&objection].decide_by, seoul("2025-08-28T00:00:00"));
}

/// Three free reviewers, the first replaced by somebody else.
fn appoint_with(world: &World, objection: &ObjectionId, other: PersonId) -> Result<office::Done, Refusal> {
    let reviewers: BTreeSet<_> = world.reviewers[1..].iter().cloned().chain([other]).collect();
    world.as_officer(Command::AppointReviewers { objection: objection.clone(), reviewers })
}

#[test]
fn reviewers_are_others_than_the_panel_and_free_of_every_team() {
    let (world, objection) = World::objected();
    let evaluator = world.panel[0].clone();
    world.grant(&evaluator, programme::Role::Reviewer);
    assert_refused!(appoint_with(&world, &objection, evaluator), Refusal::SatOnPanel { .. });
    for team in [3, 0] {
        let with = Party::Organisation(world.teams[team].lead.clone());
        let tie = Tie { kind: TieKind::Money, with, ended: None, what: "holds shares".into() };
        let close = world.person_with("Close", vec![tie]);
        world.grant(&close, programme::Role::Reviewer);
        assert_refused!(appoint_with(&world, &objection, close), Refusal::Conflict { .. });
    }
    let no_reviewer = world.person_with("Nobody", Vec::new());
    assert_refused!(appoint_with(&world, &objection, no_reviewer), Refusal::Rules(Inconsistent::NotTheirs { .. }));
    let reviewers = world.reviewers[..2].iter().cloned().collect();
    let two = world.as_officer(Command::AppointReviewers { objection, reviewers });
    assert_refused!(two, Refusal::Rules(Inconsistent::ObjectionIs { .. }));
}

#[test]
fn reviewers_are_not_exchanged_for_what_they_said() {
    let (world, objection) = World::objected();
    let other = world.reviewer("Another");
    let because = "page 12 was misread".to_owned();
    let review = Command::ReviewObjection { objection: objection.clone(), upheld: true, because };
    world.as_reviewer(0, review).unwrap();
    assert_refused!(appoint_with(&world, &objection, other), Refusal::Rules(Inconsistent::ObjectionIs { .. }));
}

#[test]
fn only_its_reviewers_hear_an_objection() {
    let (world, objection) = World::objected();
    let outsider = office::Actor::Reviewer(world.reviewer("Another"));
    let review = Command::ReviewObjection { objection, upheld: true, because: "a favour".into() };
    assert_refused!(world.ask(&outsider, review), Refusal::Rules(Inconsistent::NotTheirs { .. }));
}

#[test]
fn an_objection_is_decided_when_all_have_spoken_and_as_most_advise() {
    let (world, objection) = World::objected();
    let decide = || world.as_officer(Command::DecideObjection { objection: objection.clone(), because: "so".into() });
    for (n, upheld) in [true, false, false].into_iter().enumerate() {
        assert_refused!(decide(), Refusal::Rules(Inconsistent::ObjectionIs { .. }));
        let because = "page 12 was read".to_owned();
        world.as_reviewer(n, Command::ReviewObjection { objection: objection.clone(), upheld, because }).unwrap();
    }
    decide().unwrap();
    assert!(!world.state().objections[&objection].decided.as_ref().unwrap().0.upheld);
    assert!(world.state().decided(&key("written")).is_ok(), "a decision that was not wrong stands");
    assert_refused!(decide(), Refusal::Rules(Inconsistent::ObjectionIs { is: "is decided already", .. }));
    let late = Command::ReviewObjection { objection: objection.clone(), upheld: true, because: "regret".into() };
    assert_refused!(
        world.as_reviewer(0, late),
        Refusal::Rules(Inconsistent::ObjectionIs { is: "is decided already", .. })
    );
}

#[test]
fn an_upheld_objection_sets_the_decision_aside_and_the_second_stands() {
    let (world, objection) = World::objected();
    world.settle(&objection, true);
    let written = key("written");
    assert_refused!(world.state().decided(&written).map(|_| ()), Inconsistent::StageIs { is: "is not decided", .. });
    assert_eq!(world.state().stages[&written].set_aside.len(), 1);
    // The mended fact: an evaluator who misread the plan is excused.
    let (evaluator, teams) = (world.pseudonym(0), [world.team(3)].into());
    let because = "misread the plan".to_owned();
    world.as_officers(Command::ExcuseEvaluator { key: written.clone(), evaluator, teams, because }).unwrap();
    world.decide(&written);
    world.give_notice(&written);
    for team in [3, 4] {
        let second = world.as_applicant(team, world.objection(team));
        assert_refused!(second, Refusal::Rules(Inconsistent::TeamIs { .. }));
    }
}

#[test]
fn no_later_stage_opens_while_an_objection_waits() {
    let (world, objection) = World::objected();
    let open = || world.as_officer(Command::OpenStage { key: key("final") });
    let waits = "has an objection that is not decided";
    assert_refused!(open(), Refusal::Rules(Inconsistent::StageIs { is, .. }) if is == waits);
    world.settle(&objection, false);
    open().unwrap();
}

#[test]
fn nothing_is_decided_anew_while_another_objection_waits() {
    let (world, objection) = World::objected();
    let other = world.object(4);
    world.appoint(&other);
    world.settle(&objection, true);
    let propose = || world.as_officer(Command::ProposeDecision { key: key("written") });
    let waits = "has an objection that is not decided";
    assert_refused!(propose(), Refusal::Rules(Inconsistent::StageIs { is, .. }) if is == waits);
    world.settle(&other, true);
    assert_eq!(world.state().stages[&key("written")].set_aside.len(), 1, "one decision, set aside once");
    propose().unwrap();
}

#[test]
fn where_the_rulebook_says_so_the_next_stage_waits_until_no_objection_can_be_filed() {
    let waiting = RULEBOOK.replacen("[objections]", "[objections]\nnext_stage_waits = true", 1);
    let mut world = World::applied_under(&waiting);
    let (check, written) = (key("check"), key("written"));
    world.at("2025-07-21T16:30:00");
    world.as_officer(Command::OpenStage { key: check.clone() }).unwrap();
    world.decide(&check);
    world.give_notice(&check);
    let until = world.state().objections_until(&check).unwrap();
    let open = |world: &World| world.as_officer(Command::OpenStage { key: written.clone() });
    world.now = until.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap();
    let contested = "can still be contested";
    assert_refused!(open(&world), Refusal::Rules(Inconsistent::StageIs { is, .. }) if is == contested);
    world.now = until;
    open(&world).unwrap();
}
