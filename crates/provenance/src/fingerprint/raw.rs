//! Weights themselves, for tests that need more than sketches.

use std::ops::Range;

use super::Part;
use super::job::Worker;
use super::pass::PassFault;
use super::signs::Signs;
use super::source::Source;
use crate::anatomy::{Families, Layout, Place};
use crate::weights::Checkpoint;

/// Weights of a part as they stand in the file, row by row, dequantised: `rows × columns`. Which of the two are its units
/// says the part's [`axis`](Part::axis).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    /// How many rows.
    pub rows: usize,
    /// How many columns.
    pub columns: usize,
    /// The weights.
    pub values: Vec<f32>,
}

impl Checkpoint {
    /// All weights of a part. It has to fit into memory: four bytes a weight.
    ///
    /// # Errors
    ///
    /// When the model has no such part, or its file cannot be read.
    pub fn matrix(&self, part: &Part, families: &Families) -> Result<Matrix, PassFault> {
        let place = self.place(part, families)?;
        let rows = place.rows.total();
        self.read(&place, 0..rows)
    }

    /// The weights of some rows of a part, as they stand in the file; rows beyond its end are left out.
    ///
    /// # Errors
    ///
    /// When the model has no such part, or its file cannot be read.
    pub fn matrix_rows(&self, part: &Part, families: &Families, rows: Range<u64>) -> Result<Matrix, PassFault> {
        let place = self.place(part, families)?;
        let end = rows.end.min(place.rows.total());
        self.read(&place, rows.start.min(end)..end)
    }

    fn place(&self, part: &Part, families: &Families) -> Result<Place, PassFault> {
        let places = match self.position(&part.tensor) {
            Some(tensor) => Layout::of_tensor(self, families, tensor)?,
            None => Vec::new(),
        };
        let key = (part.component, part.role, part.expert, part.units, part.width);
        let found = places
            .into_iter()
            .find(|place| (place.component, place.role, place.expert, place.units(), place.width()) == key);
        found.ok_or_else(|| PassFault::NoSuchPart {
            model: self.name().to_owned(),
            part: format!("part {:?} of {} in tensor {}", part.role, part.component, part.tensor),
        })
    }

    fn read(&self, place: &Place, rows: Range<u64>) -> Result<Matrix, PassFault> {
        let source = Source::open(self, false)?;
        let signs = Signs::new(0);
        let mut matrix = Matrix {
            rows: (rows.end - rows.start) as usize,
            columns: place.columns.total() as usize,
            values: Vec::new(),
        };
        Worker::new(&source, &signs).floats(place, rows, &mut matrix.values)?;
        Ok(matrix)
    }
}
