//! The permission matrix: every command, asked for in every role.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use office::{Actor, ActorRole, Command, CommandKind, Refusal};
use programme::{OrganisationFacts, Role, SeedPurpose};
use rulebook::Format;

use crate::{
    assert_refused,
    world::{RULEBOOK, World, announced, key, marks, seoul, thrown},
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/permissions.txt");

#[test]
fn the_matrix_is_as_it_stands_in_the_file() {
    let matrix = matrix();
    if std::env::var_os("UPDATE_PERMISSIONS").is_some() {
        fs::write(FILE, &matrix).unwrap();
    }
    let kept = fs::read_to_string(Path::new(FILE)).unwrap_or_default();
    assert!(
        matrix == kept,
        "who may do what has changed. Read this, and if it is meant, run the test again with UPDATE_PERMISSIONS=1 \
         and look at the difference in tests/permissions.txt:\n\n{matrix}"
    );
}

/// Asks for every command in every role, and writes down what came of it.
fn matrix() -> String {
    let world = World::objected().0;
    let mut text =
        String::from("# Who may ask for what. Written by tests/permissions.rs, which asks for all of it.\n\n");
    let line = |text: &mut String, name: &str, cells: &[&str]| {
        let cells: String = cells.iter().map(|cell| format!(" {cell:<22}")).collect();
        writeln!(text, "{}", format!("{name:<21}{cells}").trim_end()).unwrap();
    };
    let roles: Vec<_> = ActorRole::ALL.iter().map(ToString::to_string).collect();
    line(&mut text, "", &roles.iter().map(String::as_str).collect::<Vec<_>>());
    for kind in CommandKind::ALL {
        let cells: Vec<_> = ActorRole::ALL.iter().map(|role| cell(&world, *role, &sample(*kind, &world))).collect();
        line(&mut text, &format!("{kind:?}"), &cells);
    }
    text
}

/// What becomes of a command in a role: it is refused for the role, or it is done, or refused for another reason.
fn cell(world: &World, role: ActorRole, command: &Command) -> &'static str {
    let actor = actor(world, role);
    match world.ask(&actor, command.clone()) {
        Err(Refusal::NotYourRole { .. }) => "-",
        Err(Refusal::TakesTwoOfficers(_)) => match world.ask_with(&actor, &world.second(), command.clone()) {
            Err(Refusal::NotYourRole { .. } | Refusal::TakesTwoOfficers(_) | Refusal::RoleNotHeld { .. }) => "-",
            _ => "with a second officer",
        },
        Err(Refusal::RoleNotHeld { person, role }) => panic!("`{person}` should hold the role `{role}`"),
        _ => "may",
    }
}

/// Somebody who holds the role.
fn actor(world: &World, role: ActorRole) -> Actor {
    match role {
        ActorRole::Officer => world.officer(),
        ActorRole::Applicant => world.applicant(0),
        ActorRole::Evaluator => world.evaluator(0),
        ActorRole::Reviewer => Actor::Reviewer(world.reviewers[0].clone()),
        ActorRole::Auditor => {
            let auditor = world.person("Auditor");
            world.grant(&auditor, Role::Auditor);
            Actor::Auditor(auditor)
        }
        ActorRole::Public => Actor::Public,
    }
}

/// A command of each kind. A new kind does not compile before it stands here.
fn sample(kind: CommandKind, world: &World) -> Command {
    use CommandKind as K;
    match kind {
        K::RegisterPerson
        | K::ResolveIdentity
        | K::GrantRole
        | K::DeclareTies
        | K::RegisterOrganisation
        | K::EstablishFacts
        | K::Erase => of_the_directory(kind, world),
        K::AdoptRulebook
        | K::AmendRulebook
        | K::StartApplication
        | K::InviteMember
        | K::Consent
        | K::AddDocument
        | K::Submit
        | K::Withdraw
        | K::AskSupplement => of_an_application(kind, world),
        K::OpenStage
        | K::CommitPool
        | K::NamePanel
        | K::AnnounceSeed
        | K::FixSeed
        | K::SeatPanel
        | K::DeclineSeat
        | K::SignPledge
        | K::Recuse
        | K::ExcuseEvaluator
        | K::SealSheet
        | K::ChaseSheets
        | K::ExtendReview
        | K::RevealSheets => of_a_panel(kind, world),
        K::EnterMeasurement
        | K::EnterFinding
        | K::ProposeDecision
        | K::ConfirmDecision
        | K::GiveNotice
        | K::PublishDecision
        | K::FileObjection
        | K::AppointReviewers
        | K::ReviewObjection
        | K::DecideObjection
        | K::SignAgreement
        | K::CountersignAgreement => of_a_decision(kind, world),
    }
}

