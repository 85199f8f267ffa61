//! What is known is never asked again, and never taken for something else.

use tempfile::TempDir;

use super::{Trial, chat, completions, extra, generated, item, question, server, sum};
use evaluation::endpoint::{Dialect, Misfit, Model};
use evaluation::run::{Resume, RunFault};
use evaluation::{Generation, Prompt, Request};

fn asked_after(server: &crate::server::Server, model: Model, dir: &TempDir) -> u64 {
    let before = server.requests();
    Trial::new(model).run(dir.path(), (0..30).map(sum).collect()).unwrap();
    server.requests() - before
}

#[test]
fn another_model_temperature_effort_or_fingerprint_is_asked_anew_and_the_same_is_not() {
    let server = server();
    let dir = TempDir::new().unwrap();
    let same = || chat(&server.url());
    let dialect = |key: &str, value: f64| Dialect { extra: extra(key, value), ..Dialect::default() };
    let others = [
        same(),
        Model { name: "other".into(), ..same() },
        Model { fingerprint: "v2".into(), ..same() },
        Model { dialect: dialect("temperature", 0.7), ..same() },
        Model { dialect: Dialect { extra: extra("reasoning_effort", "high"), ..Dialect::default() }, ..same() },
        Model { dialect: Dialect { seed: None, ..Dialect::default() }, ..same() },
        Model { dialect: Dialect { omit: vec!["temperature".into()], ..Dialect::default() }, ..same() },
    ];
    for model in &others {
        assert_eq!(asked_after(&server, model.clone(), &dir), 30, "{model:?}");
    }
    for model in others {
        assert_eq!(asked_after(&server, model.clone(), &dir), 0, "{model:?}");
    }
}

#[test]
fn repeats_are_asked_one_by_one_and_twins_once() {
    let server = server();
    let dir = TempDir::new().unwrap();
    let mut repeated = sum(0);
    repeated.repeats = 4;
    let twin = item(1, repeated.requests.clone());
    let (_, whole) = Trial::new(chat(&server.url())).run(dir.path(), vec![repeated, twin]).unwrap();
    assert_eq!((whole[&0][0].len(), whole[&1][0].len()), (4, 1));
    let mut seeds: Vec<_> = server.log().iter().filter_map(|body| body["seed"].as_u64()).collect();
    seeds.sort_unstable();
    assert_eq!(seeds, [1234, 1235, 1236, 1237]);
}

#[test]
fn offline_a_run_says_the_same_and_asks_nothing() {
    let server = server();
    let dir = TempDir::new().unwrap();
    let mut items: Vec<_> = (0..100).map(sum).collect();
    items[5] = item(5, vec![question("1 + 1 [[fault:http500]]")]);
    items[6] = item(6, vec![question("1 + 1 [[fault:http400]]")]);
    let (_, first) = Trial::new(chat(&server.url())).run(dir.path(), items.clone()).unwrap();
    let asked = server.requests();
    let model = chat(&server.url());
    drop(server);
    items.push(sum(100));
    let offline = Trial { resume: Resume::Offline, ..Trial::new(model) };
    let (summary, second) = offline.run(dir.path(), items).unwrap();
    assert_eq!(first, second);
    assert_eq!((summary.left, summary.progress.answered, asked), (1, 0, 102));
}

#[test]
fn a_passing_failure_is_asked_again_in_the_next_run() {
    let server = server();
    let dir = TempDir::new().unwrap();
    let items = || vec![item(0, vec![question("2 + 3 [[fault:http500x3]]")])];
    let trial = Trial::new(chat(&server.url()));
    let (_, whole) = trial.run(dir.path(), items()).unwrap();
    assert!(whole[&0][0][0].is_err());
    let (_, whole) = trial.run(dir.path(), items()).unwrap();
    assert_eq!(generated(&whole[&0]), "The answer is 5.");
}

#[test]
fn bodies_are_what_lm_eval_sends() {
    let server = server();
    let dir = TempDir::new().unwrap();
    let until = ["\n\n", "Q:", "</s>", "A", "The", "B"].map(String::from).to_vec();
    let generation = Generation { until, max_tokens: Some(8), ..Generation::default() };
    let text = Request::Generate { prompt: Prompt::Text("2 + 3".into()), generation };
    let (_, whole) = Trial::new(completions(&server.url())).run(dir.path(), vec![item(0, vec![text])]).unwrap();
    // The fifth stop text is not sent, as endpoints take four, and cut at all the same.
    assert_eq!(generated(&whole[&0]), "");
    let body = &server.log()[0];
    let wanted = serde_json::json!({
        "model": "mock", "prompt": "2 + 3", "max_tokens": 8, "temperature": 0.0, "seed": 1234,
        "stop": ["\n\n", "Q:", "</s>", "A"],
    });
    assert_eq!(*body, wanted);
}

#[test]
fn a_request_that_does_not_fit_the_endpoint_is_told_before_anything_is_asked() {
    let server = server();
    let dir = TempDir::new().unwrap();
    let text = || Prompt::Text("2 + 3".into());
    let plain = Request::Generate { prompt: text(), generation: Generation::default() };
    let weigh = Request::LogLikelihood { context: text(), continuation: " 5".into() };
    for (model, request, wanted) in [
        (chat(&server.url()), plain, Misfit::TextForChat),
        (chat(&server.url()), weigh, Misfit::NoLogProbabilities),
        (completions(&server.url()), question("2 + 3"), Misfit::ChatForText),
    ] {
        let told = Trial::new(model).run(dir.path(), vec![item(3, vec![request])]);
        assert!(matches!(&told, Err(RunFault::Misfit { doc_id: 3, source, .. }) if *source == wanted), "{told:?}");
    }
    assert_eq!(server.requests(), 0);
}
