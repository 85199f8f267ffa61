//! Reliability: how far the evaluators of a panel agree, and who of them differs how.
//!
//! Figures here inform people; no rank hangs on one. They are worked out in `f64` and rounded once, so they are kept
//! as [`Figure`]s apart from the exact numbers that decide.

mod alpha;
mod figure;
mod icc;
mod kendall;
mod severity;
mod table;

use rulebook::Id;
use serde::{Deserialize, Serialize};

pub use self::{alpha::*, figure::*, icc::*, kendall::*, severity::*, table::*};

/// How far the evaluators agree in one table of values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reliability {
    /// The node of the score tree whose aggregator takes these values; the root where a panel's values at several
    /// aggregators are taken together.
    pub at: Id,
    /// The panel that gives them.
    pub panel: Id,
    /// The teams with at least one value.
    pub teams: u32,
    /// The evaluators with at least one value.
    pub evaluators: u32,
    /// The values that are missing, because an evaluator stepped aside or a mark is not applicable.
    pub missing: u32,
    /// Intraclass correlations; none where a value is missing or nothing varies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icc: Option<Icc>,
    /// Krippendorff's alpha with the interval metric; it stands missing values. None where nothing varies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha: Option<Figure>,
    /// Kendall's W, corrected for ties: agreement on the order alone. None where a value is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kendall_w: Option<Figure>,
    /// How each evaluator differs from the rest.
    pub evaluator: Vec<EvaluatorDiagnostics>,
    /// What the teams would have if every evaluator were equally severe; only where a value is missing, because in a
    /// full table severity cancels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additive: Option<Additive>,
}

/// How far the evaluators of `table` agree.
pub fn reliability(table: &ScoreTable) -> Reliability {
    let units = table.to_f64();
    let complete = table.complete_rows();
    Reliability {
        at: table.at.clone(),
        panel: table.panel.clone(),
        teams: count(table.teams.len()),
        evaluators: count(table.evaluators.len()),
        missing: count(table.missing()),
        icc: complete.as_deref().and_then(icc),
        alpha: krippendorff_alpha(&units, Metric::Interval).and_then(Figure::new),
        kendall_w: complete.as_deref().and_then(kendall_w).and_then(Figure::new),
        evaluator: diagnose(table),
        additive: (table.missing() > 0).then(|| additive(table)),
    }
}

pub(crate) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
