//! An item: one document of one task, and what a model is asked about it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Dict, Document, Value};

/// One document of one task, made ready to be asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The task.
    pub task: Arc<str>,
    /// The place of the document in the split that is evaluated, from 0.
    pub doc_id: usize,
    /// The document, after `process_docs`.
    pub doc: Arc<Document>,
    /// The target, as `doc_to_target` made it.
    pub target: Value,
    /// The choices, as `doc_to_choice` made them; none where the task has none.
    pub choices: Option<Vec<String>>,
    /// What is asked, in order: one request a choice for multiple choice, else one.
    pub requests: Vec<Request>,
    /// How often every request is asked.
    pub repeats: usize,
}

/// One thing that is asked of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// To go on writing.
    Generate {
        /// What it is given.
        prompt: Prompt,
        /// How it is to write.
        generation: Generation,
    },
    /// How likely `continuation` is after `context`.
    LogLikelihood {
        /// What stands before.
        context: Prompt,
        /// What is weighed.
        continuation: String,
    },
    /// How likely a whole text is, in windows of the model's context.
    Rolling {
        /// The text.
        text: String,
    },
}

/// What a model is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Prompt {
    /// A plain text, as a completions endpoint takes it.
    Text(String),
    /// A conversation, as a chat endpoint takes it.
    Chat(Vec<Message>),
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// Who speaks in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The one who set the rules.
    System,
    /// The one who asks.
    User,
    /// The model.
    Assistant,
}

/// How a model is to write: lm-eval's `generation_kwargs`, read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Generation {
    /// Texts at which it stops; what is written ends before the first of them.
    pub until: Vec<String>,
    /// At most so many tokens (`max_gen_toks`, also called `max_new_tokens`, `max_tokens`, `max_completion_tokens`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Whether it draws lots (`do_sample`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub do_sample: Option<bool>,
    /// How wide it draws.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Everything else, handed on in the request's body as it stands (`top_p`, `num_beams`, …).
    #[serde(flatten)]
    pub more: Dict,
}
