//! One echo that tells whether an endpoint's log-probabilities can be believed.

use serde::Serialize;

use super::client::Client;
use super::echo::Echo;
use super::fault::Fault;
use super::{Kind, Model, Prompts, reply};

/// What the test of an endpoint found.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// The log-probabilities of the tokens of the prompt and of the one that was generated; the first is none.
    pub told: Vec<Option<f64>>,
    /// The model, as the answer names it.
    pub model: Option<String>,
}

/// Why an endpoint's log-probabilities are not used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProbeFault {
    /// A chat endpoint has none.
    #[error("a chat endpoint gives no log-probabilities of a prompt; ask a completions endpoint")]
    Chat,
    /// The request failed.
    #[error("the test of log-probabilities was not answered: {0}")]
    Unanswered(String),
    /// The answer has no log-probabilities of this form.
    #[error("the endpoint gives no log-probabilities of the prompt: {0}")]
    Without(String),
    /// What was echoed is not what was sent.
    #[error("the endpoint echoed `{echoed}` for `{sent}`: `echo` is ignored, or a BOS token is added")]
    OtherText {
        /// What was sent.
        sent: String,
        /// What came back.
        echoed: String,
    },
    /// More than was sent.
    #[error("{sent} tokens and one generated make {wanted} log-probabilities, but {told} came: a BOS token is added")]
    TooMany {
        /// Tokens sent.
        sent: usize,
        /// Log-probabilities expected.
        wanted: usize,
        /// Log-probabilities that came.
        told: usize,
    },
    /// Less than was sent.
    #[error("{sent} tokens and one generated make {wanted} log-probabilities, but {told} came: `echo` is ignored")]
    TooFew {
        /// Tokens sent.
        sent: usize,
        /// Log-probabilities expected.
        wanted: usize,
        /// Log-probabilities that came.
        told: usize,
    },
    /// The first token has nothing before it.
    #[error("the first token has a log-probability ({0}) though nothing stands before it: something was put there")]
    FirstNotNull(f64),
    /// One of the others has none, or one that cannot be.
    #[error("log-probability {place} is {told}, which none can be")]
    Impossible {
        /// Its place, from 0.
        place: usize,
        /// What it is.
        told: String,
    },
    /// They do not differ.
    #[error("all log-probabilities are {0}: they are made up")]
    AllEqual(f64),
}

/// Sent as a text: five words that most vocabularies have as one token each.
const TEXT: &str = "The cat sat on the";

#[derive(Serialize)]
struct Ask<'a, P> {
    model: &'a str,
    prompt: P,
    temperature: u8,
    max_tokens: u8,
    logprobs: u8,
    echo: bool,
}

impl Client {
    /// Sends five tokens and asks for one more with all log-probabilities: six must come, the first null, the others finite,
    /// not above 0 and not all the same. Where prompts are texts, the tokens are those that `text_offset` tells of.
    pub async fn probe(&self, model: &Model) -> Result<Probe, ProbeFault> {
        if model.kind == Kind::Chat {
            return Err(ProbeFault::Chat);
        }
        match model.dialect.prompts {
            Prompts::Text => self.probe_text(&model.name).await,
            Prompts::Ids => self.probe_ids(&model.name).await,
        }
    }

    async fn probe_ids(&self, name: &str) -> Result<Probe, ProbeFault> {
        let mut tokens = self.tokens.of(&self.http, TEXT).await.map_err(unanswered)?;
        tokens.truncate(5);
        let (_, echo, model) = self.echo(name, &tokens).await?;
        check(&echo, tokens.len(), model)
    }

    async fn probe_text(&self, name: &str) -> Result<Probe, ProbeFault> {
        let (echoed, echo, model) = self.echo(name, TEXT).await?;
        if !echoed.starts_with(TEXT) {
            return Err(ProbeFault::OtherText { sent: TEXT.into(), echoed });
        }
        if echo.offsets.len() != echo.own.len() {
            return Err(ProbeFault::Without("there is no `text_offset` for every token".into()));
        }
        let length = TEXT.chars().count();
        let sent = echo.offsets.iter().filter(|offset| **offset < length).count();
        check(&echo, sent, model)
    }

    async fn echo<P: Serialize>(&self, name: &str, prompt: P) -> Result<(String, Echo, Option<String>), ProbeFault> {
        let ask = Ask { model: name, prompt, temperature: 0, max_tokens: 1, logprobs: 1, echo: true };
        let body = serde_json::to_vec(&ask).map_err(|fault| ProbeFault::Unanswered(fault.to_string()))?;
        let bytes = self.post(body).await.map_err(unanswered)?;
        let (frame, choice) = reply::read(&bytes).map_err(unanswered)?;
        let echo = Echo::new(choice.logprobs).map_err(|fault| ProbeFault::Without(fault.failure.reason))?;
        Ok((choice.text.0.unwrap_or_default(), echo, frame.into_model()))
    }
}

fn unanswered(fault: Fault) -> ProbeFault {
    ProbeFault::Unanswered(fault.failure.reason)
}

fn check(echo: &Echo, sent: usize, model: Option<String>) -> Result<Probe, ProbeFault> {
    let told = &echo.own;
    let wanted = sent + 1;
    if told.len() > wanted {
        return Err(ProbeFault::TooMany { sent, wanted, told: told.len() });
    }
    if told.len() < wanted {
        return Err(ProbeFault::TooFew { sent, wanted, told: told.len() });
    }
    if let Some(Some(first)) = told.first() {
        return Err(ProbeFault::FirstNotNull(*first));
    }
    let mut rest = Vec::new();
    for (place, own) in told.iter().enumerate().skip(1) {
        let known = own.filter(|own| own.is_finite() && *own <= 0.0);
        let told = || own.map_or_else(|| "null".into(), |own| own.to_string());
        rest.push(known.ok_or_else(|| ProbeFault::Impossible { place, told: told() })?);
        if echo.top.get(place).is_none_or(|top| top.0.is_none()) {
            return Err(ProbeFault::Without(format!("token {place} has no likeliest token beside it")));
        }
    }
    match rest.first() {
        Some(first) if rest.iter().all(|other| other.to_bits() == first.to_bits()) => Err(ProbeFault::AllEqual(*first)),
        _ => Ok(Probe { told: told.clone(), model }),
    }
}
