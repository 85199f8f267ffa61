//! `/v1/chat/completions`: a conversation is gone on with.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use super::desk::{Desk, Ticket};
use super::fault::{ApiFault, json_response};
use super::fields::{Fields, wrong};
use super::stream::{self, Pieces, frame};
use super::wire::{ChatLogprob, Usage, Writer, finish};
use super::wishes::Wishes;
use crate::infer::{Ask, Completion, Event, Scored};

/// A request, read.
#[derive(Debug)]
struct Job {
    prompt: Vec<u32>,
    most: usize,
    wishes: Wishes,
    /// Scores are wanted, with so many of the likeliest beside each.
    top: Option<usize>,
    ends: Vec<u32>,
}

impl Job {
    fn read(mut fields: Fields, desk: &Desk) -> Result<Self, ApiFault> {
        desk.check_model(fields.text("model")?.as_deref())?;
        let wishes = Wishes::read(&mut fields, &desk.rules())?;
        let wants_scores = fields.truth("logprobs", false)?;
        let top = fields.count("top_logprobs", 0..=desk.options.most_logprobs)?;
        if top.is_some_and(|top| top > 0) && !wants_scores {
            return Err(ApiFault::field("top_logprobs", "`top_logprobs` needs `logprobs` to be true"));
        }
        let prompt = conversation(&mut fields, desk)?;
        refuse_what_is_not_done(&mut fields)?;
        fields.finish()?;
        Ok(Self {
            most: desk.room("messages", prompt.len(), wishes.most, usize::MAX)?,
            prompt,
            top: wants_scores.then(|| top.unwrap_or(0)),
            ends: wishes.ends(desk).to_vec(),
            wishes,
        })
    }

    fn asks(&self) -> Vec<Ask> {
        let ask =
            |choice| Ask { scores: self.top, ..self.wishes.ask(self.prompt.clone(), self.most, choice, &self.ends) };
        (0..self.wishes.n).map(ask).collect()
    }

    /// The log-probability of a token of the answer; the token that only ends it is no part of it.
    fn logprob(&self, desk: &Desk, id: u32, scored: Option<&Scored>) -> Option<ChatLogprob> {
        let writer =
            Writer { tokenizer: &desk.tokenizer, names_ids: self.wishes.names_ids, top: self.top.unwrap_or(0) };
        let scored = scored.filter(|_| !self.ends.contains(&id))?;
        Some(writer.chat(scored))
    }

    fn logprobs(&self, content: impl Iterator<Item = ChatLogprob>) -> Option<Content> {
        self.top.map(|_| Content { content: content.collect(), refusal: None })
    }
}

/// The tokens of the conversation that a request holds.
pub(crate) fn conversation(fields: &mut Fields, desk: &Desk) -> Result<Vec<u32>, ApiFault> {
    const RIGHT: &str = "a list of objects with `role` and `content`, at least one";
    let messages = match fields.take("messages") {
        Some(Value::Array(messages)) if !messages.is_empty() => messages,
        Some(Value::Array(_)) => {
            return Err(ApiFault::field("messages", format!("`messages` is empty; it must be {RIGHT}")));
        }
        Some(other) => return Err(wrong("messages", &other, RIGHT)),
        None => return Err(ApiFault::field("messages", format!("`messages` is missing; it must be {RIGHT}"))),
    };
    let messages =
        messages.into_iter().enumerate().map(|(place, value)| message(place, value)).collect::<Result<Vec<_>, _>>()?;
    let extra = match fields.take("chat_template_kwargs") {
        Some(Value::Object(extra)) => extra,
        Some(other) => return Err(wrong("chat_template_kwargs", &other, "an object")),
        None => Map::new(),
    };
    let Some((_, template)) = &desk.template else {
        let message = "this model has no chat template: ask `/v1/completions`, or serve a folder that has one";
        return Err(ApiFault::field("messages", message));
    };
    template
        .encode(&messages, &extra, &desk.tokenizer)
        .map_err(|reason| ApiFault::field("messages", format!("the chat template refuses the conversation: {reason}")))
}

