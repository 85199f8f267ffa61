//! What is asked of a model, and what it answers piece by piece.

use super::sample::Sampling;
use super::score::Scored;

/// One text that a model is asked to score or to go on with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ask {
    /// The tokens to begin with; at least one.
    pub prompt: Vec<u32>,
    /// Most tokens to write; with 0 the prompt is scored and nothing written.
    pub most: usize,
    /// No token that ends the text comes before so many are written.
    pub least: usize,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// Scores of the prompt are wanted, with so many of the likeliest tokens beside each.
    pub prompt_scores: Option<usize>,
    /// Scores of the written tokens are wanted, with so many of the likeliest beside each.
    pub scores: Option<usize>,
    /// Tokens with which the model itself ends a text.
    pub ends: Vec<u32>,
    /// Further tokens that end the text.
    pub stop_ids: Vec<u32>,
    /// Texts that end the text, wherever the borders of tokens lie.
    pub stops: Vec<String>,
    /// Whether a stop text that was met stays.
    pub keeps_stop: bool,
    /// Whether the text shows special tokens.
    pub shows_special: bool,
}

/// Why a text ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// As many tokens as were asked for.
    Length,
    /// The model ended it.
    End,
    /// One of the stop ids.
    StopId(u32),
    /// One of the stop texts.
    StopText(String),
}

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Scores of the whole prompt; of the first token there is none. Comes first, where it was asked for.
    Prompt(Vec<Option<Scored>>),
    /// A token was written.
    Token {
        /// The token.
        id: u32,
        /// Its score, where it was asked for.
        scored: Option<Scored>,
        /// The text that has become certain by it, which may be none or that of tokens before it.
        text: String,
    },
    /// Nothing more comes.
    End(Finish),
}

/// Who hears an answer.
pub trait Hearer {
    /// Takes a piece.
    fn hear(&mut self, event: Event);

    /// Whether nobody listens any more, so that the work can be spared.
    fn is_gone(&self) -> bool;
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Completion {
    /// Scores of the prompt, where they were asked for; of the first token there is none.
    pub prompt: Vec<Option<Scored>>,
    /// The tokens that were written.
    pub ids: Vec<u32>,
    /// Their scores, where they were asked for.
    pub scores: Vec<Scored>,
    /// The text that was written.
    pub text: String,
    /// Why it ended; none while it has not.
    pub finish: Option<Finish>,
}

impl Completion {
    /// Adds a piece.
    pub fn take(&mut self, event: Event) {
        match event {
            Event::Prompt(scores) => self.prompt = scores,
            Event::Token { id, scored, text } => {
                self.ids.push(id);
                self.scores.extend(scored);
                self.text.push_str(&text);
            }
            Event::End(finish) => self.finish = Some(finish),
        }
    }
}
