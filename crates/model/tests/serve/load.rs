//! Under load: the same answers, an honest refusal, and places that become free again.

use std::io::{BufRead as _, BufReader};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::server::{Server, options};
use super::tiny;

/// Requests of all kinds, each with a seed.
fn requests() -> Vec<(&'static str, Value)> {
    let ids = tiny::tokenizer().encode("질문: 어느 도시가 수도인가? 답:");
    vec![
        (
            "/v1/completions",
            json!({ "prompt": [ids, [5, 6, 7]], "max_tokens": 1, "logprobs": 1, "echo": true, "temperature": 0 }),
        ),
        ("/v1/completions", json!({ "prompt": "the capital", "max_tokens": 30, "temperature": 0, "logprobs": 5 })),
        (
            "/v1/completions",
            json!({ "prompt": ids, "max_tokens": 30, "temperature": 1.1, "seed": 9, "n": 3, "top_p": 0.9 }),
        ),
        (
            "/v1/completions",
            json!({ "prompt": "서울", "max_tokens": 20, "temperature": 0.7, "seed": 1, "stream": true, "logprobs": 1 }),
        ),
        (
            "/v1/chat/completions",
            json!({ "messages": [{ "role": "user", "content": "three and four?" }], "max_tokens": 25,
                                         "seed": 4, "logprobs": true, "top_logprobs": 2 }),
        ),
        ("/v1/completions", json!({ "prompt": ids, "max_tokens": 0, "prompt_logprobs": 3 })),
    ]
}

/// The body without the request's own name; pieces of one choice in their order.
fn comparable(body: &str) -> Vec<String> {
    let strip = |text: &str| {
        let mut value: Value = serde_json::from_str(text).expect("JSON");
        value.as_object_mut().expect("an object").remove("id");
        value.to_string()
    };
    if !body.starts_with("data: ") {
        return vec![strip(body)];
    }
    body.split("\n\n")
        .filter_map(|event| event.strip_prefix("data: "))
        .filter(|data| *data != "[DONE]")
        .map(strip)
        .collect()
}

#[test]
fn answers_are_the_same_alone_and_under_load() {
    let server = Server::start(tiny::model(256), options());
    let ask = |(path, body): &(&str, Value)| {
        let answer = server.post(path, body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        comparable(&answer.body)
    };
    let alone: Vec<_> = requests().iter().map(ask).collect();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for number in 0..32 {
            let (server, is_over) = (&server, &is_over);
            scope.spawn(move || {
                let body = json!({ "prompt": vec![3 + number; 1 + number % 40], "max_tokens": 1 + number % 50, "seed": number,
                                   "logprobs": number % 3, "echo": number % 2 == 0, "n": 1 + number % 2 });
                while !is_over.load(Ordering::Relaxed) {
                    server.post("/v1/completions", &body).good();
                }
            });
        }
        for _ in 0..3 {
            let loaded: Vec<_> = requests().iter().map(ask).collect();
            is_over.store(loaded != alone, Ordering::Relaxed);
            assert_eq!(loaded, alone);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    server.end().expect("it ends well");
}

/// Starts an answer that takes long, and waits until its first piece is there.
fn long_answer(server: &Server) -> BufReader<std::net::TcpStream> {
    let body = json!({ "prompt": "the", "max_tokens": 60_000, "ignore_eos": true, "stream": true, "seed": 1 });
    let stream = server.open("POST", "/v1/completions", body.to_string().as_bytes());
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while !line.starts_with("data: ") {
        line.clear();
        assert!(reader.read_line(&mut line).expect("a line") > 0, "the answer ended early");
    }
    reader
}

#[test]
fn too_many_requests_are_told_to_come_again_and_a_hang_up_frees_the_place() {
    let options = model::serve::Options { most_requests: 1, workers: 1, ..options() };
    let server = Server::start(tiny::model(65_536), options);
    let held = long_answer(&server);
    let ask = || server.post("/v1/completions", &json!({ "prompt": "a", "max_tokens": 1 }));
    let refused = ask();
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert!(refused.headers.contains("retry-after: "), "{}", refused.headers);
    assert_eq!(refused.json()["error"]["type"], "rate_limit_error");
    assert_eq!(server.get("/health").status, 200, "a full server is a healthy one");
    drop(held);
    let is_free = (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        ask().status == 200
    });
    assert!(is_free, "the place of a client that hung up never became free");
    server.end().expect("it ends well");
}

#[test]
fn a_client_that_hangs_up_before_the_answer_frees_its_place() {
    let options = model::serve::Options { most_requests: 1, workers: 1, ..options() };
    let server = Server::start(tiny::model(65_536), options);
    let body = json!({ "prompt": "the", "max_tokens": 60_000, "ignore_eos": true, "seed": 1 });
    let held = server.open("POST", "/v1/completions", body.to_string().as_bytes());
    let ask = || server.post("/v1/completions", &json!({ "prompt": "a", "max_tokens": 1 }));
    let soon = |status: u16| {
        (0..600).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            ask().status == status
        })
    };
    assert!(soon(429), "the long request never took the only place");
    drop(held);
    assert!(soon(200), "the place of a client that hung up never became free");
}

#[test]
fn a_client_that_does_not_read_holds_nobody_up() {
    let server = Server::start(tiny::model(2048), model::serve::Options { workers: 1, side_by_side: 2, ..options() });
    let body =
        json!({ "prompt": "the", "max_tokens": 1500, "ignore_eos": true, "stream": true, "logprobs": 5, "n": 2 });
    let _deaf = server.open("POST", "/v1/completions", body.to_string().as_bytes());
    server.post("/v1/completions", &json!({ "prompt": "a", "max_tokens": 2 })).good();
}

#[test]
fn what_was_taken_in_is_answered_before_the_end() {
    let mut server = Server::start(tiny::model(2048), options());
    let body = json!({ "prompt": "the", "max_tokens": 300, "ignore_eos": true, "stream": true, "seed": 1 });
    let stream = server.open("POST", "/v1/completions", body.to_string().as_bytes());
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while !line.starts_with("data: ") {
        line.clear();
        reader.read_line(&mut line).expect("a line");
    }
    server.tell_to_stop();
    let rest: Vec<String> = reader.lines().map(|line| line.expect("a line")).collect();
    assert!(rest.iter().any(|line| line == "data: [DONE]"), "the answer was cut");
    server.end().expect("it ends well");
}

#[test]
fn more_texts_than_a_request_may_ask_for_are_refused() {
    let server = Server::start(tiny::model(64), model::serve::Options { most_sequences: 4, ..options() });
    let refused = server.post("/v1/completions", &json!({ "prompt": ["a", "b", "c"], "n": 2, "max_tokens": 1 }));
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("one may ask for 4"), "{}", refused.body);
}
