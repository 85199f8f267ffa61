//! The files that a run leaves behind, in a folder named after the model.
//!
//! | file | for |
//! |---|---|
//! | `results_<date>.json`, `samples_<task>_<date>.jsonl` | everything that reads lm-eval's results |
//! | `<task>_<date>.eval` | inspect's viewer |
//! | `run.json` | this program: what was run, what it came to, the counts of every class |
//! | `report.html` | people |

use std::path::Path;

use serde_json::{Value as Json, json};

use super::fault::WriteFault;
use super::page::{Cost, judging, page};
use super::prepare::Prepared;
use super::score::Measured;
use super::sink::RunInfo;
use crate::Usage;
use crate::output::html::{self, Words};
use crate::output::lm_eval::{RunConfig, write_results};

/// Writes everything but the samples into `folder`; returns what `run.json` holds.
pub fn write(
    folder: &Path,
    run: &RunInfo,
    prepared: &Prepared,
    measured: &Measured,
    words: Words,
) -> Result<Json, WriteFault> {
    let summary = summary(run, measured);
    let pairs: Vec<_> =
        prepared.tasks.iter().map(|task| &task.config).zip(measured.tasks.iter().map(|task| &task.result)).collect();
    let results = folder.join(format!("results_{}.json", run.date_id));
    write_results(&results, &run_config(run, prepared, measured, &summary), &pairs, &measured.groups)?;
    put(&folder.join("report.html"), &html::render(&page(run, measured), words)?)?;
    // Last, and whole or not at all: it says which samples belong to the run.
    let (whole, partial) = (folder.join("run.json"), folder.join("run.json.partial"));
    put(&partial, &serde_json::to_string_pretty(&summary).unwrap_or_default())?;
    std::fs::rename(&partial, &whole).map_err(|source| WriteFault::File { path: whole, source })?;
    Ok(summary)
}

fn put(path: &Path, text: &str) -> Result<(), WriteFault> {
    std::fs::write(path, text.to_owned() + "\n").map_err(|source| WriteFault::File { path: path.to_owned(), source })
}

fn run_config(run: &RunInfo, prepared: &Prepared, measured: &Measured, summary: &Json) -> RunConfig {
    let prompts = prepared.tasks.first().map(|task| task.prompts.clone()).unwrap_or_default();
    RunConfig {
        model: run.model.clone(),
        source: run.source,
        options: run.options.clone(),
        date: run.epoch,
        seconds: run.seconds,
        system_instruction: prompts.system_instruction,
        fewshot_as_multiturn: prompts.fewshot_as_multiturn.unwrap_or(prompts.apply_chat_template),
        chat_template: prompts.chat_template.map(|template| template.source().to_owned()),
        task_hashes: measured.tasks.iter().map(|task| (task.result.task.clone(), task.hash.clone())).collect(),
        ours: summary.clone(),
    }
}

/// What `run.json` and `--json` hold.
fn summary(run: &RunInfo, measured: &Measured) -> Json {
    let tasks = measured.tasks.iter().map(|task| {
        let mut entry = json!(task.result);
        if let Some(entry) = entry.as_object_mut() {
            entry.insert("unasked".into(), json!(task.unasked));
            entry.insert("usage".into(), json!(task.usage));
            entry.insert("cut".into(), json!(task.cut));
            entry.insert("hash".into(), json!(task.hash));
            if let Some(judges) = &task.judges {
                entry.insert("judges".into(), json!(judges));
            }
        }
        entry
    });
    let usage = measured.tasks.iter().map(|task| task.usage).sum::<Usage>();
    let cost = Cost::of(run, measured);
    json!({
        "format": "daepyo-run-1",
        "daepyo": env!("CARGO_PKG_VERSION"),
        "run": run,
        "tasks": tasks.collect::<Vec<_>>(),
        "groups": measured.groups,
        "unasked": measured.unasked,
        "judges": measured.judges,
        "unjudged": measured.unjudged,
        "collected": measured.collected,
        "usage": usage,
        "judge_usage": judging(measured),
        "cost": cost.whole,
        "costs": cost,
    })
}
