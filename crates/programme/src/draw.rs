//! The draw: from a committed pool to a panel, by a public seed, in the pattern of RFC 3797.
//!
//! The seed puts the whole pool in one order. Seats go down that order; a candidate who cannot sit is struck and the
//! next one comes up, so that nobody's refusal moves anybody else. No name is needed to repeat it.

use std::collections::{BTreeMap, BTreeSet};

use rulebook::{Id, Panel};

use crate::{Draw, EvaluatorId, PassedOver, PassedOverBecause, PoolEntry, Seed, StageKey};

/// The pool has too few candidates who may sit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pool fills {seated} of {seats} seats; commit a larger pool")]
pub struct PoolTooSmall {
    /// Seats that the pool can fill.
    pub seated: u32,
    /// Seats that the rulebook asks for.
    pub seats: u32,
}

/// Draws a panel from its pool.
///
/// `declined` are the candidates who were drawn before and do not sit. The order of `pool` does not matter: each
/// candidate's place is its own [`Seed::key`] for `draw/{window}/{stage}/{panel}`.
pub fn draw(
    key: &StageKey,
    panel: &Panel,
    pool: &[PoolEntry],
    seed: &Seed,
    declined: &BTreeSet<EvaluatorId>,
) -> Result<Draw, PoolTooSmall> {
    let seats = panel.seats.unwrap_or(0);
    let mut room = Room::of(panel, seats);
    let mut draw = Draw { seated: Vec::new(), passed_over: Vec::new() };
    for entry in in_drawn_order(key, &panel.id, pool, seed) {
        if draw.seated.len() == seats as usize {
            break;
        }
        match room.seat(entry, declined) {
            Ok(()) => draw.seated.push(entry.evaluator.clone()),
            Err(because) => draw.passed_over.push(PassedOver { evaluator: entry.evaluator.clone(), because }),
        }
    }
    let seated = u32::try_from(draw.seated.len()).unwrap_or(u32::MAX);
    if seated < seats { Err(PoolTooSmall { seated, seats }) } else { Ok(draw) }
}

/// The pool in the order that the seed gives it.
fn in_drawn_order<'a>(key: &StageKey, panel: &Id, pool: &'a [PoolEntry], seed: &Seed) -> Vec<&'a PoolEntry> {
    let purpose = format!("draw/{}/{}/{panel}", key.window, key.stage);
    let mut order: Vec<_> = pool.iter().collect();
    order.sort_by_cached_key(|entry| (seed.key(&purpose, entry.evaluator.as_str()), entry.evaluator.clone()));
    order
}

/// The seats that are still free.
struct Room<'a> {
    /// Seats kept for a field.
    fields: BTreeMap<&'a Id, u32>,
    /// Seats for any field.
    any: u32,
    /// Seats taken by organisation.
    organisations: BTreeMap<&'a str, u32>,
    /// The most seats for one organisation.
    per_organisation: Option<u32>,
}

impl<'a> Room<'a> {
    fn of(panel: &'a Panel, seats: u32) -> Self {
        let fields: BTreeMap<_, _> = panel.fields.iter().map(|field| (&field.id, field.seats)).collect();
        let any = seats.saturating_sub(fields.values().sum());
        Self { fields, any, organisations: BTreeMap::new(), per_organisation: panel.per_organisation }
    }

    /// Gives the candidate a seat, or says why not.
    fn seat(&mut self, entry: &'a PoolEntry, declined: &BTreeSet<EvaluatorId>) -> Result<(), PassedOverBecause> {
        if declined.contains(&entry.evaluator) {
            return Err(PassedOverBecause::Declined);
        }
        // A conflict with one team bars from the whole panel: where everybody judges everybody, severity cancels out.
        if !entry.conflicts.is_empty() {
            return Err(PassedOverBecause::Conflict { teams: entry.conflicts.keys().cloned().collect() });
        }
        let taken = self.organisations.entry(entry.organisation.as_str()).or_default();
        if self.per_organisation.is_some_and(|most| *taken >= most) {
            return Err(PassedOverBecause::Organisation);
        }
        let kept = entry.field.as_ref().and_then(|field| self.fields.get_mut(field)).filter(|left| **left > 0);
        let seat = match kept {
            Some(left) => left,
            None if self.any > 0 => &mut self.any,
            None => return Err(PassedOverBecause::Field),
        };
        *seat -= 1;
        *taken += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sealed, SeedSource};

