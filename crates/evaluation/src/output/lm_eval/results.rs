//! `results_<date>.json`: what every task and group came to, in lm-eval's keys and with the scores as lm-eval counts them.
//!
//! What is ours alone stands under `daepyo`; lm-eval's readers pass over it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use crate::TaskConfig;
use crate::score::{GroupResult, LmEval, TaskResult};
use crate::task::{Field, OutputType};

/// Why results could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write results to {}: {source}; look whether there is room, and whether the folder may be written", .path.display())]
pub struct ResultsError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: std::io::Error,
}

/// What the file says of the run besides its results.
#[derive(Clone, Debug)]
pub struct RunConfig {
    /// The model's name.
    pub model: String,
    /// What lm-eval would call the model's kind: `local-completions` or `local-chat-completions`.
    pub source: &'static str,
    /// Everything that was asked for, by its flag.
    pub options: Json,
    /// Seconds since 1970 when the run began.
    pub date: i64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Stands before everything.
    pub system_instruction: Option<String>,
    /// Whether examples were turns of the conversation.
    pub fewshot_as_multiturn: bool,
    /// The chat template, where one was applied here.
    pub chat_template: Option<String>,
    /// lm-eval's hash of every task's documents, prompts and targets.
    pub task_hashes: BTreeMap<String, String>,
    /// What is ours alone.
    pub ours: Json,
}

/// Writes the results to `path`.
pub fn write_results(
    path: &Path,
    run: &RunConfig,
    tasks: &[(&TaskConfig, &TaskResult)],
    groups: &[GroupResult],
) -> Result<(), ResultsError> {
    let fault = |source| ResultsError { path: path.to_owned(), source };
    let text = serde_json::to_string_pretty(&document(run, tasks, groups)).map_err(|error| fault(error.into()))?;
    std::fs::write(path, text + "\n").map_err(fault)
}

fn document(run: &RunConfig, tasks: &[(&TaskConfig, &TaskResult)], groups: &[GroupResult]) -> Json {
    let by_task = |of: fn(&TaskConfig, &TaskResult) -> Json| -> Map<String, Json> {
        tasks.iter().map(|(config, result)| (result.task.clone(), of(config, result))).collect()
    };
    let group_entries: Map<String, Json> =
        groups.iter().map(|group| (group.group.clone(), group_entry(group))).collect();
    let mut results = by_task(|_, result| task_entry(result));
    results.extend(group_entries.clone());
    let mut versions = by_task(|_, result| json!(result.version));
    versions.extend(groups.iter().map(|group| (group.group.clone(), json!(group.version))));
    let subtasks: Map<String, Json> = groups.iter().map(|group| (group.group.clone(), json!(group.tasks))).collect();
    let with_figures = groups.iter().any(|group| !group.metrics.is_empty());
    let mut document = json!({
        "results": results,
        "group_subtasks": subtasks,
        "configs": by_task(|config, _| config_entry(config)),
        "versions": versions,
        "n-shot": by_task(|_, result| json!(result.num_fewshot)),
        "higher_is_better": by_task(|_, result| higher_is_better(result)),
        "n-samples": by_task(|_, result| json!({ "original": result.items.original, "effective": result.items.effective })),
        "config": { "model": run.source, "model_args": { "model": run.model }, "options": run.options },
        "git_hash": null,
        "date": run.date,
        "task_hashes": run.task_hashes,
        "model_source": run.source,
        "model_name": run.model,
        "model_name_sanitized": sanitised(&run.model),
        "system_instruction": run.system_instruction,
        "system_instruction_sha": run.system_instruction.as_deref().map(crate::prompt::hash::text_hash),
        "fewshot_as_multiturn": run.fewshot_as_multiturn,
        "chat_template": run.chat_template,
        "chat_template_sha": run.chat_template.as_deref().map(crate::prompt::hash::text_hash),
        "total_evaluation_time_seconds": run.seconds.to_string(),
        "daepyo": run.ours,
    });
    if let (true, Some(all)) = (with_figures, document.as_object_mut()) {
        all.insert("groups".to_owned(), group_entries.into());
    }
    document
}

