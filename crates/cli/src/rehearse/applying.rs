//! Act one: teams apply.

use anyhow::{Context as _, Result, bail};
use office::{Actor, Command, Made, Refusal};
use programme::{OrganisationFacts, OrganisationId, Role, TeamId};
use rulebook::{Country, Id, OrganisationKind};

use super::{
    cast::{Character, Part, TEAMS},
    marks::Marker,
    play::{Play, Troupe},
};

/// The document that one team leaves out at first.
const LEFT_OUT: &str = "openness-plan";

pub(crate) fn act(play: &mut Play) -> Result<()> {
    play.heading("Applications");
    play.at("2025-06-20T09:00:00")?;
    play.tell(format!("the call opens; {} teams begin an application", TEAMS.len()))?;
    let mut marker = Marker::new(play.seed);
    for character in TEAMS {
        let troupe = begin(play, character, marker.quality())?;
        play.teams.push(troupe);
    }
    play.at("2025-07-18T17:00:00")?;
    let teams = play.teams.clone();
    for troupe in &teams {
        fill(play, troupe)?;
        if troupe.character.part != Part::ComesLate {
            play.minutes(2)?;
            play.ask(&applicant(troupe), Command::Submit { team: troupe.team.clone() })?;
        }
    }
    for troupe in teams.iter().filter(|troupe| troupe.character.part == Part::Withdraws) {
        play.at("2025-07-20T11:00:00")?;
        play.ask(&applicant(troupe), Command::Withdraw { team: troupe.team.clone() })?;
        play.tell(format!("Team {} withdraws", troupe.character.name()))?;
    }
    for troupe in teams.iter().filter(|troupe| troupe.character.part == Part::ComesLate) {
        come_late(play, troupe)?;
    }
    Ok(())
}

/// The actor who applies for a team.
pub(crate) fn applicant(troupe: &Troupe) -> Actor {
    Actor::Applicant(troupe.applicant.clone())
}

/// A lead and a university, an applicant for each, and the beginning of an application.
fn begin(play: &mut Play, character: Character, quality: i64) -> Result<Troupe> {
    let lead = established(play, &character.organisation("Lead"), OrganisationKind::MidFirm)?;
    let university = established(play, &character.organisation("University"), OrganisationKind::University)?;
    let applicant = play.person(&format!("{}, applicant", character.en))?;
    let dean = play.person(&format!("{}, dean", character.en))?;
    for (person, organisation) in [(&applicant, &lead), (&dean, &university)] {
        let role = Role::Applicant { organisation: organisation.clone() };
        play.officer_asks(Command::GrantRole { person: person.clone(), role })?;
    }
    let start = Command::StartApplication { name: character.name(), lead: lead.clone() };
    let team = match play.ask(&Actor::Applicant(applicant.clone()), start)?.made {
        Some(Made::Team(team)) => team,
        _ => bail!("no team was made"),
    };
    let troupe = Troupe { character, team, lead, university: university.clone(), applicant, quality };
    join(play, &troupe, Actor::Applicant(dean), university)?;
    Ok(troupe)
}

/// An organisation about which everything is established that the rulebook asks.
fn established(play: &Play, name: &str, kind: OrganisationKind) -> Result<OrganisationId> {
    let organisation = play.organisation(name)?;
    let facts = OrganisationFacts {
        established_in: Some(Country::new("KR")),
        controlled_from: Some(Country::new("KR")),
        kind: Some(kind),
        trained_parameters_billion: Some(0),
        students_take_part: Some(kind == OrganisationKind::University),
        certificates: Default::default(),
        barred: Some(false),
    };
    let evidence = "company register, read on 20 June 2025".to_owned();
    play.officer_asks(Command::EstablishFacts { organisation: organisation.clone(), facts, evidence })?;
    Ok(organisation)
}

/// A member joins: the lead invites, the member itself consents.
fn join(play: &Play, troupe: &Troupe, member: Actor, organisation: OrganisationId) -> Result<()> {
    let team = troupe.team.clone();
    let invite = Command::InviteMember { team: team.clone(), organisation: organisation.clone() };
    play.ask(&applicant(troupe), invite)?;
    play.ask(&member, Command::Consent { team, organisation })?;
    Ok(())
}

/// Puts the required documents in; one team forgets one.
fn fill(play: &Play, troupe: &Troupe) -> Result<()> {
    let documents: Vec<Id> = play.rulebook.application.documents.iter().map(|kind| kind.id.clone()).collect();
    for kind in documents {
        if troupe.character.part != Part::Mends || kind.as_str() != LEFT_OUT {
            add_document(play, troupe, &kind)?;
        }
    }
    Ok(())
}

fn add_document(play: &Play, troupe: &Troupe, kind: &Id) -> Result<()> {
    let rule = play.rulebook.application.documents.iter().find(|rule| rule.id == *kind);
    let format = *rule.and_then(|rule| rule.formats.first()).context("the document has a format")?;
    let content = format!("{kind} of Team {}, for the rehearsal", troupe.character.en).into_bytes();
    let team = troupe.team.clone();
    play.ask(&applicant(troupe), Command::AddDocument { team, kind: kind.clone(), format, pages: Some(8), content })?;
    Ok(())
}

/// The document that a team left out, put in after all.
pub(crate) fn mend(play: &Play, team: &TeamId) -> Result<()> {
    add_document(play, play.troupe(team)?, &Id::from(LEFT_OUT))
}

fn come_late(play: &mut Play, troupe: &Troupe) -> Result<()> {
    play.at("2025-07-21T16:12:31")?;
    let refusal = play.is_refused(&applicant(troupe), Command::Submit { team: troupe.team.clone() })?;
    let Refusal::Late { because } = refusal else { bail!("refused, but not for being late: {refusal}") };
    play.tell(format!("Team {} comes too late and is refused: {because}", troupe.character.name()))
}
