//! Bodies, answers and faults, byte by byte.

use std::time::Duration;

use super::address::Address;
use super::echo::{Echo, RawLogprobs};
use super::fault::retry_after;
use super::*;
use crate::{Answer, Class, Finish, Generated, Generation, Message, Prompt, Request, Role, Usage};

fn model(kind: Kind) -> Model {
    Model::new("m", kind, Endpoint::new("http://host/v1"))
}

#[test]
fn addresses_are_taken_apart() {
    for (given, told) in [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1/completions", "http://127.0.0.1:8000/v1"),
        ("https://API.Example.com:443/v1/chat/completions/", "https://api.example.com/v1"),
        (" http://host:80/ ", "http://host"),
        ("http://host/openai/v1/", "http://host/openai/v1"),
    ] {
        let address = Address::parse(given).unwrap();
        assert_eq!(address.to_string(), told, "{given}");
    }
    let address = Address::parse("http://host/a/v1").unwrap();
    assert_eq!(address.under_base("/completions"), "/a/v1/completions");
    assert_eq!(address.under_root("/tokenize"), "/a/tokenize");
    let azure = Address::parse("https://host/openai/deployments/m/chat/completions?api-version=1").unwrap();
    assert_eq!(azure.under_base("/chat/completions"), "/openai/deployments/m/chat/completions?api-version=1");
    assert_eq!(azure.to_string(), "https://host/openai/deployments/m");
    let told = Address::parse("http://me:secret@host/v1").unwrap_err().to_string();
    assert!(told.contains("user name") && !told.contains("secret"), "{told}");
    assert!(matches!(Address::parse("127.0.0.1:8000"), Err(AddressFault::Malformed { .. })));
    assert!(matches!(Address::parse("ftp://host/v1"), Err(AddressFault::Scheme { .. })));
}

#[test]
fn keys_are_not_printed() {
    let mut endpoint = Endpoint::new("http://host/v1");
    endpoint.api_key = Some("secret".into());
    endpoint.headers.push(("x-key".into(), "hidden".into()));
    let told = format!("{:?}", Model::new("m", Kind::Chat, endpoint));
    assert!(!told.contains("secret") && !told.contains("hidden") && told.contains("x-key"), "{told}");
}

#[test]
fn bodies_are_canonical() {
    let mut model = model(Kind::Chat);
    let messages = vec![Message { role: Role::User, content: "질문 \"1\"".into() }];
    let mut generation = Generation { until: vec!["\n".into(), String::new()], ..Generation::default() };
    generation.more.insert("top_p".into(), 0.5.into());
    generation.more.insert("a".into(), 1_i64.into());
    let request = Request::Generate { prompt: Prompt::Chat(messages), generation };
    let body = |model: &Model| {
        let question = Question::new(model, &request, 1).unwrap();
        let canonical: serde_json::Value = serde_json::from_slice(question.canonical()).unwrap();
        let body = String::from_utf8(question.body().to_vec()).unwrap();
        assert_eq!(canonical["body"], serde_json::from_str::<serde_json::Value>(&body).unwrap());
        body
    };
    let wanted = r#"{"a":1,"max_tokens":256,"messages":[{"role":"user","content":"질문 \"1\""}],"model":"m","seed":1235,"stop":["\n"],"temperature":0.0,"top_p":0.5}"#;
    assert_eq!(body(&model), wanted);
    model.dialect.max_tokens_field = "max_completion_tokens".into();
    model.dialect.omit = ["stop", "seed", "top_p", "a"].map(String::from).to_vec();
    model.dialect.extra.insert("temperature".into(), 1_i64.into());
    let wanted = r#"{"max_completion_tokens":256,"messages":[{"role":"user","content":"질문 \"1\""}],"model":"m","temperature":1}"#;
    assert_eq!(body(&model), wanted);
}

fn read(body: &str) -> Result<Reply, Fault> {
    reply::written(body.as_bytes(), &["Q:".into()], Thinks::Tagged)
}

fn text(reply: Result<Reply, Fault>) -> Generated {
    match reply.unwrap().outcome.unwrap() {
        Answer::Generated(generated) => generated,
        Answer::LogLikelihood(told) => panic!("{told:?}"),
    }
}

