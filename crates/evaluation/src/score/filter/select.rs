//! Filters that choose among the repeats.

use super::{FilterFault, Held, State};
use crate::hook::PortFault;
use crate::{Dict, Value};

/// `take_first`: the first repeat in place of the list.
pub(super) fn first(state: State) -> Result<State, PortFault> {
    let first = state.members()?.into_iter().next();
    first.map(State::One).ok_or_else(|| PortFault("take_first: there is no answer to take".into()))
}

/// `take_first_k`: the first `count` repeats.
pub(super) fn first_of(state: State, count: usize) -> Result<State, PortFault> {
    let mut members = state.members()?;
    if members.len() < count {
        let found = members.len();
        return Err(PortFault(format!("take_first_k: {count} answers wanted, {found} given; raise repeats")));
    }
    members.truncate(count);
    Ok(State::Many(members))
}

/// The number of `take_first_k`.
pub(super) fn count(kwargs: &Dict) -> Result<usize, FilterFault> {
    let number = kwargs.get("k").and_then(Value::as_int).and_then(|number| usize::try_from(number).ok());
    number.ok_or(FilterFault::Argument { filter: "take_first_k", argument: "k", what: "a whole number" })
}

/// `majority_vote`: a list of the repeat that is there most often; of several, the one that came first.
pub(super) fn majority(state: State) -> Result<State, PortFault> {
    let members = state.members()?;
    let mut votes: Vec<(Held, usize)> = Vec::new();
    for member in members {
        match votes.iter_mut().find(|(held, _)| held.value == member.value) {
            Some((_, count)) => *count += 1,
            None => votes.push((member, 1)),
        }
    }
    let most = votes.iter().map(|(_, count)| *count).max();
    let winner = votes.into_iter().find(|(_, count)| Some(*count) == most);
    winner
        .map(|(held, _)| State::Many(vec![held]))
        .ok_or_else(|| PortFault("majority_vote: there is no answer to vote on".into()))
}
