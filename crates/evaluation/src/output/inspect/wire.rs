//! The parts of inspect's log format that are written here. Field names and defaults are inspect's.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

/// The log without its samples: `header.json`.
#[derive(Serialize)]
pub(super) struct Header<'a> {
    pub(super) version: u32,
    pub(super) status: &'static str,
    pub(super) eval: Spec<'a>,
    pub(super) plan: Plan,
    pub(super) results: Results,
    pub(super) stats: Stats<'a>,
}

/// What `_journal/start.json` holds.
#[derive(Serialize)]
pub(super) struct Start<'a> {
    pub(super) version: u32,
    pub(super) eval: Spec<'a>,
    pub(super) plan: Plan,
}

/// What was run.
#[derive(Clone, Serialize)]
pub(super) struct Spec<'a> {
    pub(super) eval_id: &'a str,
    pub(super) run_id: &'a str,
    pub(super) created: &'a str,
    pub(super) task: &'a str,
    pub(super) task_id: &'a str,
    pub(super) task_version: &'a str,
    pub(super) dataset: Dataset<'a>,
    pub(super) model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model_base_url: Option<&'a str>,
    pub(super) config: Config,
    pub(super) packages: BTreeMap<&'static str, &'static str>,
    pub(super) metadata: Json,
}

/// What was asked about.
#[derive(Clone, Serialize)]
pub(super) struct Dataset<'a> {
    pub(super) name: &'a str,
    pub(super) samples: usize,
}

/// How it was run.
#[derive(Clone, Serialize)]
pub(super) struct Config {
    pub(super) epochs: usize,
}

/// What was done with every sample.
#[derive(Clone, Serialize)]
pub(super) struct Plan {
    pub(super) name: &'static str,
    pub(super) steps: Vec<Step>,
}

/// One step of the plan.
#[derive(Clone, Serialize)]
pub(super) struct Step {
    pub(super) solver: &'static str,
    pub(super) params: BTreeMap<String, Json>,
}

/// The scores of the whole.
#[derive(Serialize)]
pub(super) struct Results {
    pub(super) total_samples: usize,
    pub(super) completed_samples: usize,
    pub(super) scores: Vec<Score>,
}

/// One scorer's figures.
#[derive(Serialize)]
pub(super) struct Score {
    pub(super) name: String,
    pub(super) scorer: String,
    pub(super) scored_samples: usize,
    pub(super) unscored_samples: usize,
    pub(super) metrics: BTreeMap<String, Metric>,
}

/// One figure.
#[derive(Serialize)]
pub(super) struct Metric {
    pub(super) name: String,
    pub(super) value: f64,
}

/// When, and what it took.
#[derive(Serialize)]
pub(super) struct Stats<'a> {
    pub(super) started_at: &'a str,
    pub(super) completed_at: &'a str,
    pub(super) model_usage: BTreeMap<String, Usage>,
}

/// Tokens.
#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Usage {
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
    pub(super) total_tokens: u64,
    pub(super) reasoning_tokens: u64,
}

/// One sample: `samples/<id>_epoch_<n>.json`.
#[derive(Serialize)]
pub(super) struct EvalSample {
    pub(super) id: String,
    pub(super) epoch: usize,
    pub(super) input: Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) choices: Option<Vec<String>>,
    pub(super) target: Json,
    pub(super) messages: Vec<Json>,
    pub(super) output: Output,
    pub(super) scores: BTreeMap<String, SampleScore>,
    pub(super) metadata: BTreeMap<String, Json>,
    pub(super) uuid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<ErrorText>,
}

/// What the viewer's list shows of a sample: `summaries.json`.
#[derive(Serialize)]
pub(super) struct Summary {
    pub(super) id: String,
    pub(super) epoch: usize,
    pub(super) input: String,
    pub(super) target: Json,
    pub(super) scores: BTreeMap<String, SampleScore>,
    pub(super) metadata: BTreeMap<String, Json>,
    pub(super) uuid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    pub(super) completed: bool,
    pub(super) message_count: usize,
}

/// What the model wrote.
#[derive(Default, Serialize)]
pub(super) struct Output {
    pub(super) model: String,
    pub(super) choices: Vec<Json>,
    pub(super) completion: String,
}

/// What one scorer gave a sample.
#[derive(Clone, Serialize)]
pub(super) struct SampleScore {
    pub(super) value: Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<String>,
}

/// Why a sample has no score.
#[derive(Serialize)]
pub(super) struct ErrorText {
    pub(super) message: String,
    pub(super) traceback: String,
    pub(super) traceback_ansi: String,
}
