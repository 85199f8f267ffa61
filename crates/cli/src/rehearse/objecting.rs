//! A team objects and is heard by others than the panel.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail, ensure};
use office::{Actor, Command, Made, Refusal};
use programme::{Decision, PersonId, Role, StageKey};
use rulebook::Id;

use super::{applying::applicant, play::Play, seating::Seated};

pub(crate) fn act(play: &mut Play, key: &StageKey, decision: &Decision, panels: &[Seated]) -> Result<()> {
    play.heading("An objection");
    play.at("2025-07-28T10:00:00")?;
    let next = decision.order.iter().flatten().find(|team| !decision.kept.contains(*team));
    let team = next.context("somebody went out")?.clone();
    let troupe = play.troupe(&team)?.clone();
    let ground = Id::from("misreading");
    let text = "The panel read our plan as a derivative of an outside model; page 12 says otherwise.".to_owned();
    let (key_, team_) = (key.clone(), team.clone());
    let file = Command::FileObjection { key: key_, team: team_, ground, text };
    let objection = match play.ask(&applicant(&troupe), file)?.made {
        Some(Made::Objection(objection)) => objection,
        _ => bail!("no objection was made"),
    };
    play.tell(format!("Team {}, first below the line, objects: a plain misreading", troupe.character.name()))?;
    let reviewers = reviewers(play)?;
    let mut with_panel = reviewers.clone();
    with_panel.pop_last();
    with_panel.extend(panels.iter().flat_map(|panel| panel.seats.values()).next().cloned());
    let appoint = |reviewers| Command::AppointReviewers { objection: objection.clone(), reviewers };
    let refusal = play.is_refused(&play.officer(), appoint(with_panel))?;
    ensure!(matches!(refusal, Refusal::SatOnPanel { .. }), "the panel does not review itself: {refusal}");
    play.officer_asks(appoint(reviewers.clone()))?;
    play.tell("three reviewers are appointed; somebody of the panel was refused among them")?;
    play.at("2025-07-30T11:00:00")?;
    for (number, reviewer) in reviewers.iter().enumerate() {
        let (upheld, because) = match number {
            0 => (true, "page 12 could have been weighed more"),
            _ => (false, "page 12 was read: two evaluators quote it in their opinion"),
        };
        let review = Command::ReviewObjection { objection: objection.clone(), upheld, because: because.to_owned() };
        play.ask(&Actor::Reviewer(reviewer.clone()), review)?;
    }
    let because = "two of three reviewers find that the plan was read as it is written".to_owned();
    play.officer_asks(Command::DecideObjection { objection, because: because.clone() })?;
    play.tell(format!("the objection is heard and dismissed: {because}"))
}

fn reviewers(play: &Play) -> Result<BTreeSet<PersonId>> {
    let wanted = play.rulebook.objections.as_ref().context("decisions can be contested")?.reviewers;
    (1..=wanted)
        .map(|number| {
            let person = play.person(&format!("Reviewer {number}"))?;
            play.officer_asks(Command::GrantRole { person: person.clone(), role: Role::Reviewer })?;
            Ok(person)
        })
        .collect()
}
