//! How many items a verdict takes, before anything is spent.

use std::path::Path;

use anyhow::Result;
use evaluation::verdict::{Chance, Plan, Scale};

use super::rule;
use crate::{Verdict, say, text::wrapped};

/// What is expected of the two models.
pub(crate) struct Expected {
    pub(crate) frontier: f64,
    pub(crate) candidate: f64,
    pub(crate) correlation: f64,
    pub(crate) power: f64,
}

/// Says, for every task of the rule, how many items it takes.
pub(crate) fn plan(rulebook: &Path, expected: &Expected) -> Result<Verdict> {
    let rule = rule::of_rulebook(rulebook)?;
    for task in &rule.tasks {
        let chance = match (rule.scale, task.chance) {
            (Scale::ChanceCorrected, Chance::Level(level)) => level,
            _ => 0.0,
        };
        let plan = Plan {
            candidate: expected.candidate,
            frontier: expected.frontier,
            correlation: expected.correlation,
            margin: rule.margin,
            chance,
            alpha: rule.alpha / f64::from(rule.looks),
            power: expected.power,
            cluster_size: 1.0,
            within_cluster: 0.0,
        };
        let planned = plan.items()?;
        let takes = planned.pairs.map_or_else(
            || "no number of items will do: the expected ratio lies on the line".to_owned(),
            |pairs| format!("{pairs} items give {:.0} % power", expected.power * 100.0),
        );
        say::line(&wrapped("", &format!("{}: expected ratio {:.3}; {takes}", task.task, planned.ratio)))?;
    }
    Ok(Verdict::Sound)
}
