//! The files that a run leaves behind, in a folder named after the model.
//!
//! | file | for |
//! |---|---|
//! | `results_<date>.json`, `samples_<task>_<date>.jsonl` | everything that reads lm-eval's results |
//! | `<task>_<date>.eval` | inspect's viewer |
//! | `run.json` | this program: what was run, what it came to, the counts of every class |
//! | `report.html` | people |

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::prepare::{Prepared, PreparedTask};
use super::score::{Measured, Scored};
use crate::output::html::{self, Figure, Histogram, Page, Problem, TaskRow, Words};
use crate::output::inspect::{LogInfo, LogWriter, WriteError};
use crate::output::lm_eval::{Hashes, ResultsError, RunConfig, SamplesError, SamplesWriter, sanitised, write_results};
use crate::run::Prices;
use crate::score::{GroupResult, MetricResult, TaskResult};
use crate::{Class, Sample, Usage};

/// Why an output could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteFault {
    /// lm-eval's samples.
    #[error(transparent)]
    Samples(#[from] SamplesError),
    /// lm-eval's results.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// Inspect's log.
    #[error(transparent)]
    Log(#[from] WriteError),
    /// The page, whose template is part of this program.
    #[error("the report cannot be drawn: {0}")]
    Page(#[from] minijinja::Error),
    /// A folder or file.
    #[error("cannot write {}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What is known of a run before it is scored.
#[derive(Clone, Debug, Serialize)]
pub struct RunInfo {
    /// The model's name.
    pub model: String,
    /// Where it was asked.
    pub endpoints: Vec<String>,
    /// What lm-eval would call the model's kind.
    pub source: &'static str,
    /// Everything that was asked for, by its flag.
    pub options: Json,
    /// When it began, RFC 3339.
    pub started: String,
    /// When it was scored, RFC 3339.
    pub finished: String,
    /// The date in the names of files.
    pub date_id: String,
    /// Seconds since 1970 when it began.
    pub epoch: i64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// What a million tokens cost, read and written.
    pub prices: Option<[f64; 2]>,
}

/// Where the samples of one task go.
pub struct Sink {
    samples: SamplesWriter,
    log: LogWriter,
}

impl Sink {
    /// Files for the samples of a task in `folder`.
    pub fn create(folder: &Path, run: &RunInfo, task: &PreparedTask) -> Result<Self, WriteFault> {
        let (name, date) = (&task.config.task, &run.date_id);
        // A task file may call its task anything; the name of a file may not be anything.
        let file = sanitised(name).replace("..", "__");
        std::fs::create_dir_all(folder).map_err(|source| WriteFault::File { path: folder.to_owned(), source })?;
        let version = task.config.metadata.get("version").map(crate::python::str).unwrap_or_default();
        let info = LogInfo {
            run_id: crate::prompt::hash::text_hash(&format!("{date} {}", run.model)),
            task: name.clone(),
            task_version: version,
            model: run.model.clone(),
            base_url: run.endpoints.first().cloned(),
            repeats: task.config.repeats,
            started_at: run.started.clone(),
            completed_at: run.finished.clone(),
            metadata: run.options.clone(),
        };
        Ok(Self {
            samples: SamplesWriter::create(&folder.join(format!("samples_{file}_{date}.jsonl")))?,
            log: LogWriter::create(&folder.join(format!("{file}_{date}.eval")), info)?,
        })
    }

    /// Adds a sample.
    pub fn add(&mut self, sample: &Sample) -> Result<(), WriteFault> {
        self.samples.add(sample, &Hashes::of(sample))?;
        Ok(self.log.add(sample)?)
    }

    /// Closes the files; gives the hash of everything that was asked.
    pub fn finish(self) -> Result<String, WriteFault> {
        self.log.finish()?;
        Ok(self.samples.finish()?)
    }
}

/// The folder of a model's results.
pub fn folder(output: &Path, model: &str) -> PathBuf {
    // `.` and `..` are folders of another kind, and two folders of the output are not a model's.
    match sanitised(model).as_str() {
        name @ ("." | ".." | "journal" | "shards") => output.join(format!("model-{name}")),
        name => output.join(name),
    }
}

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
            entry.insert("hash".into(), json!(task.hash));
            if let Some(judges) = &task.judges {
                entry.insert("judges".into(), json!(judges));
            }
        }
        entry
    });
    let usage = measured.tasks.iter().map(|task| task.usage).sum::<Usage>();
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
        "cost": cost(run, usage),
    })
}

fn cost(run: &RunInfo, usage: Usage) -> Option<f64> {
    run.prices.map(|[prompt, completion]| Prices { prompt, completion }.cost(&usage))
}

