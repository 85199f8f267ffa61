//! Where few-shot examples come from and how they are drawn: lm-eval's samplers.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Draw, hash};
use crate::python::random::Random;
use crate::{Document, Rows, RowsFault};

/// At most so many examples are kept; beyond that they are read and written anew, so that memory does not grow.
const KEPT: usize = 8192;

/// How examples are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sampler {
    /// Drawn by lot.
    Default,
    /// The first ones.
    FirstN,
}

/// Where examples are chosen from.
pub(super) struct Pool {
    pub(super) rows: Arc<dyn Rows>,
    /// Only these rows.
    pub(super) indices: Option<Vec<usize>>,
    pub(super) sampler: Sampler,
    /// Whether the evaluated document may be among them and has to be left out.
    pub(super) leaves_out: bool,
}

/// Why no examples were chosen.
#[derive(Debug)]
pub(super) enum DrawFault {
    TooFew(usize),
    Rows(RowsFault),
}

impl From<RowsFault> for DrawFault {
    fn from(fault: RowsFault) -> Self {
        Self::Rows(fault)
    }
}

/// Chooses examples, document by document.
pub(super) struct Drawer {
    pool: Pool,
    random: Random,
    draw: Draw,
    seed: i64,
    documents: BTreeMap<usize, Arc<Document>>,
}

impl Drawer {
    pub(super) fn new(pool: Pool, draw: Draw, seed: i64) -> Self {
        Self { pool, random: Random::new(seed), draw, seed, documents: BTreeMap::new() }
    }

    fn len(&self) -> usize {
        self.pool.indices.as_ref().map_or_else(|| self.pool.rows.len(), Vec::len)
    }

    /// The example at a place of the pool.
    pub(super) fn document(&mut self, place: usize) -> Result<Arc<Document>, RowsFault> {
        if let Some(document) = self.documents.get(&place) {
            return Ok(Arc::clone(document));
        }
        let row = self.pool.indices.as_ref().map_or(place, |indices| indices.get(place).copied().unwrap_or(place));
        let document = Arc::new(self.pool.rows.row(row)?);
        if self.documents.len() >= KEPT {
            self.documents.clear();
        }
        self.documents.insert(place, Arc::clone(&document));
        Ok(document)
    }

    /// The places of `count` examples for `evaluated`.
    pub(super) fn draw(&mut self, task: &str, count: usize, evaluated: &Document) -> Result<Vec<usize>, DrawFault> {
        if count == 0 {
            return Ok(Vec::new());
        }
        if self.draw == Draw::PerDocument {
            self.random = Random::new(document_seed(task, evaluated, self.seed));
        }
        let evaluated = self.pool.leaves_out.then_some(evaluated);
        match self.pool.sampler {
            Sampler::FirstN => self.first(count, evaluated),
            Sampler::Default => self.by_lot(count, evaluated.filter(|document| !document.is_empty())),
        }
    }

    fn first(&mut self, count: usize, evaluated: Option<&Document>) -> Result<Vec<usize>, DrawFault> {
        let mut places = Vec::with_capacity(count);
        for place in 0..self.len() {
            if places.len() == count {
                break;
            }
            if !self.is_same(place, evaluated)? {
                places.push(place);
            }
        }
        if places.len() < count { Err(DrawFault::TooFew(places.len())) } else { Ok(places) }
    }

    /// One more than asked for is drawn where the evaluated document may be among them, and is then left out. Where copies of
    /// it were drawn too, too few are left, and all are drawn again from what is no copy of it.
    fn by_lot(&mut self, count: usize, evaluated: Option<&Document>) -> Result<Vec<usize>, DrawFault> {
        let (size, wanted) = (self.len(), count + usize::from(evaluated.is_some()));
        let drawn = self.random.sample(size, wanted).ok_or(DrawFault::TooFew(size))?;
        let mut places = Vec::with_capacity(count);
        for place in drawn {
            if !self.is_same(place, evaluated)? {
                places.push(place);
            }
        }
        places.truncate(count);
        if places.len() < count {
            let mut others = Vec::new();
            for place in 0..size {
                if !self.is_same(place, evaluated)? {
                    others.push(place);
                }
            }
            let drawn = self.random.sample(others.len(), count).ok_or(DrawFault::TooFew(others.len()))?;
            places = drawn.into_iter().map(|at| others[at]).collect();
        }
        Ok(places)
    }

    fn is_same(&mut self, place: usize, evaluated: Option<&Document>) -> Result<bool, RowsFault> {
        match evaluated {
            Some(evaluated) => Ok(*self.document(place)? == *evaluated),
            None => Ok(false),
        }
    }
}

fn document_seed(task: &str, document: &Document, seed: i64) -> i64 {
    let named = format!("{task}\n{}\n{seed}", hash::doc_hash(document));
    let digest = Sha256::digest(named.as_bytes());
    digest.iter().take(8).fold(0_i64, |seed, byte| (seed << 8) | i64::from(*byte))
}

/// Examples as they are written, kept so that each is written once.
pub(super) struct Shots<T> {
    written: BTreeMap<usize, Arc<T>>,
}

impl<T> Shots<T> {
    pub(super) fn new() -> Self {
        Self { written: BTreeMap::new() }
    }

    /// The example at `place`, written by `write` if it is not kept.
    pub(super) fn get<E>(&mut self, place: usize, write: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        if let Some(shot) = self.written.get(&place) {
            return Ok(Arc::clone(shot));
        }
        let shot = Arc::new(write()?);
        if self.written.len() >= KEPT {
            self.written.clear();
        }
        self.written.insert(place, Arc::clone(&shot));
        Ok(shot)
    }
}
