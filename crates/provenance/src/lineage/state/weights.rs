//! Weights themselves, for the tests that sketches cannot carry.

use std::ops::Range;

use crate::anatomy::{Axis, Component, Families, Role};
use crate::fingerprint::{Fingerprint, Part};
use crate::weights::Checkpoint;

/// Where the weights of a model can be read.
pub trait RawWeights: Sync {
    /// Some rows of a part as they stand in the file, row by row. For units that are [`Axis::Columns`] a row is a channel
    /// over all units.
    ///
    /// # Errors
    ///
    /// What could not be read, in words.
    fn rows(&self, part: &Part, rows: Range<u64>) -> Result<Vec<f32>, String>;
}

/// The weights of a checkpoint, laid out by the tables of families it was fingerprinted with.
#[derive(Debug, Clone, Copy)]
pub struct FromCheckpoint<'a> {
    /// The files.
    pub checkpoint: &'a Checkpoint,
    /// The tables.
    pub families: &'a Families,
}

impl RawWeights for FromCheckpoint<'_> {
    fn rows(&self, part: &Part, rows: Range<u64>) -> Result<Vec<f32>, String> {
        let matrix = self.checkpoint.matrix_rows(part, self.families, rows).map_err(|fault| fault.to_string())?;
        Ok(matrix.values)
    }
}

/// Weights that are read at a time.
const READ: u64 = 1 << 24;

/// Units of a part at some places, one after another.
///
/// # Errors
///
/// What could not be read, in words.
pub(crate) fn units(weights: &dyn RawWeights, part: &Part, places: &[usize]) -> Result<Vec<f32>, String> {
    let size = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let (rows, columns) = match part.axis {
        Axis::Rows => (part.units, size(part.width)),
        Axis::Columns => (part.width, size(part.units)),
    };
    let width = size(part.width);
    let mut out = vec![0.0; places.len() * width];
    let step = (READ / (columns as u64).max(1)).max(1);
    // Places by number, so that each run of rows is read once.
    let mut order: Vec<(usize, usize)> = places.iter().copied().zip(0..).collect();
    order.sort_unstable();
    for start in (0..rows).step_by(size(step)) {
        let end = (start + step).min(rows);
        let inside = |unit: usize| (start..end).contains(&(unit as u64));
        if part.axis == Axis::Rows && !order.iter().any(|(unit, _)| inside(*unit)) {
            continue;
        }
        let floats = weights.rows(part, start..end)?;
        if floats.len() != size(end - start) * columns {
            return Err(format!(
                "{}: {} weights where {} were due",
                part.tensor,
                floats.len(),
                size(end - start) * columns
            ));
        }
        match part.axis {
            Axis::Rows => {
                for (unit, to) in order.iter().filter(|(unit, _)| inside(*unit)) {
                    let from = (unit - size(start)) * width;
                    if let (Some(to), Some(from)) =
                        (out.get_mut(to * width..(to + 1) * width), floats.get(from..from + width))
                    {
                        to.copy_from_slice(from);
                    }
                }
            }
            Axis::Columns => {
                for (channel, row) in floats.chunks_exact(columns.max(1)).enumerate() {
                    for (unit, to) in &order {
                        if let Some(slot) = out.get_mut(to * width + size(start) + channel) {
                            *slot = row.get(*unit).copied().unwrap_or(0.0);
                        }
                    }
                }
            }
        }
    }
    Ok(out)
}

/// Names of the norm before a feed-forward network, the surest first.
const BEFORE_HIDDEN: &[&str] = &[
    "pre_feedforward_layernorm",
    "pre_mlp_layernorm",
    "ffn_norm",
    "mlp_norm",
    "ln_2",
    "norm2",
    "layernorm_after",
    "post_attention_layernorm",
];

/// Gains of the norm before a block's feed-forward network, one a channel. None where no norm goes by a known name; then
/// they are taken for ones.
///
/// # Errors
///
/// What could not be read, in words.
pub(crate) fn gains(
    weights: &dyn RawWeights,
    model: &Fingerprint,
    component: Component,
    width: usize,
) -> Result<Option<Vec<f32>>, String> {
    let norms = || {
        let of = |part: &&Part| part.component == component && part.role == Role::Norm;
        model.parts().iter().filter(of).filter(|part| part.units * part.width == width as u64)
    };
    let found = BEFORE_HIDDEN.iter().find_map(|name| norms().find(|part| part.tensor.contains(name)));
    let Some(part) = found else { return Ok(None) };
    let rows = if part.axis == Axis::Rows { part.units } else { part.width };
    let floats = weights.rows(part, 0..rows)?;
    // Gemma writes gains as what is added to 1.
    let added = model.facts().family.as_deref().is_some_and(|family| family.starts_with("gemma"));
    let gain = |float: f32| if added { 1.0 + float } else { float };
    Ok(Some(floats.into_iter().map(gain).collect()).filter(|gains: &Vec<f32>| gains.len() == width))
}
