//! All pairs of blocks of two models, by a screen that costs next to nothing for a pair.
//!
//! The diagonal's mean and variance under a random relabelling need no matrix of cosines: with centred rows `A` and `B`
//! the sum of squares of `A·Bᵀ` is the inner product of `Aᵀ·A` and `Bᵀ·B`, which are made once for each block.

use crate::lineage::product::{self, Rows};
use crate::lineage::units::{Bank, Key, Plan};

/// Units of a block that the screen looks at.
pub(crate) const UNITS: usize = 2_048;
/// Beyond so many standard deviations a pair is tested exactly.
pub(crate) const SUSPECT: f64 = 4.0;

/// A block, ready to be screened against others: hidden units and values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Screen {
    /// What the groups are, in order, and how they are laid out; only equal ones can be compared.
    pub(crate) plans: Vec<(Key, Plan)>,
    sides: Vec<Side>,
}

/// Groups of one width in one matrix: centred rows, and their products.
#[derive(Debug, Clone, Default)]
struct Side {
    columns: usize,
    rows: usize,
    mean: Vec<f32>,
    floats: Vec<f32>,
    products: Vec<f32>,
}

/// What the screen found of a pair.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Screened {
    /// Mean cosine above what a relabelling gives.
    pub(crate) cosine: f64,
    /// Standard deviations of a random relabelling.
    pub(crate) z: f64,
}

impl Screen {
    /// Puts banks of one kind together and prepares them.
    pub(crate) fn new(plans: Vec<(Key, Plan)>, banks: Vec<Bank>) -> Self {
        let mut screen = Self { plans, sides: Vec::new() };
        for (place, bank) in banks.into_iter().enumerate() {
            let hidden = screen.plans.get(place).is_some_and(|(key, _)| matches!(key, Key::Hidden(_)));
            match screen.sides.last_mut().filter(|side| hidden && place > 0 && side.columns == bank.columns) {
                Some(side) => side.floats.extend(bank.floats),
                None => screen.sides.push(Side { columns: bank.columns, floats: bank.floats, ..Side::default() }),
            }
        }
        screen.sides.iter_mut().for_each(Side::prepare);
        screen
    }

    /// Whether the two have groups of the same shapes.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        !self.plans.is_empty() && self.plans == other.plans
    }

    /// The rows of the hidden units, how wide they are, and over how many roles; empty where the two blocks have no
    /// hidden units of the same width.
    pub(crate) fn hidden(&self, other: &Self) -> (&[f32], usize, usize) {
        let kind = |screen: &Self| {
            let hidden = |(key, _): &&(Key, Plan)| matches!(key, Key::Hidden(_));
            screen.plans.iter().find(hidden).map(|(_, plan)| (plan.roles.clone(), plan.widths.clone()))
        };
        match (kind(self), self.sides.first()) {
            (Some(own), Some(side)) if kind(other).is_some_and(|other| other == own) => {
                (&side.floats, side.columns, own.0.len())
            }
            _ => (&[], 1, 1),
        }
    }

    /// Compares two blocks.
    pub(crate) fn against(&self, other: &Self) -> Screened {
        let (mut sum, mut count, mut excess) = (0.0, 0.0, 0.0);
        for (one, two) in self.sides.iter().zip(&other.sides) {
            let (above, square) = one.against(two);
            let rows = one.rows as f64;
            let deviation = (square / (rows * rows)).sqrt();
            if deviation > 0.0 && one.rows > 1 {
                excess += above;
                sum += above / deviation;
                count += rows * rows / (rows - 1.0);
            }
        }
        let units: usize = self.sides.iter().map(|side| side.rows).sum();
        if count > 0.0 {
            Screened { cosine: excess / units as f64, z: sum / f64::sqrt(count) }
        } else {
            Screened::default()
        }
    }
}

impl Side {
    fn prepare(&mut self) {
        let columns = self.columns.max(1);
        self.rows = self.floats.len() / columns;
        let mut mean = vec![0.0f64; columns];
        for row in self.floats.chunks_exact(columns) {
            mean.iter_mut().zip(row).for_each(|(sum, float)| *sum += f64::from(*float));
        }
        self.mean = mean.iter().map(|sum| (sum / self.rows.max(1) as f64) as f32).collect();
        for row in self.floats.chunks_exact_mut(columns) {
            row.iter_mut().zip(&self.mean).for_each(|(float, mean)| *float -= mean);
        }
        let rows = Rows::new(&self.floats, columns);
        self.products = product::columns_by_columns(rows, rows);
    }

    /// The sum of the diagonal above its mean, and the sum of squares of all centred cosines.
    fn against(&self, other: &Self) -> (f64, f64) {
        let square = product::dot(&self.products, &other.products);
        (product::dot(&self.floats, &other.floats), square)
    }
}