fn page(run: &RunInfo, measured: &Measured) -> Page {
    let usage = measured.tasks.iter().map(|task| task.usage).sum::<Usage>();
    let mut cost_facts = vec![
        ("Tokens read".to_owned(), usage.prompt.to_string()),
        ("Tokens written".to_owned(), usage.completion.to_string()),
        ("Tokens of thoughts".to_owned(), usage.reasoning.to_string()),
        ("Seconds".to_owned(), format!("{:.1}", run.seconds)),
    ];
    cost_facts.extend(cost(run, usage).map(|cost| ("Money".to_owned(), format!("{cost:.2}"))));
    let mut tasks: Vec<TaskRow> =
        measured.groups.iter().filter(|group| !group.metrics.is_empty()).map(group_row).collect();
    tasks.extend(measured.tasks.iter().map(|task| task_row(&task.result)));
    Page {
        model: run.model.clone(),
        facts: facts(run, measured),
        tasks,
        lengths: lengths(&measured.tasks),
        cost: cost_facts,
        problems: measured.tasks.iter().flat_map(problems).collect(),
    }
}

fn facts(run: &RunInfo, measured: &Measured) -> Vec<(String, String)> {
    let mut facts = vec![
        ("Endpoint".to_owned(), run.endpoints.join(", ")),
        ("Began".to_owned(), run.started.clone()),
        ("Scored".to_owned(), run.finished.clone()),
        ("Program".to_owned(), format!("daepyo {}", env!("CARGO_PKG_VERSION"))),
    ];
    if measured.unasked > 0 {
        facts.push(("Not asked yet".to_owned(), measured.unasked.to_string()));
    }
    if let Some(judges) = &measured.judges {
        facts.push((
            "Judges".to_owned(),
            judges.judges.iter().map(|told| told.judge.name.as_str()).collect::<Vec<_>>().join(", "),
        ));
    }
    let judged = measured.tasks.iter().filter_map(|task| Some((task, task.judges.as_ref()?)));
    facts.extend(judged.map(|(task, judges)| (format!("Judges of {}", task.result.task), judges.told())));
    let options = run.options.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    facts.extend(
        options.map(|(flag, value)| {
            (format!("--{flag}"), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        }),
    );
    facts
}

fn task_row(result: &TaskResult) -> TaskRow {
    let count = |class: Class| (class, result.classes.get(&class).copied().unwrap_or(0));
    TaskRow {
        name: result.alias.clone().unwrap_or_else(|| result.task.clone()),
        depth: 0,
        shots: Some(result.num_fewshot),
        figures: result.metrics.iter().filter_map(figure).collect(),
        classes: Class::ALL.map(count).to_vec(),
    }
}

fn figure(metric: &MetricResult) -> Option<Figure> {
    let value = metric.value?;
    let interval = metric.interval.as_ref().map(|interval| (interval.lower, interval.upper));
    let differs = metric.lm_eval.value.filter(|theirs| theirs.to_bits() != value.to_bits());
    let is_share = metric.bounds.is_some();
    let (filter, metric) = (metric.filter.to_string(), metric.metric.to_string());
    Some(Figure { metric, filter, value, interval, as_lm_eval: differs, is_share })
}

fn group_row(group: &GroupResult) -> TaskRow {
    let figures = group.metrics.iter().filter_map(|metric| {
        let value = metric.value?;
        let interval = metric.stderr.map(|stderr| (value - 1.96 * stderr, value + 1.96 * stderr));
        let differs = metric.lm_eval.value.filter(|theirs| theirs.to_bits() != value.to_bits());
        let is_share = (0.0..=1.0).contains(&value);
        Some(Figure {
            metric: metric.metric.to_string(),
            filter: metric.filter.to_string(),
            value,
            interval,
            as_lm_eval: differs,
            is_share,
        })
    });
    let name = group.alias.clone().unwrap_or_else(|| group.group.clone());
    TaskRow { name, depth: 0, shots: None, figures: figures.collect(), classes: Vec::new() }
}

fn lengths(tasks: &[Scored]) -> Histogram {
    let mut all = Histogram::doubling();
    for task in tasks.iter().filter(|task| !task.lengths.edges.is_empty()) {
        for (sum, count) in all.counts.iter_mut().zip(&task.lengths.counts) {
            *sum += count;
        }
    }
    all
}

fn problems(task: &Scored) -> Vec<Problem> {
    let told = task.problems.iter().map(|(doc_id, class, reason)| Problem {
        task: task.result.task.clone(),
        doc_id: *doc_id,
        class: *class,
        reason: reason.clone(),
    });
    told.collect()
}
