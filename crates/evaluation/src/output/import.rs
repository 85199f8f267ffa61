//! Runs of other tools, as a verdict can use them: items with scores, by task.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::verdict::{ItemScore, Protocol, Score, Scores, TaskScores};
use crate::{Class, JUDGE};

/// One task of one model, as another tool ran it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedTask {
    /// The model's name.
    pub model: String,
    /// The task.
    pub task: String,
    /// Its items, one a repeat.
    pub items: Vec<ImportedItem>,
}

/// One item, asked once.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedItem {
    /// What names the item in every model's run: the hash of its document, or the tool's own identifier.
    pub key: String,
    /// Which repeat, from 0.
    pub repeat: usize,
    /// The SHA-256 of the prompt.
    pub prompt_hash: String,
    /// The SHA-256 of the target.
    pub target_hash: String,
    /// What it earned, by `metric,filter` or by the name of a scorer.
    pub scores: BTreeMap<String, f64>,
    /// What became of it.
    pub class: Class,
    /// Why, where it was not scored.
    pub reason: Option<String>,
    /// The document, for the keys of clusters.
    pub doc: Json,
}

/// What a task of a rule asks of an import: which score counts, and which column makes items belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The task.
    pub task: &'a str,
    /// The metric.
    pub metric: &'a str,
    /// The filter; where a tool has none, the metric alone names the score.
    pub filter: &'a str,
    /// The column of the document, if items belong together.
    pub cluster: Option<&'a str>,
}

/// Why an import cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportFault {
    /// The task is not in the run.
    #[error("the run has no task `{task}`; it has {has}; run that task too, or take it out of the rule")]
    NoTask {
        /// The task.
        task: String,
        /// The tasks there are.
        has: String,
    },
    /// No item has the score.
    #[error(
        "no item of `{task}` has the score `{score}`; they have {has}; let the rule name one of these, or score the run anew"
    )]
    NoScore {
        /// The task.
        task: String,
        /// The score.
        score: String,
        /// The scores there are.
        has: String,
    },
    /// Items say nothing of what makes them belong together.
    #[error(
        "item {key} of `{task}` has no column `{column}`, by which the rule puts items together; let the rule name a column that \
         all documents have, or take items as they stand"
    )]
    NoCluster {
        /// The task.
        task: String,
        /// The item.
        key: String,
        /// The column.
        column: String,
    },
}

/// The scores of a model over the wanted tasks, as a verdict takes them.
///
/// Of items that stand in several repeats the mean counts; if one repeat was not scored, the item is not.
pub fn scores(run: &[ImportedTask], protocol: Protocol, wanted: &[Wanted<'_>]) -> Result<Scores, ImportFault> {
    let model = run.first().map(|task| task.model.clone()).unwrap_or_default();
    let tasks = wanted.iter().map(|wanted| {
        let task = run.iter().find(|task| task.task == wanted.task).ok_or_else(|| no_task(run, wanted))?;
        Ok((wanted.task.to_owned(), task_scores(task, wanted)?))
    });
    Ok(Scores { model, protocol, tasks: tasks.collect::<Result<_, ImportFault>>()? })
}

fn no_task(run: &[ImportedTask], wanted: &Wanted<'_>) -> ImportFault {
    let has = run.iter().map(|task| task.task.as_str()).collect::<Vec<_>>().join(", ");
    ImportFault::NoTask { task: wanted.task.to_owned(), has }
}

fn task_scores(task: &ImportedTask, wanted: &Wanted<'_>) -> Result<TaskScores, ImportFault> {
    let full = format!("{},{}", wanted.metric, wanted.filter);
    let has = |name: &str| task.items.iter().any(|item| item.scores.contains_key(name));
    let name = if has(&full) { full.as_str() } else { wanted.metric };
    if !has(name) {
        let all: BTreeSet<&str> = task.items.iter().flat_map(|item| item.scores.keys().map(String::as_str)).collect();
        let has = if all.is_empty() { "none".to_owned() } else { all.into_iter().collect::<Vec<_>>().join("; ") };
        return Err(ImportFault::NoScore { task: task.task.clone(), score: full, has });
    }
    let mut repeats: BTreeMap<String, Vec<&ImportedItem>> = BTreeMap::new();
    for item in &task.items {
        repeats.entry(item.key.clone()).or_default().push(item);
    }
    let items = repeats.into_iter().map(|(key, repeats)| item_score(key, &repeats, name, (&task.task, wanted)));
    let items = items.collect::<Result<_, _>>()?;
    Ok(TaskScores { metric: wanted.metric.to_owned(), filter: wanted.filter.to_owned(), items })
}

fn item_score(
    key: String,
    repeats: &[&ImportedItem],
    name: &str,
    (task, wanted): (&str, &Wanted<'_>),
) -> Result<ItemScore, ImportFault> {
    let values: Vec<f64> = repeats.iter().filter_map(|item| item.scores.get(name).copied()).collect();
    let unscored = repeats.iter().find(|item| !item.class.counts(wanted.metric) || !item.scores.contains_key(name));
    let class = unscored.map_or(Class::Scored, |item| match item.class {
        Class::Scored if wanted.metric == JUDGE => Class::JudgeInvalid,
        Class::Scored => Class::ExtractorFailed,
        class => class,
    });
    let cluster = wanted.cluster.map(|column| {
        let value = repeats.first().and_then(|item| item.doc.get(column));
        let value = value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        value.ok_or_else(|| ImportFault::NoCluster {
            task: task.to_owned(),
            key: key.clone(),
            column: column.to_owned(),
        })
    });
    Ok(ItemScore {
        score: (class == Class::Scored).then(|| mean(&values)),
        class,
        repeats: u32::try_from(repeats.len()).unwrap_or(u32::MAX),
        cluster: cluster.transpose()?,
        prompt_hash: repeats.first().map(|item| item.prompt_hash.clone()).unwrap_or_default(),
        key,
    })
}

/// A fraction where every score is 0 or 1, which loses nothing.
fn mean(values: &[f64]) -> Score {
    let ones = values.iter().filter(|value| value.to_bits() == 1f64.to_bits()).count();
    let zeros = values.iter().filter(|value| **value == 0.0).count();
    match (u32::try_from(ones), u32::try_from(values.len())) {
        (Ok(ones), Ok(all)) if all > 1 && ones as usize + zeros == values.len() => Score::Fraction(ones, all),
        #[expect(clippy::cast_precision_loss, reason = "a count of repeats")]
        _ => Score::Number(values.iter().sum::<f64>() / values.len() as f64),
    }
}
