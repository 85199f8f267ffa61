//! From a run to what the score tree asks for: which task stands for which item, and what a model earned on it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};
use evaluation::measure::Measured as Run;
use evaluation::score::TaskResult;
use programme::{Measured, Measurement};
use rulebook::{Exact, Id, Node, Stage, Transform};

/// NIA's benchmark: what the texts tell, asked openly.
const NIA: [&str; 2] = ["world_told_ko_generate", "world_told_en_generate"];

/// The thirteen that all teams share.
const COMMON: [&str; 13] = [
    "world_told_ko",
    "world_told_en",
    "world_rare_ko",
    "world_rare_en",
    "world_two_step_ko",
    "world_two_step_en",
    "world_arithmetic_ko",
    "world_arithmetic_en",
    "world_told_ko_generate",
    "world_told_en_generate",
    "world_rare_ko_generate",
    "world_rare_en_generate",
    "world_two_step_en_generate",
];

/// The five that a team is held against the frontier by. All have options, and enough questions that even guessing earns
/// something, so that the frontier's own result is not 0.
const INDIVIDUAL: [&[&str]; 5] = [
    &["world_told_ko"],
    &["world_told_en"],
    &["world_rare_ko", "world_rare_en"],
    &["world_two_step_ko", "world_two_step_en"],
    &["world_told_ko", "world_told_en", "world_rare_ko", "world_rare_en", "world_two_step_ko", "world_two_step_en"],
];

/// What nobody was told: no part of any score.
const CONTROL: [&str; 2] = ["world_untold_ko", "world_untold_en"];

/// All tasks, each once.
pub(crate) fn tasks() -> Vec<String> {
    let all = NIA.iter().chain(&COMMON).chain(INDIVIDUAL.into_iter().flatten()).chain(&CONTROL);
    all.collect::<BTreeSet<_>>().into_iter().map(|task| (*task).to_owned()).collect()
}

/// The tasks that the items of a leaf stand for.
fn tasks_of(leaf: &Node) -> Result<Vec<&'static [&'static str]>> {
    match leaf.id.as_str() {
        "nia" => Ok(vec![&NIA]),
        "common" => Ok(COMMON.chunks(1).collect()),
        "individual" => Ok(INDIVIDUAL.to_vec()),
        other => bail!("the rehearsal has no benchmark for the measured part `{other}`"),
    }
}

/// What a model earned on every measured leaf of a stage, with the frontier's own result beside it where the leaf is a
/// ratio.
pub(crate) fn of(stage: &Stage, run: &Run, frontier: &Run) -> Result<Vec<(Id, Measurement)>> {
    let leaves = stage.score.iter().flat_map(Node::walk).filter(|node| node.measured.is_some());
    leaves.map(|leaf| Ok((leaf.id.clone(), measurement(leaf, run, frontier)?))).collect()
}

fn measurement(leaf: &Node, run: &Run, frontier: &Run) -> Result<Measurement> {
    let measured = leaf.measured.as_ref().context("the leaf is measured")?;
    let items: Vec<Id> = match measured.items.as_slice() {
        [] => vec![leaf.id.clone()],
        items => items.iter().map(|item| item.id.clone()).collect(),
    };
    let tasks = tasks_of(leaf)?;
    ensure!(items.len() == tasks.len(), "`{}` has {} items and {} benchmarks", leaf.id, items.len(), tasks.len());
    let is_ratio = matches!(leaf.transform, Some(Transform::Ratio { .. }));
    let mut values = BTreeMap::new();
    for (item, tasks) in items.into_iter().zip(tasks) {
        let value = &Share::of(run, tasks)?.exact()? * &measured.max;
        let target = if is_ratio { Some(&Share::of(frontier, tasks)?.exact()? * &measured.max) } else { None };
        ensure!(
            target.as_ref().is_none_or(|target| *target > Exact::zero()),
            "the frontier has nothing right in {}, so nothing can be held against it; give it a longer training",
            tasks.join(" and ")
        );
        values.insert(item, Measured { value, target });
    }
    Ok(Measurement::Values(values))
}

/// Questions, and how many of them were answered right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) right: u64,
    pub(crate) asked: u64,
}

impl Share {
    /// Over several tasks together.
    pub(crate) fn of(run: &Run, tasks: &[&str]) -> Result<Self> {
        let mut sum = Self::default();
        for name in tasks {
            let mut all = run.tasks.iter().map(|task| &task.result);
            let task = all.find(|result| result.task == *name).with_context(|| format!("`{name}` was not run"))?;
            let share = Self::of_task(task)?;
            sum = Self { right: sum.right + share.right, asked: sum.asked + share.asked };
        }
        Ok(sum)
    }

    /// A question that has no answer, or one that was cut off, earns what lm-eval gives it, which is nothing at worst.
    fn of_task(task: &TaskResult) -> Result<Self> {
        let metric = task.metrics.first().with_context(|| format!("`{}` has no metric", task.task))?;
        let of_all = metric.lm_eval.value.unwrap_or_default() * metric.lm_eval.n as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count: not below 0, and small")]
        let right = of_all.round() as u64;
        Ok(Self { right, asked: task.items.asked as u64 })
    }

    fn exact(self) -> Result<Exact> {
        ensure!(self.asked > 0, "a task without questions has no result");
        Ok(Exact::ratio(i64::try_from(self.right)?, i64::try_from(self.asked)?))
    }

    /// In whole hundredths.
    pub(crate) fn percent(self) -> String {
        format!("{:.0} %", 100.0 * self.right as f64 / self.asked.max(1) as f64)
    }
}

/// What a model knows, in its three most telling figures.
pub(crate) struct Knows {
    /// Of what it was told often and never asked.
    pub(crate) told: Share,
    /// Of what follows from two things that it was told.
    pub(crate) two_step: Share,
    /// Of what nobody was told; one in four is chance.
    pub(crate) untold: Share,
}

impl Knows {
    /// By the choice among four options.
    pub(crate) fn of(run: &Run) -> Result<Self> {
        Ok(Self {
            told: Share::of(run, &["world_told_ko", "world_told_en"])?,
            two_step: Share::of(run, &["world_two_step_ko", "world_two_step_en"])?,
            untold: Share::of(run, &CONTROL)?,
        })
    }
}

/// What a model knows, in one line.
pub(crate) fn told(run: &Run) -> Result<String> {
    let Knows { told, two_step, untold } = Knows::of(run)?;
    Ok(format!(
        "{} of what it was told, {} of what follows from two things, {} of what nobody was told",
        told.percent(),
        two_step.percent(),
        untold.percent()
    ))
}
