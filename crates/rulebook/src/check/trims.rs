//! A trimmed mean leaves something.

use super::{aggregation, walk};
use crate::{Aggregator, Rulebook, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    for (place, stage) in walk::stages(book) {
        for (at, node) in walk::nodes(&place, stage) {
            let Some(Aggregator::TrimmedMean { drop }) = node.aggregate else { continue };
            let at = at.key("aggregate").key("trimmed-mean").key("drop");
            if drop == 0 {
                problems.error(at, "nothing is trimmed", "write 1 or more, or `aggregate = \"mean\"`");
                continue;
            }
            let Some(aggregation::Level::Evaluators(panel)) = aggregation::before(node) else { continue };
            let sheets = stage.panel(panel).and_then(crate::Panel::fewest_sheets);
            if let Some(sheets) = sheets.filter(|sheets| u64::from(*sheets) <= 2 * u64::from(drop)) {
                let wrong = format!("{drop} dropped at each end of {sheets} sheets leaves none");
                let right = "drop fewer, or raise the quorum or the seats";
                problems.error(at, wrong, right);
            }
        }
    }
}
