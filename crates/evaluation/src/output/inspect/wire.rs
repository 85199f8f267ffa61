//! The parts of inspect's log format that are written here. Field names and defaults are inspect's.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use crate::{Class, Document, Role};

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

/// One sample: `samples/<id>_epoch_<n>.json`, but for `input` and `messages`, which are the most of it.
#[derive(Serialize)]
pub(super) struct EvalSample<'a> {
    pub(super) id: &'a str,
    pub(super) epoch: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) choices: Option<Vec<&'a str>>,
    pub(super) target: &'a Json,
    pub(super) output: Output<'a>,
    pub(super) scores: &'a BTreeMap<String, SampleScore>,
    pub(super) metadata: SampleMetadata<'a>,
    pub(super) uuid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<ErrorText<'a>>,
}

/// What the viewer's list shows of a sample: `summaries.json`.
#[derive(Serialize)]
pub(super) struct Summary<'a> {
    pub(super) id: &'a str,
    pub(super) epoch: usize,
    pub(super) input: &'a str,
    pub(super) target: &'a Json,
    pub(super) scores: &'a BTreeMap<String, SampleScore>,
    pub(super) metadata: SampleMetadata<'a>,
    pub(super) uuid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<&'a str>,
    pub(super) completed: bool,
    pub(super) message_count: usize,
}

/// What the model was given.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Input<'a> {
    Text(&'a str),
    Chat(Vec<ChatMessage<'a>>),
}

/// One message of a conversation.
#[derive(Clone, Copy, Serialize)]
pub(super) struct ChatMessage<'a> {
    pub(super) role: Role,
    pub(super) content: &'a str,
    /// `input` or `generate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<&'a str>,
}

impl EvalSample<'_> {
    /// The whole sample as JSON. The messages are those of the input and the answer, and are not escaped a second time.
    pub(super) fn write(&self, input: &Input<'_>, text: &mut Vec<u8>) -> serde_json::Result<()> {
        text.extend_from_slice(b"{\"input\":");
        let start = text.len();
        serde_json::to_writer(&mut *text, input)?;
        let end = text.len();
        text.extend_from_slice(b",\"messages\":");
        match input {
            Input::Chat(_) => text.extend_from_within(start..end - 1),
            Input::Text(_) => {
                text.extend_from_slice(b"[{\"role\":\"user\",\"content\":");
                text.extend_from_within(start..end);
                text.push(b'}');
            }
        }
        for choice in &self.output.choices {
            if text.last() != Some(&b'[') {
                text.push(b',');
            }
            serde_json::to_writer(&mut *text, &choice.message)?;
        }
        text.push(b']');
        let rest = text.len();
        serde_json::to_writer(&mut *text, self)?;
        text[rest] = b',';
        Ok(())
    }
}

impl Input<'_> {
    /// How many messages it is.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(_) => 1,
            Self::Chat(messages) => messages.len(),
        }
    }

    /// The text, or the last message of the conversation.
    pub(super) fn last(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Chat(messages) => messages.last().map_or("", |last| last.content),
        }
    }
}

/// What the model wrote.
#[derive(Default, Serialize)]
pub(super) struct Output<'a> {
    pub(super) model: &'a str,
    pub(super) choices: Vec<Choice<'a>>,
    pub(super) completion: &'a str,
}

/// One answer.
#[derive(Serialize)]
pub(super) struct Choice<'a> {
    pub(super) message: ChatMessage<'a>,
    pub(super) stop_reason: &'static str,
}

/// What one scorer gave a sample.
#[derive(Clone, Serialize)]
pub(super) struct SampleScore {
    pub(super) value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<String>,
}

/// What else is known of a sample; in the list only the class.
#[derive(Clone, Copy, Serialize)]
pub(super) struct SampleMetadata<'a> {
    pub(super) class: Class,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doc: Option<&'a Document>,
}

/// Why a sample has no score.
#[derive(Serialize)]
pub(super) struct ErrorText<'a> {
    pub(super) message: &'a str,
    pub(super) traceback: &'static str,
    pub(super) traceback_ansi: &'static str,
}
