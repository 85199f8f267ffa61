//! Requests that are wrong, and what the server says of them.

use serde_json::json;

use super::server::{Server, options};
use super::tiny;

#[test]
fn what_is_wrong_is_said_by_name() {
    let server = Server::start(tiny::model(64), options());
    let cases = [
        (json!({}), "prompt", "`prompt` is missing"),
        (json!({ "prompt": [] }), "prompt", "empty list"),
        (json!({ "prompt": [[]] }), "prompt", "must have a token"),
        (json!({ "prompt": [1, 320] }), "prompt", "from 0 to 319"),
        (json!({ "prompt": [1, -1] }), "prompt", "from 0 to 319"),
        (json!({ "prompt": { "text": "a" } }), "prompt", "a list of token ids"),
        (json!({ "prompt": ["a", 1] }), "prompt", "text, as its first entry is"),
        (json!({ "prompt": "a", "n": 0 }), "n", "a whole number from 1"),
        (json!({ "prompt": "a", "temperature": -1 }), "temperature", "a number from 0"),
        (json!({ "prompt": "a", "top_p": 0 }), "top_p", "above 0"),
        (json!({ "prompt": "a", "logprobs": 21 }), "logprobs", "from 0 to 20"),
        (json!({ "prompt": "a", "logprobs": true }), "logprobs", "is a truth value"),
        (json!({ "prompt": "a", "stop": [""] }), "stop", "empty string"),
        (json!({ "prompt": "a", "max_tokens": "9" }), "max_tokens", "is a string"),
        (json!({ "prompt": "a", "max_tokens": 64 }), "prompt", "maximum context length is 64 tokens"),
        (json!({ "prompt": "a", "max_tokens": u64::MAX }), "max_tokens", "must be"),
        (json!({ "prompt": "a", "frequency_penalty": 0.5 }), "frequency_penalty", "not supported"),
        (json!({ "prompt": "a", "best_of": 3 }), "best_of", "the value of `n`"),
        (json!({ "prompt": "a", "suffix": "b" }), "suffix", "not supported"),
        (json!({ "prompt": "a", "tempreature": 0 }), "tempreature", "not a field"),
        (json!({ "prompt": "a", "stream": true, "prompt_logprobs": 1 }), "prompt_logprobs", "`stream`"),
    ];
    for (body, field, message) in cases {
        let refused = server.post("/v1/completions", &body);
        assert_eq!(refused.status, 400, "{body}: {}", refused.body);
        let error = refused.json()["error"].clone();
        assert_eq!((&error["type"], &error["param"]), (&json!("invalid_request_error"), &json!(field)), "{body}");
        assert!(error["message"].as_str().is_some_and(|text| text.contains(message)), "{body}: {error}");
    }
}

#[test]
fn what_asks_for_nothing_is_taken() {
    let server = Server::start(tiny::model(64), options());
    let body = json!({ "prompt": "a", "max_tokens": 1, "user": "me", "frequency_penalty": 0, "presence_penalty": 0.0,
                       "logit_bias": {}, "best_of": 1, "suffix": null, "metadata": { "a": 1 }, "stop": null,
                       "top_k": -1, "min_p": 0, "repetition_penalty": 1.0, "response_format": { "type": "text" } });
    server.post("/v1/completions", &body).good();
}

#[test]
fn conversations_that_are_wrong_are_refused() {
    let server = Server::start(tiny::model(64), options());
    let user = json!([{ "role": "user", "content": "a" }]);
    let cases = [
        (json!({}), "messages"),
        (json!({ "messages": [] }), "messages"),
        (json!({ "messages": "hi" }), "messages"),
        (json!({ "messages": [{ "content": "hi" }] }), "messages[0].role"),
        (json!({ "messages": [{ "role": "user", "content": 3 }] }), "messages[0].content"),
        (json!({ "messages": user, "tools": [{ "type": "function" }] }), "tools"),
        (json!({ "messages": user, "top_logprobs": 2 }), "top_logprobs"),
        (json!({ "messages": user, "max_tokens": 64 }), "messages"),
    ];
    for (body, field) in cases {
        let refused = server.post("/v1/chat/completions", &body);
        assert_eq!(
            (refused.status, &refused.json()["error"]["param"]),
            (400, &json!(field)),
            "{body}: {}",
            refused.body
        );
    }
}

#[test]
fn another_model_another_path_and_another_method_are_not_here() {
    let server = Server::start(tiny::model(64), options());
    let other = server.post("/v1/completions", &json!({ "model": "gpt", "prompt": "a" }));
    assert_eq!((other.status, &other.json()["error"]["code"]), (404, &json!("model_not_found")));
    assert!(other.body.contains("the model is `tiny`"));
    assert_eq!(server.get("/v2/models").status, 404);
    assert_eq!(server.get("/v1/completions").status, 405);
    let kinds =
        [server.get("/v2/models"), server.get("/v1/completions")].map(|answer| answer.json()["error"]["type"].clone());
    assert_eq!(kinds, [json!("invalid_request_error"), json!("invalid_request_error")]);
}

#[test]
fn bodies_that_are_no_request_are_refused() {
    let server = Server::start(tiny::model(64), model::serve::Options { most_body: 1000, ..options() });
    for (body, message) in
        [(&b"{\"prompt\": "[..], "no JSON"), (b"", "no JSON"), (b"[1]", "is a list"), (b"\xff\xfe", "no JSON")]
    {
        let refused = server.send("POST", "/v1/completions", body);
        assert_eq!(refused.status, 400);
        assert!(refused.body.contains(message), "{}", refused.body);
    }
    let long = json!({ "prompt": "a".repeat(2000) });
    let refused = server.post("/v1/completions", &long);
    assert_eq!(refused.status, 413);
    assert!(refused.body.contains("longer than 1000 bytes"), "{}", refused.body);
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    use std::io::{Read as _, Write as _};
    let options = model::serve::Options { body_time: std::time::Duration::from_millis(100), ..options() };
    let server = Server::start(tiny::model(64), options);
    let mut stream = std::net::TcpStream::connect(server.address).expect("the server listens");
    stream.write_all(b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{").expect("half is sent");
    let mut head = [0; 12];
    stream.read_exact(&mut head).expect("an answer");
    assert_eq!(&head, b"HTTP/1.1 408");
}

#[test]
fn a_tokenizer_of_another_model_is_refused() {
    let model = tiny::model(64);
    let shape = model::Shape { vocab: 100, ..model.shape };
    let weights = vec![0.0; model::Layout::of(&shape).floats()];
    let server = Server::start(model::folder::Model { shape, weights, ..tiny::model(64) }, options());
    let fault = server.end().expect_err("320 tokens do not fit 100 ids");
    assert!(fault.to_string().contains("not of one model"), "{fault}");
}
