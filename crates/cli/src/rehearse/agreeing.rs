//! The kept teams sign, and what is no longer needed of people is erased.

use std::collections::BTreeSet;

use anyhow::Result;
use office::Command;
use programme::{Sealed, StageKey};

use super::{applying::applicant, play::Play};

pub(crate) fn act(play: &mut Play, key: &StageKey) -> Result<()> {
    play.heading("Agreements");
    play.at("2025-08-20T14:00:00")?;
    let kept: Vec<_> = play.state().decided(key)?.decision.kept.iter().cloned().collect();
    for team in &kept {
        let troupe = play.troupe(team)?.clone();
        let text = format!("Agreement with Team {}, for the rehearsal", troupe.character.en);
        play.ask(&applicant(&troupe), Command::SignAgreement { team: team.clone(), text })?;
        play.ask(&play.second(), Command::CountersignAgreement { team: team.clone() })?;
        play.minutes(10)?;
        play.tell(format!("Team {} and the programme sign", troupe.character.name()))?;
    }
    erase_undrawn(play)
}

/// Of candidates who never sat nobody needs to know any more who they were; the tree over the events stays as it is.
fn erase_undrawn(play: &mut Play) -> Result<()> {
    play.at("2025-08-29T09:00:00")?;
    let state = play.state();
    let stages = state.stages.values();
    let undrawn = stages.flat_map(|stage| {
        let sits = |evaluator| stage.seats.values().any(|seats| seats.contains(evaluator));
        stage.pools.values().flatten().filter(move |entry| !sits(&entry.evaluator))
    });
    let sealed: BTreeSet<Sealed> = undrawn.map(|entry| entry.person.clone()).collect();
    let number = sealed.len();
    let because = "the retention of candidates who never sat has ended".to_owned();
    play.officers_ask(Command::Erase { sealed, because })?;
    play.tell(format!("the names behind {number} pseudonyms that were never seated are erased"))
}
