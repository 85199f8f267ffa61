//! `/v1/completions`.

use serde_json::{Value, json};

use super::server::{Server, options};
use super::tiny;

const PATH: &str = "/v1/completions";

fn server() -> Server {
    Server::start(tiny::model(256), options())
}

fn numbers(list: &Value) -> Vec<Option<f64>> {
    list.as_array().expect("a list").iter().map(Value::as_f64).collect()
}

/// What must hold of every `logprobs`: one entry a token, the actual token among the likeliest with the same number.
fn check_logprobs(logprobs: &Value, first_is_null: bool) -> usize {
    let tokens = logprobs["tokens"].as_array().expect("tokens");
    let own = numbers(&logprobs["token_logprobs"]);
    let top = logprobs["top_logprobs"].as_array().expect("top");
    let offsets = logprobs["text_offset"].as_array().expect("offsets");
    assert_eq!((own.len(), top.len(), offsets.len()), (tokens.len(), tokens.len(), tokens.len()));
    for (place, (own, token)) in own.iter().zip(tokens).enumerate() {
        if place == 0 && first_is_null {
            assert!(own.is_none() && top[0].is_null());
            continue;
        }
        let own = own.unwrap_or_else(|| panic!("token {place} has no number"));
        assert!(own <= 0.0 && own.is_finite());
        let same = top[place][token.as_str().expect("a name")].as_f64().expect("the actual token is in top_logprobs");
        assert_eq!(own.to_bits(), same.to_bits());
    }
    tokens.len()
}

