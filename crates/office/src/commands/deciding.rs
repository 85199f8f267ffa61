//! Measurements, findings and the decision.

use programme::{Event, StageKey};

use crate::{
    Command, Refusal,
    desk::{Desk, Plan},
};

pub(crate) fn plan(desk: &mut Desk<'_>, command: Command) -> Result<Plan, Refusal> {
    let second = desk.second(&command);
    match command {
        Command::EnterMeasurement { key, team, leaf, measurement, source } => {
            desk.event(Event::Measured { key, team, leaf, measurement, source })
        }
        Command::EnterFinding { key, team, gate, finding } => {
            desk.event(Event::FindingEntered { key, team, gate, finding, second: second? })
        }
        Command::ProposeDecision { key } => propose(desk, key),
        Command::ConfirmDecision { key } => {
            no_conflicts(desk, &key)?;
            desk.event(Event::DecisionConfirmed { key })
        }
        Command::GiveNotice { key } => desk.event(Event::NoticeGiven { key }),
        Command::PublishDecision { key } => desk.event(Event::DecisionPublished { key }),
        _ => desk.blank(),
    }
}

fn propose(desk: &Desk<'_>, key: StageKey) -> Result<Plan, Refusal> {
    no_conflicts(desk, &key)?;
    let (decision, cut_line) = desk.state.decision(&key)?;
    desk.event(Event::DecisionProposed { key, decision, cut_line })
}

/// Conflicts are looked for once more over everything that is known now: a tie may have become known after the
/// sheets were sealed. An evaluator who is found too close must be recused before anything is decided.
fn no_conflicts(desk: &Desk<'_>, key: &StageKey) -> Result<(), Refusal> {
    let stage = desk.state.stage(key)?;
    let mut found = Vec::new();
    for evaluator in stage.seats.values().flatten() {
        // Whose identity is erased was checked while it was known.
        let Some(person) = desk.identities.person(evaluator) else { continue };
        for team in stage.candidates.iter().filter(|team| !stage.is_recused(evaluator, team)) {
            let conflicts = desk.conflicts(key, person, desk.state.team(team)?)?;
            found.extend(conflicts.iter().map(|conflict| format!("`{evaluator}` and team `{team}`: {conflict}")));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(Refusal::ConflictsFound { found }) }
}
