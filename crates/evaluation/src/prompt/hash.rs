//! The hashes that lm-eval writes next to every sample: SHA-256 in hexadecimal digits.

use sha2::{Digest, Sha256};

use crate::python::{self, json};
use crate::{Document, Message, Prompt, Request, Role, Value};

/// The hash of a text's UTF-8 bytes.
pub fn text_hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// `doc_hash`: of the document as JSON, indented by two, letters as they are.
pub fn doc_hash(document: &Document) -> String {
    text_hash(&json::dumps_dict(document, &json::Style { indent: Some(2), ensure_ascii: false, sort_keys: false }))
}

/// `target_hash`: of Python's `str(target)`.
pub fn target_hash(target: &Value) -> String {
    match target {
        Value::Str(text) => text_hash(text),
        other => text_hash(&python::str(other)),
    }
}

/// `prompt_hash`: of what the first request of an item is given. A conversation counts as the JSON that lm-eval makes of it.
pub fn prompt_hash(first: &Request) -> String {
    match first {
        Request::Generate { prompt: Prompt::Text(text), .. }
        | Request::LogLikelihood { context: Prompt::Text(text), .. }
        | Request::Rolling { text } => text_hash(text),
        Request::Generate { prompt: Prompt::Chat(messages), .. }
        | Request::LogLikelihood { context: Prompt::Chat(messages), .. } => text_hash(&chat_json(messages)),
    }
}

/// `json.dumps(messages, ensure_ascii=False)`.
pub fn chat_json(messages: &[Message]) -> String {
    let mut out = String::with_capacity(messages.iter().map(|message| message.content.len() + 48).sum());
    out.push('[');
    for (place, message) in messages.iter().enumerate() {
        out.push_str(if place > 0 { ", {\"role\": \"" } else { "{\"role\": \"" });
        out.push_str(role(message.role));
        out.push_str("\", \"content\": ");
        json::text_into(&mut out, &message.content);
        out.push('}');
    }
    out.push(']');
    out
}

/// The word for a role in a conversation.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}
