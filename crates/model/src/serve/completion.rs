//! `/v1/completions`: texts are scored and gone on with.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use super::desk::{Desk, Ticket};
use super::fault::{ApiFault, json_response};
use super::fields::Fields;
use super::prompt::{self, Prompt};
use super::stream::{self, Pieces, frame};
use super::wire::{Logprobs, PromptLogprobs, Usage, Writer, finish};
use super::wishes::Wishes;
use crate::infer::{Ask, Completion, Event, Offsets, Scored};

/// Tokens that are written unless the request says how many: OpenAI's and vLLM's number.
const USUAL: usize = 16;

/// A request, read.
#[derive(Debug)]
struct Job {
    prompts: Vec<Prompt>,
    /// The room that each prompt leaves.
    most: Vec<usize>,
    wishes: Wishes,
    echo: bool,
    logprobs: Option<usize>,
    prompt_logprobs: Option<usize>,
}

impl Job {
    fn read(mut fields: Fields, desk: &Desk) -> Result<Self, ApiFault> {
        desk.check_model(fields.text("model")?.as_deref())?;
        let top = desk.options.most_logprobs;
        let wishes = Wishes::read(&mut fields, &desk.rules())?;
        let prompts = prompt::read(&mut fields, desk)?;
        let room = |prompt: &Prompt| desk.room("prompt", prompt.ids.len(), wishes.most, USUAL);
        let job = Self {
            most: prompts.iter().map(room).collect::<Result<_, _>>()?,
            echo: fields.truth("echo", false)?,
            logprobs: fields.count("logprobs", 0..=top)?,
            prompt_logprobs: fields.count("prompt_logprobs", 0..=top)?,
            prompts,
            wishes,
        };
        fields.neutral("suffix", |value| value.as_str() == Some(""), "an empty string")?;
        fields.finish()?;
        if job.wishes.stream.is_some() && job.prompt_logprobs.is_some() {
            let message =
                "`prompt_logprobs` does not go with `stream`: ask with `stream` false, or `echo` and `logprobs`";
            return Err(ApiFault::field("prompt_logprobs", message));
        }
        Ok(job)
    }

    fn asks(&self, desk: &Desk) -> Vec<Ask> {
        let echoed = if self.echo { self.logprobs } else { None };
        let ask = |(prompt, most): (&Prompt, &usize), choice: usize| Ask {
            scores: self.logprobs,
            prompt_scores: echoed.max(self.prompt_logprobs),
            ..self.wishes.ask(prompt.ids.clone(), *most, choice, &desk.ends)
        };
        let all = self.prompts.iter().zip(&self.most);
        all.flat_map(|prompt| (0..self.wishes.n).map(move |choice| ask(prompt, choice))).collect()
    }

    fn prompt(&self, number: usize) -> &Prompt {
        &self.prompts[number / self.wishes.n]
    }

    fn prompt_tokens(&self) -> usize {
        self.prompts.iter().map(|prompt| prompt.ids.len()).sum()
    }

    fn writer<'a>(&self, desk: &'a Desk) -> Writer<'a> {
        Writer { tokenizer: &desk.tokenizer, names_ids: self.wishes.names_ids, top: self.logprobs.unwrap_or(0) }
    }

    /// Adds the tokens of a prompt to what is echoed.
    fn echo_prompt(
        &self,
        desk: &Desk,
        number: usize,
        scores: &[Option<Scored>],
        (offsets, logprobs): (&mut Offsets, &mut Logprobs),
    ) {
        let (prompt, writer) = (self.prompt(number), self.writer(desk));
        for (place, id) in prompt.ids.iter().enumerate() {
            let offset = offsets.push(prompt.bytes(desk, place));
            logprobs.push(&writer, offset, *id, scores.get(place).and_then(Option::as_ref));
        }
    }

    /// Adds a token that was written.
    fn echo_token(
        &self,
        desk: &Desk,
        (id, scored): (u32, &Scored),
        (offsets, logprobs): (&mut Offsets, &mut Logprobs),
    ) {
        let is_shown = self.wishes.shows(desk, id);
        let offset = offsets.push(if is_shown { desk.tokenizer.bytes(id) } else { &[] });
        logprobs.push(&self.writer(desk), offset, id, Some(scored));
    }

    fn choice(&self, desk: &Desk, number: usize, completion: Completion) -> Choice {
        let (mut offsets, mut logprobs) = (Offsets::default(), Logprobs::default());
        let prompt = self.prompt(number);
        let mut text = String::new();
        if self.echo {
            text = prompt.text(desk);
            self.echo_prompt(desk, number, &completion.prompt, (&mut offsets, &mut logprobs));
        }
        text.push_str(&completion.text);
        for token in completion.ids.iter().copied().zip(&completion.scores) {
            self.echo_token(desk, token, (&mut offsets, &mut logprobs));
        }
        let (finish_reason, stop_reason) = completion.finish.as_ref().map(finish).unwrap_or_default();
        let writer = self.writer(desk);
        let prompt_logprobs = self.prompt_logprobs.map(|top| writer.prompt_logprobs(&completion.prompt, top));
        Choice {
            index: number,
            text,
            logprobs: self.logprobs.map(|_| logprobs),
            finish_reason: Some(finish_reason),
            stop_reason,
            prompt_logprobs,
            prompt_token_ids: self.wishes.returns_ids.then(|| prompt.ids.clone()),
            token_ids: self.wishes.returns_ids.then_some(completion.ids),
        }
    }
}

