//! Why a model could not be made.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::card::CardFault;
use crate::corpus::{DocumentsFault, PrepareFault, TokensFault, WindowsFault};
use crate::folder::SaveFault;
use crate::infer::WeightsFault;
use crate::recipe::RecipeFault;
use crate::tokenizer::{LoadFault, TrainFault as TokenizerFault};
use crate::train::{EngineFault, TrainFault};
use crate::tune::TuneFault;
use crate::world::WriteFault;
use provenance::evidence::EvidenceFault;

/// Why a model could not be made. What was made stays, and the same call goes on from there.
#[derive(Debug, Error)]
pub enum BuildFault {
    /// The recipe makes no model.
    #[error(transparent)]
    Recipe(#[from] RecipeFault),
    /// The text could not be prepared.
    #[error(transparent)]
    Prepare(#[from] PrepareFault),
    /// Documents could not be read.
    #[error(transparent)]
    Documents(#[from] DocumentsFault),
    /// The tokenizer could not be trained.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerFault),
    /// The tokenizer could not be read back.
    #[error(transparent)]
    LoadTokenizer(#[from] LoadFault),
    /// Tokens could not be written or read.
    #[error(transparent)]
    Tokens(#[from] TokensFault),
    /// There is too little text.
    #[error("validation text: {0}")]
    Windows(#[from] WindowsFault),
    /// The training failed.
    #[error(transparent)]
    Train(#[from] TrainFault),
    /// The tuning failed.
    #[error(transparent)]
    Tune(#[from] TuneFault),
    /// The machine that computes failed.
    #[error(transparent)]
    Engine(#[from] EngineFault),
    /// The evidence could not be read.
    #[error(transparent)]
    Evidence(#[from] EvidenceFault),
    /// The weights could not be made to answer.
    #[error(transparent)]
    Weights(#[from] WeightsFault),
    /// The world's files could not be written.
    #[error(transparent)]
    World(#[from] WriteFault),
    /// The folder could not be written.
    #[error(transparent)]
    Save(#[from] SaveFault),
    /// The card could not be written.
    #[error(transparent)]
    Card(#[from] CardFault),
    /// A line of a file for tuning is none.
    #[error("{}:{line}: {what}; each line is {wanted}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
        /// What a line is.
        wanted: &'static str,
    },
    /// A file could not be read or written.
    #[error("{}: {fault}; see that it can be read and written, and that the disk is not full", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// It was told to stop.
    #[error("stopped after {steps} steps; the same command goes on from there")]
    Stopped {
        /// Steps of the training that are done.
        steps: u64,
    },
}

pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> BuildFault + '_ {
    |fault| BuildFault::File { path: path.to_owned(), fault }
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), BuildFault> {
    std::fs::write(path, text).map_err(file(path))
}
