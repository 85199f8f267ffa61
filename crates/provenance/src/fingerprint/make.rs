//! Fingerprints made from weights.

use std::sync::Mutex;

use super::pass::{PassFault, PassOptions, Plan};
use super::{Fingerprint, SKETCH, Units, card, tokens};
use crate::weights::Checkpoint;

impl Fingerprint {
    /// Makes the fingerprint of a checkpoint, with its units in memory: about 280 bytes a unit.
    ///
    /// # Errors
    ///
    /// When weights are in a format that is not read, or a file cannot be read to its end.
    pub fn of(checkpoint: &Checkpoint, options: &PassOptions) -> Result<Self, PassFault> {
        let plan = Plan::new(checkpoint, &options.families)?;
        let tokenizer = tokens::print(checkpoint.folder())?;
        let units = plan.layout.places.iter().map(|place| Mutex::new(Units::empty(place.units(), place.width())));
        let units: Vec<Mutex<Units>> = units.collect();
        let found = plan.run(checkpoint, options, &|part, first, chunk| {
            let mut units = units[part].lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            units.put(first as usize, &chunk.codes, (&chunk.scales, &chunk.norms, &chunk.hashes));
            Ok(())
        })?;
        let parts = plan.parts(checkpoint, &found);
        let facts = card::facts(checkpoint, &parts, options.seed)?;
        let units = units.into_iter().map(|units| units.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()));
        let mut made = Self::in_memory(facts, parts.into_iter().zip(units).collect(), tokenizer);
        made.remarks = plan.layout.remarks;
        Ok(made)
    }
}

impl Units {
    /// Room for so many units of so many weights.
    pub(super) fn empty(count: u64, width: u64) -> Self {
        let count = count as usize;
        let (sketches, norms, hashes) = (vec![0.0; count * SKETCH], vec![0.0; count], vec![0; count]);
        Self { width: width as usize, sketches, norms, hashes }
    }

    /// Puts units in their places.
    pub(super) fn put(&mut self, first: usize, codes: &[i8], (scales, norms, hashes): (&[f32], &[f32], &[u64])) {
        let places = self.sketches[first * SKETCH..].chunks_exact_mut(SKETCH);
        for ((place, codes), scale) in places.zip(codes.chunks_exact(SKETCH)).zip(scales) {
            for (number, code) in place.iter_mut().zip(codes) {
                *number = f32::from(*code) * scale;
            }
        }
        self.norms[first..first + norms.len()].copy_from_slice(norms);
        self.hashes[first..first + hashes.len()].copy_from_slice(hashes);
    }
}
