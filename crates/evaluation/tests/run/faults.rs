//! A server that fails in every way there is, and the class that each failure ends in.

use std::sync::Mutex;
use std::time::Duration;

use tempfile::TempDir;

use super::{Trial, chat, class, generated, item, question, server, sum};
use crate::server::{Config, Server};
use evaluation::endpoint::AnswersAs;
use evaluation::run::{Event, Observer, Progress, Stopped};
use evaluation::{Answer, Class, Finish};

fn ask(trial: &Trial<'_>, fault: &str) -> (Class, String, evaluation::run::Summary) {
    let dir = TempDir::new().unwrap();
    let (summary, whole) =
        trial.run(dir.path(), vec![item(0, vec![question(&format!("2 + 3 [[fault:{fault}]]"))])]).unwrap();
    let answers = &whole[&0];
    let said = match &answers[0][0] {
        Ok(Answer::Generated(generated)) => generated.text.clone(),
        Ok(other) => panic!("{other:?}"),
        Err(failure) => failure.reason.clone(),
    };
    (class(answers), said, summary)
}

/// The fault, its class, a word of the reason or the answer, and how often the server was asked.
const FATES: &[(&str, Class, &str, u64)] = &[
    ("http400", Class::TransportError, "400: this prompt cannot be taken", 1),
    ("filtered400", Class::Refused, "filtered", 1),
    ("http500", Class::TransportError, "500: something broke", 3),
    ("hang", Class::TransportError, "within 0.4 s", 3),
    ("drip", Class::TransportError, "within 0.4 s", 3),
    ("reset", Class::TransportError, "ended before the answer", 3),
    ("short", Class::TransportError, "ended before the answer", 3),
    ("not-http", Class::TransportError, "no HTTP", 3),
    ("not-json", Class::TransportError, "no JSON", 3),
    ("wrong-json", Class::TransportError, "another shape", 3),
    ("huge", Class::TransportError, "longer than", 1),
    ("error-in-200", Class::TransportError, "overloaded", 3),
    ("no-choices", Class::TransportError, "empty", 3),
    ("null-content", Class::TransportError, "null", 3),
    ("other-model", Class::Scored, "The answer is 5.", 1),
    ("length", Class::Scored, "The answer is", 1),
    ("filter", Class::Refused, "filter", 1),
    ("refusal", Class::Refused, "refused", 1),
    ("half-thought", Class::Truncated, "limit of tokens", 1),
    ("half-reasoning", Class::Truncated, "limit of tokens", 1),
    ("thought", Class::Scored, "The answer is 5.", 1),
    ("reasoning", Class::Scored, "The answer is 5.", 1),
    ("parts", Class::Scored, "The answer is 5.", 1),
    // What passes is asked again until it has passed.
    ("http429x2", Class::Scored, "The answer is 5.", 3),
    ("http503x4", Class::Scored, "The answer is 5.", 5),
    ("http500x2", Class::Scored, "The answer is 5.", 3),
    ("resetx1", Class::Scored, "The answer is 5.", 2),
    ("hangx1", Class::Scored, "The answer is 5.", 2),
];

#[test]
fn every_failure_ends_in_its_class() {
    let server = server();
    let patient = Trial::new(chat(&server.url()));
    let mut hasty = Trial::new(chat(&server.url()));
    hasty.model.endpoints[0].timeouts.answer = Duration::from_millis(400);
    for (fault, wanted, word, asked) in FATES {
        let trial = if fault.starts_with("hang") || *fault == "drip" { &hasty } else { &patient };
        let before = server.requests();
        let (class, said, summary) = ask(trial, fault);
        assert_eq!((class, summary.stopped), (*wanted, None), "{fault}: {said}");
        assert!(said.contains(word), "{fault}: {said}");
        assert_eq!(server.requests() - before, *asked, "{fault}: {said}");
    }
}

/// Keeps how long requests wait before they are asked again.
#[derive(Default)]
struct Waits(Mutex<Vec<Duration>>);

impl Observer for Waits {
    fn progress(&self, _: &Progress) {}

    fn event(&self, event: &Event<'_>) {
        if let Event::Retry { wait, .. } = event {
            self.0.lock().unwrap().push(*wait);
        }
    }
}

