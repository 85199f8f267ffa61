//! `/tokenize`, `/detokenize` and `/tokenizer_info`, in vLLM's shapes: with them a client needs no tokenizer of its own.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::json;

use super::chat::conversation;
use super::desk::Desk;
use super::fault::{ApiFault, json_response};
use super::fields::Fields;
use super::prompt::Encoding;
use super::wire::name;

/// Text, or a conversation, as token ids.
pub(crate) fn tokenize(desk: &Desk, mut fields: Fields) -> Result<Response<Body>, ApiFault> {
    desk.check_model(fields.text("model")?.as_deref())?;
    let shows_names = fields.truth("return_token_strs", false)?;
    let encoding = Encoding::read(&mut fields)?;
    let ids = match fields.text("prompt")? {
        Some(text) => encoding.encode(desk, &text).ids,
        None => conversation(&mut fields, desk).map_err(|fault| match fault.field.as_deref() {
            Some("messages") if fault.message.contains("missing") => {
                ApiFault::field("prompt", "`prompt` is missing; give a `prompt` that is a string, or `messages`")
            }
            _ => fault,
        })?,
    };
    fields.finish()?;
    let names = ids.iter().map(|id| name(&desk.tokenizer, *id, false));
    let names: Option<Vec<String>> = shows_names.then(|| names.collect());
    let answer = json!({ "count": ids.len(), "max_model_len": desk.limit, "tokens": ids, "token_strs": names });
    Ok(json_response(StatusCode::OK, &answer))
}

/// Token ids as text.
pub(crate) fn detokenize(desk: &Desk, mut fields: Fields) -> Result<Response<Body>, ApiFault> {
    desk.check_model(fields.text("model")?.as_deref())?;
    let ids = fields.ids("tokens", desk.vocab)?;
    fields.finish()?;
    Ok(json_response(StatusCode::OK, &json!({ "prompt": desk.tokenizer.decode(&ids) })))
}

/// The special tokens, the chat template and the sizes.
pub(crate) fn info(desk: &Desk) -> Response<Body> {
    let tokenizer = &desk.tokenizer;
    let text = |id: Option<u32>| id.map(|id| String::from_utf8_lossy(tokenizer.bytes(id)).into_owned());
    let end = tokenizer.end_of_text();
    let specials: Vec<&str> = tokenizer.specials().map(|token| token.content.as_str()).collect();
    let answer = json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": text(tokenizer.beginning().first().copied().or(end)),
        "eos_token": text(end),
        "pad_token": text(end),
        "additional_special_tokens": specials,
        "add_bos_token": !tokenizer.beginning().is_empty(),
        "add_eos_token": false,
        "clean_up_tokenization_spaces": false,
        "model_max_length": desk.limit,
        "vocab_size": tokenizer.vocab_size(),
        "chat_template": desk.template.as_ref().map(|(source, _)| source),
    });
    json_response(StatusCode::OK, &answer)
}
