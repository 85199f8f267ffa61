//! At which weight of a part the line turns: the first team out is level with the last kept.
//!
//! Where the parts are the team's, the lead is linear in the weight. Beneath the root's own aggregator it is not quite.
//! With the criterion's weight times λ an evaluator's value is `value + (λ − 1) · criterion`, which is linear in λ; a
//! mean, a trimmed mean or a median of such values is linear between the λ at which two evaluators change places. So
//! the lead of one team over another is worked out exactly from those places.

use std::collections::BTreeSet;

use rulebook::{Aggregator, Exact, Node};
use serde::{Deserialize, Serialize};

use super::contest::Contest;
use crate::{Tally, TeamTally, aggregate};

/// At which weight of a part, the other parts' held, the first team out is level with the last kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "kind")]
pub enum Turn {
    /// At this weight; beyond it the first team out is ahead. 1 and the points of the rulebook where they are level
    /// already.
    At {
        /// The multiple of its weight.
        times: Exact,
        /// The same in points.
        points: Exact,
    },
    /// At no weight from zero up.
    Never,
}

/// Where the line would turn on the weight of `node`, if it is a part of the root.
pub(super) fn turn(root: &Node, node: &Node, tally: &Tally, contest: &Contest<'_>) -> Option<Turn> {
    root.parts.iter().find(|part| part.id == node.id)?;
    match &root.aggregate {
        Some(aggregator) => beneath(root, aggregator, node, tally, contest),
        None => level(root, node, tally, contest),
    }
}

/// Where the line would turn on the weight of `part`. A transform at the root scales all totals alike, so the sum of
/// the parts is compared.
fn level(root: &Node, part: &Node, tally: &Tally, contest: &Contest<'_>) -> Option<Turn> {
    let (last_in, first_out) = contest.line?;
    let lead = |node: &Node| {
        let of = |team: usize| tally.teams.get(*contest.teams.get(team)?)?.points.get(&node.id);
        Some(of(last_in)? - of(first_out)?)
    };
    let leads: Vec<Exact> = root.parts.iter().map(lead).collect::<Option<_>>()?;
    let gap: Exact = leads.iter().sum();
    // With the part's weight times λ the lead is gap + (λ − 1)·lead(part), which is nothing at λ = 1 − gap / lead.
    let times = gap.checked_div(&lead(part)?).map(|back| Exact::one() - back);
    let place = if gap.is_zero() { Some(Exact::one()) } else { times.filter(|times| !times.is_negative()) };
    Some(place.map_or(Turn::Never, |times| Turn::At { points: &times * &part.points, times }))
}

/// The weight of `part` nearest to its own at which the first team out is level with the last kept; none where an
/// evaluator's value is missing on the part, or for a majority, whose marks have no weight.
fn beneath(root: &Node, aggregator: &Aggregator, part: &Node, tally: &Tally, contest: &Contest<'_>) -> Option<Turn> {
    if *aggregator == Aggregator::Majority {
        return None;
    }
    let (last_in, first_out) = contest.line?;
    let rival = |team: usize| Rival::of(tally.teams.get(*contest.teams.get(team)?)?, root, part);
    let rivals = [rival(last_in)?, rival(first_out)?];
    let lead = |times: &Exact| {
        let [kept, out] = &rivals;
        Some(kept.at(aggregator, times)? - out.at(aggregator, times)?)
    };
    let mut places: BTreeSet<Exact> = rivals.iter().flat_map(Rival::changes).collect();
    places.insert(Exact::zero());
    // Beyond the last change everything is one line; two more places show which.
    let last = places.last().cloned().unwrap_or_else(Exact::zero);
    places.extend([&last + &Exact::one(), &last + &Exact::from(2)]);
    let places: Vec<(Exact, Exact)> =
        places.into_iter().map(|place| lead(&place).map(|lead| (place, lead))).collect::<Option<_>>()?;
    let own = Exact::one();
    let nearest = level_places(&places, &own).into_iter().min_by_key(|place| distance(place, &own));
    Some(nearest.map_or(Turn::Never, |times| Turn::At { points: &times * &part.points, times }))
}

/// A team at the line: for each evaluator the value at the root and the points on the part.
struct Rival(Vec<(Exact, Exact)>);

impl Rival {
    fn of(team: &TeamTally, root: &Node, part: &Node) -> Option<Self> {
        let (values, points) = (team.by_evaluator.get(&root.id)?, team.by_evaluator.get(&part.id)?);
        let pair = |(who, value): (_, &Exact)| Some((value.clone(), points.get(who)?.clone()));
        values.iter().map(pair).collect::<Option<_>>().map(Self)
    }

    /// The team's value with the part's weight times `times`.
    fn at(&self, aggregator: &Aggregator, times: &Exact) -> Option<Exact> {
        let more = times - &Exact::one();
        let values: Vec<Exact> = self.0.iter().map(|(value, points)| value + &(&more * points)).collect();
        aggregate(aggregator, &values, (&Exact::zero(), &Exact::zero()))
    }

    /// Where two evaluators change places.
    fn changes(&self) -> Vec<Exact> {
        let pairs = self
            .0
            .iter()
            .enumerate()
            .flat_map(|(number, one)| self.0.iter().skip(number + 1).map(move |two| (one, two)));
        let change = |((value, points), (other, its_points)): (&(Exact, Exact), &(Exact, Exact))| {
            (value - other).checked_div(&(its_points - points)).map(|back| Exact::one() + back)
        };
        pairs.filter_map(change).filter(|place| !place.is_negative()).collect()
    }
}

/// The places at which the lead is nothing, along a line through `places`; where it is nothing all along a stretch, the
/// place of the stretch that is nearest to `own`. The last stretch has no end.
fn level_places(places: &[(Exact, Exact)], own: &Exact) -> Vec<Exact> {
    let last = places.len().saturating_sub(2);
    let stretches = places.iter().zip(places.iter().skip(1)).enumerate();
    let level = stretches.filter_map(|(number, ((from, before), (to, after)))| {
        let place = match (before - after).checked_div(before) {
            // Level all along, or nowhere.
            None if !after.is_zero() => from.clone(),
            None => own.clone().clamp(from.clone(), to.clone()),
            Some(falls) => from + &(&(to - from) / &Some(falls).filter(|falls| !falls.is_zero())?),
        };
        let inside = *from <= place && (place <= *to || number == last);
        inside.then_some(place)
    });
    level.collect()
}

fn distance(one: &Exact, other: &Exact) -> Exact {
    let difference = one - other;
    if difference.is_negative() { Exact::zero() - difference } else { difference }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(pairs: &[(i64, i64)]) -> Vec<(Exact, Exact)> {
        pairs.iter().map(|(place, lead)| (Exact::from(*place), Exact::from(*lead))).collect()
    }

    fn level(pairs: &[(i64, i64)]) -> Vec<String> {
        level_places(&places(pairs), &Exact::one()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_lead_that_changes_sides_is_level_once() {
        assert_eq!(level(&[(0, 2), (4, -2), (5, -3)]), ["2"]);
    }

    #[test]
    fn a_lead_that_only_grows_is_level_nowhere() {
        assert_eq!(level(&[(0, 1), (1, 2), (2, 3)]), Vec::<String>::new());
    }

    #[test]
    fn the_last_stretch_has_no_end() {
        assert_eq!(level(&[(0, 10), (1, 9), (2, 8)]), ["10"]);
    }

    #[test]
    fn a_stretch_that_is_level_gives_its_place_nearest_to_one() {
        assert_eq!(level(&[(2, 0), (4, 0), (5, 1)])[0], "2");
    }
}
