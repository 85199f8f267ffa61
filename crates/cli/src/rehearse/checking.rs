//! Act two: the documents are checked.

use anyhow::{Result, ensure};
use office::Command;

use super::{applying, cast::Part, deciding, play::Play};

pub(crate) fn act(play: &mut Play) -> Result<()> {
    play.heading("Document suitability");
    let key = play.key("eligibility");
    play.at("2025-07-21T16:30:00")?;
    play.officer_asks(Command::OpenStage { key: key.clone() })?;
    play.tell(format!("{} teams stand in the check", play.state().stage(&key)?.candidates.len()))?;
    let mending = play.teams.iter().filter(|troupe| troupe.character.part == Part::Mends);
    let mending: Vec<_> = mending.map(|troupe| troupe.team.clone()).collect();
    for team in mending {
        let what = "the openness plan is missing".to_owned();
        play.officer_asks(Command::AskSupplement { team: team.clone(), what: what.clone() })?;
        play.tell(format!("Team {}: {what}; it has two working days", play.name(&team)))?;
        let (would_be, _) = play.state().decision(&key)?;
        ensure!(!would_be.kept.contains(&team), "the gap is seen");
        play.at("2025-07-21T18:05:00")?;
        applying::mend(play, &team)?;
        play.tell(format!("Team {} hands it in, in time", play.name(&team)))?;
    }
    play.at("2025-07-21T19:00:00")?;
    deciding::decide(play, &key)?;
    Ok(())
}
