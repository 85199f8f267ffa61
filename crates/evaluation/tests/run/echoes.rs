//! Log-probabilities: the numbers, and the endpoints whose numbers are not believed.

use tempfile::TempDir;

use super::{Trial, completions, item, server};
use crate::server::{Config, Server, model as mock};
use evaluation::endpoint::{Dialect, Model, ProbeFault, Prompts};
use evaluation::run::{Answers, RunFault};
use evaluation::{Answer, Class, LogLikelihood, Prompt, Request};

fn by_ids(url: &str) -> Model {
    Model { dialect: Dialect { prompts: Prompts::Ids, ..Dialect::default() }, ..completions(url) }
}

fn weigh(context: &str, continuation: &str) -> Request {
    Request::LogLikelihood { context: Prompt::Text(context.into()), continuation: continuation.into() }
}

fn told(answers: &Answers, request: usize) -> LogLikelihood {
    match answers[request][0] {
        Ok(Answer::LogLikelihood(told)) => told,
        ref other => panic!("{other:?}"),
    }
}

/// The mock's own sum over the tokens from `border` on.
fn wanted(tokens: &[u64], border: usize) -> (f64, bool) {
    let all = mock::log_probabilities(tokens);
    let weighed = || all[border..].iter().flatten();
    (weighed().map(|(own, _)| own).sum(), weighed().all(|(own, best)| own == best))
}

fn ask(model: Model, requests: Vec<Request>) -> Result<Answers, RunFault> {
    let dir = TempDir::new().unwrap();
    let (_, mut whole) = Trial::new(model).run(dir.path(), vec![item(0, requests)])?;
    Ok(whole.remove(&0).unwrap())
}

#[test]
fn both_ways_give_the_models_own_numbers() {
    let server = server();
    let pairs = [("Q: 2 + 3?\nA:", " 5"), ("질문: 수도는?\n답: ", "서울"), ("a ", "b c"), ("one two", " three four")];
    for model in [completions(&server.url()), by_ids(&server.url())] {
        let requests = pairs.iter().map(|(context, continuation)| weigh(context, continuation)).collect();
        let answers = ask(model, requests).unwrap();
        for (place, (context, continuation)) in pairs.iter().enumerate() {
            let whole = mock::encode(&format!("{context}{continuation}"));
            // Blanks at the end of the context belong to the continuation.
            let border = mock::encode(context.trim_end()).len();
            let (sum, is_greedy) = wanted(&whole, border);
            let told = told(&answers, place);
            assert!((told.sum - sum).abs() < 1e-12, "{context}{continuation}: {} for {sum}", told.sum);
            assert_eq!(
                (told.is_greedy, told.tokens as usize),
                (is_greedy, whole.len() - border),
                "{context}{continuation}"
            );
        }
    }
}

/// Check values: lm-eval 0.4.13, `local-completions` with `tokenizer_backend=remote`, against `examples/mock_endpoint.rs`
/// with `max_length` 2048, 11 and 6.
#[test]
fn the_numbers_are_lm_evals() {
    let server = server();
    let table = [
        (2048, weigh("Q: 2 + 3?\nA:", " 5"), -4.119_140_625, false),
        (2048, weigh("질문: 수도는?\n답: ", "서울"), -9.234_375, true),
        (2048, weigh("a ", "b c"), -13.708_984_375, false),
        (2048, weigh("one two", " three four"), -30.410_156_25, false),
        (2048, weigh("", "hello"), -12.328_125, false),
        (2048, weigh("", "<s>hello"), -12.328_125, false),
        (11, weigh("abcdefghijklmnop", "xyz"), -10.718_75, false),
        (6, Request::Rolling { text: "abcdefghij".into() }, -41.441_406_25, false),
    ];
    for (max_length, request, sum, is_greedy) in table {
        let mut model = by_ids(&server.url());
        model.dialect.max_length = max_length;
        let told = told(&ask(model, vec![request.clone()]).unwrap(), 0);
        assert_eq!((told.sum, told.is_greedy), (sum, is_greedy), "{request:?}");
    }
}