fn of_the_directory(kind: CommandKind, world: &World) -> Command {
    let organisation = world.teams[0].lead.clone();
    let person = world.reviewers[0].clone();
    match kind {
        CommandKind::RegisterPerson => Command::RegisterPerson { name: "Somebody".into(), contact: "nowhere".into() },
        CommandKind::ResolveIdentity => Command::ResolveIdentity { person, method: "face to face".into() },
        CommandKind::GrantRole => Command::GrantRole { person, role: Role::Reviewer },
        CommandKind::DeclareTies => Command::DeclareTies { person, ties: Vec::new() },
        CommandKind::RegisterOrganisation => Command::RegisterOrganisation { name: "Some firm".into() },
        CommandKind::EstablishFacts => {
            Command::EstablishFacts { organisation, facts: OrganisationFacts::default(), evidence: "register".into() }
        }
        _ => {
            let profile = world.state().people.values().next().unwrap().profile.clone();
            Command::Erase { sealed: [profile].into(), because: "it was asked for".into() }
        }
    }
}

fn of_an_application(kind: CommandKind, world: &World) -> Command {
    let (team, organisation) = (world.team(0), world.teams[0].lead.clone());
    match kind {
        CommandKind::AdoptRulebook => Command::AdoptRulebook { text: RULEBOOK.into() },
        CommandKind::AmendRulebook => {
            Command::AmendRulebook { text: RULEBOOK.replace("keep = 2", "keep = 1"), reason: "the budget".into() }
        }
        CommandKind::StartApplication => Command::StartApplication { name: "Marten".into(), lead: organisation },
        CommandKind::InviteMember => Command::InviteMember { team, organisation },
        CommandKind::Consent => Command::Consent { team, organisation },
        CommandKind::AddDocument => {
            Command::AddDocument { team, kind: "plan".into(), format: Format::Pdf, pages: None, content: vec![1] }
        }
        CommandKind::Submit => Command::Submit { team },
        CommandKind::Withdraw => Command::Withdraw { team: world.team(4) },
        _ => Command::AskSupplement { team, what: "a page".into() },
    }
}

fn of_a_panel(kind: CommandKind, world: &World) -> Command {
    let (key, panel, team) = (key("written"), "experts".into(), world.team(0));
    let seed = announced("2025-12-01T18:00:00");
    match kind {
        CommandKind::OpenStage => Command::OpenStage { key: crate::world::key("final") },
        CommandKind::CommitPool => Command::CommitPool { key, panel, candidates: world.pool.clone(), seed },
        CommandKind::NamePanel => Command::NamePanel { key, panel, evaluators: world.pool.clone() },
        CommandKind::AnnounceSeed => Command::AnnounceSeed { key, seed },
        CommandKind::FixSeed => Command::FixSeed { key, purpose: SeedPurpose::Ties, seed: thrown() },
        CommandKind::SeatPanel => Command::SeatPanel { key, panel },
        CommandKind::DeclineSeat => Command::DeclineSeat { key, because: "abroad".into() },
        CommandKind::SignPledge => Command::SignPledge { key },
        CommandKind::ExcuseEvaluator => {
            let (evaluator, because) = (world.pseudonym(0), "does not answer".into());
            Command::ExcuseEvaluator { key, evaluator, teams: [team].into(), because }
        }
        CommandKind::Recuse => Command::Recuse { key, team, because: "a former student".into() },
        CommandKind::SealSheet => world.sheet(&team, marks(50, 30)),
        CommandKind::ChaseSheets => Command::ChaseSheets { key },
        CommandKind::ExtendReview => {
            Command::ExtendReview { key, until: seoul("2025-12-01T18:00:00"), because: "snow".into() }
        }
        _ => Command::RevealSheets { key },
    }
}

