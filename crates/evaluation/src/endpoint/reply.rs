//! Answers, read off JSON: tolerant of what endpoints leave out, exact about what they say.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::fault::{Course, Fault};
use super::thought::{Told, cut, split};
use super::{Thinks, echo};
use crate::{Answer, Class, Failure, Finish, Generated, Usage};

/// What an endpoint answered to one question.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The answer; or that the model came to no end ([`Class::Truncated`]) or declined ([`Class::Refused`]).
    pub outcome: Result<Answer, Failure>,
    /// What had been written where `outcome` is a failure.
    pub written: Option<Generated>,
    /// What it took, whatever came of it; none where the endpoint does not say.
    pub usage: Option<Usage>,
    /// The model, as the answer names it.
    pub model: Option<String>,
    /// The answer's identifier.
    pub id: Option<String>,
    /// Tokens at the beginning of the context that were cut off because the whole was too long.
    pub cut: u32,
}

/// The body of an answer.
#[derive(Deserialize)]
pub(crate) struct Raw<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(default)]
    error: Presence,
    choices: Option<Vec<RawChoice>>,
    usage: Option<RawUsage>,
}

#[derive(Deserialize)]
pub(crate) struct RawChoice {
    pub(crate) index: Option<u64>,
    #[serde(default)]
    pub(crate) finish_reason: Text,
    #[serde(default)]
    pub(crate) text: Text,
    message: Option<RawMessage>,
    pub(crate) logprobs: Option<echo::RawLogprobs>,
}

#[derive(Default, Deserialize)]
struct RawMessage {
    #[serde(default)]
    content: Text,
    #[serde(default)]
    reasoning_content: Text,
    #[serde(default)]
    reasoning: Text,
    #[serde(default)]
    refusal: Text,
}

#[derive(Deserialize)]
struct RawUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    completion_tokens_details: Option<RawDetails>,
    reasoning_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct RawDetails {
    reasoning_tokens: Option<u64>,
}

/// Whether a key holds something.
#[derive(Default)]
struct Presence(bool);

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Option::<IgnoredAny>::deserialize(deserializer)?.is_some()))
    }
}

/// A text, or a list of parts whose texts are joined; anything else is none.
#[derive(Default)]
pub(crate) struct Text(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextReader).map(Self)
    }
}

struct TextReader;

#[derive(Deserialize)]
struct RawPart {
    #[serde(default)]
    text: Text,
}

impl<'de> Visitor<'de> for TextReader {
    type Value = Option<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text or a list of parts")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
        let mut whole = None;
        while let Some(part) = parts.next_element::<RawPart>()? {
            if let Some(text) = part.text.0 {
                whole.get_or_insert_with(String::new).push_str(&text);
            }
        }
        Ok(whole)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// What an answer says besides its choices.
pub(crate) struct Frame {
    model: Option<String>,
    id: Option<String>,
    pub(crate) usage: Option<Usage>,
}

impl Frame {
    /// The model, as the answer names it.
    pub(crate) fn into_model(self) -> Option<String> {
        self.model
    }

    /// A reply in this frame.
    pub(crate) fn reply(&self, outcome: Result<Answer, Failure>, written: Option<Generated>) -> Reply {
        Reply { outcome, written, usage: self.usage, model: self.model.clone(), id: self.id.clone(), cut: 0 }
    }
}

/// Reads a body into its frame and its one choice.
pub(crate) fn read(bytes: &[u8]) -> Result<(Frame, RawChoice), Fault> {
    let unusable = |reason: String| Fault::unusable(Course::Again, reason);
    let raw: Raw<'_> = serde_json::from_slice(bytes).map_err(|fault| {
        let what =
            if serde_json::from_slice::<IgnoredAny>(bytes).is_ok() { "JSON of another shape" } else { "no JSON" };
        unusable(format!("the answer is {what}: {fault}"))
    })?;
    if raw.error.0 {
        return Err(Fault::of_error(bytes));
    }
    let Some(choices) = raw.choices else { return Err(unusable("the answer has no `choices`".into())) };
    let first = choices.into_iter().min_by_key(|choice| choice.index);
    let Some(choice) = first else { return Err(unusable("the answer's list of choices is empty".into())) };
    let frame = Frame {
        model: raw.model.map(Cow::into_owned),
        id: raw.id.map(Cow::into_owned),
        usage: raw.usage.map(|usage| Usage {
            prompt: usage.prompt_tokens.unwrap_or(0),
            completion: usage.completion_tokens.unwrap_or(0),
            reasoning: usage
                .completion_tokens_details
                .and_then(|details| details.reasoning_tokens)
                .or(usage.reasoning_tokens)
                .unwrap_or(0),
        }),
    };
    Ok((frame, choice))
}

