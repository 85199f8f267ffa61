//! Scores: from answers to samples, from samples to results, from results to groups.
//!
//! [`Scorer`] puts the answers of an item through the task's filters and metrics, exactly as lm-evaluation-harness
//! 0.4.13 does, and gives the item its class. [`Tally`] takes samples in any order, keeps a few numbers of each, and
//! makes a [`TaskResult`]. [`aggregate_group`] makes a [`GroupResult`] of several.
//!
//! # Two scores
//!
//! lm-eval scores whatever text there is: a half-finished answer, a refusal, and a text in which its pattern found
//! nothing all count as wrong. Here an item counts only if it has an answer. The two differ, and both are worth having:
//! one says how good the answers are, the other can be compared with published numbers. So a result has both:
//!
//! | class of the item | counts in `value` | counts in `lm_eval.value` |
//! |---|---|---|
//! | scored | yes | yes |
//! | truncated, refused | no | yes: the text that came is scored, or an empty one |
//! | extractor failed | no | yes: the fallback `[invalid]` is scored, which mostly earns 0 |
//! | transport error | no | no: lm-eval ends without any result there |
//! | judge invalid | by the task's rules yes, by judges there is no value | the same |
//!
//! Nothing is hidden by the first: the result says how many items there are of each class, and between which
//! [`Bounds`] the score would lie whatever the missing items had earned. Where every item is scored, both are the same.
//!
//! The class is *truncated* if the limit of tokens cut the answer, unless the task asks for at most [`SHORT_ANSWER`]
//! tokens: then to be cut is what the task means. It is *extractor failed* if every pipeline that extracts put its
//! fallback in place of every answer. An item whose request failed has the class of the failure. Where models judge, an
//! item that the rules scored and no judge gave a verdict on is *judge invalid*: its score by the rules stays as it is.

mod aggregate;
mod corpus;
mod filter;
mod group;
mod metric;
mod result;
mod scorer;
mod tally;
mod text;

pub use self::aggregate::{
    AggregationFault, BOOTSTRAP_ITERATIONS, Clustered, Interval, Method, clustered_stderr, mean_interval, mean_stderr,
    pooled_stderr, unweighted_stderr, wilson,
};
pub use self::corpus::Corpus;
pub use self::filter::{FILTERS, FilterFault, INVALID, knows_filter};
pub use self::group::{GroupMetric, GroupMetricSpec, GroupResult, GroupSpec, aggregate_group};
pub use self::metric::{METRICS, MetricFault, RunPrograms, knows_metric};
pub use self::result::{Bounds, Items, LmEval, MetricResult, TaskResult};
pub(crate) use self::scorer::unanswered;
pub use self::scorer::{Answers, GoldOf, SHORT_ANSWER, Scorer, ScorerFault};
pub use self::tally::{Tally, TallyOptions};
