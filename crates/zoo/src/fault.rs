//! What can go wrong while models are trained, derived, written and audited.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a model was not made, written or audited.
#[derive(Debug, Error)]
pub enum Fault {
    /// A tensor that a derivation needs is not there.
    #[error("the model {model} has no tensor {tensor}; derive this from a model that has one")]
    Missing {
        /// Which model.
        model: String,
        /// Which tensor.
        tensor: String,
    },
    /// Two models that cannot be put together.
    #[error(
        "{tensor} is {left:?} in one model and {right:?} in the other; only models of one shape are put together so"
    )]
    Shapes {
        /// Which tensor.
        tensor: String,
        /// Its shape in the one.
        left: Vec<usize>,
        /// In the other.
        right: Vec<usize>,
    },
    /// A derivation asked for what the parent cannot give.
    #[error("{model} cannot be derived so: {what}")]
    Unfit {
        /// Which model.
        model: String,
        /// What is in the way, and what would do.
        what: String,
    },
    /// Training failed.
    #[error("training: {0}")]
    Train(#[from] model::train::EngineFault),
    /// A recipe that makes no model.
    #[error(transparent)]
    Recipe(#[from] model::recipe::RecipeFault),
    /// Too little text.
    #[error("training text: {0}")]
    Windows(#[from] model::corpus::WindowsFault),
    /// No tokenizer came of a corpus.
    #[error("tokenizer: {0}")]
    Tokenizer(#[from] model::tokenizer::TrainFault),
    /// A file could not be written.
    #[error("{path}: {fault}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// A model that was written could not be opened.
    #[error(transparent)]
    Open(#[from] provenance::weights::OpenFault),
    /// Its fingerprint could not be taken.
    #[error(transparent)]
    Pass(#[from] provenance::fingerprint::PassFault),
    /// It could not be audited.
    #[error(transparent)]
    Audit(#[from] provenance::lineage::AuditFault),
}
