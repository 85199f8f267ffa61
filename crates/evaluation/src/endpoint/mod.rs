//! Endpoints: HTTP as OpenAI's completions and chat completions speak it.
//!
//! A [`Model`] says what is asked and how; its [`Endpoint`]s say where. [`Question::new`] turns a [`crate::Request`] into
//! bytes: what is sent, and, in a canonical form, what the answer depends on. A [`Client`] sends it and reads the answer
//! into a [`Reply`], or into a [`Fault`] that says in words what went wrong and whether it is worth another try.
//!
//! Log-probabilities come from `/completions` with `echo`, and only from an endpoint that passed [`Client::probe`]. Who waits
//! for one answer alone needs no runtime: [`wait()`].

mod address;
mod body;
mod client;
mod echo;
mod fault;
mod http;
mod probe;
mod question;
mod reply;
#[cfg(test)]
mod tests;
mod thought;
mod tokens;
mod unusable;
mod wait;

use std::path::PathBuf;
use std::time::Duration;

pub use self::address::AddressFault;
pub use self::client::Client;
pub use self::fault::{Course, Fault};
pub use self::probe::{Probe, ProbeFault};
pub(crate) use self::question::Bound;
pub use self::question::{Misfit, Question};
pub use self::reply::Reply;
pub use self::unusable::ClientFault;
pub use self::wait::wait;

use crate::Dict;

/// Which of the two protocols an endpoint speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `/completions`: a text goes in, a text comes out; can tell log-probabilities.
    Completions,
    /// `/chat/completions`: a conversation goes in, a message comes out.
    Chat,
}

/// Where a model is asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The base URL, such as `http://127.0.0.1:8000/v1`. What lm-eval wants behind it (`/completions`,
    /// `/chat/completions`) may stand there and is left out.
    pub base_url: String,
    /// Sent as `Authorization: Bearer …`; never written anywhere.
    pub api_key: Option<String>,
    /// Further headers; one named `authorization` takes the place of the key.
    pub headers: Vec<(String, String)>,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// A file of certificates (PEM) to trust in place of the public ones.
    pub ca_cert: Option<PathBuf>,
}

impl Endpoint {
    /// An endpoint at this base URL, with neither key nor further headers.
    pub fn new(base_url: impl Into<String>) -> Self {
        let base_url = base_url.into();
        Self { base_url, api_key: None, headers: Vec::new(), timeouts: Timeouts::default(), ca_cert: None }
    }

    /// The URL without what does not tell one endpoint from another: the protocol's path, a last slash, capitals of the
    /// host, the default port.
    pub fn identity(&self) -> Result<String, AddressFault> {
        Ok(address::Address::parse(&self.base_url)?.to_string())
    }
}

/// Keys stay out of what is printed.
impl std::fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let has_key = self.api_key.is_some();
        formatter
            .debug_struct("Endpoint")
            .field("base_url", &self.base_url)
            .field("has_key", &has_key)
            .field("headers", &names)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

/// How long to wait, and for how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection, the handshake of TLS with it.
    pub connect: Duration,
    /// For a whole answer, from the sending of the request on.
    pub answer: Duration,
    /// For the bytes of one answer, at most.
    pub most_bytes: usize,
}

impl Default for Timeouts {
    /// 10 s, 300 s (lm-eval's), 64 MiB.
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), answer: Duration::from_secs(300), most_bytes: 64 << 20 }
    }
}

/// A model and how it is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name, as the endpoints know it.
    pub name: String,
    /// Whatever else tells this model from another of the same name: a hash of weights, a revision, a date. It becomes part
    /// of every key of the journal.
    pub fingerprint: String,
    /// What the journal calls the endpoint. None takes the [`Endpoint::identity`] of all of `endpoints`; say it when the same
    /// model moves from one address to another.
    pub endpoint_id: Option<String>,
    /// Where it can be asked; all of them must serve the same model.
    pub endpoints: Vec<Endpoint>,
    /// What they speak.
    pub kind: Kind,
    /// How requests are written and answers read.
    pub dialect: Dialect,
    /// Under which other names the model may answer.
    pub answers_as: AnswersAs,
}

