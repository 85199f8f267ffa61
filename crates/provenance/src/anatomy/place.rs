//! Where in a file the weights of a part are.

use super::{Axis, Component, Expert, Role};

/// Rows or columns that belong to a part: `count` runs of `length`, one every `period`, from `first` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runs {
    /// Where the first run begins.
    pub first: u64,
    /// How long a run is.
    pub length: u64,
    /// From the beginning of a run to that of the next.
    pub period: u64,
    /// How many runs.
    pub count: u64,
}

impl Runs {
    /// All of `length`.
    #[must_use]
    pub fn whole(length: u64) -> Self {
        Self { first: 0, length, period: length, count: 1 }
    }

    /// How many rows or columns in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.length * self.count
    }

    /// The same, this much further on.
    #[must_use]
    pub(super) fn shifted(self, by: u64) -> Self {
        Self { first: self.first + by, ..self }
    }

    /// Where the one of number `index` lies in the tensor, and how many follow it without a gap.
    #[must_use]
    pub(crate) fn locate(&self, index: u64) -> (u64, u64) {
        let (run, within) = (index / self.length, index % self.length);
        (self.first + run * self.period + within, self.length - within)
    }
}

/// By what the stored numbers of a tensor have to be multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// The tensor of factors, by its place in the checkpoint.
    pub(crate) tensor: usize,
    /// What is taken off the stored numbers first, tensor of the same shape.
    pub(crate) zero: Option<usize>,
    /// Rows of the matrix that share a row of factors.
    pub(crate) rows: u64,
    /// Columns of the matrix that share a factor.
    pub(crate) columns: u64,
    /// Rows of one matrix of a stack, and its rows of factors.
    pub(crate) stack: (u64, u64),
    /// Columns of factors.
    pub(crate) width: u64,
}

impl Scale {
    /// The factor for a weight of the tensor seen as one matrix.
    #[must_use]
    pub(crate) fn index(&self, row: u64, column: u64) -> usize {
        let (matrix, within) = (row / self.stack.0, row % self.stack.0);
        ((matrix * self.stack.1 + within / self.rows) * self.width + column / self.columns) as usize
    }
}

/// A part of a model and where its weights are: rows and columns of a tensor that is seen as one matrix, its last sizes
/// multiplied into the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Of which component.
    pub component: Component,
    /// What it does there.
    pub role: Role,
    /// Which expert's.
    pub expert: Option<Expert>,
    /// Along which axis its units lie.
    pub axis: Axis,
    /// The tensor, by its place in the checkpoint.
    pub tensor: usize,
    /// Columns of the tensor seen as a matrix.
    pub stride: u64,
    /// The rows that belong to the part.
    pub rows: Runs,
    /// The columns that belong to it.
    pub columns: Runs,
    /// What its numbers are multiplied by.
    pub scale: Option<Scale>,
}

impl Place {
    /// Its units.
    #[must_use]
    pub fn units(&self) -> u64 {
        match self.axis {
            Axis::Rows => self.rows.total(),
            Axis::Columns => self.columns.total(),
        }
    }

    /// Weights in a unit.
    #[must_use]
    pub fn width(&self) -> u64 {
        match self.axis {
            Axis::Rows => self.columns.total(),
            Axis::Columns => self.rows.total(),
        }
    }
}