#[test]
fn answers_are_read_whatever_is_left_out() {
    let least = text(read(r#"{"choices":[{"message":{"content":"7"}}]}"#));
    assert_eq!(
        least,
        Generated { text: "7".into(), reasoning: None, finish: Finish::Unknown, usage: Usage::default() }
    );
    let most = text(read(
        r#"{"id":"x","object":"o","created":1,"model":"m","error":null,"service_tier":null,"choices":[
            {"index":1,"text":"second"},
            {"index":0,"finish_reason":"stop","logprobs":{"content":[{"token":"7","logprob":-1}]},
             "message":{"role":"assistant","content":[{"type":"text","text":"7 Q"},{"type":"other"},{"text":": 8"}],
                        "refusal":null,"tool_calls":null,"reasoning":{"x":1},"reasoning_content":"hm"}}],
            "usage":{"prompt_tokens":3,"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":4,"x":[]}}}"#,
    ));
    let usage = Usage { prompt: 3, completion: 9, reasoning: 4 };
    assert_eq!(most, Generated { text: "7 ".into(), reasoning: Some("hm".into()), finish: Finish::Stop, usage });
    // Where a stop text is found here, the answer was done before the limit.
    assert_eq!(text(read(r#"{"choices":[{"text":"7Q:","finish_reason":"length"}]}"#)).finish, Finish::Stop);
    assert_eq!(text(read(r#"{"choices":[{"text":"","finish_reason":"stop"}]}"#)).text, "");
}

#[test]
fn what_is_no_answer_has_a_class() {
    let class = |body: &str| match read(body) {
        Ok(reply) => reply.outcome.unwrap_err().class,
        Err(fault) => fault.failure.class,
    };
    for (body, wanted) in [
        (r#"{"choices":[{"message":{"content":null},"finish_reason":"length"}]}"#, Class::Truncated),
        (r#"{"choices":[{"message":{"content":""},"finish_reason":"length"}]}"#, Class::Truncated),
        (r#"{"choices":[{"text":"<think>so","finish_reason":"stop"}]}"#, Class::Truncated),
        (r#"{"choices":[{"text":"x</think>","finish_reason":"length"}]}"#, Class::Truncated),
        (r#"{"choices":[{"message":{"refusal":"no"},"finish_reason":"stop"}]}"#, Class::Refused),
        (r#"{"choices":[{"message":{"content":"half"},"finish_reason":"content_filter"}]}"#, Class::Refused),
        (r#"{"choices":[{"message":{"content":null,"reasoning":"x"},"finish_reason":"stop"}]}"#, Class::TransportError),
        (r#"{"choices":[{"message":{"content":"x"},"finish_reason":"abort"}]}"#, Class::TransportError),
        (r#"{"choices":[{}]}"#, Class::TransportError),
        (r"[]", Class::TransportError),
        ("", Class::TransportError),
    ] {
        assert_eq!(class(body), wanted, "{body}");
    }
    let kept =
        read(r#"{"choices":[{"text":"<think>so","finish_reason":"length"}],"usage":{"completion_tokens":5}}"#).unwrap();
    assert_eq!(kept.written.unwrap().reasoning.as_deref(), Some("so"));
    assert_eq!(kept.usage.unwrap().completion, 5);
}

#[test]
fn a_status_says_what_to_do() {
    use Course::*;
    for (status, course) in [
        (400, Permanent),
        (401, Hopeless),
        (403, Permanent),
        (404, Hopeless),
        (408, Again),
        (409, Again),
        (413, Permanent),
        (422, Permanent),
        (425, Again),
        (429, SlowDown),
        (500, Again),
        (501, Permanent),
        (502, Again),
        (503, SlowDown),
        (504, Again),
        (529, SlowDown),
    ] {
        assert_eq!(Fault::of_status(status, None, b"x").course, course, "{status}");
    }
    let quota = br#"{"error":{"code":"insufficient_quota","message":"pay"}}"#;
    assert_eq!(Fault::of_status(429, None, quota).course, Hopeless);
    for (body, told) in [
        (r#"{"error":{"message":"a\n  b"}}"#, "a b"),
        (r#"{"error":"plain"}"#, "plain"),
        (r#"{"message":"vLLM's"}"#, "vLLM's"),
        (r#"{"detail":[{"msg":"x"}]}"#, r#"[{"msg":"x"}]"#),
        ("", "(an empty body)"),
    ] {
        let reason = Fault::of_status(400, None, body.as_bytes()).failure.reason;
        assert_eq!(reason, format!("the endpoint answered 400: {told}"), "{body}");
    }
    assert!(Fault::of_status(500, None, "긴 ".repeat(900).as_bytes()).failure.reason.chars().count() < 350);
}

#[test]
fn retry_after_is_read() {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let now = Some("Tue, 24 Nov 2026 09:00:00 GMT");
    assert_eq!(retry_after(Some(" 7 "), None), seconds(7));
    assert_eq!(retry_after(Some("0.5"), None), Some(Duration::from_millis(500)));
    assert_eq!(retry_after(Some("Tue, 24 Nov 2026 09:01:30 GMT"), now), seconds(90));
    assert_eq!(retry_after(Some("Tue, 24 Nov 2026 08:00:00 GMT"), now), seconds(0));
    assert_eq!(retry_after(Some("Tue, 24 Nov 2026 09:01:30 GMT"), None), None);
    assert_eq!(retry_after(Some("-3"), None), None);
    assert_eq!(retry_after(Some("soon"), now), None);
    assert_eq!(retry_after(None, now), None);
}

fn echo(own: &str, offsets: &[usize]) -> Echo {
    let own: Vec<Option<f64>> = serde_json::from_str(own).unwrap();
    let top = own.iter().map(|own| echo::Likeliest(*own)).collect();
    Echo::new(Some(RawLogprobs {
        token_logprobs: Some(own),
        top_logprobs: Some(top),
        text_offset: Some(offsets.to_vec()),
    }))
    .unwrap()
}

#[test]
fn an_echo_is_believed_only_where_it_is_the_prompt() {
    let right = echo("[null,-1,-2,-4,-8]", &[0, 1, 2, 4, 5]);
    assert_eq!(right.behind(2, "답ab가x", "답ab가x!").unwrap().sum, -6.0);
    assert_eq!(right.behind(5, "답ab가x", "답ab가x!").unwrap().tokens, 0);
    let reason = |told: Result<crate::LogLikelihood, Fault>| told.unwrap_err().failure.reason;
    assert!(reason(right.behind(2, "답ab가x", "<s>답ab가x")).contains("not the prompt"));
    assert!(reason(right.behind(3, "답ab가x", "답ab가x!")).contains("across the border"));
    assert!(reason(echo("[null,-1]", &[0]).behind(1, "ab", "ab")).contains("for every token"));
    assert!(reason(echo("[null,-1,-1]", &[0, 2, 1]).behind(1, "abc", "abc")).contains("backwards"));
    // Counted in bytes, the generated token stands elsewhere than where the prompt ends.
    assert!(reason(echo("[null,-1,-1]", &[0, 3, 7]).behind(1, "답ab가x", "답ab가x!")).contains("does not count"));
    assert!(reason(echo("[null,null]", &[0, 1]).behind(1, "ab", "ab")).contains("token 1 has no"));
    let ids = echo("[null,-1,-2,-4]", &[]);
    assert_eq!(ids.after(1, 3).unwrap().sum, -3.0);
    assert_eq!(ids.after(1, 4).unwrap().sum, -7.0);
    assert!(reason(ids.after(1, 2)).contains("2 tokens were sent and 4"));
    assert!(reason(echo("[-1,-1]", &[]).after(1, 2)).contains("put before it"));
}

#[test]
fn likeliest_tokens_come_in_two_forms() {
    let read = |json: &str| serde_json::from_str::<Vec<echo::Likeliest>>(json).unwrap();
    let told = read(r#"[null,{"a":-2,"b":-1.5},{},[{"logprob":-3},{"logprob":-0.5}],{"x":null}]"#);
    let told: Vec<Option<f64>> = told.into_iter().map(|likeliest| likeliest.0).collect();
    assert_eq!(told, [None, Some(-1.5), None, Some(-0.5), None]);
}
