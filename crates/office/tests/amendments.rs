//! Rules change for what has not opened, by two officers, with a reason; and for nothing else.

use office::{Command, CommandKind, Done, Refusal};
use programme::Inconsistent;

use crate::{
    assert_refused,
    world::{RULEBOOK, World, key},
};

/// The small rulebook, with one passage replaced.
fn with(from: &str, to: &str) -> String {
    assert!(RULEBOOK.contains(from), "`{from}` stands in the rulebook");
    RULEBOOK.replacen(from, to, 1)
}

fn amend(world: &World, text: String) -> Result<Done, Refusal> {
    world.as_officers(Command::AmendRulebook { text, reason: "the budget".into() })
}

const KEEP_FIVE: (&str, &str) = ("cut = { keep = 3 }", "cut = { keep = 4 }");
const KEEP_ONE: (&str, &str) = ("cut = { keep = 2 }", "cut = { keep = 1 }");

#[test]
fn the_hash_stands_in_the_record_before_anybody_applies() {
    let world = World::empty();
    let organisation = world.organisation("A firm");
    let person = world.acts_for(&organisation, "Applicant");
    let start = || Command::StartApplication { name: "Marten".into(), lead: organisation.clone() };
    let early = world.ask(&office::Actor::Applicant(person), start());
    assert_refused!(early, Refusal::Rules(Inconsistent::NoRulebook));
    world.as_officers(Command::AdoptRulebook { text: RULEBOOK.into() }).unwrap();
    assert_eq!(world.state().adopted().unwrap().hash, rulebook::hash(RULEBOOK));
    let again = world.as_officers(Command::AdoptRulebook { text: RULEBOOK.into() });
    assert_refused!(again, Refusal::Rules(Inconsistent::Twice { .. }));
}

#[test]
fn a_stage_that_has_opened_keeps_its_rules() {
    let world = World::reviewing();
    let refused = amend(&world, with(KEEP_FIVE.0, KEEP_FIVE.1));
    assert_refused!(refused, Refusal::Rules(Inconsistent::AmendsWhatOpened { what }) if what == "stage.written");
    amend(&world, with(KEEP_ONE.0, KEEP_ONE.1)).unwrap();
    let rules = world.state().rules_of(&key("written")).unwrap().clone();
    assert_eq!(rulebook::hash(RULEBOOK), world.state().stages[&key("written")].rulebook);
    assert!(rules != *world.state().rules().unwrap());
}

#[test]
fn an_amendment_needs_a_reason_and_two_officers() {
    let world = World::reviewing();
    let text = with(KEEP_ONE.0, KEEP_ONE.1);
    let silent = world.as_officers(Command::AmendRulebook { text: text.clone(), reason: "  ".into() });
    assert_refused!(silent, Refusal::Rules(Inconsistent::NoReason));
    let alone = world.as_officer(Command::AmendRulebook { text, reason: "the budget".into() });
    assert_refused!(alone, Refusal::TakesTwoOfficers(CommandKind::AmendRulebook));
}

#[test]
fn an_amendment_is_a_rulebook_that_can_be_read_and_is_another() {
    let world = World::reviewing();
    assert_refused!(amend(&world, "nonsense".into()), Refusal::Rules(Inconsistent::BadRulebook(_)));
    assert_refused!(amend(&world, RULEBOOK.into()), Refusal::Rules(Inconsistent::Twice { .. }));
}

#[test]
fn an_amendment_keeps_its_reason_and_its_date() {
    let world = World::reviewing();
    amend(&world, with(KEEP_ONE.0, KEEP_ONE.1)).unwrap();
    let adopted = world.state().adopted().unwrap().clone();
    assert_eq!((adopted.reason.as_deref(), adopted.at), (Some("the budget"), world.now));
}

#[test]
fn what_an_application_must_be_stands_once_somebody_has_begun_one() {
    let pages = with("max_pages = 10", "max_pages = 5");
    amend(&World::opened(), pages.clone()).unwrap();
    let refused = amend(&World::applied(), pages);
    assert_refused!(refused, Refusal::Rules(Inconsistent::AmendsWhatOpened { what }) if what == "application");
}