#[test]
fn retry_after_is_honoured_in_seconds_and_as_a_date() {
    let server = server();
    for fault in ["seconds429x1", "date429x1"] {
        let waits = Waits::default();
        let (class, ..) = ask(&Trial { observer: &waits, ..Trial::new(chat(&server.url())) }, fault);
        assert_eq!((class, waits.0.into_inner().unwrap()), (Class::Scored, vec![Duration::from_secs(1)]), "{fault}");
    }
}

#[test]
fn thoughts_are_kept_apart_and_counted() {
    let server = server();
    let dir = TempDir::new().unwrap();
    let items = ["thought", "reasoning", "length"];
    let items =
        items.iter().enumerate().map(|(id, fault)| item(id, vec![question(&format!("2 + 3 [[fault:{fault}]]"))]));
    let (_, whole) = Trial::new(chat(&server.url())).run(dir.path(), items.collect()).unwrap();
    let generated = |id: usize| match &whole[&id][0][0] {
        Ok(Answer::Generated(generated)) => generated.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(generated(0).reasoning.as_deref(), Some("Perhaps 4."));
    assert_eq!((generated(1).reasoning.as_deref(), generated(1).usage.reasoning), (Some("Perhaps 4."), 3));
    assert_eq!((generated(2).reasoning, generated(2).finish), (None, Finish::Length));
}

/// One request that is never taken, among two thousand, costs its own item and nothing else.
#[test]
fn one_permanent_400_costs_one_item() {
    let server = server();
    let dir = TempDir::new().unwrap();
    let mut items: Vec<_> = (0..2000).map(sum).collect();
    items[777] = item(777, vec![question("What is 1 + 1 ? [[fault:http400]]")]);
    let trial = Trial::new(chat(&server.url()));
    let (summary, whole) = trial.run(dir.path(), items.clone()).unwrap();
    assert_eq!((whole.len(), summary.stopped, summary.left), (2000, None, 0));
    assert_eq!(summary.progress.items_in(Class::TransportError), 1);
    assert_eq!(class(&whole[&777]), Class::TransportError);
    assert!(whole.iter().all(|(id, answers)| *id == 777 || generated(answers) == format!("The answer is {}.", id + 1)));
    assert_eq!(server.requests(), 2000);
    // Once more: nothing is asked, not even the one that failed, unless that is wanted.
    let (again, same) = trial.run(dir.path(), items.clone()).unwrap();
    assert_eq!((server.requests(), again.progress.from_journal), (2000, 2000));
    assert_eq!(same, whole);
    let retrying = Trial { resume: evaluation::run::Resume::MissingAndFailed, ..Trial::new(chat(&server.url())) };
    retrying.run(dir.path(), items).unwrap();
    assert_eq!(server.requests(), 2001);
}

#[test]
fn what_takes_no_request_stops_the_run() {
    let server = server();
    for (fault, word) in [("http401", "no such key"), ("http404", "no such model")] {
        let dir = TempDir::new().unwrap();
        let items = (0..50).map(|id| item(id, vec![question(&format!("{id} + 1 [[fault:{fault}]]"))])).collect();
        let (summary, whole) = Trial::new(chat(&server.url())).run(dir.path(), items).unwrap();
        assert!(matches!(&summary.stopped, Some(Stopped::Denied(why)) if why.contains(word)), "{:?}", summary.stopped);
        assert_eq!((whole.len(), summary.left), (0, 50));
    }
}

#[test]
fn an_endpoint_that_is_gone_stops_the_run_and_classes_nothing() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let dir = TempDir::new().unwrap();
    let trial = Trial::new(chat(&format!("http://{gone}/v1")));
    let (summary, whole) = trial.run(dir.path(), (0..50).map(sum).collect()).unwrap();
    assert!(matches!(summary.stopped, Some(Stopped::Unreachable(_))), "{:?}", summary.stopped);
    assert_eq!((whole.len(), summary.left), (0, 50));
}

