//! A document becomes an [`Item`](crate::Item): what a model is asked, byte for byte as lm-evaluation-harness asks it.
//!
//! - [`Renderer`] makes the items of one task, in the order of its documents;
//! - [`PromptOptions`] is what a run decides: shots, seed, chat template;
//! - [`ChatTemplate`] turns a conversation into a text, as `transformers` does;
//! - [`hash`] names documents, prompts and targets by the hashes that lm-eval writes next to its samples.
//!
//! The source of every rule is lm-evaluation-harness 0.4.13 (`api/task.py`, `api/samplers.py`, `api/utils.py`). One thing is
//! meant otherwise: `fewshot_indices`, which that version reads and then forgets, is followed here.

mod chat_template;
mod context;
mod fewshot;
mod field;
mod generation;
pub mod hash;
mod methods;
mod renderer;
mod template;
mod view;

use std::sync::Arc;

pub use self::chat_template::{ChatTemplate, ChatTemplateFault};
pub use self::renderer::Renderer;
use crate::hook::Refusal;
use crate::{Dict, RowsFault};

/// lm-eval's seed for few-shot examples.
pub const FEWSHOT_SEED: i64 = 1234;

/// How few-shot examples are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Draw {
    /// As lm-eval: one stream a task, drawn from in the order of documents. A document's examples depend on which
    /// documents came before it.
    #[default]
    Stream,
    /// A stream a document, seeded with a hash of the task, the document and the seed: the same examples however a run is
    /// cut into parts. The prompts are not lm-eval's.
    PerDocument,
}

/// What a run decides about prompts. The default is lm-eval's.
#[derive(Clone, Debug)]
pub struct PromptOptions {
    /// How many examples, in place of what tasks say; a task that says 0 keeps 0.
    pub num_fewshot: Option<usize>,
    /// The seed of the examples.
    pub seed: i64,
    /// How examples are drawn.
    pub draw: Draw,
    /// Whether prompts are conversations.
    pub apply_chat_template: bool,
    /// Makes a text of a conversation, for endpoints that take texts; none leaves conversations as they are, for endpoints
    /// that take those.
    pub chat_template: Option<Arc<ChatTemplate>>,
    /// Whether examples are turns of the conversation rather than one long question; unless said, whenever prompts are
    /// conversations.
    pub fewshot_as_multiturn: Option<bool>,
    /// Stands before everything else.
    pub system_instruction: Option<String>,
    /// Overrides the tasks' `generation_kwargs`, key by key.
    pub gen_kwargs: Dict,
}

impl Default for PromptOptions {
    fn default() -> Self {
        Self {
            num_fewshot: None,
            seed: FEWSHOT_SEED,
            draw: Draw::Stream,
            apply_chat_template: false,
            chat_template: None,
            fewshot_as_multiturn: None,
            system_instruction: None,
            gen_kwargs: Dict::new(),
        }
    }
}

/// Why a task's documents cannot be made into prompts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderFault {
    /// The task names no split to evaluate.
    #[error("{task}: it names neither a `test_split` nor a `validation_split`")]
    NoSplit {
        /// The task.
        task: String,
    },
    /// The data set lacks a split.
    #[error("{task}: the data set has no split {split:?}; it has {}", .available.join(", "))]
    MissingSplit {
        /// The task.
        task: String,
        /// The split.
        split: String,
        /// The splits there are.
        available: Vec<String>,
    },
    /// It needs something that is not supported.
    #[error("{task}: {what} is not supported")]
    Unsupported {
        /// The task.
        task: String,
        /// What it needs.
        what: String,
    },
    /// A function has no port.
    #[error("{task}: {refusal}")]
    Hook {
        /// The task.
        task: String,
        /// Why.
        refusal: Refusal,
    },
    /// A field cannot be used as it stands.
    #[error("{task}: {field}: {reason}")]
    Field {
        /// The task.
        task: String,
        /// The field.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A field does not work on a document.
    #[error("{task}, document {doc_id}: {field}: {reason}")]
    Document {
        /// The task.
        task: String,
        /// The document.
        doc_id: usize,
        /// The field.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// There are too few examples.
    #[error("{task}: {wanted} examples are asked for, but there are {available} to choose from; ask for fewer shots")]
    Examples {
        /// The task.
        task: String,
        /// How many are wanted.
        wanted: usize,
        /// How many there are.
        available: usize,
    },
    /// A row cannot be read.
    #[error("{task}: {fault}")]
    Rows {
        /// The task.
        task: String,
        /// Why.
        fault: RowsFault,
    },
}
