//! Findings of units in the order of the file: all pairs of blocks by the screen, those that matter exactly.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::AuditOptions;
use super::outcome::{self, Found, Outcome};
use crate::anatomy::{Component, Spot, Tower};
use crate::fingerprint::{Fingerprint, UnitsFault};
use crate::lineage::checks::aligned::{self, Aligned};
use crate::lineage::checks::grid::{self, Screen, Screened};
use crate::lineage::checks::matched::Nearest;
use crate::lineage::report::{Control, Grid, Test, Tier};
use crate::lineage::statistics::log_p;
use crate::lineage::units::{Fit, Group, Key, Layers, Plan};

/// Norms that follow the number of their unit by more than this, in both models, are not exchangeable.
const DISORDER: f64 = 6.0;
/// Pairs of blocks shown of a control.
const SHOWN: usize = 64;

/// The groups of a component.
pub(super) type Groups = BTreeMap<Key, Group>;
/// A model and its groups by component.
pub(super) type Side<'a> = (&'a Fingerprint, &'a Layers);

/// What two components were found to have in common.
#[derive(Debug, Default)]
struct Pair {
    hidden: Aligned,
    all: Aligned,
    child: Aligned,
    disorder: (f64, f64),
}

/// Compares every component that has units, and all pairs of blocks.
pub(super) fn aligned(
    one: Side<'_>,
    two: Side<'_>,
    options: &AuditOptions,
    outcome: &mut Outcome,
) -> Result<Vec<Table>, UnitsFault> {
    let (own, theirs) = (one.1, two.1);
    let mut tables = Vec::new();
    let kinds: std::collections::BTreeSet<(Tower, bool)> =
        own.keys().map(|component| (component.tower, matches!(component.spot, Spot::Block(_)))).collect();
    for (tower, block) in kinds {
        let chosen = |layers: &Layers| -> Vec<Component> {
            let of =
                |component: &&Component| component.tower == tower && matches!(component.spot, Spot::Block(_)) == block;
            layers.keys().filter(of).copied().collect()
        };
        let (rows, columns) = (chosen(own), chosen(theirs));
        if columns.is_empty() {
            continue;
        }
        let table = Table::new((one, &rows), (two, &columns), options)?;
        table.tell(outcome, block.then_some(tower), options);
        tables.push(table);
    }
    Ok(tables)
}

/// All pairs of some components of two models.
pub(super) struct Table {
    pub(super) rows: Vec<Component>,
    pub(super) columns: Vec<Component>,
    /// Row by row: what the screen found, none where the two cannot be compared.
    screened: Vec<Option<Screened>>,
    /// What the exact test found, for pairs at the same place and for those that the screen picked.
    exact: BTreeMap<(usize, usize), Pair>,
    /// Row by row: probes of the candidate on which two roles agreed, none where there are no hidden units to match.
    agreed: Vec<Option<u32>>,
}

