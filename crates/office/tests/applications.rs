//! Teams apply: each for itself, complete, in time.

use office::{Actor, Command, Refusal};
use programme::Inconsistent;
use rulebook::Format;

use crate::{
    assert_refused,
    world::{RULEBOOK, World, key, seoul},
};

#[test]
fn nobody_acts_for_another_team() {
    let mut world = World::applied();
    let theirs = world.team(1);
    let organisation = world.teams[0].member.clone();
    not_yours(&world, Command::InviteMember { team: theirs.clone(), organisation });
    not_yours(&world, world.plan(1));
    not_yours(&world, Command::Submit { team: theirs.clone() });
    not_yours(&world, Command::Withdraw { team: theirs.clone() });
    not_yours(&world, Command::SignAgreement { team: theirs.clone(), text: "we agree".into() });
    not_yours(&world, Command::StartApplication { name: "Marten".into(), lead: world.teams[1].lead.clone() });
    world.at("2025-07-21T17:00:00");
    not_yours(&world, Command::Submit { team: theirs });
}

/// The first team's applicant asks for another team, and is told so.
fn not_yours(world: &World, command: Command) {
    let kind = command.kind();
    match world.as_applicant(0, command) {
        Err(Refusal::NotYourTeam { .. }) => {}
        other => panic!("{kind:?} for another team: {other:?}"),
    }
}

#[test]
fn a_member_consents_for_itself_and_for_nobody_else() {
    let world = World::opened();
    let team = world.begin("Marten");
    let stranger = world.organisation("A stranger");
    let consent = |organisation| Command::Consent { team: team.team.clone(), organisation };
    let (lead, dean) = (Actor::Applicant(team.applicant.clone()), Actor::Applicant(team.dean.clone()));
    assert_refused!(world.ask(&lead, consent(team.member.clone())), Refusal::NotYourTeam { .. });
    let outsider = Actor::Applicant(world.acts_for(&stranger, "Outsider"));
    assert_refused!(world.ask(&outsider, consent(team.member.clone())), Refusal::NotYourTeam { .. });
    assert_refused!(world.ask(&outsider, consent(stranger)), Refusal::Rules(Inconsistent::Unknown { .. }));
    world.ask(&dean, consent(team.member.clone())).unwrap();
}

#[test]
fn a_member_acts_for_itself_and_not_for_the_team() {
    let world = World::applied();
    let withdraw = world.ask(&world.dean(0), Command::Withdraw { team: world.team(0) });
    assert_refused!(withdraw, Refusal::NotYourTeam { .. });
    let submit = world.ask(&world.dean(0), Command::Submit { team: world.team(0) });
    assert_refused!(submit, Refusal::NotYourTeam { .. });
}

#[test]
fn nothing_is_submitted_before_every_member_consents() {
    let world = World::opened();
    let team = world.begin("Marten");
    let lead = Actor::Applicant(team.applicant);
    let silent = world.ask(&lead, Command::Submit { team: team.team.clone() });
    assert_refused!(silent, Refusal::Incomplete { missing } if missing.len() == 1);
}

#[test]
fn a_team_that_has_submitted_takes_no_member_who_consented_to_nothing() {
    let world = World::applied();
    let organisation = world.organisation("A latecomer");
    let invite = world.as_applicant(0, Command::InviteMember { team: world.team(0), organisation });
    assert_refused!(invite, Refusal::Rules(Inconsistent::TeamIs { .. }));
}

#[test]
fn nobody_is_invited_twice() {
    let world = World::opened();
    let team = world.begin("Marten");
    let again = Command::InviteMember { team: team.team, organisation: team.member };
    let again = world.ask(&Actor::Applicant(team.applicant), again);
    assert_refused!(again, Refusal::Rules(Inconsistent::Twice { .. }));
}

#[test]
fn a_late_application_is_noted_and_refused_with_the_clocks_reason() {
    let mut world = World::opened();
    let team = world.complete("Watercock");
    world.at("2025-07-21T16:12:31");
    let size = world.office.record().size();
    let refused = world.as_applicant(team, Command::Submit { team: world.team(team) });
    let because = "the window closed at 2025-07-21 16:00:00 (Asia/Seoul), 0:12:31 before this";
    assert_refused!(refused, Refusal::Late { because: why } if why == because);
    assert_eq!(world.office.record().size(), size + 1);
    let noted = world.state().teams[&world.team(team)].refused.clone();
    assert_eq!(noted, Some((seoul("2025-07-21T16:12:31"), because.to_owned())));
    world.at("2025-07-21T16:30:00");
    world.as_officer(Command::OpenStage { key: key("check") }).unwrap();
    assert!(world.state().stages[&key("check")].candidates.is_empty());
}

#[test]
fn a_team_that_was_in_time_is_not_noted_as_late() {
    let mut world = World::applied();
    world.at("2025-07-21T17:00:00");
    let again = world.as_applicant(0, Command::Submit { team: world.team(0) });
    assert_refused!(again, Refusal::NoWindow(_));
    assert_eq!(world.state().teams[&world.team(0)].refused, None);
}

#[test]
fn no_application_begins_outside_of_a_window() {
    let mut world = World::opened();
    let entrant = world.begin("Marten");
    let start = || Command::StartApplication { name: "Goral".into(), lead: entrant.lead.clone() };
    world.at("2025-07-21T16:00:00");
    let late = world.ask(&Actor::Applicant(entrant.applicant.clone()), start());
    assert_refused!(late, Refusal::NoWindow(_));
}

