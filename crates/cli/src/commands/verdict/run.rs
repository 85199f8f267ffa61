//! A run, whoever made it, as scores by item.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use evaluation::output::import::{ImportedTask, Wanted, scores};
use evaluation::output::{inspect, lm_eval};
use evaluation::verdict::{ClusterBy, Protocol, Rule, Scores};
use serde_json::Value as Json;

/// The scores of the run in `folder` over the tasks of `rule`; a file can say how it was made.
pub(crate) fn read((folder, protocol): (&Path, Option<&Path>), rule: &Rule) -> Result<Scores> {
    let folder = of_one_model(folder)?;
    let (tasks, of_run) = tasks_of(&folder)?;
    let protocol = filled(of_run, protocol.map(told).transpose()?);
    let wanted = rule.tasks.iter().map(|task| Wanted {
        task: &task.task,
        metric: &task.metric,
        filter: &task.filter,
        cluster: match &task.cluster {
            ClusterBy::Item => None,
            ClusterBy::Column(column) => Some(column),
        },
    });
    let read = scores(&tasks, protocol, &wanted.collect::<Vec<_>>());
    read.with_context(|| format!("the run in `{}` cannot be used", folder.display()))
}

/// How a run was made, as a file says it.
fn told(file: &Path) -> Result<Protocol> {
    toml::from_str(&crate::read::text(file)?).with_context(|| format!("`{}` is no protocol of a run", file.display()))
}

/// What a run says of how it was made, and, where it is silent, what was said of it.
pub(super) fn filled(of_run: Protocol, said: Option<Protocol>) -> Protocol {
    let said = said.unwrap_or_default();
    let either = |run: String, said: String| if run.is_empty() { said } else { run };
    Protocol {
        endpoint: either(of_run.endpoint, said.endpoint),
        model_id: either(of_run.model_id, said.model_id),
        collected_on: either(of_run.collected_on, said.collected_on),
        token_budget: either(of_run.token_budget, said.token_budget),
        reasoning_effort: either(of_run.reasoning_effort, said.reasoning_effort),
    }
}

/// The folder itself, or the one model's in it.
fn of_one_model(folder: &Path) -> Result<PathBuf> {
    ensure!(
        folder.is_dir(),
        "`{}` is no folder; a run is the folder that `daepyo eval`, lm-eval or inspect left",
        folder.display()
    );
    if holds_results(folder)? {
        return Ok(folder.to_owned());
    }
    let mut inner: Vec<PathBuf> = Vec::new();
    for entry in folder.read_dir().with_context(|| format!("`{}` cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() && holds_results(&path)? {
            inner.push(path);
        }
    }
    inner.sort();
    match inner.as_slice() {
        [one] => Ok(one.clone()),
        [] => bail!("`{}` holds no samples_<task>_<date>.jsonl and no .eval log", folder.display()),
        several => {
            let names = several.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
            bail!("`{}` holds the runs of several models; name one of {}", folder.display(), names.join(", "))
        }
    }
}

fn holds_results(folder: &Path) -> Result<bool> {
    Ok(!files(folder, |name| is_samples(name) || name.ends_with(".eval"))?.is_empty())
}

fn is_samples(name: &str) -> bool {
    name.starts_with("samples_") && name.ends_with(".jsonl")
}

fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in folder.read_dir().with_context(|| format!("`{}` cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(&wanted) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The tasks of a run and how it was made. lm-eval's samples are read where there are some, for they hold everything.
fn tasks_of(folder: &Path) -> Result<(Vec<ImportedTask>, Protocol)> {
    let ours = folder.join("run.json");
    if !files(folder, is_samples)?.is_empty() {
        if !ours.exists() {
            return Ok((lm_eval::read_run(folder, None)?, Protocol::default()));
        }
        // Samples of other runs may lie here too; only those of the run that is described are its.
        let run = super::json_file::<Json>(&ours)?;
        let mut tasks = lm_eval::read_run(folder, run["run"]["date_id"].as_str())?;
        if let Some(model) = run["run"]["model"].as_str() {
            tasks.iter_mut().for_each(|task| model.clone_into(&mut task.model));
        }
        return Ok((tasks, protocol(&run)));
    }
    let logs = files(folder, |name| name.ends_with(".eval"))?;
    // Names begin or end with the date: of several logs of one task the last is the latest.
    let mut tasks: BTreeMap<String, ImportedTask> = BTreeMap::new();
    for log in &logs {
        let task = inspect::read(log)?;
        tasks.insert(task.task.clone(), task);
    }
    Ok((tasks.into_values().collect(), Protocol::default()))
}

/// How a run of ours was made. Nothing in it changes when the run is scored anew.
fn protocol(run: &Json) -> Protocol {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let generation = &run["run"]["options"]["gen_kwargs"];
    let told =
        |key: &str| generation.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let endpoints = run["run"]["endpoints"].as_array().map(Vec::as_slice).unwrap_or_default();
    let collected = run["collected"].as_i64().and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    Protocol {
        endpoint: endpoints.iter().map(text).collect::<Vec<_>>().join(" "),
        model_id: text(&run["run"]["model"]),
        collected_on: collected.map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default(),
        token_budget: told("max_gen_toks").unwrap_or_else(|| "as the task says".to_owned()),
        reasoning_effort: told("reasoning_effort").unwrap_or_else(|| "not told".to_owned()),
    }
}
