//! Objections: filed by a team, heard by others than the panel.

use std::collections::BTreeSet;

use programme::{Event, ObjectionId, PersonId, StageKey};

use crate::{
    Command, Made, Refusal,
    desk::{Desk, Plan},
};

pub(crate) fn plan(desk: &mut Desk<'_>, command: Command) -> Result<Plan, Refusal> {
    match command {
        Command::FileObjection { key, team, ground, text } => {
            desk.leads(&team)?;
            let mut plan = desk.blank()?;
            let objection = ObjectionId::new(desk.name("j")?);
            let text = plan.seal(desk.entropy, text.as_bytes())?;
            plan.made = Some(Made::Objection(objection.clone()));
            plan.events.push(Event::ObjectionFiled { objection, key, team, ground, text });
            Ok(plan)
        }
        Command::AppointReviewers { objection, reviewers } => appoint(desk, objection, reviewers),
        Command::ReviewObjection { objection, upheld, because } => {
            desk.event(Event::ObjectionReviewed { objection, upheld, because })
        }
        Command::DecideObjection { objection, because } => decide(desk, objection, because),
        _ => desk.blank(),
    }
}

/// Reviewers are others than the panel, and no closer to a team than an evaluator may be.
fn appoint(desk: &Desk<'_>, objection: ObjectionId, reviewers: BTreeSet<PersonId>) -> Result<Plan, Refusal> {
    let known = desk.state.objection(&objection)?;
    for person in &reviewers {
        if sat(desk, &known.key, person)? {
            return Err(Refusal::SatOnPanel { person: person.clone() });
        }
        if desk.state.decided(&known.key)?.by.contains(person) {
            return Err(Refusal::RunsTheProgramme { person: person.clone() });
        }
        too_close(desk, &known.key, person)?;
    }
    desk.event(Event::ReviewersAppointed { objection, reviewers })
}

/// A place won by one team is lost by another, so a reviewer is free of every team of the stage.
fn too_close(desk: &Desk<'_>, key: &StageKey, person: &PersonId) -> Result<(), Refusal> {
    for team in &desk.state.stage(key)?.candidates {
        let conflicts = desk.conflicts(key, person, desk.state.team(team)?)?;
        if !conflicts.is_empty() {
            return Err(Refusal::Conflict { person: person.clone(), team: team.clone(), conflicts });
        }
    }
    Ok(())
}

fn sat(desk: &Desk<'_>, key: &StageKey, person: &PersonId) -> Result<bool, Refusal> {
    let mut seats = desk.state.stage(key)?.seats.values().flatten();
    Ok(seats.any(|evaluator| desk.identities.person(evaluator) == Some(person)))
}

/// The outcome is what most of the reviewers advise; the officer gives the reason.
fn decide(desk: &Desk<'_>, objection: ObjectionId, because: String) -> Result<Plan, Refusal> {
    let upheld = desk.state.objection(&objection)?.is_upheld_by_most();
    desk.event(Event::ObjectionDecided { objection, upheld, because })
}