#[test]
fn a_document_is_what_the_rulebook_takes() {
    let world = World::applied();
    let document = |kind: &str, format, content: &[u8]| Command::AddDocument {
        team: world.team(0),
        kind: kind.into(),
        format,
        pages: None,
        content: content.to_vec(),
    };
    for wrong in
        [document("diary", Format::Pdf, b"x"), document("plan", Format::Csv, b"x"), document("plan", Format::Pdf, b"")]
    {
        assert_refused!(world.as_applicant(0, wrong), Refusal::BadDocument(_));
    }
}

#[test]
fn the_record_does_not_hold_what_a_document_says() {
    let world = World::applied();
    let record = world.office.record();
    let entries = record.entries(0..record.size()).unwrap();
    assert!(entries.iter().all(|entry| !contains(entry.event.as_bytes(), b"the plan of team")));
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[test]
fn no_document_comes_in_after_the_close_but_to_mend_a_gap_in_time() {
    let mut world = World::applied();
    world.at("2025-07-21T16:10:00");
    assert_refused!(world.as_applicant(0, world.plan(0)), Refusal::NoWindow(_));
    world.at("2025-07-21T16:30:00");
    world.as_officer(Command::OpenStage { key: key("check") }).unwrap();
    assert_refused!(world.as_applicant(0, world.plan(0)), Refusal::NoWindow(_));
    world.as_officer(Command::AskSupplement { team: world.team(0), what: "a page".into() }).unwrap();
    // Two working days from the day after Monday, at six.
    world.at("2025-07-23T17:59:59");
    world.as_applicant(0, world.plan(0)).unwrap();
    assert_refused!(world.as_applicant(1, world.plan(1)), Refusal::NoWindow(_));
    world.at("2025-07-23T18:00:00");
    assert_refused!(world.as_applicant(0, world.plan(0)), Refusal::NoWindow(_));
}

#[test]
fn mending_ends_when_the_check_is_decided() {
    let world = World::checking();
    world.as_officer(Command::AskSupplement { team: world.team(0), what: "a page".into() }).unwrap();
    world.decide(&key("check"));
    assert_refused!(world.as_applicant(0, world.plan(0)), Refusal::Rules(Inconsistent::TeamIs { .. }));
    let again = world.as_officer(Command::AskSupplement { team: world.team(0), what: "a page".into() });
    assert_refused!(again, Refusal::Rules(Inconsistent::TeamIs { is: "is not being checked", .. }));
}

#[test]
fn nobody_goes_out_while_they_may_still_mend_their_gap() {
    let mut world = World::opened();
    let entrant = world.begin("Marten");
    let consent = Command::Consent { team: entrant.team.clone(), organisation: entrant.member.clone() };
    world.ask(&Actor::Applicant(entrant.dean.clone()), consent).unwrap();
    world.teams.push(entrant);
    world.as_applicant(0, Command::Submit { team: world.team(0) }).unwrap();
    world.at("2025-07-21T16:30:00");
    world.as_officer(Command::OpenStage { key: key("check") }).unwrap();
    world.as_officer(Command::AskSupplement { team: world.team(0), what: "the plan".into() }).unwrap();
    let propose = || Command::ProposeDecision { key: key("check") };
    let early = world.as_officer(propose());
    assert_refused!(early, Refusal::Rules(Inconsistent::TeamIs { is: "still has time to mend its gap", .. }));
    world.at("2025-07-23T18:00:00");
    world.as_officer(propose()).unwrap();
}

#[test]
fn a_team_withdraws_once_and_is_gone() {
    let world = World::applied();
    let withdraw = || world.as_applicant(0, Command::Withdraw { team: world.team(0) });
    withdraw().unwrap();
    assert_refused!(withdraw(), Refusal::Rules(Inconsistent::TeamIs { .. }));
    assert_refused!(world.as_applicant(0, world.plan(0)), Refusal::Rules(Inconsistent::TeamIs { .. }));
    let submit = world.as_applicant(0, Command::Submit { team: world.team(0) });
    assert_refused!(submit, Refusal::Rules(Inconsistent::TeamIs { .. }));
}

#[test]
fn no_more_teams_submit_than_the_rulebook_takes() {
    let mut world = World::empty();
    let closes = "closes = 2025-07-21T16:00:00";
    let text = crate::world::RULEBOOK.replace(closes, &format!("{closes}\nmax_teams = 1"));
    world.as_officers(Command::AdoptRulebook { text }).unwrap();
    world.at("2025-06-20T09:00:00");
    let (first, second) = (world.complete("Marten"), world.complete("Owl"));
    world.as_applicant(first, Command::Submit { team: world.team(first) }).unwrap();
    world.as_applicant(first, Command::Submit { team: world.team(first) }).unwrap();
    let one_too_many = world.as_applicant(second, Command::Submit { team: world.team(second) });
    assert_refused!(one_too_many, Refusal::Rules(Inconsistent::TeamIs { .. }));
}

#[test]
fn where_teams_are_invited_nobody_else_applies_and_nobody_twice() {
    let invited = RULEBOOK.replacen("[intake.single]", "[intake.invited]\nteams = [\"marten\", \"otter\"]", 1);
    let mut world = World::empty();
    world.as_officers(Command::AdoptRulebook { text: invited }).unwrap();
    world.at("2025-06-20T09:00:00");
    world.begin("marten");
    let lead = world.organisation("Another lead");
    let actor = Actor::Applicant(world.acts_for(&lead, "Another applicant"));
    let start = |name: &str| world.ask(&actor, Command::StartApplication { name: name.into(), lead: lead.clone() });
    assert_refused!(start("marten"), Refusal::Rules(Inconsistent::Twice { .. }));
    assert_refused!(start("crane"), Refusal::Rules(Inconsistent::TeamIs { .. }));
    start("otter").unwrap();
}