fn of_a_decision(kind: CommandKind, world: &World) -> Command {
    let (key, team) = (key("written"), world.team(0));
    let objection = world.state().objections.keys().next().unwrap().clone();
    let because = "as the reviewers advise".to_owned();
    match kind {
        CommandKind::EnterMeasurement => world.measurement(0),
        CommandKind::EnterFinding => world.finding(0),
        CommandKind::ProposeDecision => Command::ProposeDecision { key },
        CommandKind::ConfirmDecision => Command::ConfirmDecision { key },
        CommandKind::GiveNotice => Command::GiveNotice { key },
        CommandKind::PublishDecision => Command::PublishDecision { key },
        CommandKind::FileObjection => world.objection(3),
        CommandKind::AppointReviewers => {
            Command::AppointReviewers { objection, reviewers: world.reviewers.iter().cloned().collect() }
        }
        CommandKind::ReviewObjection => Command::ReviewObjection { objection, upheld: false, because },
        CommandKind::DecideObjection => Command::DecideObjection { objection, because },
        CommandKind::SignAgreement => Command::SignAgreement { team, text: "we agree".into() },
        _ => Command::CountersignAgreement { team },
    }
}

#[test]
fn nobody_acts_in_a_role_that_they_do_not_hold() {
    let world = World::objected().0;
    let applicant = world.teams[0].applicant.clone();
    let key = key("written");
    let as_officer = Actor::Officer(applicant.clone());
    assert_refused!(world.ask(&as_officer, Command::GiveNotice { key: key.clone() }), Refusal::RoleNotHeld { .. });
    let objection = world.state().objections.keys().next().unwrap().clone();
    let review = Command::ReviewObjection { objection, upheld: true, because: "mine".into() };
    assert_refused!(world.ask(&Actor::Reviewer(applicant.clone()), review), Refusal::RoleNotHeld { .. });
    assert_refused!(
        world.ask(&Actor::Applicant(world.reviewers[0].clone()), Command::Withdraw { team: world.team(0) }),
        Refusal::RoleNotHeld { .. }
    );
    assert_refused!(world.ask(&Actor::Evaluator(applicant), Command::SignPledge { key }), Refusal::NoSeat { .. });
}

#[test]
fn a_person_whom_nobody_registered_does_nothing() {
    let world = World::opened();
    let unknown = Actor::Officer("p-unknown".into());
    let register = Command::RegisterOrganisation { name: "A firm".into() };
    assert_refused!(world.ask(&unknown, register), Refusal::Rules(programme::Inconsistent::Unknown { .. }));
}

#[test]
fn what_takes_two_officers_does_not_take_one_twice() {
    let world = World::applied();
    let amend = Command::AmendRulebook { text: RULEBOOK.replace("keep = 2", "keep = 1"), reason: "budget".into() };
    let once = world.as_officer(amend.clone());
    assert_refused!(once, Refusal::TakesTwoOfficers(CommandKind::AmendRulebook));
    let twice = world.ask_with(&world.officer(), &world.officer(), amend.clone());
    assert_refused!(twice, Refusal::TakesTwoOfficers(CommandKind::AmendRulebook));
    let with_an_applicant = world.ask_with(&world.officer(), &world.applicant(0), amend);
    assert_refused!(with_an_applicant, Refusal::TakesTwoOfficers(CommandKind::AmendRulebook));
}

#[test]
fn one_officer_alone_cannot_make_the_second_whom_decisions_take() {
    let world = World::opened();
    let person = world.person("Third");
    let grant = Command::GrantRole { person: person.clone(), role: Role::Officer };
    assert_refused!(world.as_officer(grant.clone()), Refusal::TakesTwoOfficers(CommandKind::GrantRole));
    world.as_officers(grant).unwrap();
    assert!(world.state().people[&person].roles.contains(&Role::Officer));
}

#[test]
fn nobody_runs_the_programme_and_applies_in_it() {
    let world = World::applied();
    let role = Role::Applicant { organisation: world.teams[0].lead.clone() };
    let to_an_officer = world.as_officer(Command::GrantRole { person: world.officers[0].clone(), role });
    assert_refused!(to_an_officer, Refusal::Rules(programme::Inconsistent::RolesClash(_)));
    let person = world.teams[0].applicant.clone();
    let to_an_applicant = world.as_officer(Command::GrantRole { person, role: Role::Auditor });
    assert_refused!(to_an_applicant, Refusal::Rules(programme::Inconsistent::RolesClash(_)));
}

#[test]
fn every_kind_has_a_sample_of_its_own() {
    let world = World::objected().0;
    let kinds: BTreeMap<_, _> = CommandKind::ALL.iter().map(|kind| (*kind, sample(*kind, &world).kind())).collect();
    assert!(kinds.iter().all(|(kind, sampled)| kind == sampled), "{kinds:?}");
}
