//! The list under the three usual aggregators, side by side.
//!
//! Dropping the highest and the lowest for each team drops different people for different teams, so severity no longer
//! cancels; a median decides poorly on a small panel. Where the three disagree about the list, the line is close.

use std::collections::BTreeSet;

use rulebook::{Aggregator, Exact, Node};
use serde::{Deserialize, Serialize};

use super::{
    contest::Contest,
    number::Column,
    scoring::{Judged, Plan},
};
use crate::{Tally, TeamId};

/// Who would be kept under each of the three aggregators, put at every node that has an aggregator, majorities apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AggregatorComparison {
    /// Under the mean.
    pub mean: KeptUnder,
    /// Under the mean without the highest and the lowest; none where a team has fewer than three values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trimmed: Option<KeptUnder>,
    /// Under the median.
    pub median: KeptUnder,
    /// Whether all that can be worked out keep the same teams without a tie across the line.
    pub agree: bool,
}

/// The teams that one aggregator keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptUnder {
    /// Kept whatever the tie ladder says.
    pub kept: BTreeSet<TeamId>,
    /// Exactly equal across the line: the ladder would choose.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tied: BTreeSet<TeamId>,
}

/// Compares the aggregators; none where the tree has none to compare.
pub(super) fn compare(root: &Node, tally: &Tally, contest: &Contest<'_>) -> Option<AggregatorComparison> {
    let all = Judged::all(root, tally);
    let judged: Vec<&Judged<'_>> = all.iter().filter(|judged| *judged.aggregator != Aggregator::Majority).collect();
    if judged.is_empty() {
        return None;
    }
    let plan = Plan::<Exact>::of(root, &judged.iter().map(|judged| &judged.node.id).collect::<Vec<_>>(), tally)?;
    let under = |aggregator: Aggregator| {
        let columns = judged.iter().map(|judged| judged.aggregated(tally, &aggregator, |_| true).ok());
        let standing = contest.standing(&plan.points(&columns.collect::<Option<Vec<Column<Exact>>>>()?)?)?;
        Some(KeptUnder { kept: contest.names(&standing.sure), tied: contest.names(&standing.tied) })
    };
    let (mean, median) = (under(Aggregator::Mean)?, under(Aggregator::Median)?);
    let trimmed = under(Aggregator::TrimmedMean { drop: 1 });
    let agree = mean.tied.is_empty() && mean == median && trimmed.as_ref().is_none_or(|trimmed| *trimmed == mean);
    Some(AggregatorComparison { mean, trimmed, median, agree })
}