#[test]
fn a_second_endpoint_carries_on_for_one_that_is_gone() {
    let server = server();
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut model = chat(&server.url());
    model.endpoints.push(evaluation::endpoint::Endpoint::new(format!("http://{gone}/v1")));
    let dir = TempDir::new().unwrap();
    let (summary, whole) = Trial::new(model).run(dir.path(), (0..200).map(sum).collect()).unwrap();
    assert_eq!((whole.len(), summary.progress.items_in(Class::Scored)), (200, 200));
}

#[test]
fn two_endpoints_share_the_work() {
    let servers = [server(), server()];
    let mut model = chat(&servers[0].url());
    model.endpoints.push(chat(&servers[1].url()).endpoints[0].clone());
    let dir = TempDir::new().unwrap();
    let (_, whole) = Trial::new(model).run(dir.path(), (0..1000).map(sum).collect()).unwrap();
    let asked = servers.map(|server| server.requests());
    assert_eq!((whole.len(), asked[0] + asked[1]), (1000, 1000));
    assert!(asked.iter().all(|asked| *asked > 100), "{asked:?}");
}

#[derive(Default)]
struct Names(Mutex<Vec<String>>);

impl Observer for Names {
    fn progress(&self, _: &Progress) {}

    fn event(&self, event: &Event<'_>) {
        if let Event::AnsweredBy { asked, told } = event {
            self.0.lock().unwrap().push(format!("{asked} as {told}"));
        }
    }
}

#[test]
fn another_models_answer_is_told_once_or_refused() {
    let server = server();
    let names = Names::default();
    let items = || (0..20).map(|id| item(id, vec![question(&format!("{id} + 1 [[fault:other-model]]"))])).collect();
    let dir = TempDir::new().unwrap();
    let lax = Trial { observer: &names, ..Trial::new(chat(&server.url())) };
    let (summary, _) = lax.run(dir.path(), items()).unwrap();
    assert_eq!(summary.progress.items_in(Class::Scored), 20);
    assert_eq!(*names.0.lock().unwrap(), ["mock as another"]);
    // The same journal, names fixed: what it holds is not taken, what comes anew is refused.
    let mut model = chat(&server.url());
    model.answers_as = AnswersAs::Only(vec!["mock".into()]);
    let (summary, whole) = Trial::new(model.clone()).run(dir.path(), items()).unwrap();
    assert_eq!(summary.progress.items_in(Class::TransportError), 20);
    assert!(whole[&0][0][0].as_ref().unwrap_err().reason.contains("`another`"));
    model.answers_as = AnswersAs::Only(vec!["another".into()]);
    let (summary, _) = Trial::new(model).run(dir.path(), items()).unwrap();
    assert_eq!(summary.progress.items_in(Class::Scored), 20);
}

/// A server that takes eight at a time: the limit comes down to what it takes, and every item is answered.
#[test]
fn the_limit_adapts_to_429() {
    let config = Config { capacity: Some(8), delay: Duration::from_millis(2), ..Config::default() };
    let server = Server::start(config);
    let dir = TempDir::new().unwrap();
    let trial = Trial { most: 256, ..Trial::new(chat(&server.url())) };
    let (summary, whole) = trial.run(dir.path(), (0..1500).map(sum).collect()).unwrap();
    assert_eq!((whole.len(), summary.progress.items_in(Class::Scored)), (1500, 1500));
    let refused = server.seen().refused.load(std::sync::atomic::Ordering::SeqCst);
    assert!(refused > 0, "the server was never pressed");
    assert!(refused < 1500, "{refused} refusals of 1500 requests");
    assert!(summary.progress.limit < 64, "the limit stands at {}", summary.progress.limit);
}

#[test]
fn the_limit_grows_to_what_was_asked_for_and_connections_are_kept() {
    let server = Server::start(Config { delay: Duration::from_millis(5), ..Config::default() });
    let dir = TempDir::new().unwrap();
    let trial = Trial { most: 100, ..Trial::new(chat(&server.url())) };
    trial.run(dir.path(), (0..3000).map(sum).collect()).unwrap();
    let seen = server.seen();
    let most = seen.max_in_flight.load(std::sync::atomic::Ordering::SeqCst);
    let connections = seen.connections.load(std::sync::atomic::Ordering::SeqCst);
    assert!((60..=100).contains(&most), "{most} at the same time");
    assert!(connections <= 100, "{connections} connections");
}
