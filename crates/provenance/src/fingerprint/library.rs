//! A library of models to hold a candidate against: fingerprints, and models that have none yet.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::pass::Plan;
use super::{Fingerprint, FingerprintFault, PassFault, PassOptions};
use crate::weights::{Checkpoint, OpenFault};

/// Units that a fingerprint made on the fly may have: about a gigabyte of memory, a model of some 14 thousand million
/// weights.
const MOST_UNITS: u64 = 1 << 22;

/// Why a library could not be opened.
#[derive(Debug, Error)]
pub enum LibraryFault {
    /// The folder cannot be listed.
    #[error("cannot list {}: {source}", folder.display())]
    Read {
        /// Which folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing to hold a candidate against.
    #[error("{} holds no *.fingerprint file and no model; put some there, or name another folder", .0.display())]
    Empty(PathBuf),
    /// A fingerprint cannot be opened.
    #[error(transparent)]
    Fingerprint(#[from] FingerprintFault),
    /// A model cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenFault),
    /// A model cannot be fingerprinted.
    #[error(transparent)]
    Pass(#[from] PassFault),
    /// A model is too large to be fingerprinted on the fly.
    #[error("{} is too large to be fingerprinted in passing; write its fingerprint to a file in this folder first", .0.display())]
    TooLarge(PathBuf),
    /// Fingerprints that cannot be compared.
    #[error("{} was made with the seed {found}, where {wanted} is asked for; make it anew", path.display())]
    Seed {
        /// Which fingerprint.
        path: PathBuf,
        /// Its seed.
        found: u64,
        /// The seed of the others.
        wanted: u64,
    },
    /// Two models of one name.
    #[error("{} and {} are both called {name}; rename one, or make its fingerprint anew", one.display(), other.display())]
    Twice {
        /// The name.
        name: String,
        /// The one.
        one: PathBuf,
        /// The other.
        other: PathBuf,
    },
}

/// A model of a library.
#[derive(Debug)]
pub struct Known {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// The file or folder that it comes from.
    pub path: PathBuf,
    /// Whether the fingerprint was made just now, from the weights.
    pub made: bool,
}

/// Models to hold a candidate against, in the order of their names.
#[derive(Debug)]
pub struct Library {
    models: Vec<Known>,
}

impl Library {
    /// Opens all `*.fingerprint` files of a folder, and fingerprints all models in it (folders and `.safetensors` files)
    /// that have none. `told` hears of each model that has to be fingerprinted, before it is.
    ///
    /// # Errors
    ///
    /// When one of them cannot be read, was made with another seed, or shares its name with another, or there is none.
    pub fn open(folder: &Path, options: &PassOptions, told: &mut dyn FnMut(&Path)) -> Result<Self, LibraryFault> {
        let read = |source| LibraryFault::Read { folder: folder.to_owned(), source };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(read)? {
            paths.push(entry.map_err(read)?.path());
        }
        paths.sort();
        let mut models: Vec<Known> = Vec::new();
        for path in paths {
            models.extend(known(path, options, told)?);
        }
        models.sort_by(|one, other| one.name().cmp(other.name()));
        if let Some([one, other]) = models.array_windows().find(|[one, other]| one.name() == other.name()) {
            let (name, one, other) = (one.name().to_owned(), one.path.clone(), other.path.clone());
            return Err(LibraryFault::Twice { name, one, other });
        }
        if models.is_empty() { Err(LibraryFault::Empty(folder.to_owned())) } else { Ok(Self { models }) }
    }

    /// Its models, by name.
    #[must_use]
    pub fn models(&self) -> &[Known] {
        &self.models
    }
}

impl Known {
    /// What the model is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.fingerprint.facts().name
    }
}

/// What a path of the folder is, if it is a model.
fn known(path: PathBuf, options: &PassOptions, told: &mut dyn FnMut(&Path)) -> Result<Option<Known>, LibraryFault> {
    let has = |ending: &str| path.extension().is_some_and(|found| found == ending);
    if has("fingerprint") {
        let fingerprint = Fingerprint::open(&path)?;
        let (found, wanted) = (fingerprint.facts().seed, options.seed);
        if found != wanted {
            return Err(LibraryFault::Seed { path, found, wanted });
        }
        return Ok(Some(Known { fingerprint, path, made: false }));
    }
    if !is_model(&path) && !has("safetensors") {
        return Ok(None);
    }
    let checkpoint = Checkpoint::open(&path)?;
    if Plan::new(&checkpoint, &options.families).map_err(PassFault::from)?.units > MOST_UNITS {
        return Err(LibraryFault::TooLarge(path));
    }
    told(&path);
    let fingerprint = Fingerprint::of(&checkpoint, options)?;
    Ok(Some(Known { fingerprint, path, made: true }))
}

/// Whether a path is a folder with weights in it.
fn is_model(path: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(path) else { return false };
    let is_weights = |path: PathBuf| path.extension().is_some_and(|ending| ending == "safetensors");
    entries.flatten().any(|entry| is_weights(entry.path())) || path.join("model.safetensors.index.json").exists()
}
