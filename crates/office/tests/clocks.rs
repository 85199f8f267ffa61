//! Time comes in with the command, and the record's own time never runs back.

use office::{Command, Refusal};
use programme::Inconsistent;

use crate::{
    assert_refused,
    world::{World, key, seoul},
};

#[test]
fn a_clock_that_steps_back_does_not_take_the_record_with_it() {
    let mut world = World::applied();
    let latest = world.state().latest.unwrap();
    world.at("2025-06-16T08:00:00");
    world.organisation("A firm");
    assert_eq!(world.state().latest, Some(latest));
}

#[test]
fn the_last_second_of_the_window_is_in_time_and_the_next_is_late() {
    let mut world = World::opened();
    let (in_time, late) = (world.complete("Marten"), world.complete("Watercock"));
    world.at("2025-07-21T15:59:59");
    world.as_applicant(in_time, Command::Submit { team: world.team(in_time) }).unwrap();
    world.at("2025-07-21T16:00:00");
    let refused = world.as_applicant(late, Command::Submit { team: world.team(late) });
    assert_refused!(refused, Refusal::Late { .. });
}

#[test]
fn the_first_stage_waits_for_the_window_to_close() {
    let mut world = World::applied();
    let open = || Command::OpenStage { key: key("check") };
    let is = "cannot open before the window closes";
    world.at("2025-07-21T15:59:59");
    assert_refused!(world.as_officer(open()), Refusal::Rules(Inconsistent::StageIs { is: why, .. }) if why == is);
    world.at("2025-07-21T16:00:00");
    world.as_officer(open()).unwrap();
}

#[test]
fn a_window_that_never_opened_has_not_closed() {
    let mut world = World::empty();
    world.as_officers(Command::AdoptRulebook { text: crate::world::RULEBOOK.to_owned() }).unwrap();
    let early = world.as_officer(Command::OpenStage { key: key("check") });
    assert_refused!(early, Refusal::Rules(Inconsistent::StageIs { .. }));
    world.at("2025-07-22T09:00:00");
    let other = programme::StageKey { window: "2025-07".into(), stage: "check".into() };
    assert_refused!(world.as_officer(Command::OpenStage { key: other }), Refusal::Rules(Inconsistent::StageIs { .. }));
}

#[test]
fn a_stage_opens_when_the_one_before_it_is_decided_and_its_teams_have_notice() {
    let world = World::checking();
    let open = || world.as_officer(Command::OpenStage { key: key("written") });
    assert_refused!(open(), Refusal::Rules(Inconsistent::StageIs { is: "is not decided", .. }));
    world.decide(&key("check"));
    assert_refused!(open(), Refusal::Rules(Inconsistent::StageIs { is: "has given no notice", .. }));
    world.give_notice(&key("check"));
    open().unwrap();
    assert_refused!(open(), Refusal::Rules(Inconsistent::Twice { .. }));
}

#[test]
fn an_agreement_is_signed_until_its_thirtieth_day_ends() {
    let mut world = World::finished();
    let sign = |world: &World, team: usize| {
        world.as_applicant(team, Command::SignAgreement { team: world.team(team), text: "we agree".into() })
    };
    // Notice on 4 August: the thirtieth day after it is Wednesday 3 September.
    assert_eq!(world.state().agreement_until(&world.team(0)).unwrap(), seoul("2025-09-04T00:00:00"));
    world.at("2025-09-03T23:59:59");
    sign(&world, 0).unwrap();
    assert_refused!(sign(&world, 0), Refusal::Rules(Inconsistent::Twice { .. }));
    assert_refused!(sign(&world, 2), Refusal::Rules(Inconsistent::TeamIs { .. }));
    world.at("2025-09-04T00:00:00");
    assert_refused!(
        sign(&world, 1),
        Refusal::Rules(Inconsistent::TeamIs { is: "signs after the clock has run out", .. })
    );
}

#[test]
fn the_programme_signs_once_and_after_the_team() {
    let world = World::finished();
    let countersign = || world.as_officer(Command::CountersignAgreement { team: world.team(0) });
    assert_refused!(countersign(), Refusal::Rules(Inconsistent::Unknown { .. }));
    world.as_applicant(0, Command::SignAgreement { team: world.team(0), text: "we agree".into() }).unwrap();
    countersign().unwrap();
    assert_refused!(countersign(), Refusal::Rules(Inconsistent::Twice { .. }));
}
