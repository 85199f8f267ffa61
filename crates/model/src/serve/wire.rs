//! Answers as they go over the wire.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Value, json};

use crate::Tokenizer;
use crate::infer::{Finish, Likely, Scored};

/// What is written where a log-probability is minus infinity, which JSON cannot say; vLLM writes the same.
const LEAST: f32 = -9999.0;

fn finite(logprob: f32) -> f32 {
    logprob.max(LEAST)
}

/// The name of a token: its text; its bytes, as OpenAI writes them, where they are no text of their own, so that two
/// parts of syllables have two names; or its id.
pub(crate) fn name(tokenizer: &Tokenizer, id: u32, as_id: bool) -> String {
    if as_id {
        return format!("token_id:{id}");
    }
    match std::str::from_utf8(tokenizer.bytes(id)) {
        Ok(text) => text.to_owned(),
        Err(_) => tokenizer.bytes(id).iter().fold("bytes:".to_owned(), |name, byte| format!("{name}\\x{byte:02x}")),
    }
}

/// `logprobs` of a completion.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Logprobs {
    /// For each token the place, in characters of the choice's text, of the character that its first byte belongs to.
    pub(crate) text_offset: Vec<usize>,
    pub(crate) token_logprobs: Vec<Option<f32>>,
    pub(crate) tokens: Vec<String>,
    /// The likeliest tokens and always the actual one, with the very number of `token_logprobs`.
    pub(crate) top_logprobs: Vec<Option<IndexMap<String, f32>>>,
}

impl Logprobs {
    /// Adds a token; its score is none where nothing came before it.
    pub(crate) fn push(&mut self, writer: &Writer<'_>, offset: usize, id: u32, scored: Option<&Scored>) {
        self.text_offset.push(offset);
        self.tokens.push(writer.name(id));
        self.token_logprobs.push(scored.map(|scored| finite(scored.own.logprob)));
        self.top_logprobs.push(scored.map(|scored| {
            let mut top = IndexMap::with_capacity(scored.top.len() + 1);
            for likely in scored.top.iter().take(writer.top).chain([&scored.own]) {
                top.entry(writer.name(likely.id)).or_insert(finite(likely.logprob));
            }
            top
        }));
    }
}

/// How tokens are named in one answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writer<'a> {
    pub(crate) tokenizer: &'a Tokenizer,
    pub(crate) names_ids: bool,
    /// How many of the likeliest tokens are named.
    pub(crate) top: usize,
}

impl Writer<'_> {
    pub(crate) fn name(&self, id: u32) -> String {
        name(self.tokenizer, id, self.names_ids)
    }

    /// vLLM's `prompt_logprobs`, with `top` of the likeliest beside each token.
    pub(crate) fn prompt_logprobs(&self, scores: &[Option<Scored>], top: usize) -> PromptLogprobs {
        let entry = |likely: &Likely| {
            let text = String::from_utf8_lossy(self.tokenizer.bytes(likely.id)).into_owned();
            let logprob = finite(likely.logprob);
            (likely.id.to_string(), PromptLogprob { logprob, rank: likely.rank, decoded_token: text })
        };
        let place = |scored: &Scored| [&scored.own].into_iter().chain(scored.top.iter().take(top)).map(entry).collect();
        scores.iter().map(|scored| scored.as_ref().map(place)).collect()
    }

    /// An entry of `logprobs.content` of a chat.
    pub(crate) fn chat(&self, scored: &Scored) -> ChatLogprob {
        let plain = |likely: &Likely| Plain {
            token: self.name(likely.id),
            logprob: finite(likely.logprob),
            bytes: self.tokenizer.bytes(likely.id).to_vec(),
        };
        ChatLogprob { own: plain(&scored.own), top_logprobs: scored.top.iter().take(self.top).map(plain).collect() }
    }
}

/// vLLM's `prompt_logprobs`: for each token of a prompt but the first, by token id, with rank and text.
pub(crate) type PromptLogprobs = Vec<Option<IndexMap<String, PromptLogprob>>>;

/// An entry of [`PromptLogprobs`].
#[derive(Debug, Serialize)]
pub(crate) struct PromptLogprob {
    logprob: f32,
    rank: usize,
    decoded_token: String,
}

#[derive(Debug, Clone, Serialize)]
struct Plain {
    token: String,
    logprob: f32,
    bytes: Vec<u8>,
}

/// An entry of `logprobs.content` of a chat.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ChatLogprob {
    #[serde(flatten)]
    own: Plain,
    top_logprobs: Vec<Plain>,
}

/// `finish_reason`, and vLLM's `stop_reason`: the stop text or stop id that was met.
pub(crate) fn finish(finish: &Finish) -> (&'static str, Value) {
    match finish {
        Finish::Length => ("length", Value::Null),
        Finish::End => ("stop", Value::Null),
        Finish::StopId(id) => ("stop", json!(id)),
        Finish::StopText(text) => ("stop", json!(text)),
    }
}

/// Tokens that a request took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Usage {
    pub(crate) prompt_tokens: usize,
    pub(crate) completion_tokens: usize,
    pub(crate) total_tokens: usize,
}

impl Usage {
    pub(crate) fn new(prompt: usize, completion: usize) -> Self {
        Self { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::small;

    fn likely(id: u32, logprob: f32) -> Likely {
        Likely { id, logprob, rank: 1 }
    }

    #[test]
    fn the_actual_token_is_always_among_the_likeliest_with_the_same_number() {
        let tokenizer = small::tokenizer();
        let writer = Writer { tokenizer: &tokenizer, names_ids: false, top: 2 };
        let own = likely(tokenizer.encode("a")[0], -3.25);
        let top = vec![likely(tokenizer.encode("b")[0], -0.1), likely(tokenizer.encode("c")[0], -2.5)];
        let mut logprobs = Logprobs::default();
        logprobs.push(&writer, 0, own.id, Some(&Scored { own, top }));
        let written = serde_json::to_string(&logprobs).expect("it is written");
        assert!(written.contains(r#""token_logprobs":[-3.25]"#), "{written}");
        assert!(written.contains(r#""top_logprobs":[{"b":-0.1,"c":-2.5,"a":-3.25}]"#), "{written}");
    }

    #[test]
    fn parts_of_syllables_have_names_of_their_own() {
        let tokenizer = small::tokenizer();
        let names: Vec<String> = tokenizer.encode("한").into_iter().map(|id| name(&tokenizer, id, false)).collect();
        assert_eq!(names, ["bytes:\\xed", "bytes:\\x95", "bytes:\\x9c"]);
        assert_eq!(name(&tokenizer, 7, true), "token_id:7");
    }

    #[test]
    fn minus_infinity_is_written_as_a_number() {
        assert_eq!(finite(f32::NEG_INFINITY), -9999.0);
    }
}
