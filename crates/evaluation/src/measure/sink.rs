//! Where samples go while a task is scored: lm-eval's file of samples and inspect's log.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;

use super::fault::WriteFault;
use super::prepare::PreparedTask;
use crate::Sample;
use crate::output::file;
use crate::output::inspect::{LogInfo, LogWriter};
use crate::output::lm_eval::{SamplesWriter, sanitised};

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
    /// What a million of the judges' tokens cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge_prices: Option<[f64; 2]>,
}

/// Where the samples of one task go.
pub struct Sink {
    samples: SamplesWriter,
    log: LogWriter,
    started: String,
}

impl Sink {
    /// Files for the samples of a task in `folder`. When the run was finished is not looked at.
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
            started_at: run.started.clone(),
            metadata: run.options.clone(),
        };
        Ok(Self {
            samples: SamplesWriter::create(&folder.join(format!("samples_{file}_{date}.jsonl")))?,
            log: LogWriter::create(&folder.join(format!("{file}_{date}.eval")), info)?,
            started: run.started.clone(),
        })
    }

    /// Adds a sample.
    pub fn add(&mut self, sample: &Sample) -> Result<(), WriteFault> {
        self.samples.add(sample)?;
        Ok(self.log.add(sample)?)
    }

    /// Closes the files; gives the hash of everything that was asked. `collected` is when the last answer came, in
    /// milliseconds since 1970.
    pub fn finish(self, collected: Option<u64>) -> Result<String, WriteFault> {
        let collected = collected.and_then(|milliseconds| i64::try_from(milliseconds).ok());
        let collected = collected.and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok());
        self.log.finish(&collected.map_or(self.started, |collected| collected.to_string()))?;
        Ok(self.samples.finish()?)
    }
}

/// Deletes what runs that were killed left unfinished in a folder of results. Whoever has the journal open for writing may do
/// so: nobody else writes there.
pub fn sweep(folder: &Path) -> Result<(), WriteFault> {
    file::sweep(folder).map_err(|source| WriteFault::File { path: folder.to_owned(), source })
}

/// The folder of a model's results.
pub fn folder(output: &Path, model: &str) -> PathBuf {
    // `.` and `..` are folders of another kind, and two folders of the output are not a model's.
    match sanitised(model).as_str() {
        name @ ("." | ".." | "journal" | "shards") => output.join(format!("model-{name}")),
        name => output.join(name),
    }
}
