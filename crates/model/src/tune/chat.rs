//! The form of a conversation: ChatML, as the Qwen models have it.

use super::{Message, TuneFault};
use crate::Tokenizer;

/// The chat template of the exported model, in Jinja: what an engine renders and then encodes with special tokens.
///
/// Source: ChatML as in Qwen's `tokenizer_config.json`. Here contents are trimmed, so that a header and what follows it
/// are always cut into the same tokens, whether they are encoded together or apart.
pub const TEMPLATE: &str = "{%- for message in messages -%}\
{{- '<|im_start|>' + message.role + '\\n' + message.content | trim + '<|im_end|>' + '\\n' -}}\
{%- endfor -%}\
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}";

/// The role whose turns are learned.
const ASSISTANT: &str = "assistant";

/// Turns conversations into token ids. Unlike a rendered template that is encoded with special tokens, what a user
/// writes can never become one.
#[derive(Debug, Clone)]
pub struct Chat<'a> {
    tokenizer: &'a Tokenizer,
    start: u32,
    end: u32,
}

/// A conversation in token ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encoded {
    /// The ids.
    pub ids: Vec<u32>,
    /// Whether each is to be learned: answers, and the mark that ends them.
    pub learned: Vec<bool>,
}

impl Encoded {
    fn add(&mut self, ids: &[u32], learned: bool) {
        self.ids.extend_from_slice(ids);
        self.learned.resize(self.ids.len(), learned);
    }

    /// Ids that are to be learned.
    #[must_use]
    pub fn count_learned(&self) -> usize {
        self.learned.iter().filter(|learned| **learned).count()
    }
}

impl<'a> Chat<'a> {
    /// The form of a tokenizer that has the marks of turns.
    ///
    /// # Errors
    /// [`TuneFault::NoMark`].
    pub fn new(tokenizer: &'a Tokenizer) -> Result<Self, TuneFault> {
        let mark = |text| tokenizer.special(text).ok_or(TuneFault::NoMark(text));
        Ok(Self { tokenizer, start: mark("<|im_start|>")?, end: mark("<|im_end|>")? })
    }

    /// The mark that ends a turn: where an answer stops.
    #[must_use]
    pub fn end_of_turn(&self) -> u32 {
        self.end
    }

    /// A whole conversation.
    #[must_use]
    pub fn encode(&self, messages: &[Message]) -> Encoded {
        let mut encoded = Encoded::default();
        for message in messages {
            let learned = message.role == ASSISTANT;
            self.header(&message.role, &mut encoded);
            encoded.add(&self.tokenizer.encode(message.content.trim()), learned);
            encoded.add(&[self.end], learned);
            encoded.add(&self.tokenizer.encode("\n"), false);
        }
        encoded
    }

    /// A conversation up to where the model's answer begins.
    #[must_use]
    pub fn prompt(&self, messages: &[Message]) -> Vec<u32> {
        let mut encoded = self.encode(messages);
        self.header(ASSISTANT, &mut encoded);
        encoded.ids
    }

    fn header(&self, role: &str, encoded: &mut Encoded) {
        encoded.add(&[self.start], false);
        encoded.add(&self.tokenizer.encode(&format!("{role}\n")), false);
    }
}
