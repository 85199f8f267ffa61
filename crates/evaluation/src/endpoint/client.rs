//! Asks questions and reads the answers.

use serde::Deserialize;

use super::echo::Echo;
use super::fault::{Course, Fault};
use super::http::Http;
use super::question::{Question, Way};
use super::reply::{self, Reply};
use super::tokens::{Pair, Tokens, windows};
use super::unusable::ClientFault;
use super::{Endpoint, Kind, Model, Thinks};
use crate::{Answer, LogLikelihood, Usage};

/// What `/models` answers.
#[derive(Deserialize)]
struct Listed {
    data: Vec<ListedModel>,
}

#[derive(Deserialize)]
struct ListedModel {
    id: String,
}

/// Speaks to one endpoint of one model, over connections that stay open. Its methods want a tokio runtime.
pub struct Client {
    pub(crate) http: Http,
    pub(crate) tokens: Tokens,
    path: String,
    max_length: usize,
    prefix_token: Option<u32>,
}

impl Client {
    /// A client for one endpoint of a model; nothing is sent yet.
    pub fn new(model: &Model, endpoint: &Endpoint) -> Result<Self, ClientFault> {
        let http = Http::new(endpoint)?;
        let path = http.address.under_base(match model.kind {
            Kind::Completions => "/completions",
            Kind::Chat => "/chat/completions",
        });
        let (max_length, prefix_token) = (model.dialect.max_length, model.dialect.prefix_token);
        Ok(Self { http, tokens: Tokens::default(), path, max_length, prefix_token })
    }

    /// Asks once.
    pub async fn ask(&self, question: &Question) -> Result<Reply, Fault> {
        match &question.way {
            Way::Write { until, thinks } => {
                let bytes = self.http.post(&self.path, question.body()).await?;
                reply::written(&bytes, until, *thinks)
            }
            Way::WriteIds { prompt, until, thinks } => self.write_ids(question, prompt, (until, *thinks)).await,
            Way::EchoText { prompt, border } => {
                let bytes = self.http.post(&self.path, question.body()).await?;
                let (frame, choice) = reply::read(&bytes)?;
                let echoed = choice.text.0.unwrap_or_default();
                let told = Echo::new(choice.logprobs)?.behind(*border, prompt, &echoed)?;
                let usage = frame.usage.unwrap_or_default();
                Ok(frame.reply(Ok(Answer::LogLikelihood(LogLikelihood { usage, ..told })), None))
            }
            Way::EchoIds { context, continuation } => self.echo_ids(question, context, continuation).await,
            Way::Rolling { text } => self.rolling(question, text).await,
        }
    }

    /// The names under which the endpoint knows its models (`/models`).
    ///
    /// # Errors
    ///
    /// An endpoint that does not answer, or not with a list of models.
    pub async fn models(&self) -> Result<Vec<String>, Fault> {
        let bytes = self.http.get(&self.http.address.under_base("/models")).await?;
        let listed: Listed = serde_json::from_slice(&bytes)
            .map_err(|fault| Fault::unusable(Course::Hopeless, format!("`/models` gave no list of models: {fault}")))?;
        Ok(listed.data.into_iter().map(|model| model.id).collect())
    }

    /// The longest sequence that is sent: one place is for the token that is generated.
    fn longest(&self) -> usize {
        self.max_length.saturating_sub(1).max(1)
    }

    async fn write_ids(
        &self,
        question: &Question,
        prompt: &str,
        (until, thinks): (&[String], Thinks),
    ) -> Result<Reply, Fault> {
        let ids = self.tokens.of(&self.http, prompt).await?;
        let written = usize::try_from(question.bound().completion).unwrap_or(usize::MAX);
        let room = self.longest().saturating_sub(written);
        if room == 0 {
            return Err(Fault::transport(
                Course::Permanent,
                format!(
                    "an answer of {written} tokens leaves no room for a prompt within {} tokens; raise --max_length, or ask for \
                 less (--gen_kwargs max_gen_toks=…)",
                    self.max_length
                ),
            ));
        }
        let cut = ids.len().saturating_sub(room);
        let body = question.body_with(&ids[cut..]).map_err(|fault| unwritable(&fault))?;
        let bytes = self.http.post(&self.path, body).await?;
        let mut reply = reply::written(&bytes, until, thinks)?;
        reply.cut = u32::try_from(cut).unwrap_or(u32::MAX);
        Ok(reply)
    }

    async fn echo_ids(&self, question: &Question, context: &str, continuation: &str) -> Result<Reply, Fault> {
        let (before, after) = if context.is_empty() {
            let after = self.tokens.of(&self.http, continuation).await?;
            let prefix = self.prefix().await?;
            // As lm-eval: a continuation that begins with the prefix itself is its own context.
            match after.split_first() {
                Some((first, rest)) if *first == prefix => (vec![prefix], rest.to_vec()),
                _ => (vec![prefix], after),
            }
        } else {
            self.tokens.pair(&self.http, context, continuation).await?
        };
        let pair = Pair::new(&before, &after, self.longest())?;
        self.weigh(question, &pair).await
    }

    async fn rolling(&self, question: &Question, text: &str) -> Result<Reply, Fault> {
        let ids = self.tokens.of(&self.http, text).await?;
        let prefix = self.prefix().await?;
        let mut whole = LogLikelihood { sum: 0.0, is_greedy: true, tokens: 0, usage: Usage::default() };
        let mut last: Option<Reply> = None;
        for (context, weighed) in windows(&ids, prefix, self.longest().saturating_sub(1)) {
            let pair = Pair::new(&context, &weighed, self.longest())?;
            let reply = self.weigh(question, &pair).await.map_err(Fault::costly)?;
            if let Ok(Answer::LogLikelihood(told)) = &reply.outcome {
                whole.sum += told.sum;
                whole.is_greedy &= told.is_greedy;
                whole.tokens += told.tokens;
                whole.usage.prompt += told.usage.prompt;
                whole.usage.completion += told.usage.completion;
            }
            last = Some(reply);
        }
        let usage = last.as_ref().is_none_or(|last| last.usage.is_some()).then_some(whole.usage);
        let (model, id) = last.map(|last| (last.model, last.id)).unwrap_or_default();
        Ok(Reply { outcome: Ok(Answer::LogLikelihood(whole)), written: None, usage, model, id, cut: 0 })
    }

    async fn prefix(&self) -> Result<u32, Fault> {
        match self.prefix_token {
            Some(token) => Ok(token),
            None => self.tokens.prefix(&self.http).await,
        }
    }

    /// One echo of token ids.
    async fn weigh(&self, question: &Question, pair: &Pair) -> Result<Reply, Fault> {
        let body = question.body_with(&pair.whole).map_err(|fault| unwritable(&fault))?;
        let bytes = self.http.post(&self.path, body).await?;
        let (frame, choice) = reply::read(&bytes)?;
        let told = Echo::new(choice.logprobs)?.after(pair.border, pair.whole.len())?;
        let usage = frame.usage.unwrap_or_default();
        let mut reply = frame.reply(Ok(Answer::LogLikelihood(LogLikelihood { usage, ..told })), None);
        reply.cut = u32::try_from(pair.cut).unwrap_or(u32::MAX);
        Ok(reply)
    }

    /// Posts a body to the protocol's path.
    pub(crate) async fn post(&self, body: Vec<u8>) -> Result<bytes::Bytes, Fault> {
        self.http.post(&self.path, body.into()).await
    }
}

fn unwritable(fault: &serde_json::Error) -> Fault {
    Fault::transport(Course::Permanent, format!("the request cannot be written as JSON: {fault}"))
}
