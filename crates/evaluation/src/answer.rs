//! What a model answered.

use serde::{Deserialize, Serialize};

use crate::Class;

/// What a model answered to one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// It wrote something.
    Generated(Generated),
    /// It said how likely a text is.
    LogLikelihood(LogLikelihood),
}

/// What a model wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generated {
    /// The answer, without the thoughts before it, cut before the first stop text.
    pub text: String,
    /// The thoughts, where the model shows them (`reasoning_content`, or between `<think>` and `</think>`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// Why it stopped.
    pub finish: Finish,
    /// What it took.
    #[serde(default)]
    pub usage: Usage,
}

/// Why a model stopped writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// It was done, or came to a stop text.
    Stop,
    /// It came to the limit of tokens.
    Length,
    /// A filter stopped it.
    ContentFilter,
    /// The endpoint did not say.
    Unknown,
}

/// How likely a model finds a text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogLikelihood {
    /// The sum of the natural logarithms of the tokens' probabilities.
    pub sum: f64,
    /// Whether every token was the likeliest one at its place.
    pub is_greedy: bool,
    /// How many tokens were weighed.
    pub tokens: u32,
    /// What it took.
    #[serde(default)]
    pub usage: Usage,
}

/// Tokens that a request took, as the endpoint counts them; 0 where it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    pub prompt: u64,
    /// Tokens written, thoughts among them.
    pub completion: u64,
    /// Tokens of thoughts, where the endpoint tells them apart.
    pub reasoning: u64,
}

impl std::ops::AddAssign for Usage {
    /// Counts come from endpoints, which may say whatever they like: a sum stops at the greatest number.
    fn add_assign(&mut self, other: Self) {
        self.prompt = self.prompt.saturating_add(other.prompt);
        self.completion = self.completion.saturating_add(other.completion);
        self.reasoning = self.reasoning.saturating_add(other.reasoning);
    }
}

impl std::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, usage| {
            sum += usage;
            sum
        })
    }
}

/// Why a request has no answer that could be scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{class}: {reason}")]
pub struct Failure {
    /// The class of the item that this request belongs to; never [`Class::Scored`].
    pub class: Class,
    /// What happened, for people.
    pub reason: String,
    /// The status of HTTP, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}