#[test]
fn an_empty_context_is_the_token_that_begins_a_text() {
    let server = server();
    for model in [completions(&server.url()), by_ids(&server.url())] {
        let answers = ask(model, vec![weigh("", "hello"), weigh("", "<s>hello")]).unwrap();
        let tokens: Vec<u64> = std::iter::once(mock::BOS).chain(mock::encode("hello")).collect();
        for request in 0..2 {
            assert!((told(&answers, request).sum - wanted(&tokens, 1).0).abs() < 1e-12);
        }
    }
}

#[test]
fn a_long_context_is_cut_on_the_left_and_that_is_counted() {
    let server = server();
    let mut model = by_ids(&server.url());
    model.dialect.max_length = 11;
    let dir = TempDir::new().unwrap();
    let (summary, whole) = Trial::new(model)
        .run(dir.path(), vec![item(0, vec![weigh("abcdefghijklmnop", "xyz"), weigh("a", "bcdefghijklm")])])
        .unwrap();
    let kept = mock::encode("jklmnopxyz");
    assert!((told(&whole[&0], 0).sum - wanted(&kept, 7).0).abs() < 1e-12);
    assert_eq!(summary.progress.cut, 9);
    let too_long = whole[&0][1][0].as_ref().unwrap_err();
    assert!(too_long.class == Class::TransportError && too_long.reason.contains("no room"), "{too_long}");
}

#[test]
fn a_whole_text_is_weighed_window_by_window() {
    let server = server();
    let mut model = completions(&server.url());
    model.dialect.max_length = 6;
    let answers = ask(model, vec![Request::Rolling { text: "abcdefghij".into() }]).unwrap();
    // Windows of lm-eval with max_length 6: five places are sent, four are weighed at a time.
    let ids = mock::encode("abcdefghij");
    let part = |context: &[u64], weighed: &[u64]| wanted(&[context, weighed].concat(), context.len()).0;
    let sum = part(&[mock::BOS], &ids[..4]) + part(&ids[3..4], &ids[4..8]) + part(&ids[5..8], &ids[8..]);
    assert!((told(&answers, 0).sum - sum).abs() < 1e-12);
    assert_eq!(told(&answers, 0).tokens, 10);
}

/// Whether it is the fault that was expected.
type Check = fn(&ProbeFault) -> bool;

#[test]
fn an_endpoint_whose_numbers_cannot_be_believed_is_refused_with_the_reason() {
    let cases: [(Config, Check, Check); 3] = [
        (
            Config { adds_bos: true, ..Config::default() },
            |fault| matches!(fault, ProbeFault::OtherText { echoed, .. } if echoed.starts_with("<s>")),
            |fault| matches!(fault, ProbeFault::TooMany { sent: 5, wanted: 6, told: 7 }),
        ),
        (
            Config { ignores_echo: true, ..Config::default() },
            |fault| matches!(fault, ProbeFault::OtherText { .. }),
            |fault| matches!(fault, ProbeFault::TooFew { sent: 5, told: 1, .. }),
        ),
        (
            Config { flat: true, ..Config::default() },
            |fault| matches!(fault, ProbeFault::AllEqual(_)),
            |fault| matches!(fault, ProbeFault::AllEqual(_)),
        ),
    ];
    for (config, by_text, by_token) in cases {
        let server = Server::start(config);
        for (model, is_wanted) in [(completions(&server.url()), by_text), (by_ids(&server.url()), by_token)] {
            let before = server.requests();
            match ask(model, vec![weigh("a", "b")]) {
                Err(RunFault::Probe { fault, .. }) => assert!(is_wanted(&fault), "{fault}"),
                other => panic!("{other:?}"),
            }
            assert!(server.requests() - before <= 2, "nothing but the test was asked");
        }
    }
}

#[test]
fn a_number_that_is_missing_costs_its_item() {
    let server = server();
    let answers = ask(completions(&server.url()), vec![weigh("[[fault:null-logprob]]", "x"), weigh("a", "b")]).unwrap();
    assert!(answers[0][0].is_ok() && answers[1][0].is_ok(), "the null stands in the context: {answers:?}");
    let answers = ask(completions(&server.url()), vec![weigh("a", "b [[fault:null-logprob]]")]).unwrap();
    assert!(answers[0][0].as_ref().unwrap_err().reason.contains("no log-probability"));
}
