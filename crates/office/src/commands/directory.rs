//! People, organisations, and what is erased about them.

use std::collections::BTreeSet;

use programme::{By, Event, OrganisationId, PersonId, Role, Sealed, Tie};

use crate::{
    Actor, Command, Made, Refusal,
    desk::{Desk, Plan, profile},
    digest::commitment,
};

pub(crate) fn plan(desk: &mut Desk<'_>, command: Command) -> Result<Plan, Refusal> {
    let second = desk.second(&command);
    match command {
        Command::RegisterPerson { name, contact } => register_person(desk, &name, &contact),
        Command::ResolveIdentity { person, method } => desk.event(Event::IdentityResolved { person, method }),
        Command::GrantRole { person, role } => grant(desk, person, role),
        Command::DeclareTies { person, ties } => declare(desk, person, ties),
        Command::RegisterOrganisation { name } => register_organisation(desk, name),
        Command::EstablishFacts { organisation, facts, evidence } => {
            desk.event(Event::FactsEstablished { organisation, facts, evidence })
        }
        Command::Erase { sealed, because } => erase(desk, sealed, because, second?),
        _ => desk.blank(),
    }
}

fn register_person(desk: &mut Desk<'_>, name: &str, contact: &str) -> Result<Plan, Refusal> {
    let mut plan = desk.blank()?;
    let person = PersonId::new(desk.name("p")?);
    let profile = plan.seal(desk.entropy, &profile(name, contact))?;
    plan.events.push(Event::PersonRegistered { person: person.clone(), profile });
    plan.made = Some(Made::Person(person));
    Ok(plan)
}

/// One officer alone cannot make another, who would then be the second whom every decision takes.
fn grant(desk: &Desk<'_>, person: PersonId, role: Role) -> Result<Plan, Refusal> {
    let second = (role == Role::Officer).then(|| desk.second.cloned()).flatten();
    desk.event(Event::RoleGranted { person, role, second })
}

/// Officers enter what a candidate evaluator signed; everybody else speaks for themselves only.
fn declare(desk: &Desk<'_>, person: PersonId, ties: Vec<Tie>) -> Result<Plan, Refusal> {
    let acting = desk.person()?.clone();
    if !matches!(desk.actor, Actor::Officer(_)) && acting != person {
        return Err(Refusal::NotYourTies { person: acting });
    }
    let by = match desk.actor {
        Actor::Evaluator(_) => By::Person(acting),
        _ => desk.blank()?.by,
    };
    let mut plan = Plan::by(by);
    plan.events.push(Event::TiesDeclared { person, ties });
    Ok(plan)
}

fn register_organisation(desk: &mut Desk<'_>, name: String) -> Result<Plan, Refusal> {
    let organisation = OrganisationId::new(desk.name("o")?);
    let mut plan = desk.event(Event::OrganisationRegistered { organisation: organisation.clone(), name })?;
    plan.made = Some(Made::Organisation(organisation));
    Ok(plan)
}

fn erase(desk: &Desk<'_>, sealed: BTreeSet<Sealed>, because: String, second: PersonId) -> Result<Plan, Refusal> {
    let erase = sealed.iter().map(|seal| commitment(seal).ok_or_else(|| Refusal::NoDigest(seal.clone())));
    let erase = erase.collect::<Result<_, _>>()?;
    let mut plan = desk.event(Event::Erased { sealed, because, second })?;
    plan.erase = erase;
    Ok(plan)
}