fn task_entry(result: &TaskResult) -> Json {
    let mut entry = json!({
        "alias": result.alias.as_deref().unwrap_or(&result.task),
        "name": result.task,
        "sample_len": result.items.effective,
    });
    let figures = result.metrics.iter().map(|metric| (&*metric.metric, &*metric.filter, metric.lm_eval));
    put_figures(&mut entry, figures);
    entry
}

fn group_entry(result: &GroupResult) -> Json {
    let mut entry = json!({
        "alias": result.alias.as_deref().unwrap_or(&result.group),
        "name": result.group,
        "sample_len": result.items,
    });
    let figures = result.metrics.iter().map(|metric| (&*metric.metric, &*metric.filter, metric.lm_eval));
    put_figures(&mut entry, figures);
    entry
}

/// `acc,none` and `acc_stderr,none`; a standard error that there is not is `N/A`, as lm-eval writes it.
fn put_figures<'a>(entry: &mut Json, figures: impl Iterator<Item = (&'a str, &'a str, LmEval)>) {
    let Some(entry) = entry.as_object_mut() else { return };
    for (metric, filter, figure) in figures {
        entry.insert(format!("{metric},{filter}"), json!(figure.value));
        entry.insert(format!("{metric}_stderr,{filter}"), figure.stderr.map_or(json!("N/A"), |stderr| json!(stderr)));
    }
}

fn higher_is_better(result: &TaskResult) -> Json {
    let known = result.metrics.iter().map(|metric| (metric.metric.to_string(), json!(metric.higher_is_better)));
    Json::Object(known.collect())
}

/// The task file as it was understood.
fn config_entry(config: &TaskConfig) -> Json {
    let field = |field: &Option<Field>| field.as_ref().map(field_json);
    json!({
        "task": config.task,
        "task_alias": config.alias,
        "tag": config.tags,
        "dataset_path": config.data.path,
        "dataset_name": config.data.name,
        "test_split": config.data.test_split,
        "validation_split": config.data.validation_split,
        "training_split": config.data.training_split,
        "fewshot_split": config.data.fewshot_split,
        "process_docs": config.process_docs.as_ref().map(|function| function.name.clone()),
        "doc_to_text": field(&config.doc_to_text),
        "doc_to_target": field(&config.doc_to_target),
        "doc_to_choice": field(&config.doc_to_choice),
        "description": field(&config.description),
        "target_delimiter": config.target_delimiter,
        "fewshot_delimiter": config.fewshot_delimiter,
        "num_fewshot": config.num_fewshot,
        "output_type": output_type(config.output_type),
        "generation_kwargs": config.generation,
        "repeats": config.repeats,
        "should_decontaminate": config.should_decontaminate,
        "gen_prefix": config.gen_prefix,
        "metadata": config.metadata,
    })
}

fn output_type(kind: OutputType) -> &'static str {
    match kind {
        OutputType::GenerateUntil => "generate_until",
        OutputType::MultipleChoice => "multiple_choice",
        OutputType::LogLikelihood => "loglikelihood",
        OutputType::Rolling => "loglikelihood_rolling",
    }
}

/// A field as JSON; a function by its name.
fn field_json(field: &Field) -> Json {
    match field {
        Field::Value(value) => json!(value),
        Field::Function(function) => json!(format!("!function {}", function.name)),
        Field::List(list) => list.iter().map(field_json).collect(),
        Field::Dict(dict) => dict.iter().map(|(key, value)| (key.clone(), field_json(value))).collect(),
    }
}

/// A model's name as the name of a folder, as lm-eval makes it.
pub fn sanitised(model: &str) -> String {
    let is_odd = |sign: char| "\"<>:/|\\?*[]".contains(sign);
    let mut name = String::with_capacity(model.len());
    for part in model.split_inclusive(is_odd) {
        let plain = part.trim_end_matches(is_odd);
        name.push_str(plain);
        if plain.len() < part.len() && (!plain.is_empty() || name.is_empty()) {
            name.push_str("__");
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::sanitised;

    #[test]
    fn a_models_name_makes_a_folder() {
        // As `re.sub(r"[\"<>:/|\\?*\[\]]+", "__", name)` has it.
        for (model, name) in
            [("org/model:7b", "org__model__7b"), ("a//b", "a__b"), ("/a", "__a"), ("a/", "a__"), ("a", "a")]
        {
            assert_eq!(sanitised(model), name);
        }
    }
}