#[derive(Debug, Default, Serialize)]
struct Choice {
    index: usize,
    text: String,
    logprobs: Option<Logprobs>,
    finish_reason: Option<&'static str>,
    stop_reason: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_logprobs: Option<PromptLogprobs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_token_ids: Option<Vec<u32>>,
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
}

/// Answers a request.
pub(crate) async fn answer(desk: &Arc<Desk>, fields: Fields) -> Result<Response<Body>, ApiFault> {
    let job = Job::read(fields, desk)?;
    let asks = job.asks(desk);
    let count = asks.len();
    let mut ticket = desk.submit("cmpl", asks)?;
    if job.wishes.stream.is_some() {
        return Ok(in_pieces(desk, job, ticket, count));
    }
    let completions = stream::collect(&mut ticket, count).await?;
    let written = completions.iter().map(|completion| completion.ids.len()).sum();
    let choices = completions.into_iter().enumerate();
    let answer = Answer {
        id: &ticket.id,
        object: "text_completion",
        created: ticket.created,
        model: &desk.options.name,
        choices: choices.map(|(number, completion)| job.choice(desk, number, completion)).collect(),
        usage: Some(Some(Usage::new(job.prompt_tokens(), written))),
    };
    Ok(json_response(StatusCode::OK, &answer))
}

/// An answer in pieces.
struct Flow {
    desk: Arc<Desk>,
    job: Job,
    id: String,
    created: u64,
    offsets: Vec<Offsets>,
    written: usize,
}

fn in_pieces(desk: &Arc<Desk>, job: Job, ticket: Ticket, count: usize) -> Response<Body> {
    let flow = Flow {
        desk: Arc::clone(desk),
        job,
        id: ticket.id.clone(),
        created: ticket.created,
        offsets: vec![Offsets::default(); count],
        written: 0,
    };
    stream::answer(ticket, count, flow)
}

impl Flow {
    fn frame(&self, choices: Vec<Choice>, usage: Option<Usage>) -> Bytes {
        let tells_usage = self.job.wishes.stream.is_some_and(|stream| stream.tells_usage);
        frame(&Answer {
            id: &self.id,
            object: "text_completion",
            created: self.created,
            model: &self.desk.options.name,
            choices,
            usage: tells_usage.then_some(usage),
        })
    }

    /// The echo of a prompt.
    fn echo(&mut self, number: usize, scores: &[Option<Scored>]) -> Bytes {
        let mut logprobs = Logprobs::default();
        let offsets = &mut self.offsets[number];
        self.job.echo_prompt(&self.desk, number, scores, (offsets, &mut logprobs));
        let text = self.job.prompt(number).text(&self.desk);
        let logprobs = self.job.logprobs.map(|_| logprobs);
        self.frame(vec![Choice { index: number, text, logprobs, ..Choice::default() }], None)
    }

    fn token(&mut self, number: usize, id: u32, scored: Option<&Scored>, text: String) -> Option<Bytes> {
        self.written += 1;
        let logprobs = scored.map(|scored| {
            let mut logprobs = Logprobs::default();
            self.job.echo_token(&self.desk, (id, scored), (&mut self.offsets[number], &mut logprobs));
            logprobs
        });
        let token_ids = self.job.wishes.returns_ids.then(|| vec![id]);
        if text.is_empty() && logprobs.is_none() && token_ids.is_none() {
            return None;
        }
        Some(self.frame(vec![Choice { index: number, text, logprobs, token_ids, ..Choice::default() }], None))
    }
}

impl Pieces for Flow {
    fn first(&mut self) -> Vec<Bytes> {
        if !self.job.echo || self.job.logprobs.is_some() {
            return Vec::new();
        }
        (0..self.offsets.len()).map(|number| self.echo(number, &[])).collect()
    }

    fn piece(&mut self, number: usize, event: Event) -> Vec<Bytes> {
        match event {
            Event::Prompt(scores) => vec![self.echo(number, &scores)],
            Event::Token { id, scored, text } => self.token(number, id, scored.as_ref(), text).into_iter().collect(),
            Event::End(end) => {
                let (reason, stop_reason) = finish(&end);
                let choice = Choice { index: number, finish_reason: Some(reason), stop_reason, ..Choice::default() };
                vec![self.frame(vec![choice], None)]
            }
        }
    }

    fn last(&mut self) -> Vec<Bytes> {
        match self.job.wishes.stream {
            Some(stream) if stream.tells_usage => {
                let usage = Usage::new(self.job.prompt_tokens(), self.written);
                vec![self.frame(Vec::new(), Some(usage))]
            }
            _ => Vec::new(),
        }
    }
}
