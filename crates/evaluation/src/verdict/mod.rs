//! The verdict: does a candidate reach a share of the frontier, and do the data show it?
//!
//! [`Verdict::compute`] takes the candidate's [`Scores`] by item, a frozen [`Snapshot`] of the frontier and a [`Rule`] in
//! which nothing is left to a default, and says one of three words: *reached*, *not reached* or *not shown*. A point
//! estimate above the line is never enough. [`Verdict::canonical`] is the file, [`Verdict::recompute`] holds it against the
//! same inputs byte by byte, [`Verdict::text`] tells it, [`Plan`] says beforehand how many items it will take.
//!
//! # The question
//!
//! With a margin `m` (0.95), every item is worth `d = y_c − m·y_f`, or `(y_c − g) − m·(y_f − g)` where what guessing earns
//! (`g`) is taken off; then `g` does matter, since the margin multiplies it. "The mean of `d` is at least 0" is "the ratio is
//! at least `m`" without a division, and the items are compared in pairs, so that what is hard for both models does not
//! count as noise.
//!
//! - **One benchmark, items right or wrong, each for itself**: the score statistic for the ratio of matched proportions
//!   with constrained maximum-likelihood chances (`matched`), its tail summed over all tables and taken at its highest
//!   around the likeliest chances (`exact`). The interval is the margins that the same test does not refuse.
//! - **Anything else** (means of repeats, clusters, several benchmarks, the mean of several models): the t-test on sums
//!   of clusters with CR2 and Satterthwaite's degrees of freedom, half a cluster more, the worst possible, and Fieller's
//!   interval (`linear`).
//! - **Several tests** (the best of several models, every benchmark for itself): "reached" needs all, at the full level
//!   (intersection–union); "not reached" needs one, at Holm's (`decide`).
//!
//! # What it does not take
//!
//! Items are paired by key; one that only one model was asked, or that has no answer, is listed, counts as the rule
//! says, and its worst and best case are computed: a word that they could turn is not said. Prompts that differ, other
//! token budgets, shares of cut or unreadable answers further apart than the rule allows, more looks than planned, a
//! model of the window without items: not shown, with the reason. Published totals are context and in no figure.
//!
//! # The level
//!
//! How often a word is said wrongly, at its highest over accuracies of the frontier from 0.2 to 0.99 and over all
//! likenesses of the two models from unlike to nested; nominal 0.05 (`benches/verdict_level.rs`). Where it says exact it is
//! no estimate: tables are decided and their chances summed. The highest of several draws lies a little above the truth.
//!
//! | items | how | reached | not reached |
//! |---|---|---|---|
//! | 30 | exact, grid | 0.0536 | 0.0501 |
//! | 60 | exact, grid | 0.0504 | 0.0503 |
//! | 70 | exact, grid | 0.0504 | 0.0518 |
//! | 100 | exact, 31 points | 0.0509 | 0.0513 |
//! | 200 | exact, 8 points near the ceiling | 0.0458 | 0.0520 |
//! | 500 | summed at 49 points, corrected by 100,000 draws each | 0.0500 | 0.0500 |
//! | 1,000 | 9 points, 20,000 draws each | 0.0528 | 0.0510 |
//! | 5,000 | summed at 9 points, corrected by 20,000 draws each | 0.0501 | 0.0511 |
//!
//! Summed is how often the score test says the word; drawn, with a standard error of at most 0.0003, is how much more
//! often the p-value says it. The row of 1,000 items is of draws alone, with a standard error of 0.0015 at each point. Nine
//! points are few: between them it may be a little higher.
//!
//! The score test alone strays to 0.0701 ("not reached", 100 items, a frontier at 0.7), so it is used alone only where
//! the sum would run over more than a million cells.
//!
//! The t-test, "reached" said wrongly with a frontier at 0.99 and a candidate four fifths of the way from independent to
//! nested; items of a cluster are half alike. 20,000 draws each, 2,500 at 1,000 items:
//!
//! | items | plain CR2 | with half a cluster more |
//! |---|---|---|
//! | 100 alone | 0.1079 | 0.0335 |
//! | 1,000 alone | 0.0616 | 0.0476 |
//! | 100, each the mean of two repeats | 0.1084 | 0.0307 |
//! | 3 benchmarks of 100, weights 5 : 3 : 2 | 0.0843 | 0.0352 |
//! | 300 in clusters of 5 | 0.1190 | 0.0216 |
//! | 1,000 in clusters of 25 | 0.1448 | 0.0032 |
//!
//! Over frontiers at 0.2, 0.5, 0.8, 0.95 and 0.99, two likenesses and 30 to 1,000 items, its highest level was 0.0520.
//!
//! The price is power with few clusters: a dozen large ones show next to nothing, which is what they hold.
//!
//! # Every machine, the same bytes
//!
//! No clock, no threads, no random draw; sums run in the order of keys, and logarithms and exponentials come from `libm`,
//! not from the platform.

mod belonging;
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

pub use self::belonging::Belonging;
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
