//! Budgets stop a run before they are used up, never after.

use std::sync::atomic::Ordering;

use tempfile::TempDir;

use super::{Trial, chat, server, sum};
use evaluation::run::{Budget, Event, Limits, Observer, Prices, Progress, Resume, Stopped};

fn limited(limits: Limits, url: &str) -> Trial<'static> {
    Trial { budget: Budget::new(limits), ..Trial::new(chat(url)) }
}

#[test]
fn requests_stop_exactly_and_a_second_run_finishes_the_rest() {
    let server = server();
    let dir = TempDir::new().unwrap();
    let items = || (0..300).map(sum).collect::<Vec<_>>();
    let trial = limited(Limits { requests: Some(100), ..Limits::default() }, &server.url());
    let (summary, whole) = trial.run(dir.path(), items()).unwrap();
    assert_eq!((server.requests(), whole.len()), (100, 100));
    assert_eq!((summary.stopped, summary.left), (Some(Stopped::Budget), 200));
    assert_eq!(trial.budget.spent().requests, 100);
    let (summary, whole) = Trial::new(chat(&server.url())).run(dir.path(), items()).unwrap();
    assert_eq!((server.requests(), whole.len(), summary.left, summary.stopped), (300, 300, 0, None));
}

#[test]
fn tokens_and_money_are_never_exceeded() {
    let server = server();
    for limits in
        [Limits { tokens: Some(20_000), ..Limits::default() }, Limits { cost: Some(0.02), ..Limits::default() }]
    {
        let dir = TempDir::new().unwrap();
        let prices = Prices { prompt: 1.0, completion: 1.0 };
        let trial = Trial { prices, ..limited(limits, &server.url()) };
        let (summary, whole) = trial.run(dir.path(), (0..5000).map(sum).collect()).unwrap();
        let spent = trial.budget.spent();
        assert_eq!(summary.stopped, Some(Stopped::Budget));
        assert_eq!(summary.left, 5000 - whole.len() as u64);
        // Not over, and not so far below that one more request would surely have fitted.
        let tokens = summary.progress.usage.prompt + summary.progress.usage.completion;
        assert_eq!(tokens, spent.tokens);
        assert!((19_500..=20_000).contains(&tokens), "{tokens}");
        assert!((0.0195..=0.02).contains(&spent.cost), "{}", spent.cost);
    }
}

/// Two runs at the same time share a journal and a budget.
#[test]
fn two_models_share_a_budget_and_a_journal_and_never_cross() {
    let server = server();
    let dir = TempDir::new().unwrap();
    let journal = evaluation::run::Journal::open(dir.path(), evaluation::run::JournalOptions::default()).unwrap();
    let budget = Budget::new(Limits { requests: Some(120), ..Limits::default() });
    let stop = std::sync::atomic::AtomicBool::new(false);
    let count = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for name in ["a", "b"] {
            let (budget, journal, stop, count) = (&budget, &journal, &stop, &count);
            let model = evaluation::endpoint::Model { name: name.into(), ..chat(&server.url()) };
            scope.spawn(move || {
                let plan = evaluation::run::RunPlan {
                    model: &model,
                    concurrency: evaluation::run::Concurrency::up_to(16),
                    retry: evaluation::run::Retry::default(),
                    budget,
                    prices: Prices::default(),
                    resume: Resume::Missing,
                    stop,
                    clock: &|| 0,
                };
                let items = (0..100).map(sum).map(Ok::<_, std::convert::Infallible>);
                let told = evaluation::run::run(&plan, items, journal, &(), |_, _| {
                    count.fetch_add(1, Ordering::SeqCst);
                });
                told.unwrap();
            });
        }
    });
    assert_eq!((server.requests(), count.load(Ordering::SeqCst), journal.len()), (120, 120, 120));
    let asked = server.log();
    let of = |name: &str| asked.iter().filter(|body| body["model"] == name).count();
    let mut filed = std::collections::BTreeMap::new();
    journal.each(|_, whose, _| *filed.entry(whose.model).or_insert(0) += 1).unwrap();
    assert_eq!((filed["a"], filed["b"]), (of("a"), of("b")));
}

/// Stops the run when it has heard of so many answers.
struct StopAt<'a>(u64, &'a std::sync::atomic::AtomicBool);

impl Observer for StopAt<'_> {
    fn progress(&self, progress: &Progress) {
        if progress.answered >= self.0 {
            self.1.store(true, Ordering::SeqCst);
        }
    }

    fn event(&self, _: &Event<'_>) {}
}

#[test]
fn a_run_that_is_asked_to_stop_loses_nothing() {
    let server = crate::server::Server::start(crate::server::Config {
        delay: std::time::Duration::from_millis(20),
        ..crate::server::Config::default()
    });
    let dir = TempDir::new().unwrap();
    let items = || (0..1500).map(sum).collect::<Vec<_>>();
    let flag: &'static std::sync::atomic::AtomicBool = Box::leak(Box::default());
    let observer = StopAt(50, flag);
    let model = chat(&server.url());
    let journal = evaluation::run::Journal::open(dir.path(), evaluation::run::JournalOptions::default()).unwrap();
    let budget = Budget::default();
    let plan = evaluation::run::RunPlan {
        model: &model,
        concurrency: evaluation::run::Concurrency::up_to(32),
        retry: evaluation::run::Retry::default(),
        budget: &budget,
        prices: Prices::default(),
        resume: Resume::Missing,
        stop: flag,
        clock: &|| 0,
    };
    let mut whole = 0;
    let items_once = items().into_iter().map(Ok::<_, std::convert::Infallible>);
    let summary = evaluation::run::run(&plan, items_once, &journal, &observer, |_, _| whole += 1).unwrap();
    assert_eq!(summary.stopped, Some(Stopped::Asked));
    assert_eq!((whole + summary.left, journal.len() as u64), (1500, server.requests()));
    assert!(summary.left > 0);
    drop(journal);
    Trial::new(model.clone()).run(dir.path(), items()).unwrap();
    assert_eq!(server.requests(), 1500);
}