#[test]
fn a_window_may_only_be_made_longer() {
    let world = World::applied();
    let closes = |day: &str| with("closes = 2025-07-21T16:00:00", &format!("closes = {day}T16:00:00"));
    let shorter = amend(&world, closes("2025-07-18"));
    assert_refused!(shorter, Refusal::Rules(Inconsistent::AmendsWhatOpened { what }) if what == "intake");
    let moved = amend(&world, with("opens = 2025-06-20", "opens = 2025-06-19"));
    assert_refused!(moved, Refusal::Rules(Inconsistent::AmendsWhatOpened { .. }));
    amend(&world, closes("2025-07-28")).unwrap();
}

#[test]
fn a_window_that_was_made_longer_takes_applications_longer() {
    let mut world = World::opened();
    let team = world.complete("Marten");
    amend(&world, with("closes = 2025-07-21T16:00:00", "closes = 2025-07-28T16:00:00")).unwrap();
    world.at("2025-07-28T15:59:59");
    world.as_applicant(team, Command::Submit { team: world.team(team) }).unwrap();
}

#[test]
fn a_stage_whose_rule_is_unset_opens_when_an_amendment_sets_it() {
    let mut world = World::empty();
    let unset = with("seats = 3\nquorum = 2\npool_per_seat", "pool_per_seat");
    world.as_officers(Command::AdoptRulebook { text: unset }).unwrap();
    world.at("2025-06-20T09:00:00");
    let team = world.complete("Marten");
    world.as_applicant(team, Command::Submit { team: world.team(team) }).unwrap();
    world.at("2025-07-21T16:30:00");
    world.as_officer(Command::OpenStage { key: key("check") }).unwrap();
    world.decide(&key("check"));
    world.give_notice(&key("check"));
    let open = || world.as_officer(Command::OpenStage { key: key("written") });
    let seats = "stage.written.panel.experts.seats";
    assert_refused!(open(), Refusal::Rules(Inconsistent::Unset { unset, .. }) if unset == [seats]);
    amend(&world, RULEBOOK.into()).unwrap();
    open().unwrap();
}

#[test]
fn which_ties_count_does_not_change_under_a_panel_that_sits() {
    use programme::{Party, Tie};
    use rulebook::TieKind;

    let world = World::seated();
    amend(&world, with("years = 3\nkinds = [\"money\", \"duty\", \"person\"]", "years = 1\nkinds = [\"duty\"]"))
        .unwrap();
    let with = Party::Organisation(world.teams[0].lead.clone());
    let tie = Tie { kind: TieKind::Money, with, ended: None, what: "joint grant".into() };
    let declare = Command::DeclareTies { person: world.panel[0].clone(), ties: vec![tie] };
    world.as_evaluator(0, declare).unwrap();
    assert_refused!(world.as_evaluator(0, world.usual_sheet(0)), Refusal::Conflict { .. });
}

#[test]
fn a_clock_for_agreements_does_not_change_once_the_stage_has_opened() {
    let world = World::finished();
    let until = world.state().agreement_until(&world.team(0)).unwrap();
    amend(&world, with("sign = { days = 30 }", "sign = { days = 1 }")).unwrap();
    assert_eq!(world.state().agreement_until(&world.team(0)).unwrap(), until);
}

#[test]
fn a_window_that_has_closed_is_not_opened_again_for_who_came_late() {
    let mut world = World::applied();
    world.at("2025-07-21T16:00:01");
    let text = RULEBOOK.replacen("closes = 2025-07-21T16:00:00", "closes = 2025-07-25T16:00:00", 1);
    let late = world.as_officers(Command::AmendRulebook { text, reason: "one team asked for it".into() });
    assert_refused!(late, Refusal::Rules(Inconsistent::AmendsWhatOpened { what }) if what == "intake");
}