/// What a finish reason says, or why the answer cannot be used.
fn finish(reason: Option<&str>) -> Result<Finish, Fault> {
    match reason {
        Some("stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence") => Ok(Finish::Stop),
        Some("length" | "max_tokens") => Ok(Finish::Length),
        Some("content_filter" | "safety" | "SAFETY" | "refusal") => Ok(Finish::ContentFilter),
        Some(reason @ ("error" | "abort")) => {
            Err(Fault::unusable(Course::Again, format!("the endpoint broke off (finish_reason `{reason}`)")))
        }
        _ => Ok(Finish::Unknown),
    }
}

/// Reads what a model wrote.
pub(crate) fn written(bytes: &[u8], until: &[String], thinks: Thinks) -> Result<Reply, Fault> {
    let (frame, choice) = read(bytes)?;
    let finish = finish(choice.finish_reason.0.as_deref())?;
    let message = choice.message.unwrap_or_default();
    let aside = [message.reasoning_content.0, message.reasoning.0].into_iter().flatten().find(|text| !text.is_empty());
    let content = message.content.0.or(choice.text.0);
    let usage = frame.usage.unwrap_or_default();
    let fail = |class: Class, reason: &str, text: &str, reasoning: Option<String>| {
        let failure = Failure { class, reason: reason.into(), status: Some(200) };
        frame.reply(Err(failure), Some(Generated { text: text.into(), reasoning, finish, usage }))
    };
    if let Some(refusal) = message.refusal.0.filter(|text| !text.is_empty()) {
        return Ok(fail(Class::Refused, "the model refused", &refusal, aside));
    }
    if finish == Finish::ContentFilter {
        let text = content.unwrap_or_default();
        return Ok(fail(Class::Refused, "a filter stopped the answer", &text, aside));
    }
    let Some(content) = content else {
        return match (finish, aside) {
            (Finish::Length, aside) => Ok(fail(Class::Truncated, UNFINISHED, "", aside)),
            (_, Some(_)) => {
                Err(Fault::unusable(Course::Again, "the model thought and gave no answer: `content` is null"))
            }
            (_, None) => Err(Fault::unusable(Course::Again, "the answer has no text: `content` is null")),
        };
    };
    let told = if aside.is_some() { Told::Answer { thought: None, text: &content } } else { split(&content, thinks) };
    let (text, thought) = match told {
        Told::Unfinished(thought) => return Ok(fail(Class::Truncated, UNFINISHED, "", Some(thought.into()))),
        Told::Answer { thought, text } => (text, aside.or(thought.map(str::to_owned))),
    };
    if finish == Finish::Length && text.is_empty() {
        return Ok(fail(Class::Truncated, UNFINISHED, "", thought));
    }
    let (text, is_cut) = cut(text, until);
    let finish = if is_cut { Finish::Stop } else { finish };
    let generated = Generated { text: text.into(), reasoning: thought, finish, usage };
    Ok(frame.reply(Ok(Answer::Generated(generated)), None))
}

const UNFINISHED: &str = "the model came to the limit of tokens before it began to answer";
