//! Why what was answered could not be scored or written down.

use std::path::PathBuf;

use super::prepare::ItemFault;
use crate::endpoint::Misfit;
use crate::output::inspect::WriteError;
use crate::output::lm_eval::{ResultsError, SamplesError};
use crate::run::JournalFault;
use crate::score::ScorerFault;

/// Why what the journal holds cannot be scored.
#[derive(Debug, thiserror::Error)]
pub enum ScoreFault {
    /// A prompt cannot be made.
    #[error(transparent)]
    Item(#[from] ItemFault),
    /// A task cannot be scored.
    #[error(transparent)]
    Scorer(#[from] Box<ScorerFault>),
    /// A request cannot be asked of this model at all.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalFault),
    /// An output cannot be written.
    #[error(transparent)]
    Write(#[from] WriteFault),
}

/// Why an output could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteFault {
    /// lm-eval's samples.
    #[error(transparent)]
    Samples(#[from] SamplesError),
    /// lm-eval's results.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// Inspect's log.
    #[error(transparent)]
    Log(#[from] WriteError),
    /// The page, whose template is part of this program.
    #[error("the report cannot be drawn, which is a fault of this program; the results are written all the same: {0}")]
    Page(#[from] minijinja::Error),
    /// A folder or file.
    #[error("cannot write {}: {source}; look whether there is room, and whether the folder may be written", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
