//! The units of a group as rows of one matrix, so that the product of two rows is the mean cosine over the roles.

use std::ops::Range;

use super::{Group, Key};
use crate::anatomy::{Role, Tower};
use crate::fingerprint::{Fingerprint, Part, SKETCH, Units, UnitsFault};
use crate::lineage::statistics::order;

/// Units that are relabelled among each other at most. More would cost more and say hardly more: the largest exponent
/// of a unit is `ln n − 1`.
const BLOCK: usize = 256;
/// Divides every width of a head in use, for models that do not say theirs.
const LEAST_HEAD: usize = 8;

/// What the groups of two models must have in common to be laid side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// As many units of the same width.
    Place,
    /// Units of the same width.
    Width,
}

/// How the groups of two models are laid side by side: what both have, in the same shape.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Plan {
    key: Key,
    /// What both have.
    pub(crate) roles: Vec<Role>,
    /// Units of the first of the two.
    pub(crate) units: usize,
    /// Weights in a unit, for each role.
    pub(crate) widths: Vec<u64>,
    /// Columns of output that belong to one row of value.
    repeats: usize,
    /// Channels in a head; 0 where units are not in heads.
    head: usize,
}

/// Sketches of units, each role scaled to length 1 over the root of the number of roles, one row a unit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Bank {
    /// Floats in a row.
    pub(crate) columns: usize,
    /// Row by row.
    pub(crate) floats: Vec<f32>,
    /// Runs of units within which any relabelling is as likely as any other.
    pub(crate) blocks: Vec<Range<usize>>,
    /// How much norms depend on the number of the unit, in standard deviations (Spearman): the largest over the roles.
    pub(crate) disorder: f64,
}

impl Plan {
    /// What the groups of two models have in common. None where they have nothing in the same shape.
    pub(crate) fn new(key: Key, one: (&Fingerprint, &Group), two: (&Fingerprint, &Group), fit: Fit) -> Option<Self> {
        let part = |side: (&Fingerprint, &Group), role: Role| -> Option<Part> {
            side.1.parts.get(&role).and_then(|place| side.0.parts().get(*place)).cloned()
        };
        let same = |role: &Role| match (part(one, *role), part(two, *role)) {
            (Some(one), Some(two)) => {
                (one.units == two.units || fit == Fit::Width) && one.width == two.width && one.units > 1
            }
            _ => false,
        };
        let mut roles: Vec<Role> = one.1.parts.keys().copied().filter(same).collect();
        let head = part(one, Role::Value).and_then(|values| head_width(one.0, two.0, &values));
        let apart = part(one, Role::Value).map(|part| part.units) != part(one, Role::Output).map(|part| part.units);
        if key == Key::Values && head.is_none() && apart {
            // Heads share values, and nobody says which.
            roles.retain(|role| *role != Role::Output);
        }
        let of = |role: Role| roles.contains(&role).then(|| part(one, role)).flatten();
        let first = match key {
            Key::Values => of(Role::Value)?,
            Key::Hidden(_) | Key::Outputs => part(one, *roles.first()?)?,
        };
        let units = usize::try_from(first.units).ok()?;
        let repeats = of(Role::Output).and_then(|part| usize::try_from(part.units).ok()).map_or(0, |all| all / units);
        let widths = roles.iter().filter_map(|role| part(one, *role)).map(|part| part.width).collect();
        let (repeats, head) = if key == Key::Values { (repeats, head.unwrap_or(LEAST_HEAD)) } else { (1, 0) };
        Some(Self { key, roles, units, widths, repeats, head })
    }

