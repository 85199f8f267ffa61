//! Prompts of completions: text or token ids, one or many.

use serde_json::Value;

use super::desk::Desk;
use super::fault::ApiFault;
use super::fields::{Fields, id, wrong};

const RIGHT: &str = "a string, a list of strings, a list of token ids, or a list of such lists";

/// A prompt as tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prompt {
    pub(crate) ids: Vec<u32>,
    /// Tokens at its beginning that the server put there, which no echo shows.
    pub(crate) hidden: usize,
}

impl Prompt {
    /// The bytes that an echo shows for token number `place`.
    pub(crate) fn bytes<'a>(&self, desk: &'a Desk, place: usize) -> &'a [u8] {
        if place < self.hidden { &[] } else { desk.tokenizer.bytes(self.ids[place]) }
    }

    /// The text of an echo.
    pub(crate) fn text(&self, desk: &Desk) -> String {
        let bytes: Vec<u8> = (0..self.ids.len()).flat_map(|place| self.bytes(desk, place)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// How text becomes tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Encoding {
    /// Whether the tokens that the tokenizer's file puts before a text are put there.
    adds_special: bool,
    /// Whether text of special tokens means them. It does unless the request says otherwise, as with vLLM: the prompt is
    /// the caller's own, who may have written it by a chat template. In a conversation it never does.
    parses_special: bool,
    /// Only so many tokens from the end.
    truncates: Option<usize>,
}

impl Encoding {
    pub(crate) fn read(fields: &mut Fields) -> Result<Self, ApiFault> {
        Ok(Self {
            adds_special: fields.truth("add_special_tokens", true)?,
            parses_special: fields.truth("parse_special", true)?,
            truncates: fields.count("truncate_prompt_tokens", 1..=usize::MAX)?,
        })
    }

    /// A text as tokens.
    pub(crate) fn encode(&self, desk: &Desk, text: &str) -> Prompt {
        let tokenizer = &desk.tokenizer;
        let beginning: &[u32] = if self.adds_special { tokenizer.beginning() } else { &[] };
        let ids = if self.parses_special { tokenizer.encode_with_special(text) } else { tokenizer.encode(text) };
        Prompt { ids: [beginning, &ids].concat(), hidden: beginning.len() }
    }

    fn cut(&self, prompt: Prompt) -> Prompt {
        let gone = self.truncates.map_or(0, |most| prompt.ids.len().saturating_sub(most));
        Prompt { ids: prompt.ids[gone..].to_vec(), hidden: prompt.hidden.saturating_sub(gone) }
    }
}

/// The prompts of a request.
pub(crate) fn read(fields: &mut Fields, desk: &Desk) -> Result<Vec<Prompt>, ApiFault> {
    let encoding = Encoding::read(fields)?;
    let value = fields
        .take("prompt")
        .ok_or_else(|| ApiFault::field("prompt", format!("`prompt` is missing; it must be {RIGHT}")))?;
    let text = |text: &str| text_prompt(desk, &encoding, text);
    let prompts = match &value {
        Value::String(whole) => vec![text(whole)?],
        Value::Array(values) => match values.first() {
            Some(Value::String(_)) => values
                .iter()
                .map(|value| text(value.as_str().ok_or_else(|| wrong("prompt", value, "text, as its first entry is"))?))
                .collect::<Result<_, _>>()?,
            Some(Value::Number(_)) => vec![id_prompt(desk, values)?],
            Some(Value::Array(_)) => values
                .iter()
                .map(|value| id_prompt(desk, value.as_array().ok_or_else(|| wrong("prompt", value, "a list of ids"))?))
                .collect::<Result<_, _>>()?,
            Some(other) => return Err(wrong("prompt", other, RIGHT)),
            None => return Err(ApiFault::field("prompt", format!("`prompt` is an empty list; it must be {RIGHT}"))),
        },
        other => return Err(wrong("prompt", other, RIGHT)),
    };
    Ok(prompts.into_iter().map(|prompt| encoding.cut(prompt)).collect())
}

/// An empty text begins with the token between documents, as a model learned that texts begin.
fn text_prompt(desk: &Desk, encoding: &Encoding, text: &str) -> Result<Prompt, ApiFault> {
    let prompt = encoding.encode(desk, text);
    if !prompt.ids.is_empty() {
        return Ok(prompt);
    }
    let border = desk.tokenizer.end_of_text().ok_or_else(|| {
        ApiFault::field("prompt", "`prompt` is empty, and this model has no token between documents to begin with")
    })?;
    Ok(Prompt { ids: vec![border], hidden: 1 })
}

fn id_prompt(desk: &Desk, values: &[Value]) -> Result<Prompt, ApiFault> {
    if values.is_empty() {
        return Err(ApiFault::field("prompt", "`prompt` has an empty list; a prompt must have a token"));
    }
    let ids = values.iter().map(|value| id("prompt", value, desk.vocab)).collect::<Result<_, _>>()?;
    Ok(Prompt { ids, hidden: 0 })
}
