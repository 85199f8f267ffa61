//! Token routes and what the server tells of itself.

use serde_json::{Value, json};

use super::server::{Server, options};
use super::tiny;

#[test]
fn text_goes_to_ids_and_back() {
    let server = Server::start(tiny::model(128), options());
    for text in ["서울에는 한강이 흐른다", "the river\n\n", "a<|im_end|>b<|im_", ""] {
        let answer = server.post("/tokenize", &json!({ "prompt": text, "add_special_tokens": false })).good();
        assert_eq!(answer["tokens"], json!(tiny::tokenizer().encode_with_special(text)));
        assert_eq!(
            (&answer["count"], &answer["max_model_len"]),
            (&json!(answer["tokens"].as_array().map(Vec::len)), &json!(128))
        );
        let back = server.post("/detokenize", &json!({ "tokens": answer["tokens"] })).good();
        assert_eq!(back["prompt"], text);
    }
    let special = server.post("/tokenize", &json!({ "prompt": "<|im_end|>", "return_token_strs": true })).good();
    assert_eq!((&special["tokens"], &special["token_strs"]), (&json!([2]), &json!(["<|im_end|>"])));
}

#[test]
fn the_server_tells_what_clients_ask_first() {
    let server = Server::start(tiny::model(128), options());
    let info = server.get("/tokenizer_info").good();
    for name in ["bos_token", "eos_token", "pad_token"] {
        assert_eq!(info[name], "<|endoftext|>");
    }
    assert_eq!(info["chat_template"], tiny::CHATML);
    let models = server.get("/v1/models").good();
    assert_eq!((&models["data"][0]["id"], &models["data"][0]["max_model_len"]), (&json!("tiny"), &json!(128)));
    assert_eq!(server.get("/v1/models/tiny").good(), models["data"][0]);
    assert_eq!(server.get("/v1/models/other").status, 404);
    assert_eq!(server.get("/health").good(), json!({ "status": "ok" }));
}

#[test]
fn the_counters_count() {
    let server = Server::start(tiny::model(128), options());
    let ids = tiny::tokenizer().encode("the city on the river");
    let body = json!({ "prompt": ids, "max_tokens": 5, "temperature": 0, "ignore_eos": true });
    server.post("/v1/completions", &body).good();
    assert_eq!(server.post("/v1/completions", &json!({})).status, 400);
    let text = server.get("/metrics").body;
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse::<u64>().ok())
    };
    assert_eq!(value("daepyo_prompt_tokens_total"), Some(ids.len() as u64));
    assert_eq!(value("daepyo_written_tokens_total"), Some(5));
    assert_eq!(value("daepyo_requests_total{route=\"/v1/completions\",status=\"400\"}"), Some(1));
    assert_eq!(value("daepyo_request_seconds_count"), Some(2));
    assert_eq!((value("daepyo_waiting_sequences"), value("daepyo_refused_total")), (Some(0), Some(0)));
}

#[test]
fn a_server_keeps_to_a_shorter_limit() {
    let server = Server::start(tiny::model(128), model::serve::Options { limit: Some(40), ..options() });
    assert_eq!(server.get("/v1/models").good()["data"][0]["max_model_len"], 40);
    let ask = |prompt: usize, most: usize| {
        let body = json!({ "prompt": vec![Value::from(5); prompt], "max_tokens": most, "echo": true, "logprobs": 1 });
        server.post("/v1/completions", &body)
    };
    assert_eq!(ask(39, 1).status, 200);
    assert_eq!(ask(40, 0).status, 200);
    let refused = ask(40, 1);
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("maximum context length is 40 tokens"), "{}", refused.body);
    assert_eq!(refused.json()["error"]["code"], "context_length_exceeded");
}