#[test]
fn an_echo_scores_every_token_as_the_harnesses_read_it() {
    let server = server();
    let (one, two) = (tiny::tokenizer().encode("서울에는 한강이"), tiny::tokenizer().encode("the city"));
    let body = json!({ "model": "tiny", "prompt": [one, two], "temperature": 0, "max_tokens": 1, "logprobs": 1,
                       "seed": 1234, "echo": true });
    let answer = server.post(PATH, &body).good();
    assert_eq!((&answer["object"], &answer["model"]), (&json!("text_completion"), &json!("tiny")));
    let choices = answer["choices"].as_array().expect("choices");
    assert_eq!(choices.len(), 2);
    for (index, (choice, ids)) in choices.iter().zip([&one, &two]).enumerate() {
        assert_eq!(choice["index"], index);
        assert_eq!(check_logprobs(&choice["logprobs"], true), ids.len() + 1, "the prompt and one token");
        assert!(choice["text"].as_str().expect("text").starts_with(["서울에는 한강이", "the city"][index]));
        let finite = numbers(&choice["logprobs"]["token_logprobs"]);
        assert!(finite[1..].iter().all(Option::is_some));
    }
    let (prompt, written) = (one.len() + two.len(), 2);
    assert_eq!(
        answer["usage"],
        json!({ "prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written })
    );
    let body = json!({ "prompt": one, "max_tokens": 0, "logprobs": 0, "echo": true });
    let answer = server.post(PATH, &body).good();
    assert_eq!(check_logprobs(&answer["choices"][0]["logprobs"], true), one.len(), "the prompt and nothing more");
    assert_eq!(answer["choices"][0]["text"], "서울에는 한강이");
    assert_eq!(answer["usage"]["completion_tokens"], 0);
}

#[test]
fn offsets_are_places_in_characters() {
    let server = server();
    // Hangul that is in no line of the tokenizer's: its tokens are parts of syllables.
    for prompt in ["뷁 the 쀍!", "한강이 흐른다", "a\u{1f600}b"] {
        let body = json!({ "prompt": prompt, "max_tokens": 0, "logprobs": 0, "echo": true });
        let answer = server.post(PATH, &body).good();
        let tokenizer = tiny::tokenizer();
        let mut bytes = 0;
        let expected = tokenizer.encode(prompt).into_iter().map(|id| {
            let start = bytes;
            bytes += tokenizer.bytes(id).len();
            prompt.char_indices().filter(|(at, _)| *at <= start).count() - 1
        });
        let offsets = &answer["choices"][0]["logprobs"]["text_offset"];
        assert_eq!(*offsets, json!(expected.collect::<Vec<_>>()), "{prompt}");
        check_logprobs(&answer["choices"][0]["logprobs"], true);
    }
}

#[test]
fn written_tokens_score_the_same_when_they_come_back() {
    let server = server();
    let prompt = tiny::tokenizer().encode("three and four");
    let ask = json!({ "prompt": prompt, "max_tokens": 12, "temperature": 0, "logprobs": 2, "ignore_eos": true,
                      "return_token_ids": true });
    let written = server.post(PATH, &ask).good()["choices"][0].clone();
    let ids: Vec<u32> = serde_json::from_value(written["token_ids"].clone()).expect("ids");
    assert_eq!(ids.len(), 12);
    let whole = [prompt.clone(), ids].concat();
    let echo = json!({ "prompt": whole, "max_tokens": 0, "logprobs": 2, "echo": true });
    let read = server.post(PATH, &echo).good()["choices"][0]["logprobs"].clone();
    let tail = |list: &Value| list.as_array().expect("a list")[prompt.len()..].to_vec();
    for field in ["token_logprobs", "top_logprobs", "tokens"] {
        assert_eq!(written["logprobs"][field], json!(tail(&read[field])), "{field}");
    }
    for (own, top) in numbers(&written["logprobs"]["token_logprobs"]).iter().zip(tail(&read["top_logprobs"])) {
        let greatest = top.as_object().expect("a map").values().filter_map(Value::as_f64).fold(f64::MIN, f64::max);
        assert_eq!(*own, Some(greatest), "what is written greedily is greedy when it is read");
    }
}

#[test]
fn prompts_come_as_text_or_ids_one_or_many() {
    let server = server();
    let ids = tiny::tokenizer().encode("the river");
    let text = |prompt: Value| {
        let body = json!({ "prompt": prompt, "max_tokens": 5, "temperature": 0 });
        server.post(PATH, &body).good()["choices"]
            .as_array()
            .expect("choices")
            .iter()
            .map(|choice| choice["text"].clone())
            .collect::<Vec<_>>()
    };
    let one = text(json!("the river"));
    assert_eq!(one.len(), 1);
    assert_eq!(text(json!(["the river"])), one);
    assert_eq!(text(json!(ids)), one);
    assert_eq!(text(json!([ids])), one);
    assert_eq!(text(json!(["the city", "the river"]))[1], one[0]);
    assert_eq!(text(json!("")).len(), 1, "an empty text begins as a document does");
}

#[test]
fn several_texts_for_one_prompt_differ_and_come_again() {
    let server = server();
    let body = json!({ "prompt": "answer:", "n": 3, "max_tokens": 16, "temperature": 1.0, "seed": 5 });
    let texts = |body: &Value| {
        let choices = server.post(PATH, body).good()["choices"].clone();
        choices.as_array().expect("choices").iter().map(|choice| choice["text"].to_string()).collect::<Vec<_>>()
    };
    let first = texts(&body);
    assert_eq!(first.len(), 3);
    assert!(first[0] != first[1] && first[1] != first[2]);
    assert_eq!(texts(&body), first, "the same seed, the same texts");
    let mut other = body.clone();
    other["seed"] = json!(6);
    assert_ne!(texts(&other), first);
    other.as_object_mut().expect("an object").remove("seed");
    assert_ne!(texts(&other), texts(&other), "without a seed, texts differ");
}

#[test]
fn a_stop_text_ends_the_text_before_it() {
    let server = server();
    let ask = |prompt: &str| json!({ "prompt": prompt, "max_tokens": 40, "temperature": 0, "ignore_eos": true });
    // A text with two whole characters in a row, neither of them at its beginning.
    let found = ["seven less", "서울", "the", "a", "7", "답:"].into_iter().find_map(|prompt| {
        let free = server.post(PATH, &ask(prompt)).good()["choices"][0].clone();
        let text: Vec<char> = free["text"].as_str().expect("text").chars().collect();
        let pair = text.windows(2).skip(1).find(|pair| !pair.contains(&char::REPLACEMENT_CHARACTER))?;
        Some((prompt, pair.iter().collect::<String>(), text.clone(), free.clone()))
    });
    let (prompt, stop, text, free) = found.expect("some text has them");
    let mut body = ask(prompt);
    body["stop"] = json!([stop, "never in it, never"]);
    let stopped = server.post(PATH, &body).good()["choices"][0].clone();
    let whole: String = text.iter().collect();
    let place = whole.find(&stop).expect("it is in the text");
    assert_eq!(stopped["text"], whole[..place]);
    assert_eq!((&stopped["finish_reason"], &stopped["stop_reason"]), (&json!("stop"), &json!(stop)));
    assert_eq!(free["finish_reason"], "length");
    body["include_stop_str_in_output"] = json!(true);
    let kept = server.post(PATH, &body).good()["choices"][0]["text"].clone();
    assert_eq!(kept, whole[..place + stop.len()]);
}

#[test]
fn pieces_add_up_to_the_whole() {
    let server = server();
    let base = json!({ "prompt": ["서울", "the"], "n": 2, "max_tokens": 24, "temperature": 0.9, "seed": 3, "logprobs": 1,
                       "echo": true, "return_token_ids": true });
    let whole = server.post(PATH, &base).good();
    let mut body = base.clone();
    body["stream"] = json!(true);
    body["stream_options"] = json!({ "include_usage": true });
    let mut events = server.post(PATH, &body).events();
    let usage = events.pop().expect("the usage");
    assert_eq!((&usage["choices"], &usage["usage"]), (&json!([]), &whole["usage"]));
    for (index, choice) in whole["choices"].as_array().expect("choices").iter().enumerate() {
        let pieces: Vec<&Value> =
            events.iter().map(|event| &event["choices"][0]).filter(|piece| piece["index"] == index).collect();
        let text: String = pieces.iter().filter_map(|piece| piece["text"].as_str()).collect();
        assert_eq!(choice["text"], text);
        for field in ["tokens", "token_logprobs", "top_logprobs", "text_offset"] {
            let all: Vec<Value> =
                pieces.iter().filter_map(|piece| piece["logprobs"][field].as_array()).flatten().cloned().collect();
            assert_eq!(choice["logprobs"][field], json!(all), "{field}");
        }
        let ids: Vec<Value> =
            pieces.iter().filter_map(|piece| piece["token_ids"].as_array()).flatten().cloned().collect();
        assert_eq!(choice["token_ids"], json!(ids));
        assert_eq!(pieces.last().expect("a last piece")["finish_reason"], choice["finish_reason"]);
    }
}

#[test]
fn token_ids_can_stand_for_names() {
    let server = server();
    let ids = tiny::tokenizer().encode("수도");
    let body =
        json!({ "prompt": ids, "max_tokens": 0, "echo": true, "logprobs": 3, "return_tokens_as_token_ids": true });
    let logprobs = server.post(PATH, &body).good()["choices"][0]["logprobs"].clone();
    let names: Vec<String> = ids.iter().map(|id| format!("token_id:{id}")).collect();
    assert_eq!(logprobs["tokens"], json!(names));
    check_logprobs(&logprobs, true);
}

#[test]
fn prompt_logprobs_come_as_vllm_writes_them() {
    let server = server();
    let ids = tiny::tokenizer().encode("the capital");
    let body =
        json!({ "prompt": ids, "max_tokens": 1, "temperature": 0, "prompt_logprobs": 2, "logprobs": 0, "echo": true });
    let choice = server.post(PATH, &body).good()["choices"][0].clone();
    let all = choice["prompt_logprobs"].as_array().expect("a list");
    assert_eq!(all.len(), ids.len());
    assert!(all[0].is_null());
    for (place, id) in ids.iter().enumerate().skip(1) {
        let own = &all[place][id.to_string()];
        assert_eq!(own["logprob"], choice["logprobs"]["token_logprobs"][place]);
        let rank = own["rank"].as_u64().expect("a rank");
        assert!(rank >= 1 && (2..=3).contains(&all[place].as_object().expect("a map").len()));
        assert!(own["decoded_token"].is_string());
        assert_eq!(
            choice["logprobs"]["top_logprobs"][place].as_object().expect("a map").len(),
            1,
            "0 likeliest and itself"
        );
    }
}

#[test]
fn text_of_special_tokens_means_them_unless_it_is_told_not_to() {
    let server = server();
    let tokens = |extra: Value| {
        let mut body = json!({ "prompt": "a<|endoftext|>", "max_tokens": 0, "echo": true, "return_token_ids": true });
        body.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        server.post(PATH, &body).good()["choices"][0]["prompt_token_ids"].clone()
    };
    let plain = tiny::tokenizer().encode("a<|endoftext|>");
    assert_eq!(tokens(json!({ "parse_special": false })), json!(plain));
    assert_eq!(tokens(json!({})), json!([tiny::tokenizer().encode("a")[0], 0]));
}

#[test]
fn eight_bits_answer_too() {
    let options = model::serve::Options { precision: model::infer::Precision::Int8, ..options() };
    let server = Server::start(tiny::model(256), options);
    let body = json!({ "prompt": "the city", "max_tokens": 4, "temperature": 0, "logprobs": 1, "echo": true });
    check_logprobs(&server.post(PATH, &body).good()["choices"][0]["logprobs"], true);
    server.end().expect("it ends well");
}
