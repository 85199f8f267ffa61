//! A model is made to follow instructions: on conversations, then on pairs of answers.
//!
//! [`supervised()`] learns the answers of conversations and nothing else of them; [`preferences()`] moves a model
//! towards the better of two answers. Both go through any [`Engine`](crate::train::Engine) and take their rates from the
//! recipe's `[tuning]`. They are short, so that a tuning that was interrupted is begun again.

mod chat;
mod preferences;
mod rows;
mod steps;
mod supervised;

use thiserror::Error;

use crate::train::EngineFault;

pub use self::chat::{Chat, Encoded, TEMPLATE};
pub use self::preferences::{Preferred, preferences};
pub use self::steps::Tuned;
pub use self::supervised::{Supervised, supervised};
pub use crate::world::{Conversation, Message, Preference};

/// Why a model was not tuned.
#[derive(Debug, Error)]
pub enum TuneFault {
    /// The tokenizer lacks the marks of turns.
    #[error("the tokenizer has no special token `{0}`: train it with the special tokens of a chat")]
    NoMark(&'static str),
    /// There is nothing to learn.
    #[error(
        "none of the {0} conversations has an answer that fits into `shape.context`: \
         give conversations with turns of the role `assistant`, or a longer context"
    )]
    Nothing(usize),
    /// The machine that computes failed.
    #[error(transparent)]
    Engine(#[from] EngineFault),
    /// The tuning has come apart.
    #[error("{what} of step {step} of the tuning is {value}: begin it again with `{key}` at half")]
    NotFinite {
        /// The loss, or the norm of the gradient.
        what: &'static str,
        /// Steps done, this one among them.
        step: u64,
        /// What it is.
        value: f64,
        /// The key of the recipe that sets the rate.
        key: &'static str,
    },
}
