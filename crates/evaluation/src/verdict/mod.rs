//! The verdict: does a candidate reach a share of the frontier, and do the data show it?
mod canonical;
mod compare;
mod decide;
mod distribution;
mod exact;
mod figures;
mod file;
mod linear;
mod matched;
mod pair;
mod plan;
mod reason;
mod rule;
mod scores;
mod snapshot;
mod text;

pub use self::canonical::CanonicalFault;
pub use self::compare::{Beside, Bound, Bounds, Comparison, TaskComparison, Unit};
pub use self::figures::{Figures, Interval, Method, Table};
pub use self::file::{Inputs, PublishedOf, RecomputeFault, Verdict, VerdictFault};
pub use self::matched::{Line, Matched};
pub use self::pair::Pairing;
pub use self::plan::{Plan, PlanFault, Planned};
pub use self::reason::{Reason, Word};
pub use self::rule::{Chance, ClusterBy, Gate, Missing, Of, Rule, RuleFault, RuleTask, Scale};
pub use self::scores::{ItemScore, Protocol, Score, Scores, ScoresFault, TaskScores};
pub use self::snapshot::{
    Outside, OutsideBecause, Published, PublishedKind, Snapshot, SnapshotFault, SnapshotModel, Window,
};
pub use self::text::Language;
