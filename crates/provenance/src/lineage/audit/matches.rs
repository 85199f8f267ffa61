//! Findings of hidden units, heads and experts after they were matched.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::AuditOptions;
use super::blocks::{Groups, PROBES, Side, Table};
use super::outcome::{self, Found, Outcome};
use crate::anatomy::{Component, Role};
use crate::fingerprint::{Fingerprint, UnitsFault};
use crate::lineage::checks::aligned;
use crate::lineage::checks::grid::{SUSPECT, Screen};
use crate::lineage::checks::heads::{self, Heads};
use crate::lineage::checks::matched::{self, Match, Nearest, TURNS};
use crate::lineage::report::{Control, Test, Tier};
use crate::lineage::statistics::log_p;
use crate::lineage::units::{Fit, Group, Key, Plan};

/// Units of the candidate that are looked up where it matters.
const LOOKED_UP: usize = 256;
/// Units of an expert that the screen of experts looks at.
const OF_AN_EXPERT: usize = 256;
/// Pairs of experts that are tested exactly.
const EXACT_EXPERTS: usize = 16;
/// Standard deviations beyond which two experts count as matched. No p-value hangs on it.
const MATCHED: f64 = 8.0;

/// Runs the tests of matching on each block, beside the one at its place and those that look like it.
pub(super) fn matches(
    one: Side<'_>,
    two: Side<'_>,
    tables: &[Table],
    options: &AuditOptions,
    outcome: &mut Outcome,
) -> Result<(), UnitsFault> {
    for table in tables {
        let work: Vec<(usize, usize)> = (0..table.rows.len()).flat_map(|row| places(table, row)).collect();
        let found = work
            .par_iter()
            .map(|place| pair(one, two, (table, *place), options))
            .collect::<Result<Vec<(Vec<Found>, u64)>, UnitsFault>>()?;
        let (found, tested): (Vec<Vec<Found>>, Vec<u64>) = found.into_iter().unzip();
        let scanned = (0..table.rows.len())
            .flat_map(|row| (0..table.columns.len()).map(move |column| (row, column)))
            .filter(|place| table.agreed(*place).is_some())
            .count();
        // Every pair of blocks was looked at for its agreements, so each is a hypothesis of this test too.
        outcome.hypotheses += scanned as u64 + tested.iter().sum::<u64>();
        outcome.findings.extend(best(found.into_iter().flatten().collect()));
    }
    Ok(())
}

/// The blocks beside which a block is looked at closely: the one at its place, the best in raw order, the one with most
/// agreements.
fn places(table: &Table, row: usize) -> BTreeSet<(usize, usize)> {
    let columns = || (0..table.columns.len()).map(|column| (row, column));
    let same = columns().find(|place| table.rows.get(row) == table.columns.get(place.1));
    let most = columns().max_by_key(|place| (table.agreed(*place), std::cmp::Reverse(place.1)));
    [same, table.best(row), most.filter(|place| table.agreed(*place).is_some_and(|agreed| agreed >= 3))]
        .into_iter()
        .flatten()
        .collect()
}

/// Of several findings of one test and component, the one with the smallest p-value.
fn best(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|one, two| {
        let key = |found: &Found| (found.finding.component, found.finding.test);
        let ln_p = |found: &Found| found.ln_p.unwrap_or(0.0);
        key(one)
            .cmp(&key(two))
            .then(ln_p(one).total_cmp(&ln_p(two)))
            .then(one.finding.against.cmp(&two.finding.against))
    });
    found.dedup_by_key(|found| (found.finding.component, found.finding.test));
    found
}

/// All tests of one pair of blocks, and how many hypotheses they were beyond those of the scan.
fn pair(
    one: Side<'_>,
    two: Side<'_>,
    (table, place): (&Table, (usize, usize)),
    options: &AuditOptions,
) -> Result<(Vec<Found>, u64), UnitsFault> {
    let (Some(row), Some(column)) = (table.rows.get(place.0), table.columns.get(place.1)) else {
        return Ok((Vec::new(), 0));
    };
    let pair = Blocks { one, two, row: *row, column: *column };
    let (mut found, mut tested) = (Vec::new(), 0);
    found.extend(pair.units(&mismatched(table, place), options)?);
    if let Some(ordered) = found.first().and_then(|found| pair.in_order(found)) {
        found.push(ordered);
        tested += 1;
    }
    if let Some(heads) = pair.heads(options)? {
        found.push(heads);
        tested += 1;
    }
    let (experts, pairs) = pair.experts(options)?;
    found.extend(experts);
    Ok((found.into_iter().map(|found| found.0).collect(), tested + pairs))
}

