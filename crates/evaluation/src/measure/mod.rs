//! A model is measured: tasks are selected and made ready, documents are asked about, and what the journal holds is scored.
//!
//! Asking and scoring are two walks over the same items. Asking fills the journal, in whatever order answers come;
//! scoring reads it in the order of the documents, asks nobody, and so gives the same samples and figures however
//! often and on whatever machine it is done; only what tells when it was done differs. Where models judge, a walk between the two asks them about the answers, and their verdicts
//! are kept in the same journal. A run that was killed, or ran as many jobs, is scored like any other.

mod book;
mod fault;
mod files;
mod judged;
mod page;
mod prepare;
mod score;
mod sink;
mod walk;

pub use self::fault::{ScoreFault, WriteFault};
pub use self::files::write;
pub use self::judged::{Judged, JudgedWalk, Judges, JudgesFault, JudgesInfo};
pub use self::prepare::{
    ItemFault, Limit, Manner, PrepareFault, Prepared, PreparedTask, Refused, Selected, Shard, prepare, select,
};
pub use self::score::{Cut, Measured, Scored, is_known, score};
pub use self::sink::{RunInfo, Sink, folder};
pub use self::walk::Walk;
