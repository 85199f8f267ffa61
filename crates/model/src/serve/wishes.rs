//! What both ways of asking for a text have in common.

use serde_json::Value;

use super::desk::Desk;
use super::fault::ApiFault;
use super::fields::{Fields, wrong};
use crate::infer::{Ask, Sampling};

/// Most stop texts of a request.
const STOPS: usize = 64;

/// How a text is to be written, and how the answer is to come.
#[derive(Debug, Clone)]
pub(crate) struct Wishes {
    /// Most tokens to write, where that was said.
    pub(crate) most: Option<usize>,
    /// Texts for each prompt.
    pub(crate) n: usize,
    /// Whether the answer comes in pieces, and whether one of them tells the usage.
    pub(crate) stream: Option<Streaming>,
    /// Tokens are named `token_id:7`, so that no two have one name.
    pub(crate) names_ids: bool,
    /// Token ids stand beside the text.
    pub(crate) returns_ids: bool,
    sampling: Sampling,
    least: usize,
    stops: Vec<String>,
    stop_ids: Vec<u32>,
    ignores_end: bool,
    keeps_stop: bool,
    shows_special: bool,
}

/// How an answer comes in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Streaming {
    /// Whether the last piece tells the usage.
    pub(crate) tells_usage: bool,
}

/// What the server says about every request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Token ids are below it.
    pub(crate) vocab: usize,
    /// Longest sequence.
    pub(crate) limit: usize,
    /// Most texts for each prompt.
    pub(crate) most_texts: usize,
    /// The seed of a request that gives none.
    pub(crate) seed: u64,
}

impl Wishes {
    pub(crate) fn read(fields: &mut Fields, rules: &Rules) -> Result<Self, ApiFault> {
        let most = fields.count("max_completion_tokens", 0..=usize::MAX)?;
        let most = fields.count("max_tokens", 0..=usize::MAX)?.or(most);
        let stops = fields.texts("stop")?;
        if stops.len() > STOPS {
            return Err(ApiFault::field("stop", format!("`stop` has {} texts; it may have {STOPS}", stops.len())));
        }
        let n = fields.count("n", 1..=rules.most_texts)?.unwrap_or(1);
        refuse_what_is_not_done(fields, n)?;
        Ok(Self {
            most,
            n,
            stream: streaming(fields)?,
            names_ids: fields.truth("return_tokens_as_token_ids", false)?,
            returns_ids: fields.truth("return_token_ids", false)?,
            sampling: sampling(fields, rules.seed)?,
            least: fields.count("min_tokens", 0..=rules.limit)?.unwrap_or(0),
            stops,
            stop_ids: fields.ids("stop_token_ids", rules.vocab)?,
            ignores_end: fields.truth("ignore_eos", false)?,
            keeps_stop: fields.truth("include_stop_str_in_output", false)?,
            shows_special: !fields.truth("skip_special_tokens", true)?,
        })
    }

    /// Whether the text shows a token.
    pub(crate) fn shows(&self, desk: &Desk, id: u32) -> bool {
        self.shows_special || !desk.tokenizer.is_special(id)
    }

    /// The tokens with which the model ends a text.
    pub(crate) fn ends<'a>(&self, desk: &'a Desk) -> &'a [u32] {
        if self.ignores_end { &[] } else { &desk.ends }
    }

    /// The question for text number `choice` of a prompt.
    pub(crate) fn ask(&self, prompt: Vec<u32>, most: usize, choice: usize, ends: &[u32]) -> Ask {
        Ask {
            prompt,
            most,
            least: self.least,
            sampling: Sampling { choice: u32::try_from(choice).unwrap_or(u32::MAX), ..self.sampling },
            ends: if self.ignores_end { Vec::new() } else { ends.to_vec() },
            stop_ids: self.stop_ids.clone(),
            stops: self.stops.clone(),
            keeps_stop: self.keeps_stop,
            shows_special: self.shows_special,
            ..Ask::default()
        }
    }
}

fn streaming(fields: &mut Fields) -> Result<Option<Streaming>, ApiFault> {
    let is_asked = fields.truth("stream", false)?;
    let tells_usage = match fields.take("stream_options") {
        Some(options) => {
            let mut options = Fields::of(options, "stream_options")?;
            let tells_usage = options.truth("include_usage", false)?;
            options.neutral("continuous_usage_stats", |value| *value == Value::Bool(false), "false")?;
            options.neutral("include_obfuscation", |value| *value == Value::Bool(false), "false")?;
            options.finish()?;
            tells_usage
        }
        None => false,
    };
    Ok(is_asked.then_some(Streaming { tells_usage }))
}

fn sampling(fields: &mut Fields, seed: u64) -> Result<Sampling, ApiFault> {
    let top_p = fields.real("top_p", 0.0..=1.0)?.unwrap_or(1.0);
    if top_p == 0.0 {
        return Err(wrong("top_p", &Value::from(0), "a number above 0 and at most 1"));
    }
    Ok(Sampling {
        temperature: fields.real("temperature", 0.0..=100.0)?.unwrap_or(1.0) as f32,
        top_p: top_p as f32,
        // vLLM writes "all" as -1 or 0.
        top_k: fields.whole("top_k", -1..=i64::MAX)?.and_then(|most| usize::try_from(most).ok()).unwrap_or(0),
        min_p: fields.real("min_p", 0.0..=1.0)?.unwrap_or(0.0) as f32,
        seed: fields.whole("seed", i64::MIN..=i64::MAX)?.map_or(seed, i64::cast_unsigned),
        choice: 0,
    })
}

/// What other servers do and this one does not is taken only where it asks for nothing.
fn refuse_what_is_not_done(fields: &mut Fields, n: usize) -> Result<(), ApiFault> {
    let is_number = |number: f64| move |value: &Value| value.as_f64() == Some(number);
    let is_empty = |value: &Value| {
        value.as_object().is_some_and(|map| map.is_empty()) || value.as_array().is_some_and(Vec::is_empty)
    };
    fields.neutral("frequency_penalty", is_number(0.0), "0")?;
    fields.neutral("presence_penalty", is_number(0.0), "0")?;
    fields.neutral("repetition_penalty", is_number(1.0), "1")?;
    fields.neutral("length_penalty", is_number(1.0), "1")?;
    fields.neutral("logit_bias", is_empty, "{}")?;
    fields.neutral("best_of", |value| value.as_u64() == Some(n as u64), "the value of `n`")?;
    fields.neutral("use_beam_search", |value| *value == Value::Bool(false), "false")?;
    fields.neutral("spaces_between_special_tokens", Value::is_boolean, "true or false")?;
    let is_text = |value: &Value| value.get("type").and_then(Value::as_str) == Some("text");
    fields.neutral("response_format", is_text, "{\"type\": \"text\"}")
}
