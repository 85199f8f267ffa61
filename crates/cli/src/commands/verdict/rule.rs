//! The frontier rule of a rulebook, as a verdict takes it.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use evaluation::verdict::{Chance, ClusterBy, Gate, Missing, Of, Rule, RuleTask, Scale};
use rulebook::{Frontier, FrontierCluster, FrontierGate, FrontierOf, FrontierTask, MissingItems, ScoreScale};

use crate::read;

/// The frontier rule of the rulebook in `file`.
pub(super) fn of_rulebook(file: &Path) -> Result<Rule> {
    let checked = read::rulebook(file)?;
    let frontier = checked.rulebook.frontier.as_ref();
    let frontier =
        frontier.with_context(|| format!("`{}` has no [frontier], so no verdict is promised", file.display()))?;
    let source = format!("{}, SHA-256 {}", checked.rulebook.programme.id, checked.hash);
    of_frontier(frontier, source).with_context(|| format!("no verdict can be computed by `{}`", file.display()))
}

/// The rule of a `[frontier]`; `source` says where it stands.
pub(crate) fn of_frontier(frontier: &Frontier, source: String) -> Result<Rule> {
    let wanting = frontier.wanting();
    ensure!(wanting.is_empty(), "its [frontier] does not say yet: {}", wanting.join("; "));
    let verdict = frontier.verdict.as_ref().context("it has no [frontier.verdict]")?;
    Ok(Rule {
        source,
        window_months: frontier.window_months,
        of: match &frontier.of {
            FrontierOf::Maximum => Of::Maximum,
            FrontierOf::Mean => Of::Mean,
            FrontierOf::Model(name) => Of::Model(name.clone()),
        },
        scale: match frontier.scale {
            ScoreScale::Raw => Scale::Raw,
            ScoreScale::ChanceCorrected => Scale::ChanceCorrected,
        },
        gate: match verdict.gate {
            FrontierGate::Composite => Gate::Composite,
            FrontierGate::EveryTask => Gate::EveryTask,
        },
        margin: frontier.margin.to_f64(),
        alpha: frontier.alpha.to_f64(),
        missing: match frontier.missing {
            MissingItems::Wrong => Missing::Wrong,
            MissingItems::LeftOut => Missing::LeftOut,
            MissingItems::NotShown => Missing::NotShown,
        },
        looks: verdict.looks,
        truncation_tolerance: verdict.truncation_tolerance.to_f64(),
        extraction_tolerance: verdict.extraction_tolerance.to_f64(),
        tasks: frontier.tasks.iter().map(task).collect(),
    })
}

fn task(task: &FrontierTask) -> RuleTask {
    RuleTask {
        task: task.task.clone(),
        metric: task.metric.clone(),
        filter: task.filter.clone(),
        weight: task.weight.to_f64(),
        chance: task.chance.as_ref().map_or(Chance::Unknown, |chance| Chance::Level(chance.to_f64())),
        cluster: match &task.cluster {
            FrontierCluster::None => ClusterBy::Item,
            FrontierCluster::Column(column) => ClusterBy::Column(column.clone()),
        },
        least_items: task.least_items,
    }
}
