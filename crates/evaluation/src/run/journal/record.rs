//! One record of the journal: a question's key and what became of it, as a line of JSON.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::endpoint::{AddressFault, Model, Reply};
use crate::{Answer, Class, Failure, Generated, Usage};

/// What a question is filed under: SHA-256 over the model's name and fingerprint, the endpoint's identity, the canonical
/// request and the number of the repeat, each with its length before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub(crate) [u8; 32]);

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Key({self})")
    }
}

impl Key {
    /// What the index knows a key by: sixteen bytes are enough to tell apart more answers than there will ever be.
    pub(crate) fn short(&self) -> [u8; 16] {
        let mut short = [0; 16];
        short.copy_from_slice(&self.0[..16]);
        short
    }

    pub(crate) fn from_hex(hex_digits: &[u8]) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(hex_digits, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

/// Makes the keys of one model's questions.
#[derive(Clone)]
pub struct Keys {
    before: Sha256,
    /// The model's name, its fingerprint and the endpoint's identity, as records tell them.
    pub(crate) whose: Whose,
}

/// Whose answer a record is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whose {
    /// The model, as it was asked for.
    pub model: String,
    /// What else tells it from others of that name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
    /// The endpoint.
    pub endpoint: String,
}

fn part(state: &mut Sha256, bytes: &[u8]) {
    state.update((bytes.len() as u64).to_le_bytes());
    state.update(bytes);
}

impl Keys {
    /// The keys of this model.
    pub fn new(model: &Model) -> Result<Self, AddressFault> {
        let whose = Whose {
            model: model.name.clone(),
            fingerprint: model.fingerprint.clone(),
            endpoint: model.endpoint_identity()?,
        };
        let mut before = Sha256::new();
        part(&mut before, b"daepyo journal 1");
        part(&mut before, whose.model.as_bytes());
        part(&mut before, whose.fingerprint.as_bytes());
        part(&mut before, whose.endpoint.as_bytes());
        Ok(Self { before, whose })
    }

    /// The key of one repeat of a question, given in canonical form.
    pub fn key(&self, canonical: &[u8], repeat: usize) -> Key {
        let mut state = self.before.clone();
        part(&mut state, canonical);
        state.update((repeat as u64).to_le_bytes());
        Key(state.finalize().into())
    }
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Milliseconds since 1970 when it was settled, by the caller's clock.
    pub at: u64,
    /// Which repeat of the request it is, from 0.
    pub repeat: u64,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What it took, where the endpoint says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The model, as the answer names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<String>,
    /// The answer's identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Tokens that were cut off at the beginning of the context.
    #[serde(default)]
    pub cut: u32,
    /// Milliseconds that the last try took.
    pub latency_ms: u64,
    /// Tries it took.
    pub tries: u32,
}

/// How a question ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// With an answer.
    Reply(Answer),
    /// Without.
    Failed {
        /// Why.
        failure: Failure,
        /// Whether asking again would end in the same way.
        lasts: bool,
        /// What had been written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        written: Option<Generated>,
    },
}

impl Outcome {
    /// The answer or the failure.
    pub fn into_result(self) -> Result<Answer, Failure> {
        match self {
            Self::Reply(answer) => Ok(answer),
            Self::Failed { failure, .. } => Err(failure),
        }
    }
}

impl Record {
    /// The record of a reply.
    pub(crate) fn of_reply(reply: Reply, repeat: u64) -> Self {
        let outcome = match reply.outcome {
            Ok(answer) => Outcome::Reply(answer),
            Err(failure) => Outcome::Failed { failure, lasts: true, written: reply.written },
        };
        let (usage, answered_by, id, cut) = (reply.usage, reply.model, reply.id, reply.cut);
        Self { at: 0, repeat, outcome, usage, answered_by, id, cut, latency_ms: 0, tries: 1 }
    }

    /// The record of a failure.
    pub(crate) fn of_failure(failure: Failure, lasts: bool, repeat: u64) -> Self {
        let outcome = Outcome::Failed { failure, lasts, written: None };
        Self { at: 0, repeat, outcome, usage: None, answered_by: None, id: None, cut: 0, latency_ms: 0, tries: 1 }
    }

    /// Whether the model's word is in it: an answer, an answer cut off, or a refusal.
    pub fn is_answered(&self) -> bool {
        match &self.outcome {
            Outcome::Reply(_) => true,
            Outcome::Failed { failure, lasts, .. } => *lasts && failure.class != Class::TransportError,
        }
    }
}

/// The beginning of every line; the key in hexadecimal digits follows, then what kind of record it is.
const HEAD: &str = "{\"key\":\"";
const MIDDLE: &str = "\",\"is\":\"";
const SUM: &str = ",\"sum\":\"";
/// `,"sum":"`, sixteen digits, `"}`.
const SUM_LENGTH: usize = SUM.len() + 16 + 2;

/// Writes a record as one line at the end of `line`. The canonical request stands in it as it is.
pub(crate) fn write(
    line: &mut Vec<u8>,
    key: &Key,
    record: &Record,
    whose: &Whose,
    request: Option<&[u8]>,
) -> Result<(), serde_json::Error> {
    let start = line.len();
    line.extend_from_slice(HEAD.as_bytes());
    line.extend_from_slice(key.to_string().as_bytes());
    line.extend_from_slice(MIDDLE.as_bytes());
    line.push(if record.is_answered() { b'a' } else { b'f' });
    line.extend_from_slice(b"\",\"of\":");
    serde_json::to_writer(&mut *line, whose)?;
    line.extend_from_slice(b",\"record\":");
    serde_json::to_writer(&mut *line, record)?;
    if let Some(request) = request {
        line.extend_from_slice(b",\"request\":");
        line.extend_from_slice(request);
    }
    let sum = sum(&line[start..]);
    line.extend_from_slice(SUM.as_bytes());
    line.extend_from_slice(sum.as_bytes());
    line.extend_from_slice(b"\"}\n");
    Ok(())
}

/// The first sixteen hexadecimal digits of SHA-256.
fn sum(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..8])
}

/// The key of a line, and whether it is of an answer; none for a line that no record begins like.
pub(crate) fn glance(line: &[u8]) -> Option<(Key, bool)> {
    let rest = line.strip_prefix(HEAD.as_bytes())?;
    let key = Key::from_hex(rest.get(..64)?)?;
    let kind = rest.get(64..)?.strip_prefix(MIDDLE.as_bytes())?.first()?;
    Some((key, *kind == b'a'))
}

/// Whether a line, without its end, is whole.
pub(crate) fn is_whole(line: &[u8]) -> bool {
    let Some((body, tail)) = line.len().checked_sub(SUM_LENGTH).map(|at| line.split_at(at)) else { return false };
    let told = tail.strip_prefix(SUM.as_bytes()).and_then(|tail| tail.strip_suffix(b"\"}"));
    told.is_some_and(|told| told == sum(body).as_bytes())
}

/// Reads a line, without its end; none if it is damaged.
pub(crate) fn read(line: &[u8]) -> Option<(Key, Whose, Record)> {
    #[derive(Deserialize)]
    struct Line {
        of: Whose,
        record: Record,
    }
    let (key, _) = glance(line)?;
    let read: Line = is_whole(line).then(|| serde_json::from_slice(line).ok()).flatten()?;
    Some((key, read.of, read.record))
}