/// A message with its content as one text.
fn message(place: usize, value: Value) -> Result<Map<String, Value>, ApiFault> {
    let at = |field: &str| format!("messages[{place}].{field}");
    let mut fields = Fields::of(value, &format!("messages[{place}]"))?;
    let role = fields.text("role")?.ok_or_else(|| {
        ApiFault::field(at("role"), format!("`{}` is missing; it must be system, user or assistant", at("role")))
    })?;
    let content = match fields.take("content") {
        None => String::new(),
        Some(Value::String(text)) => text,
        Some(Value::Array(parts)) => {
            let texts = parts.into_iter().map(|part| text_part(&at("content"), part)).collect::<Result<Vec<_>, _>>()?;
            texts.join("\n")
        }
        Some(other) => return Err(wrong(&at("content"), &other, "a string, or a list of text parts")),
    };
    let mut message = Map::new();
    message.insert("role".to_owned(), Value::String(role));
    message.insert("content".to_owned(), Value::String(content));
    if let Some(name) = fields.text("name")? {
        message.insert("name".to_owned(), Value::String(name));
    }
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    fields.neutral("tool_calls", is_empty, "an empty list")?;
    fields.neutral("annotations", is_empty, "an empty list")?;
    fields.finish()?;
    Ok(message)
}

fn text_part(field: &str, part: Value) -> Result<String, ApiFault> {
    match (part.get("type").and_then(Value::as_str), part.get("text").and_then(Value::as_str)) {
        (Some("text"), Some(text)) => Ok(text.to_owned()),
        _ => {
            let message =
                format!("`{field}` has a part that is no text; this model reads {{\"type\": \"text\", \"text\": …}}");
            Err(ApiFault::field(field, message))
        }
    }
}

fn refuse_what_is_not_done(fields: &mut Fields) -> Result<(), ApiFault> {
    let is = |right: Value| move |value: &Value| *value == right;
    fields.neutral("tools", |value| value.as_array().is_some_and(Vec::is_empty), "an empty list")?;
    fields.neutral("tool_choice", |value| matches!(value.as_str(), Some("none" | "auto")), "\"none\"")?;
    fields.neutral("parallel_tool_calls", Value::is_boolean, "true or false")?;
    fields.neutral("add_generation_prompt", is(Value::Bool(true)), "true")?;
    fields.neutral("continue_final_message", is(Value::Bool(false)), "false")?;
    fields.neutral("add_special_tokens", is(Value::Bool(false)), "false")?;
    fields.neutral("echo", is(Value::Bool(false)), "false")?;
    fields.neutral("modalities", is(serde_json::json!(["text"])), "[\"text\"]")
}

#[derive(Debug, Serialize)]
struct Content {
    content: Vec<ChatLogprob>,
    refusal: Option<()>,
}

#[derive(Debug, Serialize)]
struct Message {
    role: &'static str,
    content: String,
    refusal: Option<()>,
}

