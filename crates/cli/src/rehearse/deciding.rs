//! Two officers decide.

use anyhow::{Result, bail};
use office::{Command, Refusal};
use programme::{Decision, Inconsistent, StageKey, TeamId};

use super::play::Play;
use crate::report;

/// Proposes, lets nobody confirm alone, confirms with the second officer, gives notice and publishes.
pub(crate) fn decide(play: &mut Play, key: &StageKey) -> Result<Decision> {
    play.officer_asks(Command::ProposeDecision { key: key.clone() })?;
    match play.is_refused(&play.officer(), Command::ConfirmDecision { key: key.clone() })? {
        Refusal::Rules(Inconsistent::OneOfficer(_)) => {}
        other => bail!("an officer confirmed alone, or was refused for another reason: {other}"),
    }
    play.minutes(20)?;
    play.ask(&play.second(), Command::ConfirmDecision { key: key.clone() })?;
    play.officer_asks(Command::GiveNotice { key: key.clone() })?;
    play.officer_asks(Command::PublishDecision { key: key.clone() })?;
    let state = play.state();
    let decided = state.decided(key)?.clone();
    play.tell(format!(
        "two officers decide: {} of {} teams go on; the teams have notice and the list is published",
        decided.decision.kept.len(),
        decided.decision.teams.len(),
    ))?;
    let names = |team: &TeamId| play.name(team);
    play.show(&report::standings(&decided.decision, names));
    if let Some(line) = &decided.cut_line {
        play.show(&report::cut_line(line, names));
    }
    Ok(decided.decision)
}