/// Agreements in blocks that are not the candidate's own, without stripes.
fn mismatched(table: &Table, place: (usize, usize)) -> Vec<u32> {
    let many = |place: (usize, usize)| table.agreed(place).is_some_and(|agreed| agreed >= 6);
    let stripe = |(row, column): (usize, usize)| {
        let before = row.checked_sub(1).zip(column.checked_sub(1)).is_some_and(many);
        many((row, column)) && (before || many((row + 1, column + 1)))
    };
    let others = (0..table.columns.len()).map(|column| (place.0, column));
    others.filter(|other| *other != place && !stripe(*other)).filter_map(|other| table.agreed(other)).collect()
}

/// Groups of hidden units by their keys.
type Keyed<'a> = Vec<(Key, &'a Group)>;
/// A finding, and the matched units it rests on.
type Rested = (Found, Vec<Match>);

struct Blocks<'a> {
    one: Side<'a>,
    two: Side<'a>,
    row: Component,
    column: Component,
}

impl Blocks<'_> {
    fn groups(&self) -> (Keyed<'_>, Keyed<'_>) {
        (pick(self.one.1.get(&self.row)), pick(self.two.1.get(&self.column)))
    }

    fn seed(&self, options: &AuditOptions, purpose: &str) -> String {
        let (one, two) = (self.one.0.facts(), self.two.0.facts());
        format!("{purpose} {} {} {} {} {}", options.seed, one.digest, two.digest, self.row, self.column)
    }

    /// Hidden units of all experts together.
    fn units(&self, mismatched: &[u32], options: &AuditOptions) -> Result<Option<Rested>, UnitsFault> {
        let (own, theirs) = self.groups();
        let (Some((key, first)), Some((_, other))) = (own.first(), theirs.first()) else { return Ok(None) };
        let Some(plan) = Plan::new(*key, (self.one.0, *first), (self.two.0, *other), Fit::Width) else {
            return Ok(None);
        };
        let (roles, mut columns, mut probes) = (plan.roles.len(), 0, Vec::new());
        if roles < 2 {
            return Ok(None);
        }
        for (_, group) in &own {
            let of_group = (LOOKED_UP / own.len()).clamp(1, plan.units);
            let places: Vec<usize> = (0..of_group).map(|place| place * plan.units / of_group).collect();
            let bank = plan.bank(self.one.0, group, Some(&places))?;
            columns = bank.columns;
            probes.extend(bank.floats);
        }
        let count = probes.len() / columns.max(1);
        let turned: Vec<Vec<f32>> = (0..TURNS)
            .map(|turn| matched::turned(&probes, self.seed(options, &format!("turn {turn}")).as_bytes()))
            .collect();
        let mut nearest = vec![Nearest::new(count, columns, roles); TURNS + 1];
        for (key, group) in &theirs {
            let Some(plan) = Plan::new(*key, (self.two.0, *group), (self.one.0, *first), Fit::Width) else { continue };
            let bank = plan.bank(self.two.0, group, None)?;
            if bank.columns == columns {
                let runs = std::iter::once(&probes).chain(&turned);
                nearest.iter_mut().zip(runs).for_each(|(nearest, probes)| nearest.look(probes, &bank.floats));
            }
        }
        Ok(self.tell_units(&nearest, count, mismatched))
    }

    fn tell_units(&self, nearest: &[Nearest], probes: usize, mismatched: &[u32]) -> Option<Rested> {
        let (found, turned) = nearest.split_first()?;
        let matches = found.matches();
        let turned: Vec<u64> = turned.iter().map(|nearest| nearest.matches().len() as u64).collect();
        let scale = probes as f64 / PROBES as f64;
        let from_turns = matched::upper_mean(turned.iter().sum::<u64>() as f64, turned.len());
        let layers: f64 = mismatched.iter().map(|agreed| f64::from(*agreed)).sum();
        let from_layers = if mismatched.is_empty() { 0.0 } else { scale * layers / mismatched.len() as f64 };
        let mean = from_turns.max(from_layers);
        let elsewhere: Vec<u64> = mismatched.iter().map(|agreed| u64::from(*agreed)).collect();
        let count = matches.len() as u64;
        let cosine = matches.iter().map(|found| found.cosine).sum::<f64>() / matches.len().max(1) as f64;
        let ln_p = log_p::poisson_upper(count, mean);
        let found = Found::new(Test::MatchedUnits, Tier::Calibrated, (self.row, self.column), Some(ln_p))
            .effect("share of units matched", count as f64 / probes.max(1) as f64)
            .effect("mean cosine of matched units", cosine)
            .compared(probes as u64)
            .controls(
                [("candidate with turned channels", &turned), ("mismatched layers", &elsewhere)]
                    .into_iter()
                    .filter_map(|(name, counts)| poisson(name, counts, mean))
                    .collect(),
            );
        Some((found, matches))
    }

    /// Whether matched units stand in one order: exact, and what is left of the aligned test when units were cut away.
    fn in_order(&self, (found, matches): &Rested) -> Option<Rested> {
        let (own, theirs) = self.groups();
        let single = own.len() == 1 && theirs.len() == 1 && found.finding.test == Test::MatchedUnits;
        let units = |side: &Side<'_>, groups: &[(Key, &Group)]| {
            let place = groups.first().and_then(|(_, group)| group.parts.values().next().copied());
            place.and_then(|place| side.0.parts().get(place)).map(|part| part.units)
        };
        if !single || units(&self.one, &own) == units(&self.two, &theirs) {
            return None;
        }
        let share = matches.len() as f64 / found.finding.compared.max(1) as f64;
        let ln_p = matched::order_ln_p(matches);
        let found = Found::new(Test::AlignedUnits, Tier::Exact, (self.row, self.column), Some(ln_p))
            .effect("share of units matched", share)
            .compared(matches.len() as u64);
        Some((found, Vec::new()))
    }

    fn heads(&self, options: &AuditOptions) -> Result<Option<Rested>, UnitsFault> {
        let width = self.one.0.facts().head_width.filter(|width| self.two.0.facts().head_width == Some(*width));
        let Some(width) = width else { return Ok(None) };
        let mut pairs = Vec::new();
        for role in [Role::Query, Role::Key] {
            let (Some(own), Some(theirs)) = (find(self.one.0, self.row, role), find(self.two.0, self.column, role))
            else {
                continue;
            };
            let (own, theirs) = (self.one.0.units(own)?, self.two.0.units(theirs)?);
            if own.width != theirs.width {
                continue;
            }
            pairs.extend(Heads::new(&own, width as usize).zip(Heads::new(&theirs, width as usize)));
        }
        if pairs.is_empty() {
            return Ok(None);
        }
        let found = heads::heads(&pairs, &self.seed(options, "heads"));
        let Some(ln_p) = found.ln_p else { return Ok(None) };
        let control = outcome::nothing("candidate with turned channels (normal tail)", &found.turned);
        let finding = Found::new(Test::MatchedHeads, Tier::Calibrated, (self.row, self.column), Some(ln_p))
            .effect("mean cosine", found.cosine)
            .effect("share of heads nearest to their own", found.in_place)
            .compared(found.heads)
            .controls(control.into_iter().collect());
        Ok(Some((finding, Vec::new())))
    }

    /// Each expert beside each of the other's, units in order; for a dense network it is one.
    fn experts(&self, options: &AuditOptions) -> Result<(Option<Rested>, u64), UnitsFault> {
        let (own, theirs) = self.groups();
        if own.len().max(theirs.len()) < 2 || own.is_empty() || theirs.is_empty() {
            return Ok((None, 0));
        }
        let few = |side: &Side<'_>, groups: &[(Key, &Group)], other: &Side<'_>, like: &Group| {
            let screens = groups.iter().map(|(key, group)| -> Result<Screen, UnitsFault> {
                let Some(plan) = Plan::new(*key, (side.0, *group), (other.0, like), Fit::Place) else {
                    return Ok(Screen::default());
                };
                let count = plan.units.min(OF_AN_EXPERT);
                let places: Vec<usize> = (0..count).map(|place| place * plan.units / count).collect();
                let bank = plan.bank(side.0, group, Some(&places))?;
                // The same key for all, so that any two may be compared.
                Ok(Screen::new(vec![(Key::Hidden(None), plan.keyed(Key::Hidden(None)))], vec![bank]))
            });
            screens.collect::<Result<Vec<Screen>, UnitsFault>>()
        };
        let likes = (own.first().map(|first| first.1), theirs.first().map(|first| first.1));
        let (Some(own_like), Some(their_like)) = likes else { return Ok((None, 0)) };
        let (left, right) =
            (few(&self.one, &own, &self.two, their_like)?, few(&self.two, &theirs, &self.one, own_like)?);
        let mut pairs = 0;
        let mut best: Vec<(f64, f64, usize, usize)> = Vec::new();
        for (expert, screen) in left.iter().enumerate() {
            let fitting = right.iter().enumerate().filter(|(_, other)| screen.fits(other));
            let found: Vec<(f64, f64, usize, usize)> = fitting
                .map(|(other, right)| (screen.against(right), other))
                .map(|(found, other)| (found.z, found.cosine, expert, other))
                .collect();
            pairs += found.len() as u64;
            best.extend(found.into_iter().max_by(|one, two| one.0.total_cmp(&two.0)));
        }
        best.sort_by(|one, two| two.0.total_cmp(&one.0).then(one.2.cmp(&two.2)));
        let found = self.tell_experts((&own, &theirs), &best, options)?;
        Ok((found, pairs))
    }

    fn tell_experts(
        &self,
        (own, theirs): (&Keyed<'_>, &Keyed<'_>),
        best: &[(f64, f64, usize, usize)],
        options: &AuditOptions,
    ) -> Result<Option<Rested>, UnitsFault> {
        if best.is_empty() {
            return Ok(None);
        }
        let (mut ln_p, mut shuffled) = (0.0f64, Vec::new());
        for (_, _, expert, other) in best.iter().filter(|best| best.0 > SUSPECT).take(EXACT_EXPERTS) {
            let (Some((key, group)), Some((_, base))) = (own.get(*expert), theirs.get(*other)) else { continue };
            let Some(plan) = Plan::new(*key, (self.one.0, *group), (self.two.0, *base), Fit::Place) else { continue };
            let (bank, base) = (plan.bank(self.one.0, group, None)?, plan.bank(self.two.0, base, None)?);
            let found =
                aligned::aligned(&bank, &base, self.seed(options, &format!("experts {expert} {other}")).as_bytes());
            ln_p = ln_p.min(found.ln_p());
            shuffled.extend(found.shuffled().into_iter().take(2));
        }
        let matched: Vec<f64> = best.iter().filter(|best| best.0 > MATCHED).map(|best| best.1).collect();
        let in_place = best
            .iter()
            .filter(|best| best.0 > MATCHED && own.get(best.2).map(|own| own.0) == theirs.get(best.3).map(|own| own.0));
        let share = |count: usize| count as f64 / own.len().max(1) as f64;
        let finding = Found::new(Test::MatchedExperts, Tier::Exact, (self.row, self.column), Some(ln_p))
            .effect("share of experts matched", share(matched.len()))
            .effect("share of experts matched in place", share(in_place.count()))
            .effect("mean cosine", matched.iter().sum::<f64>() / matched.len().max(1) as f64)
            .compared(own.len() as u64)
            .controls(outcome::nothing("candidate with shuffled units (normal tail)", &shuffled).into_iter().collect());
        Ok(Some((finding, Vec::new())))
    }
}

/// The groups of hidden units among a component's.
fn pick(groups: Option<&Groups>) -> Keyed<'_> {
    let groups = groups.into_iter().flatten().filter(|(key, _)| matches!(key, Key::Hidden(_)));
    groups.map(|(key, group)| (*key, group)).collect()
}

/// Where a component has the only part of a role.
fn find(model: &Fingerprint, component: Component, role: Role) -> Option<usize> {
    let mut places =
        model.parts().iter().enumerate().filter(|(_, part)| part.component == component && part.role == role);
    places.next().filter(|_| places.next().is_none()).map(|(place, _)| place)
}

/// A control by counts: none if there are none.
pub(super) fn poisson(name: &str, counts: &[u64], mean: f64) -> Option<Control> {
    let ln_p: Vec<f64> = counts.iter().map(|count| log_p::poisson_upper(*count, mean)).collect();
    let least = ln_p.iter().copied().reduce(f64::min)?;
    let passed = least >= (1e-4 / ln_p.len() as f64).ln();
    let log10_p = ln_p.into_iter().map(log_p::to_log10).collect();
    Some(Control { name: name.to_owned(), positive: false, log10_p, passed })
}