    fn key() -> StageKey {
        StageKey { window: "call".into(), stage: "written".into() }
    }

    fn panel(extra: &str) -> Panel {
        toml::from_str(&format!("id = 'experts'\nname = {{ en = 'Experts' }}\nseats = 3\n{extra}")).unwrap()
    }

    fn pool(size: usize) -> Vec<PoolEntry> {
        (0..size)
            .map(|number| PoolEntry {
                evaluator: EvaluatorId::new(format!("e-{number:02}")),
                person: Sealed(String::new()),
                field: Some(Id::from(if number % 3 == 0 { "industry" } else { "academia" })),
                organisation: format!("o-{}", number % 4),
                conflicts: BTreeMap::new(),
            })
            .collect()
    }

    fn seed(value: &str) -> Seed {
        Seed(vec![SeedSource { source: "lottery".to_owned(), value: value.to_owned() }])
    }

    fn names(draw: &Draw) -> Vec<&str> {
        draw.seated.iter().map(EvaluatorId::as_str).collect()
    }

    #[test]
    fn anyone_can_repeat_it() {
        // Computed apart from this code: SHA-256(SHA-256("8, 10, 14/") ‖ "draw/call/written/experts\n" ‖ name).
        let draw = draw(&key(), &panel(""), &pool(9), &seed("8, 10, 14"), &BTreeSet::new()).unwrap();
        assert_eq!(names(&draw), DRAWN);
    }

    const DRAWN: [&str; 3] = ["e-06", "e-04", "e-01"];

    #[test]
    fn striking_one_moves_nobody_else() {
        let everyone = draw(&key(), &panel(""), &pool(9), &seed("7"), &BTreeSet::new()).unwrap();
        let gone = everyone.seated[1].clone();
        let again = draw(&key(), &panel(""), &pool(9), &seed("7"), &[gone.clone()].into()).unwrap();
        assert_eq!((&again.seated[0], &again.seated[1]), (&everyone.seated[0], &everyone.seated[2]));
        assert_eq!(again.passed_over, [PassedOver { evaluator: gone, because: PassedOverBecause::Declined }]);
    }

    #[test]
    fn the_order_of_the_pool_does_not_matter() {
        let mut turned = pool(9);
        turned.reverse();
        let straight = draw(&key(), &panel(""), &pool(9), &seed("7"), &BTreeSet::new());
        assert_eq!(draw(&key(), &panel(""), &turned, &seed("7"), &BTreeSet::new()), straight);
    }

    #[test]
    fn a_conflict_with_any_team_bars_from_the_panel() {
        let free = draw(&key(), &panel(""), &pool(9), &seed("7"), &BTreeSet::new()).unwrap();
        let mut pool = pool(9);
        let entry = pool.iter_mut().find(|entry| entry.evaluator == free.seated[0]).unwrap();
        entry.conflicts.insert("team".into(), vec![rulebook::TieKind::Money]);
        let draw = draw(&key(), &panel(""), &pool, &seed("7"), &BTreeSet::new()).unwrap();
        assert_eq!(draw.passed_over[0].evaluator, free.seated[0]);
        assert!(matches!(draw.passed_over[0].because, PassedOverBecause::Conflict { .. }));
    }

    #[test]
    fn fields_and_organisations_hold() {
        let panel =
            panel("per_organisation = 1\nfield = [{ id = 'industry', seats = 1 }, { id = 'academia', seats = 2 }]");
        for value in 0..50 {
            let pool = pool(12);
            let draw = draw(&key(), &panel, &pool, &seed(&value.to_string()), &BTreeSet::new()).unwrap();
            let seated: Vec<_> = pool.iter().filter(|entry| draw.seated.contains(&entry.evaluator)).collect();
            let industry = seated.iter().filter(|entry| entry.field == Some(Id::from("industry"))).count();
            let organisations: BTreeSet<_> = seated.iter().map(|entry| &entry.organisation).collect();
            assert_eq!((industry, organisations.len()), (1, 3), "seed {value}");
        }
    }

    #[test]
    fn a_pool_that_is_too_small_says_so() {
        let small = draw(&key(), &panel(""), &pool(2), &seed("7"), &BTreeSet::new());
        assert_eq!(small, Err(PoolTooSmall { seated: 2, seats: 3 }));
    }
}
