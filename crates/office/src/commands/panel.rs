//! How a panel comes to sit, and who steps aside.

use std::collections::{BTreeMap, BTreeSet};

use programme::{
    By, EvaluatorId, Event, OrganisationId, PersonId, Pool, PoolEntry, Role, SeedAnnouncement, StageKey, TeamId,
};
use rulebook::{Id, TieKind};

use crate::{
    Candidate, Command, Refusal,
    actor::Unmasked,
    desk::{Desk, Plan},
};

pub(crate) fn plan(desk: &mut Desk<'_>, command: Command) -> Result<Plan, Refusal> {
    let second = desk.second(&command);
    match command {
        Command::CommitPool { key, panel, candidates, seed } => commit(desk, key, panel, &candidates, seed),
        Command::NamePanel { key, panel, evaluators } => {
            let mut plan = desk.blank()?;
            let pool = entries(desk, &mut plan, &key, &evaluators)?;
            plan.events.push(Event::PanelNamed { key, panel, pool, second: second? });
            Ok(plan)
        }
        Command::AnnounceSeed { key, seed } => desk.event(Event::SeedAnnounced { key, announcement: seed }),
        Command::FixSeed { key, purpose, seed } => desk.event(Event::SeedFixed { key, purpose, seed }),
        Command::SeatPanel { key, panel } => {
            let draw = desk.state.drawn(&key, &panel)?;
            desk.event(Event::PanelSeated { key, panel, draw })
        }
        Command::DeclineSeat { key, because } => decline(desk, key, because),
        Command::SignPledge { key } => as_evaluator(desk, &key.clone(), |_| Event::PledgeSigned { key }),
        Command::Recuse { key, team, because } => {
            as_evaluator(desk, &key.clone(), |evaluator| Event::EvaluatorRecused { key, evaluator, team, because })
        }
        Command::ExcuseEvaluator { key, evaluator, teams, because } => {
            desk.event(Event::EvaluatorExcused { key, evaluator, teams, because, second: second? })
        }
        _ => desk.blank(),
    }
}

/// A plan of one event by the evaluator who acts.
fn as_evaluator(desk: &Desk<'_>, key: &StageKey, event: impl FnOnce(EvaluatorId) -> Event) -> Result<Plan, Refusal> {
    let evaluator = desk.seated(key)?;
    let mut plan = Plan::by(By::Evaluator(evaluator.clone()));
    plan.events.push(event(evaluator));
    Ok(plan)
}

/// A seat given back empties the panel until it is seated again, with the next of the same draw.
fn decline(desk: &Desk<'_>, key: StageKey, because: String) -> Result<Plan, Refusal> {
    let evaluator = desk.seated(&key)?;
    let panel = desk.state.stage(&key)?.panel_of(&evaluator).cloned();
    let panel = panel.ok_or_else(|| programme::Inconsistent::Unknown { what: "seat", name: evaluator.to_string() })?;
    let mut plan = Plan::by(By::Evaluator(evaluator.clone()));
    plan.events.push(Event::SeatDeclined { key, panel, evaluator, because });
    Ok(plan)
}

fn commit(
    desk: &mut Desk<'_>,
    key: StageKey,
    panel: Id,
    candidates: &[Candidate],
    seed: SeedAnnouncement,
) -> Result<Plan, Refusal> {
    let mut plan = desk.blank()?;
    let entries = entries(desk, &mut plan, &key, candidates)?;
    plan.events.push(Event::PoolCommitted { key, panel, pool: Pool { entries, seed } });
    Ok(plan)
}

/// Puts candidates behind pseudonyms, each with the teams that it is too close to.
fn entries(
    desk: &mut Desk<'_>,
    plan: &mut Plan,
    key: &StageKey,
    candidates: &[Candidate],
) -> Result<Vec<PoolEntry>, Refusal> {
    let mut labels = BTreeMap::new();
    let mut entries = Vec::with_capacity(candidates.len());
    for (place, candidate) in candidates.iter().enumerate() {
        appointable(desk, &candidate.person)?;
        let earlier = candidates.iter().take(place).any(|other| other.person == candidate.person);
        if earlier || desk.identities.in_pool(desk.state.stage(key)?, &candidate.person) {
            return Err(Refusal::InPoolAlready { person: candidate.person.clone() });
        }
        let organisation = label(desk, &mut labels, &candidate.organisation)?;
        let evaluator = EvaluatorId::new(desk.name("e")?);
        let unmasked = Unmasked { evaluator: evaluator.clone(), person: candidate.person.clone() };
        let person = plan.seal(desk.entropy, &programme::canonical(&unmasked).unwrap_or_default())?;
        let conflicts = too_close(desk, key, candidate)?;
        entries.push(PoolEntry { evaluator, person, field: candidate.field.clone(), organisation, conflicts });
        plan.unmasked.push(unmasked);
    }
    // The order in which officers typed names must not stand in the record.
    entries.sort_by(|a, b| a.evaluator.cmp(&b.evaluator));
    Ok(entries)
}

/// A label for an organisation that means nothing outside of this pool.
fn label(
    desk: &mut Desk<'_>,
    labels: &mut BTreeMap<OrganisationId, String>,
    organisation: &OrganisationId,
) -> Result<String, Refusal> {
    desk.state.organisation(organisation)?;
    if let Some(label) = labels.get(organisation) {
        return Ok(label.clone());
    }
    let label = desk.name("l")?;
    labels.insert(organisation.clone(), label.clone());
    Ok(label)
}

/// Nobody whose identity is not resolved, or who has not declared their ties, can be appointed: ties of somebody
/// unknown cannot be looked for.
fn appointable(desk: &Desk<'_>, person: &PersonId) -> Result<(), Refusal> {
    let known = desk.state.person(person)?;
    if known.identity.is_none() {
        return Err(Refusal::IdentityUnresolved { person: person.clone() });
    }
    if !known.declared {
        return Err(Refusal::TiesUndeclared { person: person.clone() });
    }
    if known.roles.contains(&Role::Officer) || known.roles.contains(&Role::Auditor) {
        return Err(Refusal::RunsTheProgramme { person: person.clone() });
    }
    Ok(())
}

/// The teams of the stage that a candidate is too close to: by ties of their own, or because they work for one of the
/// team's organisations.
fn too_close(
    desk: &Desk<'_>,
    key: &StageKey,
    candidate: &Candidate,
) -> Result<BTreeMap<TeamId, Vec<TieKind>>, Refusal> {
    let mut close = BTreeMap::new();
    for id in &desk.state.stage(key)?.candidates {
        let team = desk.state.team(id)?;
        let mut kinds: BTreeSet<_> =
            desk.conflicts(key, &candidate.person, team)?.into_iter().map(|conflict| conflict.kind).collect();
        if team.members.contains_key(&candidate.organisation) {
            kinds.insert(TieKind::Duty);
        }
        if !kinds.is_empty() {
            close.insert(id.clone(), kinds.into_iter().collect());
        }
    }
    Ok(close)
}
