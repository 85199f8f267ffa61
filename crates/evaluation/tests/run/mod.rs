//! Runs against the server of the tests.

mod budgets;
mod echoes;
mod faults;
mod kill;
mod resume;
mod speed;
mod tls;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use evaluation::endpoint::{Endpoint, Kind, Model};
use evaluation::run::{
    Answers, Budget, Concurrency, Journal, JournalOptions, Observer, Prices, Resume, Retry, RunFault, RunPlan, Summary,
    run,
};
use evaluation::{Answer, Class, Dict, Document, Generation, Item, Message, Prompt, Request, Role, Value};

use crate::server::{Config, Server};

/// A server that keeps the bodies of all requests.
pub(crate) fn server() -> Server {
    Server::start(Config { keeps_log: true, ..Config::default() })
}

/// The mock's model.
pub(crate) fn chat(url: &str) -> Model {
    let mut endpoint = Endpoint::new(url);
    endpoint.timeouts.most_bytes = 1 << 20;
    Model::new("mock", Kind::Chat, endpoint)
}

pub(crate) fn completions(url: &str) -> Model {
    Model { kind: Kind::Completions, ..chat(url) }
}

pub(crate) fn item(doc_id: usize, requests: Vec<Request>) -> Item {
    let (task, doc) = ("sums".into(), Arc::new(Document::new()));
    Item { task, doc_id, doc, target: Value::None, choices: None, requests, repeats: 1 }
}

/// Asks a sum; the mock answers `The answer is N.`
pub(crate) fn question(text: &str) -> Request {
    let prompt = Prompt::Chat(vec![Message { role: Role::User, content: text.into() }]);
    Request::Generate { prompt, generation: Generation::default() }
}

pub(crate) fn sum(doc_id: usize) -> Item {
    item(doc_id, vec![question(&format!("What is {doc_id} + 1 ?"))])
}

pub(crate) fn generated(answers: &Answers) -> &str {
    match &answers[0][0] {
        Ok(Answer::Generated(generated)) => &generated.text,
        other => panic!("{other:?}"),
    }
}

/// Everything about a run that has a default in these tests.
pub(crate) struct Trial<'a> {
    pub(crate) model: Model,
    pub(crate) budget: Budget,
    pub(crate) prices: Prices,
    pub(crate) resume: Resume,
    pub(crate) retry: Retry,
    pub(crate) most: u32,
    pub(crate) stop: AtomicBool,
    pub(crate) observer: &'a dyn Observer,
}

impl Trial<'_> {
    pub(crate) fn new(model: Model) -> Self {
        let (first, longest, give_up) =
            (Duration::from_millis(1), Duration::from_millis(20), Duration::from_millis(300));
        Self {
            model,
            budget: Budget::default(),
            prices: Prices::default(),
            resume: Resume::Missing,
            retry: Retry { tries: 3, slowed: 50, first, longest, give_up },
            most: 64,
            stop: AtomicBool::new(false),
            observer: &(),
        }
    }

    /// Runs items over the journal in a folder; gives back what was handed over, by document.
    pub(crate) fn run(&self, dir: &Path, items: Vec<Item>) -> Result<(Summary, BTreeMap<usize, Answers>), RunFault> {
        let journal = match self.resume {
            Resume::Offline => Journal::read(dir).unwrap(),
            _ => Journal::open(dir, JournalOptions::default()).unwrap(),
        };
        self.run_over(&journal, items)
    }

    /// Runs items of one task over a journal; gives back what was handed over, by document.
    pub(crate) fn run_over(
        &self,
        journal: &Journal,
        items: Vec<Item>,
    ) -> Result<(Summary, BTreeMap<usize, Answers>), RunFault> {
        let mut whole = BTreeMap::new();
        let summary = self.deliver(journal, items, |item, answers| {
            assert!(whole.insert(item.doc_id, answers).is_none(), "document {} was handed over twice", item.doc_id);
        })?;
        assert_eq!(summary.progress.delivered(), whole.len() as u64);
        Ok((summary, whole))
    }

    /// Runs items of any tasks over a journal, as far as the budget goes.
    pub(crate) fn run_all(&self, journal: &Journal, items: Vec<Item>) {
        let (asked, mut handed) = (items.len() as u64, 0);
        let summary = self.deliver(journal, items, |_, _| handed += 1).unwrap();
        assert_eq!(summary.progress.delivered(), handed);
        assert!(handed <= asked, "no item is handed over twice");
    }

    fn deliver(
        &self,
        journal: &Journal,
        items: Vec<Item>,
        mut hand: impl FnMut(Item, Answers),
    ) -> Result<Summary, RunFault> {
        let plan = RunPlan {
            model: &self.model,
            concurrency: Concurrency::up_to(self.most),
            retry: self.retry,
            budget: &self.budget,
            prices: self.prices,
            resume: self.resume,
            stop: &self.stop,
            clock: &|| 1_795_549_145_123,
        };
        let items = items.into_iter().map(Ok::<_, Infallible>);
        run(&plan, items, journal, self.observer, |item: Item, found| hand(item, found.answers))
    }
}

pub(crate) fn class(answers: &Answers) -> Class {
    answers.iter().flatten().find_map(|answer| answer.as_ref().err()).map_or(Class::Scored, |failure| failure.class)
}

pub(crate) fn extra(key: &str, value: impl Into<Value>) -> Dict {
    Dict::from_iter([(key.into(), value.into())])
}
