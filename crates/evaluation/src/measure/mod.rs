//! A model is measured: tasks are selected and made ready, documents are asked about, and what the journal holds is scored.
//!
//! Asking fills the journal, in whatever order answers come. Scoring goes over the documents in their order and asks nobody,
//! so it gives the same samples and figures however often and on whatever machine it is done; only what tells when it was
//! done differs. [`Scoring`] does it while answers come, from what is in the journal already and at hand still, and reads the
//! rest from the journal. Where models judge, a walk between the two asks them about the answers, and their verdicts are
//! kept in the same journal. A run that was killed, or ran as many jobs, is scored like any other.

mod book;
mod fault;
mod files;
mod judged;
mod live;
mod page;
mod prepare;
mod score;
mod sink;
mod walk;

pub use self::fault::{ScoreFault, WriteFault};
pub use self::files::write;
pub use self::judged::{Judged, JudgedWalk, Judges, JudgesFault, JudgesInfo};
pub use self::live::Scoring;
pub use self::prepare::{
    ItemFault, Limit, Manner, PrepareFault, Prepared, PreparedTask, Refused, Selected, Shard, prepare, select,
};
pub use self::score::{Cut, Measured, Scored, is_known, score};
pub use self::sink::{RunInfo, Sink, folder, sweep};
pub use self::walk::{Walk, Walked};
