//! A request, made ready to be sent.

use std::ops::Range;

use bytes::Bytes;

use super::body::{Body, Part};
use super::{Kind, Model, Prompts, Thinks};
use crate::{Generation, Prompt, Request};

/// Why a request cannot be asked of a model of this kind. Every request of its task would fail alike.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// A chat endpoint gives no log-probabilities of what it reads.
    #[error(
        "a chat endpoint gives no log-probabilities of a prompt; ask a completions endpoint, or use the multiple-choice adapter \
         for chat models"
    )]
    NoLogProbabilities,
    /// A chat endpoint takes messages.
    #[error(
        "the prompt is a plain text and the endpoint takes a conversation; apply a chat template (--apply_chat_template)"
    )]
    TextForChat,
    /// A completions endpoint takes a text.
    #[error(
        "the prompt is a conversation and the endpoint takes a text; render it with the model's chat template first"
    )]
    ChatForText,
    /// Something in it cannot be written as JSON.
    #[error("the request cannot be written as JSON: {0}")]
    Json(String),
}

/// A request, made ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// JSON with all that the answer depends on but the model, the endpoint and the repeat.
    canonical: Bytes,
    /// Where in it the body that is sent stands.
    body: Range<usize>,
    pub(crate) way: Way,
    most: Bound,
}

/// How a question is put.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Way {
    /// The body is sent as it is; the answer is a text.
    Write { until: Vec<String>, thinks: Thinks },
    /// The prompt is made token ids, then the same.
    WriteIds { prompt: String, until: Vec<String>, thinks: Thinks },
    /// The body is sent as it is; the answer is an echo, of which what is behind `border` (in characters) counts.
    EchoText { prompt: String, border: usize },
    /// Context and whole are made token ids.
    EchoIds { context: String, continuation: String },
    /// The text is made token ids and asked window by window.
    Rolling { text: String },
}

/// Bounds of what a question can take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bound {
    /// Tokens read. A token is at least a byte.
    pub(crate) prompt: u64,
    /// Tokens written.
    pub(crate) completion: u64,
}

impl Question {
    /// Makes a request ready. `repeat` counts from 0 and goes into the seed.
    pub fn new(model: &Model, request: &Request, repeat: usize) -> Result<Self, Misfit> {
        match (request, model.kind) {
            (Request::Generate { prompt, generation }, kind) => generate(model, prompt, generation, (kind, repeat)),
            (_, Kind::Chat) => Err(Misfit::NoLogProbabilities),
            (Request::LogLikelihood { context: Prompt::Chat(_), .. }, _) => Err(Misfit::ChatForText),
            (Request::LogLikelihood { context: Prompt::Text(context), continuation }, _) => {
                log_likelihood(model, context, continuation, repeat)
            }
            (Request::Rolling { text }, _) => {
                let windows = text.len() as u64 / (model.dialect.max_length as u64).max(1) + 1;
                let most = Bound { prompt: 2 * text.len() as u64 + windows, completion: windows };
                let head = Head { ask: "rolling", fields: vec![("text", Part::Text(text)), length(model)] };
                assemble(&head, &echo_body(model, None, repeat), (Way::Rolling { text: text.clone() }, most))
            }
        }
    }

    /// JSON with all that the answer depends on but the model, the endpoint and the repeat.
    pub fn canonical(&self) -> &Bytes {
        &self.canonical
    }

    /// The body that is sent, for token ids without the prompt.
    pub(crate) fn body(&self) -> Bytes {
        self.canonical.slice(self.body.clone())
    }

    /// The body with `"prompt"` put in.
    pub(crate) fn body_with(&self, prompt: &[u32]) -> Result<Bytes, serde_json::Error> {
        let body = &self.canonical[self.body.clone()];
        let mut bytes = body[..body.len().saturating_sub(1)].to_vec();
        bytes.extend_from_slice(b",\"prompt\":");
        serde_json::to_writer(&mut bytes, prompt)?;
        bytes.push(b'}');
        Ok(bytes.into())
    }

    /// Whether the answer is made of log-probabilities.
    pub fn is_echo(&self) -> bool {
        !matches!(self.way, Way::Write { .. } | Way::WriteIds { .. })
    }

    pub(crate) fn bound(&self) -> Bound {
        self.most
    }
}

/// What stands before the body in the canonical form.
struct Head<'a> {
    ask: &'a str,
    fields: Vec<(&'a str, Part<'a>)>,
}

fn length(model: &Model) -> (&'static str, Part<'static>) {
    ("max_length", Part::Number(model.dialect.max_length as u64))
}

fn assemble(head: &Head<'_>, body: &Body<'_>, (way, most): (Way, Bound)) -> Result<Question, Misfit> {
    let json = |fault: serde_json::Error| Misfit::Json(fault.to_string());
    let mut bytes = Vec::with_capacity(usize::try_from(most.prompt).unwrap_or(0) + 512);
    bytes.extend_from_slice(b"{\"ask\":");
    serde_json::to_writer(&mut bytes, head.ask).map_err(json)?;
    for (key, part) in &head.fields {
        bytes.push(b',');
        serde_json::to_writer(&mut bytes, key).map_err(json)?;
        bytes.push(b':');
        serde_json::to_writer(&mut bytes, part).map_err(json)?;
    }
    bytes.extend_from_slice(b",\"body\":");
    let start = bytes.len();
    serde_json::to_writer(&mut bytes, body).map_err(json)?;
    let body = start..bytes.len();
    bytes.push(b'}');
    Ok(Question { canonical: bytes.into(), body, way, most })
}