impl Model {
    /// A model at one endpoint, asked in lm-eval's way.
    pub fn new(name: impl Into<String>, kind: Kind, endpoint: Endpoint) -> Self {
        Self {
            name: name.into(),
            fingerprint: String::new(),
            endpoint_id: None,
            endpoints: vec![endpoint],
            kind,
            dialect: Dialect::default(),
            answers_as: AnswersAs::Any,
        }
    }

    /// What the journal calls the endpoint.
    pub fn endpoint_identity(&self) -> Result<String, AddressFault> {
        if let Some(id) = &self.endpoint_id {
            return Ok(id.clone());
        }
        let mut all = self.endpoints.iter().map(Endpoint::identity).collect::<Result<Vec<_>, _>>()?;
        all.sort();
        all.dedup();
        Ok(all.join(" "))
    }
}

/// Under which names a model may answer.
///
/// An endpoint says in its answer which model wrote it. Often that is an alias or a dated version of the name asked for, so
/// another name alone is told once and taken. Who must be sure lists the names; an answer under any other is then refused,
/// and so is one in the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AnswersAs {
    /// Under any; a name that differs is told.
    #[default]
    Any,
    /// Under one of these, and no answer without a name.
    Only(Vec<String>),
}

impl AnswersAs {
    /// Whether an answer under this name may be taken.
    pub fn allows(&self, name: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::Only(names) => name.is_some_and(|name| names.iter().any(|known| known == name)),
        }
    }
}

/// How requests are written and answers read.
#[derive(Clone, Debug, PartialEq)]
pub struct Dialect {
    /// `seed` in the body; repeat r of a request gets `seed + r`, or all repeats would be one. lm-eval sends 1234.
    pub seed: Option<u64>,
    /// `max_tokens` where a task does not say; lm-eval takes 256.
    pub max_tokens: u32,
    /// What the limit of tokens is called: `max_tokens`, or `max_completion_tokens` at OpenAI.
    pub max_tokens_field: String,
    /// How many stop texts are sent; endpoints refuse more than 4. Answers are cut here at all of them.
    pub most_stops: usize,
    /// Put into every body, over what stands there (`reasoning_effort`, `chat_template_kwargs`, …).
    pub extra: Dict,
    /// Never sent (`temperature` and `stop` for models that refuse them).
    pub omit: Vec<String>,
    /// How prompts travel to `/completions`.
    pub prompts: Prompts,
    /// The longest sequence in tokens, the one that is generated among them; what stands too far left is cut off log-probability
    /// requests and said so. lm-eval takes 2048.
    pub max_length: usize,
    /// The token an empty context is replaced with; none asks `/tokenizer_info` for BOS, else EOS.
    pub prefix_token: Option<u32>,
    /// How thoughts are told from answers.
    pub thinks: Thinks,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            seed: Some(1234),
            max_tokens: 256,
            max_tokens_field: "max_tokens".into(),
            most_stops: 4,
            extra: Dict::new(),
            omit: Vec::new(),
            prompts: Prompts::Text,
            max_length: 2048,
            prefix_token: None,
            thinks: Thinks::Tagged,
        }
    }
}

/// How prompts travel to `/completions`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prompts {
    /// As texts. The border between context and continuation is found by `text_offset` in the echo.
    #[default]
    Text,
    /// As token ids, made by the server's own `/tokenize`: context and whole apart, as lm-eval does.
    Ids,
}

/// How thoughts are told from answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Thinks {
    /// By fields of the protocol and by tags, wherever they are.
    #[default]
    Tagged,
    /// The same, and the chat template opens a thought before the model writes: an answer without a closing tag is an
    /// unfinished thought.
    Always,
}
