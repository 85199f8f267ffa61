//! One pass over all weights of a model.

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use thiserror::Error;

use super::hash;
use super::job::{Chunk, Job, Worker, jobs};
use super::signs::Signs;
use super::source::Source;
use super::sums::Sums;
use super::{Moments, Part};
use crate::anatomy::{Families, Layout, LayoutFault};
use crate::weights::{Checkpoint, OpenFault};

/// How a pass goes over the weights.
#[derive(Debug, Clone)]
pub struct PassOptions {
    /// What seeds the signs of the sketches. Fingerprints of different seeds cannot be compared, so that a library has one.
    pub seed: u64,
    /// Threads; what comes out does not depend on their number.
    pub threads: NonZeroUsize,
    /// Whether to read past the page cache (`O_DIRECT`), for models that are not in it: then a thread for each request
    /// that the disk shall have before it, eight or more.
    pub direct: bool,
    /// Which name is which part.
    pub families: Families,
}

impl Default for PassOptions {
    /// Seed 0, a thread for each core, through the page cache, the table that comes with the program.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self { seed: 0, threads, direct: false, families: Families::default() }
    }
}

/// Why a fingerprint could not be made.
#[derive(Debug, Error)]
pub enum PassFault {
    /// What came with the weights cannot be read.
    #[error(transparent)]
    Open(#[from] OpenFault),
    /// The tensors cannot be laid out as parts.
    #[error(transparent)]
    Layout(#[from] LayoutFault),
    /// The weights cannot be read.
    #[error("cannot read {}: {source}; was it changed or cut off in the meantime?", file.display())]
    Read {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The fingerprint cannot be written.
    #[error("cannot write {}: {source}", file.display())]
    Write {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The model has no part of this name.
    #[error("{model} has no {part}; take a part of its own fingerprint, made with the same table of names")]
    NoSuchPart {
        /// Which model.
        model: String,
        /// Which part.
        part: String,
    },
}

impl From<(PathBuf, io::Error)> for PassFault {
    fn from((file, source): (PathBuf, io::Error)) -> Self {
        Self::Read { file, source }
    }
}

/// What is to be done.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) layout: Layout,
    jobs: Vec<Job>,
    /// The first unit of each part among the units of all.
    pub(super) firsts: Vec<u64>,
    pub(super) units: u64,
}

/// What a pass found of a part.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Found {
    pub(super) moments: Moments,
    pub(super) digest: u128,
}

impl Plan {
    pub(super) fn new(checkpoint: &Checkpoint, families: &Families) -> Result<Self, LayoutFault> {
        let layout = Layout::of(checkpoint, families)?;
        let mut units = 0;
        let mut firsts = Vec::with_capacity(layout.places.len());
        for place in &layout.places {
            firsts.push(units);
            units += place.units();
        }
        // In the order of the files, so that disks read on.
        let mut order: Vec<usize> = (0..layout.places.len()).collect();
        let tensors = checkpoint.tensors();
        order.sort_by_key(|part| {
            let place = &layout.places[*part];
            (tensors[place.tensor].shard, tensors[place.tensor].start, place.rows.first, place.columns.first)
        });
        let jobs = order.into_iter().flat_map(|part| jobs(part, &layout.places[part])).collect();
        Ok(Self { layout, jobs, firsts, units })
    }

    /// Does it: hands each chunk and the number of its first unit to `keep`.
    pub(super) fn run(
        &self,
        checkpoint: &Checkpoint,
        options: &PassOptions,
        keep: &(impl Fn(usize, u64, Chunk) -> Result<(), PassFault> + Sync),
    ) -> Result<Vec<Found>, PassFault> {
        let source = Source::open(checkpoint, options.direct)?;
        let signs = Signs::new(options.seed);
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let work = || {
            let mut worker = Worker::new(&source, &signs);
            let mut done = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(job) = self.jobs.get(number) else { break };
                match self.job(&mut worker, job, keep) {
                    Ok((sums, digests)) => done.push((number, sums, digests)),
                    Err(fault) => {
                        stop.store(true, Ordering::Relaxed);
                        return Err((number, fault));
                    }
                }
            }
            Ok(done)
        };
        let threads = options.threads.get().min(self.jobs.len()).max(1);
        let ended = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let own = work();
            let mut ended = vec![own];
            for other in others {
                ended.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            ended
        });
        let mut done = Vec::with_capacity(self.jobs.len());
        let mut faults = Vec::new();
        for thread in ended {
            match thread {
                Ok(jobs) => done.extend(jobs),
                Err(fault) => faults.push(fault),
            }
        }
        if let Some((_, fault)) = faults.into_iter().min_by_key(|(number, _)| *number) {
            return Err(fault);
        }
        done.sort_unstable_by_key(|(number, ..)| *number);
        Ok(self.gather(done))
    }

    fn job(
        &self,
        worker: &mut Worker<'_>,
        job: &Job,
        keep: &impl Fn(usize, u64, Chunk) -> Result<(), PassFault>,
    ) -> Result<(Sums, Vec<u128>), PassFault> {
        let place = &self.layout.places[job.part];
        let mut chunk = worker.run(place, job.rows.clone())?;
        let (sums, digests) = (chunk.sums, std::mem::take(&mut chunk.digests));
        let first = if chunk.norms.len() as u64 == place.units() { 0 } else { job.rows.start };
        keep(job.part, first, chunk)?;
        Ok((sums, digests))
    }

    /// Adds up what was found, always in the same order.
    fn gather(&self, done: Vec<(usize, Sums, Vec<u128>)>) -> Vec<Found> {
        let mut parts = vec![(Sums::default(), Vec::new()); self.layout.places.len()];
        for (number, sums, digests) in done {
            let part = &mut parts[self.jobs[number].part];
            part.0.add(&sums);
            part.1.extend(digests);
        }
        let found = parts.into_iter().zip(&self.layout.places).map(|((sums, digests), place)| Found {
            moments: sums.moments(),
            digest: hash::digest_all(&digests, place.columns.total()),
        });
        found.collect()
    }

    /// The parts, with what was found of them.
    pub(super) fn parts(&self, checkpoint: &Checkpoint, found: &[Found]) -> Vec<Part> {
        let parts = self.layout.places.iter().zip(found).map(|(place, found)| {
            let tensor = &checkpoint.tensors()[place.tensor];
            Part {
                component: place.component,
                role: place.role,
                expert: place.expert,
                tensor: tensor.name.clone(),
                dtype: tensor.dtype.name().to_owned(),
                axis: place.axis,
                units: place.units(),
                width: place.width(),
                digest: format!("{:032x}", found.digest),
                moments: found.moments,
            }
        });
        parts.collect()
    }
}