fn seed(model: &Model, repeat: usize) -> Option<u64> {
    model.dialect.seed.map(|seed| seed.wrapping_add(repeat as u64))
}

/// Puts in what the dialect adds and takes out what it leaves out.
fn finish<'a>(model: &'a Model, body: &mut Body<'a>) {
    for (key, value) in &model.dialect.extra {
        body.set(key, Part::Value(value));
    }
    for key in &model.dialect.omit {
        body.remove(key);
    }
}

fn generate(
    model: &Model,
    prompt: &Prompt,
    generation: &Generation,
    (kind, repeat): (Kind, usize),
) -> Result<Question, Misfit> {
    let dialect = &model.dialect;
    let mut body = Body::default();
    let stops: Vec<&str> = generation.until.iter().map(String::as_str).filter(|stop| !stop.is_empty()).collect();
    body.set("model", Part::Text(&model.name));
    body.set(&dialect.max_tokens_field, Part::Number(u64::from(generation.max_tokens.unwrap_or(dialect.max_tokens))));
    body.set("temperature", Part::Real(generation.temperature.unwrap_or(0.0)));
    if !stops.is_empty() {
        body.set("stop", Part::Texts(stops.iter().copied().take(dialect.most_stops).collect()));
    }
    if let Some(seed) = seed(model, repeat) {
        body.set("seed", Part::Number(seed));
    }
    for (key, value) in &generation.more {
        body.set(key, Part::Value(value));
    }
    let until = generation.until.clone();
    let thinks = dialect.thinks;
    let mut head = Head { ask: "chat", fields: vec![("until", Part::Texts(stops))] };
    if thinks == Thinks::Always {
        head.fields.push(("thinks", Part::Truth(true)));
    }
    let (way, read) = match (kind, prompt) {
        (Kind::Chat, Prompt::Chat(messages)) => {
            body.set("messages", Part::Messages(messages));
            let read = messages.iter().map(|message| message.content.len() as u64 + 16).sum();
            (Way::Write { until, thinks }, read)
        }
        (Kind::Completions, Prompt::Text(text)) => {
            head.ask = "text";
            let read = text.len() as u64;
            if dialect.prompts == Prompts::Ids {
                head.ask = "text by ids";
                head.fields.extend([("text", Part::Text(text)), length(model)]);
                (Way::WriteIds { prompt: text.clone(), until, thinks }, read)
            } else {
                body.set("prompt", Part::Text(text));
                (Way::Write { until, thinks }, read)
            }
        }
        (Kind::Chat, Prompt::Text(_)) => return Err(Misfit::TextForChat),
        (Kind::Completions, Prompt::Chat(_)) => return Err(Misfit::ChatForText),
    };
    finish(model, &mut body);
    let asked = dialect.extra.get(dialect.max_tokens_field.as_str()).and_then(crate::Value::as_int);
    let written = asked.and_then(|most| u64::try_from(most).ok());
    let written = written.unwrap_or(u64::from(generation.max_tokens.unwrap_or(dialect.max_tokens)));
    assemble(&head, &body, (way, Bound { prompt: read + 64, completion: written }))
}

/// The body of an echo; by token ids the prompt comes later.
fn echo_body<'a>(model: &'a Model, prompt: Option<&'a str>, repeat: usize) -> Body<'a> {
    let mut body = Body::default();
    body.set("model", Part::Text(&model.name));
    body.set("temperature", Part::Number(0));
    body.set("max_tokens", Part::Number(1));
    body.set("logprobs", Part::Number(1));
    body.set("echo", Part::Truth(true));
    if let Some(seed) = seed(model, repeat) {
        body.set("seed", Part::Number(seed));
    }
    if let Some(prompt) = prompt {
        body.set("prompt", Part::Text(prompt));
    }
    finish(model, &mut body);
    body
}

/// What Python's `str.rstrip` takes off.
fn is_python_space(letter: char) -> bool {
    letter.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&letter)
}

/// Blanks at the end of a context belong to the continuation, where tokens have their blanks in front. An empty context has
/// no text to stand for it, so it goes by token ids even where prompts are texts.
fn log_likelihood(model: &Model, context: &str, continuation: &str, repeat: usize) -> Result<Question, Misfit> {
    let kept = context.trim_end_matches(is_python_space);
    let whole = format!("{context}{continuation}");
    let continuation = &whole[kept.len()..];
    let most = Bound { prompt: whole.len() as u64 + 1, completion: 1 };
    if model.dialect.prompts == Prompts::Text && !kept.is_empty() {
        let border = kept.chars().count();
        let head = Head { ask: "echo", fields: vec![("border", Part::Number(border as u64))] };
        let body = echo_body(model, Some(&whole), repeat);
        return assemble(&head, &body, (Way::EchoText { prompt: whole.clone(), border }, most));
    }
    let mut fields = vec![("context", Part::Text(kept)), ("continuation", Part::Text(continuation)), length(model)];
    if let Some(token) = model.dialect.prefix_token {
        fields.push(("prefix_token", Part::Number(u64::from(token))));
    }
    let way = Way::EchoIds { context: kept.into(), continuation: continuation.into() };
    assemble(&Head { ask: "echo by ids", fields }, &echo_body(model, None, repeat), (way, most))
}
