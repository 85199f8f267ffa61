//! Score sheets: sealed one by one, chased, opened together.

use std::collections::{BTreeMap, BTreeSet};

use programme::{By, EvaluatorId, Event, OpenedSheet, Sealed, Sheet, StageKey, TeamId};

use crate::{
    Command, Refusal,
    desk::{Desk, Plan},
    digest::commitment,
};

pub(crate) fn plan(desk: &mut Desk<'_>, command: Command) -> Result<Plan, Refusal> {
    let second = desk.second(&command);
    match command {
        Command::SealSheet { key, team, marks, votes, keep } => {
            let evaluator = desk.seated(&key)?;
            seal(desk, key, Sheet { evaluator, team, marks, votes, keep })
        }
        Command::ChaseSheets { key } => chase(desk, &key),
        Command::ExtendReview { key, until, because } => {
            desk.event(Event::ReviewExtended { key, until, because, second: second? })
        }
        Command::RevealSheets { key } => reveal(desk, key),
        _ => desk.blank(),
    }
}

/// A sheet is checked against the rules before it is sealed: afterwards nobody could tell the evaluator.
fn seal(desk: &mut Desk<'_>, key: StageKey, sheet: Sheet) -> Result<Plan, Refusal> {
    let stage = desk.state.stage(&key)?;
    if !stage.is_recused(&sheet.evaluator, &sheet.team) {
        let person = desk.person()?;
        let conflicts = desk.conflicts(&key, person, desk.state.team(&sheet.team)?)?;
        if !conflicts.is_empty() {
            return Err(Refusal::Conflict { person: person.clone(), team: sheet.team, conflicts });
        }
    }
    desk.state.check_sheet(&key, &sheet)?;
    let mut plan = Plan::by(By::Evaluator(sheet.evaluator.clone()));
    let sealed = plan.seal(desk.entropy, &programme::canonical(&sheet).unwrap_or_default())?;
    plan.events.push(Event::SheetSealed { key, team: sheet.team, sheet: sealed });
    Ok(plan)
}

fn chase(desk: &Desk<'_>, key: &StageKey) -> Result<Plan, Refusal> {
    let mut missing: BTreeMap<EvaluatorId, BTreeSet<TeamId>> = BTreeMap::new();
    for (evaluator, team) in desk.state.missing_sheets(key)? {
        missing.entry(evaluator).or_default().insert(team);
    }
    if missing.is_empty() {
        return Err(Refusal::NoSheetMissing);
    }
    let mut plan = desk.blank()?;
    let chased = missing.into_iter();
    plan.events.extend(chased.map(|(evaluator, teams)| Event::SheetsChased { key: key.clone(), evaluator, teams }));
    Ok(plan)
}

/// Sheets are opened when none is missing. What will not come is excused first, so that nothing is opened in vain.
fn reveal(desk: &Desk<'_>, key: StageKey) -> Result<Plan, Refusal> {
    let missing = desk.state.missing_sheets(&key)?.len();
    let stage = desk.state.stage(&key)?;
    if missing > 0 {
        let until = stage.review_until.map(|until| desk.shown(until)).transpose()?;
        return Err(Refusal::SheetsMissing { missing, until: until.unwrap_or_else(|| "they are in".to_owned()) });
    }
    let opened = stage.sealed.iter().map(|((evaluator, team), sealed)| open(desk, evaluator, team, sealed));
    let sheets = opened.collect::<Result<_, _>>()?;
    desk.event(Event::SheetsRevealed { key, sheets })
}

fn open(desk: &Desk<'_>, evaluator: &EvaluatorId, team: &TeamId, sealed: &Sealed) -> Result<OpenedSheet, Refusal> {
    let gone = || Refusal::SheetGone { evaluator: evaluator.clone(), team: team.clone() };
    let opening = desk.vault.open(&commitment(sealed).ok_or_else(gone)?)?.ok_or_else(gone)?;
    let sheet = serde_json::from_slice(&opening.bytes).map_err(|_| gone())?;
    Ok(OpenedSheet { sheet, salt: hex::encode(opening.salt) })
}
