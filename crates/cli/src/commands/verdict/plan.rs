//! How many items a verdict takes, before anything is spent.

use anyhow::{Context as _, Result, bail};
use evaluation::verdict::{Belonging, Chance, ClusterBy, Plan, Planned, RuleTask, Scale, Snapshot};

use super::{json_file, rule};
use crate::args::verdict::PlanArgs;
use crate::{Verdict, say, text::wrapped};

/// Says, for every task of the rule, how many items it takes.
pub(crate) fn plan(expected: &PlanArgs) -> Result<Verdict> {
    let rule = rule::of_rulebook(&expected.rule)?;
    let snapshot = expected.snapshot.as_deref().map(json_file::<Snapshot>).transpose()?;
    for task in &rule.tasks {
        let chance = match (rule.scale, task.chance) {
            (Scale::ChanceCorrected, Chance::Level(level)) => level,
            _ => 0.0,
        };
        let plan = Plan {
            candidate: expected.candidate.unwrap_or(expected.frontier),
            frontier: expected.frontier,
            correlation: expected.correlation,
            margin: rule.margin,
            chance,
            alpha: rule.alpha / f64::from(rule.looks),
            power: expected.power,
            clusters: clusters(task, expected, snapshot.as_ref())?,
        };
        say::line(&wrapped("", &told(task, &plan, &plan.items()?, expected)?))?;
    }
    Ok(Verdict::Sound)
}

fn told(task: &RuleTask, plan: &Plan, planned: &Planned, expected: &PlanArgs) -> Result<String> {
    let mut told = format!("{}: expected ratio {:.3}; ", task.task, planned.ratio);
    told.push_str(&planned.pairs.map_or_else(
        || "no number of items will do: the expected ratio lies on the line".to_owned(),
        |pairs| format!("{pairs} items give {:.0} % power", plan.power * 100.0),
    ));
    if let Some(items) = expected.items {
        told.push_str(&format!("; {items} items give {:.0} %", plan.power_with(items)? * 100.0));
    }
    if let ClusterBy::Column(column) = &task.cluster {
        let Belonging { size, within } = plan.clusters;
        told.push_str(&format!(
            "; items of one `{column}` belong together, {size:.1} of them with a correlation of {within:.2}, so {:.2} items \
             hold as much as one that stands alone",
            plan.clusters.effect()
        ));
    }
    Ok(told)
}

/// How the items of a task belong together: as was said, or as the runs of a snapshot show it.
fn clusters(task: &RuleTask, expected: &PlanArgs, snapshot: Option<&Snapshot>) -> Result<Belonging> {
    let ClusterBy::Column(column) = &task.cluster else { return Ok(Belonging::ALONE) };
    if let Some((size, within)) = expected.cluster_size.zip(expected.within_cluster) {
        return Ok(Belonging { size, within });
    }
    let Some(snapshot) = snapshot else {
        bail!(
            "the rule puts items of `{}` together by `{column}`, so it takes more of them: say how many belong together and \
             how alike they are (--cluster-size, --within-cluster), or give a frozen frontier whose runs show it (--snapshot)",
            task.task
        )
    };
    // The model in which items of a cluster are most alike: a plan had better ask for too many than for too few.
    let seen = snapshot.models.iter().filter_map(|model| Belonging::of(model.tasks.get(&task.task)?));
    seen.max_by(|one, other| one.effect().total_cmp(&other.effect())).with_context(|| {
        format!(
            "no run in the snapshot shows how alike items of `{}` with one `{column}` are; say it with --cluster-size and \
             --within-cluster",
            task.task
        )
    })
}