    /// The same plan for a group by another key.
    pub(crate) fn keyed(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    /// Floats in a row of a bank made by this plan.
    fn columns(&self) -> usize {
        let rows = |role: &Role| if *role == Role::Output { self.repeats } else { 1 };
        self.roles.iter().map(rows).sum::<usize>() * SKETCH
    }

    /// The units at some places of a group, or all.
    ///
    /// # Errors
    ///
    /// When the fingerprint cannot be read.
    pub(crate) fn bank(
        &self,
        model: &Fingerprint,
        group: &Group,
        places: Option<&[usize]>,
    ) -> Result<Bank, UnitsFault> {
        let all: Vec<usize>;
        let places = match places {
            Some(places) => places,
            None => {
                all = (0..self.units).collect();
                &all
            }
        };
        let columns = self.columns();
        let mut bank = Bank { columns, floats: vec![0.0; columns * places.len()], ..Bank::default() };
        let scale = 1.0 / ((columns / SKETCH).max(1) as f32).sqrt();
        let mut from = 0;
        for role in &self.roles {
            let Some(part) = group.parts.get(role) else { continue };
            let units = model.units(*part)?;
            bank.disorder = bank.disorder.max(disorder(&units.norms));
            let repeats = if *role == Role::Output { self.repeats } else { 1 };
            for (row, place) in bank.floats.chunks_exact_mut(columns.max(1)).zip(places) {
                for repeat in 0..repeats {
                    let unit = if *role == Role::Output { self.output(*place, repeat) } else { *place };
                    let to = from + repeat * SKETCH;
                    copy(&units, unit, scale, row.get_mut(to..to + SKETCH).unwrap_or_default());
                }
            }
            from += repeats * SKETCH;
        }
        bank.blocks = self.blocks(places);
        Ok(bank)
    }

    /// The column of output that takes channel `place` of the values, in head `repeat` of those that share them.
    fn output(&self, place: usize, repeat: usize) -> usize {
        let head = self.head.max(1);
        ((place / head) * self.repeats + repeat) * head + place % head
    }

    /// Runs of places within which units may be exchanged: heads for values, else runs of about [`BLOCK`].
    fn blocks(&self, places: &[usize]) -> Vec<Range<usize>> {
        if self.key == Key::Values {
            let head = |place: &usize| place / self.head.max(1);
            let mut from = 0;
            return places
                .chunk_by(|one, two| head(one) == head(two))
                .map(|chunk| {
                    from += chunk.len();
                    from - chunk.len()..from
                })
                .collect();
        }
        let runs = places.len().div_ceil(BLOCK).max(1);
        (0..runs).map(|run| run * places.len() / runs..(run + 1) * places.len() / runs).collect()
    }
}

/// Channels in a head of the values: what both configurations say, if it divides the rows. They speak of the language
/// model alone.
fn head_width(one: &Fingerprint, two: &Fingerprint, values: &Part) -> Option<usize> {
    let said = one.facts().head_width.filter(|width| two.facts().head_width == Some(*width))?;
    let fits = said > 1 && values.units.is_multiple_of(u64::from(said));
    (fits && values.component.tower == Tower::Language).then_some(said as usize)
}

/// Spearman's correlation of norms with places, in standard deviations of its null.
fn disorder(norms: &[f32]) -> f64 {
    order::spearman_with_place(norms).abs() * (norms.len().max(1) as f64 - 1.0).sqrt()
}

/// A sketch at length `scale`; zeros where its unit is zero or broken.
fn copy(units: &Units, unit: usize, scale: f32, to: &mut [f32]) {
    let sketch = units.sketch(unit);
    let square: f64 = sketch.iter().map(|number| f64::from(*number) * f64::from(*number)).sum();
    if !(square > 0.0 && square.is_finite()) {
        return;
    }
    let factor = f64::from(scale) / square.sqrt();
    to.iter_mut().zip(sketch).for_each(|(to, number)| *to = (f64::from(*number) * factor) as f32);
}

impl Bank {
    /// The rows of a block.
    pub(crate) fn block(&self, block: &Range<usize>) -> &[f32] {
        self.floats.get(block.start * self.columns..block.end * self.columns).unwrap_or_default()
    }

    /// A row.
    pub(crate) fn row(&self, row: usize) -> &[f32] {
        self.block(&(row..row + 1))
    }
}