impl Table {
    fn new(
        (one, rows): (Side<'_>, &[Component]),
        (two, columns): (Side<'_>, &[Component]),
        options: &AuditOptions,
    ) -> Result<Self, UnitsFault> {
        let own = rows.par_iter().map(|row| screen(one, *row, two)).collect::<Result<Vec<Screen>, _>>()?;
        let theirs = columns.par_iter().map(|column| screen(two, *column, one)).collect::<Result<Vec<Screen>, _>>()?;
        let screened: Vec<Option<Screened>> = own
            .par_iter()
            .flat_map_iter(|row| theirs.iter().map(|column| row.fits(column).then(|| row.against(column))))
            .collect();
        let agreed = own.par_iter().flat_map_iter(|row| theirs.iter().map(|column| agreements(row, column))).collect();
        drop((own, theirs));
        let (rows, columns) = (rows.to_vec(), columns.to_vec());
        let mut table = Self { rows, columns, screened, exact: BTreeMap::new(), agreed };
        let picked: Vec<(usize, usize)> = table.places().filter(|place| table.matters(*place)).collect();
        let exact = |(row, column): &(usize, usize)| -> Result<((usize, usize), Pair), UnitsFault> {
            let places = (table.rows.get(*row), table.columns.get(*column));
            let (Some(own), Some(theirs)) = places else { return Ok(((*row, *column), Pair::default())) };
            Ok(((*row, *column), compare((one, *own), (two, *theirs), options)?))
        };
        let exact = picked.par_iter().map(exact).collect::<Result<BTreeMap<_, _>, _>>()?;
        table.exact = exact;
        Ok(table)
    }

    fn places(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.rows.len()).flat_map(|row| (0..self.columns.len()).map(move |column| (row, column)))
    }

    fn screened(&self, (row, column): (usize, usize)) -> Option<Screened> {
        self.screened.get(row * self.columns.len() + column).copied().flatten()
    }

    /// Whether a pair is to be tested exactly.
    fn matters(&self, place: (usize, usize)) -> bool {
        let same = self.rows.get(place.0) == self.columns.get(place.1);
        self.screened(place).is_some_and(|found| same || found.z > grid::SUSPECT)
    }

    fn ln_p(&self, place: (usize, usize)) -> f64 {
        self.exact.get(&place).map_or(0.0, |pair| pair.all.ln_p())
    }

    /// How many of [`PROBES`] probes agreed.
    pub(super) fn agreed(&self, (row, column): (usize, usize)) -> Option<u32> {
        self.agreed.get(row * self.columns.len() + column).copied().flatten()
    }

    /// The place of a row's best pair.
    pub(super) fn best(&self, row: usize) -> Option<(usize, usize)> {
        let pairs = (0..self.columns.len()).map(|column| (row, column)).filter(|place| self.exact.contains_key(place));
        pairs.min_by(|one, two| self.ln_p(*one).total_cmp(&self.ln_p(*two)))
    }

    fn tell(&self, outcome: &mut Outcome, grid: Option<Tower>, options: &AuditOptions) {
        outcome.hypotheses += self.screened.iter().flatten().count() as u64;
        for row in 0..self.rows.len() {
            if let Some(best) = self.best(row) {
                self.tell_row(best, outcome, options);
            }
        }
        let Some(tower) = grid.filter(|_| self.screened.iter().any(Option::is_some)) else { return };
        outcome.grids.push(Grid {
            tower,
            test: Test::AlignedUnits,
            rows: u32::try_from(self.rows.len()).unwrap_or(u32::MAX),
            columns: u32::try_from(self.columns.len()).unwrap_or(u32::MAX),
            effect: self.places().map(|place| self.screened(place).map_or(0.0, |found| found.cosine as f32)).collect(),
            log10_p: self.places().map(|place| log_p::to_log10(self.ln_p(place)) as f32).collect(),
        });
    }

    fn tell_row(&self, place: (usize, usize), outcome: &mut Outcome, options: &AuditOptions) {
        let components = self.rows.get(place.0).zip(self.columns.get(place.1));
        let (Some(pair), Some((own, theirs))) = (self.exact.get(&place), components) else { return };
        if pair.all.units == 0 {
            return;
        }
        let ordered = pair.disorder.0 > DISORDER && pair.disorder.1 > DISORDER;
        let exact = !ordered && !matches!(own.spot, Spot::Embedding);
        let tier = if exact { Tier::Exact } else { Tier::Calibrated };
        let ln_p = if ordered { self.calibrated(place, pair) } else { pair.all.ln_p() };
        let share = pair.all.fixed as f64 / pair.all.units as f64;
        let mut found = Found::new(Test::AlignedUnits, tier, (*own, *theirs), Some(ln_p))
            .effect("mean cosine", pair.all.cosine())
            .effect("share of units nearest to their own", share)
            .compared(pair.all.units);
        if ordered {
            outcome.omit(&format!(
                "{own}: in both models norms follow the number of the unit, so the test is calibrated, not exact"
            ));
        }
        if pair.hidden.units > 0 && pair.hidden.units < pair.all.units {
            found = found.effect("mean cosine of hidden units", pair.hidden.cosine());
        }
        outcome.findings.push(found.controls(self.controls(place, pair, options)));
        outcome.power.push((*own, pair.all.power()));
    }

    /// Standard deviations of the same block beside blocks that are not its own.
    fn mismatched(&self, place: (usize, usize)) -> Vec<f64> {
        let others = (0..self.columns.len()).map(|column| (place.0, column));
        let others = others.filter(|other| *other != place && !self.on_a_stripe(*other));
        others.filter_map(|other| self.screened(other)).map(|found| found.z).collect()
    }

    /// The p-value where relabellings are not equally likely: against mismatched layers, and never below the exact one.
    fn calibrated(&self, place: (usize, usize), pair: &Pair) -> f64 {
        let measured = log_p::predictive_upper(pair.all.z(), &self.mismatched(place));
        measured.unwrap_or(0.0).max(pair.all.ln_p())
    }

    fn controls(&self, place: (usize, usize), pair: &Pair, options: &AuditOptions) -> Vec<Control> {
        let mut mismatched = self.mismatched(place);
        mismatched.truncate(SHOWN);
        let child = format!("derived child at cosine {}", aligned::CHILD);
        [
            outcome::nothing("mismatched layers (normal tail)", &mismatched),
            outcome::nothing("candidate with shuffled units (normal tail)", &pair.all.shuffled()),
            Some(outcome::something(child, pair.child.ln_p(), options.level)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Whether a pair off the diagonal belongs to a run of dependent pairs: what a grown or a cut depth leaves.
    fn on_a_stripe(&self, (row, column): (usize, usize)) -> bool {
        let dependent = |place: (usize, usize)| self.ln_p(place) < -30.0;
        let before = row.checked_sub(1).zip(column.checked_sub(1)).is_some_and(dependent);
        dependent((row, column)) && (before || dependent((row + 1, column + 1)))
    }
}

/// Units of the candidate that are looked up in every block of the library's model.
pub(super) const PROBES: usize = 64;

/// How many probes of one block find the same unit of another by two of their roles.
fn agreements(own: &Screen, theirs: &Screen) -> Option<u32> {
    let (floats, columns, roles) = own.hidden(theirs);
    let count = floats.len() / columns;
    if count == 0 || roles < 2 {
        return None;
    }
    let probes: Vec<f32> = (0..PROBES.min(count))
        .map(|probe| probe * count / PROBES.min(count))
        .filter_map(|row| floats.get(row * columns..(row + 1) * columns))
        .flatten()
        .copied()
        .collect();
    let mut nearest = Nearest::new(probes.len() / columns, columns, roles);
    nearest.look(&probes, theirs.hidden(own).0);
    u32::try_from(nearest.matches().len()).ok()
}

/// The plan for a group of a component beside the other model: the first of its components that has the group in the
/// same shape, or at least units of the same width.
fn plan((model, groups): (&Fingerprint, &Group), key: Key, other: Side<'_>, tower: Tower) -> Option<Plan> {
    let hidden = matches!(key, Key::Hidden(_));
    let fits = |fit: Fit, (component, theirs): (&Component, &Groups)| {
        let like = |(other, _): &(&Key, &Group)| hidden && fit == Fit::Width && matches!(other, Key::Hidden(_));
        let group = theirs.get(&key).or_else(|| theirs.iter().find(like).map(|(_, group)| group));
        Plan::new(key, (model, groups), (other.0, group.filter(|_| component.tower == tower)?), fit)
    };
    let same = other.1.iter().find_map(|theirs| fits(Fit::Place, theirs));
    same.or_else(|| other.1.iter().find_map(|theirs| fits(Fit::Width, theirs)))
}

/// Prepares a component for the screen: a few units of each group.
fn screen(side: Side<'_>, component: Component, other: Side<'_>) -> Result<Screen, UnitsFault> {
    let none = Groups::new();
    let groups = side.1.get(&component).unwrap_or(&none);
    let (mut plans, mut banks) = (Vec::new(), Vec::new());
    let hidden = groups.keys().filter(|key| matches!(key, Key::Hidden(_))).count().max(1);
    for (key, group) in groups {
        let Some(plan) = plan((side.0, group), *key, other, component.tower) else { continue };
        let most = if matches!(key, Key::Hidden(_)) { (grid::UNITS / hidden).max(8) } else { grid::UNITS };
        let count = plan.units.min(most);
        let places: Vec<usize> = (0..count).map(|place| place * plan.units / count).collect();
        banks.push(plan.bank(side.0, group, Some(&places))?);
        plans.push((*key, plan));
    }
    Ok(Screen::new(plans, banks))
}

/// The exact test of one pair of components.
fn compare(
    ((one, own), row): (Side<'_>, Component),
    ((two, theirs), column): (Side<'_>, Component),
    options: &AuditOptions,
) -> Result<Pair, UnitsFault> {
    let none = Groups::new();
    let (own, theirs) = (own.get(&row).unwrap_or(&none), theirs.get(&column).unwrap_or(&none));
    let mut pair = Pair::default();
    for (key, group) in own {
        let Some(other) = theirs.get(key) else { continue };
        let Some(plan) = Plan::new(*key, (one, group), (two, other), Fit::Place) else { continue };
        let seed = format!("{} {} {} {row} {column} {key:?}", options.seed, one.facts().digest, two.facts().digest);
        let (bank, base) = (plan.bank(one, group, None)?, plan.bank(two, other, None)?);
        let found = aligned::aligned(&bank, &base, format!("shuffled units {seed}").as_bytes());
        let child = aligned::child(&bank, &base, format!("derived child {seed}").as_bytes());
        pair.child.extend(&aligned::aligned(&child, &base, b"child"));
        pair.disorder.0 = pair.disorder.0.max(bank.disorder);
        pair.disorder.1 = pair.disorder.1.max(base.disorder);
        if matches!(key, Key::Hidden(_)) {
            pair.hidden.extend(&found);
        }
        pair.all.extend(&found);
    }
    Ok(pair)
}
