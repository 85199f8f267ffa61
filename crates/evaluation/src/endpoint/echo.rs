//! Log-probabilities, read off the echo of a prompt.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::fault::{Course, Fault};
use crate::LogLikelihood;

/// `logprobs` of a choice; of chat endpoints only that it is there.
#[derive(Default, Deserialize)]
pub(crate) struct RawLogprobs {
    pub(crate) token_logprobs: Option<Vec<Option<f64>>>,
    pub(crate) top_logprobs: Option<Vec<Likeliest>>,
    pub(crate) text_offset: Option<Vec<usize>>,
}

/// The greatest log-probability at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Likeliest(pub(crate) Option<f64>);

impl<'de> Deserialize<'de> for Likeliest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LikeliestReader).map(Self)
    }
}

struct LikeliestReader;

#[derive(Deserialize)]
struct Listed {
    logprob: Option<f64>,
}

impl<'de> Visitor<'de> for LikeliestReader {
    type Value = Option<f64>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("log-probabilities by token")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut greatest: Option<f64> = None;
        while let Some((_, value)) = entries.next_entry::<IgnoredAny, Option<f64>>()? {
            greatest = value.into_iter().chain(greatest).reduce(f64::max);
        }
        Ok(greatest)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut greatest: Option<f64> = None;
        while let Some(entry) = entries.next_element::<Listed>()? {
            greatest = entry.logprob.into_iter().chain(greatest).reduce(f64::max);
        }
        Ok(greatest)
    }
}

/// Log-probabilities of all tokens of an echo, and of the likeliest at each place.
pub(crate) struct Echo {
    pub(crate) own: Vec<Option<f64>>,
    pub(crate) top: Vec<Likeliest>,
    pub(crate) offsets: Vec<usize>,
}

fn unusable(reason: impl Into<String>) -> Fault {
    Fault::unusable(Course::Permanent, reason)
}

impl Echo {
    /// Both lists, of one length.
    pub(crate) fn new(raw: Option<RawLogprobs>) -> Result<Self, Fault> {
        let raw = raw.ok_or_else(|| unusable("the answer has no `logprobs`"))?;
        let own = raw.token_logprobs.ok_or_else(|| unusable("the answer has no `token_logprobs`"))?;
        let top = raw.top_logprobs.ok_or_else(|| unusable("the answer has no `top_logprobs`"))?;
        if own.len() != top.len() {
            return Err(unusable(format!("{} log-probabilities and {} likeliest tokens", own.len(), top.len())));
        }
        Ok(Self { own, top, offsets: raw.text_offset.unwrap_or_default() })
    }

    /// Sums the places from `start` to `end`, as lm-eval does: greedy where every token is the likeliest at its place.
    pub(crate) fn sum(&self, start: usize, end: usize) -> Result<LogLikelihood, Fault> {
        let mut told = LogLikelihood { sum: 0.0, is_greedy: true, tokens: 0, usage: crate::Usage::default() };
        for place in start..end {
            let own = self.own.get(place).copied().flatten().filter(|own| own.is_finite());
            let own = own.ok_or_else(|| unusable(format!("token {place} has no log-probability")))?;
            let top = self.top.get(place).and_then(|top| top.0);
            let top = top.ok_or_else(|| unusable(format!("token {place} has no likeliest token beside it")))?;
            told.sum += own;
            told.tokens += 1;
            // Bits, as lm-eval compares: both numbers are one text, written twice in the answer.
            told.is_greedy &= own.to_bits() == top.to_bits();
        }
        Ok(told)
    }

    /// The continuation behind `border`, a place in characters of `prompt`; `echoed` is the text that came back.
    pub(crate) fn behind(&self, border: usize, prompt: &str, echoed: &str) -> Result<LogLikelihood, Fault> {
        if !echoed.starts_with(prompt) {
            return Err(unusable("the echoed text is not the prompt: is `echo` ignored, or a BOS token added?"));
        }
        let offsets = &self.offsets;
        if offsets.len() != self.own.len() {
            return Err(unusable("the answer has no `text_offset` for every token; send prompts as token ids"));
        }
        if offsets.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err(unusable("`text_offset` runs backwards; send prompts as token ids"));
        }
        let whole = prompt.chars().count();
        let end = offsets.partition_point(|offset| *offset < whole);
        if offsets.get(end).is_some_and(|offset| *offset != whole) {
            let reason = "`text_offset` does not count the characters of the prompt; send prompts as token ids";
            return Err(unusable(reason));
        }
        let start = offsets.partition_point(|offset| *offset < border);
        if start < end && offsets[start] != border {
            let reason =
                "a token reaches across the border between context and continuation; send prompts as token ids";
            return Err(unusable(reason));
        }
        self.sum(start, end)
    }

    /// The continuation of `whole` token ids from `start` on. One generated token may follow.
    pub(crate) fn after(&self, start: usize, whole: usize) -> Result<LogLikelihood, Fault> {
        let told = self.own.len();
        if told != whole && told != whole + 1 {
            return Err(unusable(format!("{whole} tokens were sent and {told} log-probabilities came back")));
        }
        if self.own.first().copied().flatten().is_some() {
            return Err(unusable("the first token has a log-probability, so something was put before it"));
        }
        self.sum(start, whole)
    }
}
