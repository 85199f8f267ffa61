//! Which channels of one model are which of another, from rows that mean the same.

use super::polar;
use crate::lineage::product::{self, Rows};

/// A linear map from the candidate's channels to the library's, `[candidate, library]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Map {
    floats: Vec<f32>,
    /// Channels of the library's model.
    pub(crate) columns: usize,
    /// Share of the candidate's channels that were given one of the library's; 1 for a rotation.
    pub(crate) matched: f64,
    /// Cosine of held-out rows after the map.
    pub(crate) held_out: f64,
}

impl Map {
    /// Rows of the candidate in the library's channels.
    pub(crate) fn apply(&self, rows: &[f32]) -> Vec<f32> {
        let channels = self.floats.len().checked_div(self.columns).unwrap_or(0);
        product::rows_by_columns(Rows::new(rows, channels), Rows::new(&self.floats, self.columns))
    }

    /// Measures the map on rows that it was not made from.
    fn measured(mut self, own: &[f32], theirs: &[f32]) -> Self {
        let mapped = self.apply(own);
        let norm = (product::dot(&mapped, &mapped) * product::dot(theirs, theirs)).sqrt();
        self.held_out = if norm > 0.0 { product::dot(&mapped, theirs) / norm } else { 0.0 };
        self
    }
}

/// Rows of two models that mean the same, at length 1 and centred: those that a map is made from and those held out.
struct Sides {
    own: Vec<f32>,
    theirs: Vec<f32>,
    own_rest: Vec<f32>,
    their_rest: Vec<f32>,
    widths: (usize, usize),
}

impl Sides {
    /// Every fourth row is held out.
    fn new(own: (&[f32], usize), theirs: (&[f32], usize)) -> Self {
        let split = |(floats, width): (&[f32], usize)| {
            let floats = centred(floats, width);
            let (mut fitted, mut rest) = (Vec::new(), Vec::new());
            for (row, floats) in floats.chunks_exact(width.max(1)).enumerate() {
                if row % 4 == 3 { &mut rest } else { &mut fitted }.extend_from_slice(floats);
            }
            (fitted, rest)
        };
        let widths = (own.1, theirs.1);
        let ((own, own_rest), (theirs, their_rest)) = (split(own), split(theirs));
        Self { own, theirs, own_rest, their_rest, widths }
    }

    fn products(&self) -> Vec<f32> {
        product::columns_by_columns(Rows::new(&self.own, self.widths.0), Rows::new(&self.theirs, self.widths.1))
    }
}

/// Rows at length 1, less their mean.
fn centred(floats: &[f32], width: usize) -> Vec<f32> {
    let mut out = floats.to_vec();
    let mut mean = vec![0.0f64; width];
    for row in out.chunks_exact_mut(width.max(1)) {
        let norm = product::dot(row, row).sqrt();
        let scale = if norm > 0.0 && norm.is_finite() { (1.0 / norm) as f32 } else { 0.0 };
        row.iter_mut().for_each(|float| *float = if scale > 0.0 { *float * scale } else { 0.0 });
        mean.iter_mut().zip(row).for_each(|(sum, float)| *sum += f64::from(*float));
    }
    let rows = (floats.len() / width.max(1)).max(1) as f64;
    for row in out.chunks_exact_mut(width.max(1)) {
        row.iter_mut().zip(&mean).for_each(|(float, sum)| *float -= (sum / rows) as f32);
    }
    out
}

/// The orthogonal map that takes the candidate's rows nearest to the library's (Schönemann, Psychometrika 31, 1966).
pub(crate) fn rotation(own: (&[f32], usize), theirs: (&[f32], usize)) -> Map {
    let sides = Sides::new(own, theirs);
    let floats = polar::polar(&sides.products(), sides.widths.0, sides.widths.1);
    let map = Map { floats, columns: sides.widths.1, matched: 1.0, held_out: 0.0 };
    map.measured(&sides.own_rest, &sides.their_rest)
}

/// The channels that are each other's most correlated ones, with the sign of the correlation. Widths may differ; a
/// channel that is nobody's is left out.
pub(crate) fn signed_permutation(own: (&[f32], usize), theirs: (&[f32], usize)) -> Map {
    let sides = Sides::new(own, theirs);
    let mut cosines = sides.products();
    let (rows, columns) = sides.widths;
    let norms = |floats: &[f32], width: usize| -> Vec<f32> {
        let mut squares = vec![0.0f32; width];
        for row in floats.chunks_exact(width.max(1)) {
            squares.iter_mut().zip(row).for_each(|(sum, float)| *sum += float * float);
        }
        squares.into_iter().map(|square| if square > 0.0 { square.sqrt().recip() } else { 0.0 }).collect()
    };
    let (one, two) = (norms(&sides.own, rows), norms(&sides.theirs, columns));
    for (row, scale) in cosines.chunks_exact_mut(columns.max(1)).zip(&one) {
        row.iter_mut().zip(&two).for_each(|(entry, other)| *entry *= scale * other);
    }
    let mut of_column = vec![(0.0f32, usize::MAX); columns];
    let mut of_row = vec![(0.0f32, usize::MAX); rows];
    for (row, (entries, best)) in cosines.chunks_exact(columns.max(1)).zip(&mut of_row).enumerate() {
        for (column, (entry, other)) in entries.iter().zip(&mut of_column).enumerate() {
            if entry.abs() > best.0 {
                *best = (entry.abs(), column);
            }
            if entry.abs() > other.0 {
                *other = (entry.abs(), row);
            }
        }
    }
    let mut floats = vec![0.0; rows * columns];
    let mut matched = 0usize;
    for (row, (_, column)) in of_row.iter().enumerate() {
        let mutual = of_column.get(*column).is_some_and(|(_, back)| *back == row);
        let sign = cosines.get(row * columns + column.min(&columns)).map_or(0.0, |entry| entry.signum());
        if let Some(slot) = floats.get_mut(row * columns + column.min(&columns)).filter(|_| mutual) {
            *slot = sign;
            matched += 1;
        }
    }
    let matched = matched as f64 / rows.min(columns).max(1) as f64;
    Map { floats, columns, matched, held_out: 0.0 }.measured(&sides.own_rest, &sides.their_rest)
}
