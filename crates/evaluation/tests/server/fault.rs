//! The ways in which the server fails when it is told to.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::write;

macro_rules! faults {
    ($($variant:ident $name:literal $what:literal,)*) => {
        /// One way to fail.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault {
            $(#[doc = $what] $variant,)*
        }

        /// All of them by name.
        pub const ALL: &[(&str, Fault)] = &[$(($name, Fault::$variant),)*];
    };
}

faults! {
    Http400 "http400" "400 with a message.",
    Http401 "http401" "401 with a message.",
    Http404 "http404" "404 with a message.",
    Filtered400 "filtered400" "400 whose code says that a filter stopped it.",
    Http429 "http429" "429 without a time.",
    Seconds429 "seconds429" "429, Retry-After in seconds.",
    Date429 "date429" "429, Retry-After as a date one second after the answer's own date.",
    Http500 "http500" "500 with a text that is no JSON.",
    Http503 "http503" "503 with Retry-After 0.",
    Hang "hang" "No answer at all.",
    Drip "drip" "One byte every 50 ms.",
    Reset "reset" "The connection ends before any answer.",
    Short "short" "The body ends before its length.",
    NotJson "not-json" "200 with a text that is no JSON.",
    WrongJson "wrong-json" "200 with JSON of another shape.",
    NotHttp "not-http" "An answer that is no HTTP.",
    Huge "huge" "A body of 8 MiB.",
    ErrorIn200 "error-in-200" "200 with an error in it.",
    NoChoices "no-choices" "An empty list of choices.",
    NullContent "null-content" "A message without content.",
    OtherModel "other-model" "The answer of another model.",
    Length "length" "Cut by the limit of tokens.",
    Filter "filter" "Stopped by a filter.",
    Refusal "refusal" "A refusal that the protocol marks.",
    HalfThought "half-thought" "Cut in the middle of a thought between tags.",
    HalfReasoning "half-reasoning" "Cut in the middle of a thought in its own field.",
    Thought "thought" "A finished thought between tags, then an answer.",
    Reasoning "reasoning" "A finished thought in its own field, then an answer.",
    Parts "parts" "Content as a list of parts.",
    NullLogprob "null-logprob" "A log-probability that is null where none may be.",
}

/// The fault that a request asks for with `[[fault:name]]`, or `[[fault:namexN]]` for the first N times only.
pub fn find(body: &str) -> Option<(Fault, Option<u64>)> {
    let after = &body[body.find("[[fault:")? + 8..];
    let name = &after[..after.find("]]")?];
    let named = |name: &str| ALL.iter().find(|(known, _)| *known == name).map(|(_, fault)| *fault);
    if let Some(fault) = named(name) {
        return Some((fault, None));
    }
    let (name, times) = name.rsplit_once('x')?;
    Some((named(name)?, times.parse().ok()))
}

/// Fails; an error closes the connection.
pub async fn commit(fault: Fault, stream: &mut TcpStream, reply: &Option<Value>) -> std::io::Result<()> {
    let closed = || Err(std::io::ErrorKind::ConnectionReset.into());
    let error = |message: &str| json!({"error": {"message": message, "code": "bad_request"}}).to_string();
    match fault {
        Fault::Http400 => write(stream, 400, "", &error("this prompt cannot be taken")).await,
        Fault::Http401 => write(stream, 401, "", &error("no such key")).await,
        Fault::Http404 => write(stream, 404, "", &error("no such model")).await,
        Fault::Filtered400 => {
            write(stream, 400, "", r#"{"error":{"message":"the prompt was filtered","code":"content_filter"}}"#).await
        }
        Fault::Http429 => write(stream, 429, "", &error("slow down")).await,
        Fault::Seconds429 => write(stream, 429, "retry-after: 1\r\n", &error("slow down")).await,
        Fault::Date429 => {
            let dates = "date: Tue, 24 Nov 2026 09:00:00 GMT\r\nretry-after: Tue, 24 Nov 2026 09:00:01 GMT\r\n";
            write(stream, 429, dates, &error("slow down")).await
        }
        Fault::Http500 => write(stream, 500, "", "something broke").await,
        Fault::Http503 => write(stream, 503, "retry-after: 0\r\n", &error("loading")).await,
        Fault::Hang => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            closed()
        }
        Fault::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await?;
            for _ in 0..1000 {
                stream.write_all(b" ").await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            closed()
        }
        Fault::Reset => closed(),
        Fault::Short => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"id\":").await?;
            closed()
        }
        Fault::NotHttp => {
            stream.write_all(b"hello\r\n\r\n").await?;
            closed()
        }
        Fault::NotJson => write(stream, 200, "", "<html>Welcome</html>").await,
        Fault::WrongJson => write(stream, 200, "", r#"{"choices":"none","usage":[]}"#).await,
        Fault::Huge => write(stream, 200, "", &format!("\"{}\"", "x".repeat(8 << 20))).await,
        Fault::ErrorIn200 => write(stream, 200, "", &error("overloaded")).await,
        _ => write(stream, 200, "", &twisted(fault, reply.clone().unwrap_or_default()).to_string()).await,
    }
}

/// A right answer, changed.
fn twisted(fault: Fault, mut reply: Value) -> Value {
    let choice = &mut reply["choices"][0];
    let mut say = |message: Value, finish: &str| {
        choice["message"] = message;
        choice["finish_reason"] = finish.into();
    };
    match fault {
        Fault::NoChoices => reply["choices"] = json!([]),
        Fault::NullContent => say(json!({"role": "assistant", "content": null}), "stop"),
        Fault::OtherModel => reply["model"] = "another".into(),
        Fault::Length => say(json!({"content": "The answer is"}), "length"),
        Fault::Filter => say(json!({"content": ""}), "content_filter"),
        Fault::Refusal => say(json!({"content": null, "refusal": "I cannot help with that."}), "stop"),
        Fault::HalfThought => say(json!({"content": "<think>The answer is 4, no, "}), "length"),
        Fault::HalfReasoning => say(json!({"content": null, "reasoning_content": "Perhaps 4"}), "length"),
        Fault::Thought => say(json!({"content": "<think>Perhaps 4.</think>\n\nThe answer is 5."}), "stop"),
        Fault::Reasoning => {
            say(json!({"content": "The answer is 5.", "reasoning_content": "Perhaps 4."}), "stop");
            reply["usage"]["completion_tokens_details"] = json!({"reasoning_tokens": 3});
        }
        Fault::Parts => {
            let parts = json!([{"type": "text", "text": "The answer "}, {"type": "text", "text": "is 5."}]);
            say(json!({"content": parts}), "stop");
        }
        Fault::NullLogprob => choice["logprobs"]["token_logprobs"][3] = Value::Null,
        _ => {}
    }
    reply
}