/// What a piece adds.
#[derive(Debug, Default, Serialize)]
struct Delta {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

#[derive(Debug, Default, Serialize)]
struct Choice {
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<Delta>,
    logprobs: Option<Content>,
    finish_reason: Option<&'static str>,
    stop_reason: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_ids: Option<Vec<u32>>,
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: Vec<Choice>,
    /// Outer none: the field is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Option<Usage>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_token_ids: Option<&'a [u32]>,
}

/// Answers a request.
pub(crate) async fn answer(desk: &Arc<Desk>, fields: Fields) -> Result<Response<Body>, ApiFault> {
    let job = Job::read(fields, desk)?;
    let asks = job.asks();
    let count = asks.len();
    let mut ticket = desk.submit("chatcmpl", asks)?;
    if job.wishes.stream.is_some() {
        return Ok(in_pieces(desk, job, ticket, count));
    }
    let completions = stream::collect(&mut ticket, count).await?;
    let written = completions.iter().map(|completion| completion.ids.len()).sum();
    let choices = completions.into_iter().enumerate();
    let answer = Answer {
        id: &ticket.id,
        object: "chat.completion",
        created: ticket.created,
        model: &desk.options.name,
        choices: choices.map(|(number, completion)| choice(desk, &job, number, completion)).collect(),
        usage: Some(Some(Usage::new(job.prompt.len(), written))),
        prompt_token_ids: job.wishes.returns_ids.then_some(&job.prompt),
    };
    Ok(json_response(StatusCode::OK, &answer))
}

fn choice(desk: &Desk, job: &Job, number: usize, completion: Completion) -> Choice {
    let tokens = completion.ids.iter().zip(&completion.scores);
    let logprobs = job.logprobs(tokens.filter_map(|(id, scored)| job.logprob(desk, *id, Some(scored))));
    let (finish_reason, stop_reason) = completion.finish.as_ref().map(finish).unwrap_or_default();
    Choice {
        index: number,
        message: Some(Message { role: "assistant", content: completion.text, refusal: None }),
        delta: None,
        logprobs,
        finish_reason: Some(finish_reason),
        stop_reason,
        token_ids: job.wishes.returns_ids.then_some(completion.ids),
    }
}

/// An answer in pieces.
struct Flow {
    desk: Arc<Desk>,
    job: Job,
    id: String,
    created: u64,
    written: usize,
}

fn in_pieces(desk: &Arc<Desk>, job: Job, ticket: Ticket, count: usize) -> Response<Body> {
    let (id, created) = (ticket.id.clone(), ticket.created);
    stream::answer(ticket, count, Flow { desk: Arc::clone(desk), job, id, created, written: 0 })
}

impl Flow {
    fn frame(&self, choices: Vec<Choice>, usage: Option<Usage>) -> Bytes {
        let tells_usage = self.job.wishes.stream.is_some_and(|stream| stream.tells_usage);
        frame(&Answer {
            id: &self.id,
            object: "chat.completion.chunk",
            created: self.created,
            model: &self.desk.options.name,
            choices,
            usage: tells_usage.then_some(usage),
            prompt_token_ids: None,
        })
    }
}

impl Pieces for Flow {
    fn first(&mut self) -> Vec<Bytes> {
        let role = |index| {
            let delta = Some(Delta { role: Some("assistant"), content: Some(String::new()) });
            self.frame(vec![Choice { index, delta, ..Choice::default() }], None)
        };
        (0..self.job.wishes.n).map(role).collect()
    }

    fn piece(&mut self, index: usize, event: Event) -> Vec<Bytes> {
        let choice = match event {
            Event::Prompt(_) => return Vec::new(),
            Event::Token { id, scored, text } => {
                self.written += 1;
                let logprob = self.job.logprob(&self.desk, id, scored.as_ref());
                if text.is_empty() && logprob.is_none() && !self.job.wishes.returns_ids {
                    return Vec::new();
                }
                Choice {
                    index,
                    delta: Some(Delta { role: None, content: Some(text) }),
                    logprobs: self.job.logprobs(logprob.into_iter()),
                    token_ids: self.job.wishes.returns_ids.then(|| vec![id]),
                    ..Choice::default()
                }
            }
            Event::End(end) => {
                let (reason, stop_reason) = finish(&end);
                let delta = Some(Delta::default());
                Choice { index, delta, finish_reason: Some(reason), stop_reason, ..Choice::default() }
            }
        };
        vec![self.frame(vec![choice], None)]
    }

    fn last(&mut self) -> Vec<Bytes> {
        match self.job.wishes.stream {
            Some(stream) if stream.tells_usage => {
                vec![self.frame(Vec::new(), Some(Usage::new(self.job.prompt.len(), self.written)))]
            }
            _ => Vec::new(),
        }
    }
}
