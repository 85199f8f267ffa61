//! Answers become results, task by task and document by document in their order.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::book::Book;
use super::fault::{ScoreFault, WriteFault};
use super::judged::{Bench, Judged, Judges, JudgesInfo, Ruling};
use super::live::Scoring;
use super::prepare::{Asked, ItemFault, Prepared, PreparedTask};
use super::sink::Sink;
use super::walk::Walk;
use crate::endpoint::Model;
use crate::extract::{adapter::Adapted, choice::LETTER};
use crate::output::html::Histogram;
use crate::run::{Answers, Found, Journal};
use crate::score::{GroupMetricSpec, GroupResult, GroupSpec, Scorer, Tally, TallyOptions, TaskResult, aggregate_group};
use crate::task::GroupConfig;
use crate::{Answer, Class, Item, JUDGE, Sample, Usage, Value};

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Every task.
    pub tasks: Vec<Scored>,
    /// Every group that aggregates something.
    pub groups: Vec<GroupResult>,
    /// Items that the journal has no answer to; they are not in the results.
    pub unasked: usize,
    /// The judges, if there are any.
    pub judges: Option<JudgesInfo>,
    /// Items that the journal has an answer to and not the word of every judge; they have no value of the judges' metric.
    pub unjudged: usize,
    /// When the last of the answers came, in milliseconds since 1970.
    pub collected: Option<u64>,
}

/// What a task came to.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The results.
    pub result: TaskResult,
    /// Items that the journal has no answer to.
    pub unasked: usize,
    /// What its judges came to, if it has any.
    pub judges: Option<Judged>,
    /// What the answers took.
    pub usage: Usage,
    /// What the model was not given of contexts that were too long.
    pub cut: Cut,
    /// Tokens written, by answer.
    pub lengths: Histogram,
    /// The first items of each class but the scored.
    pub problems: Vec<(usize, Class, String)>,
    /// When the last of its answers came, in milliseconds since 1970.
    pub collected: Option<u64>,
    /// The hash of everything that was asked: lm-eval's hashes of documents, prompts and targets, all in one.
    pub hash: String,
}

/// What was cut off at the beginning of contexts, since the whole was longer than the model takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// Items that it happened to.
    pub items: usize,
    /// Tokens, over all requests of these items.
    pub tokens: u64,
}

impl fmt::Display for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} items lost {} tokens at the beginning of their contexts", self.items, self.tokens)
    }
}

/// So many items of a class are told of.
const PROBLEMS_OF_A_CLASS: usize = 5;

/// Scores every task over what `journal` holds of `model`'s answers and of the `judges`' verdicts; `sink` makes the place
/// where samples of a task go.
pub fn score<'a>(
    prepared: &'a Prepared,
    model: &'a Model,
    journal: &'a Journal,
    judges: Option<&'a Judges>,
    sink: impl Fn(&'a PreparedTask) -> Result<Sink, WriteFault> + 'a,
) -> Result<Measured, ScoreFault> {
    Scoring::new(prepared, (model, journal), judges, sink)?.finish()
}

/// The scoring of one task, document by document in their order.
pub(super) struct Course<'a> {
    task: &'a PreparedTask,
    scorer: Arc<Scorer>,
    tally: Tally,
    account: Account,
    sink: Sink,
    /// The document that comes next.
    pub(super) next: usize,
}

impl<'a> Course<'a> {
    pub(super) fn new(task: &'a PreparedTask, sink: Sink) -> Result<Self, ScoreFault> {
        let scorer = Arc::new(ready(task)?);
        let options =
            TallyOptions { cluster: task.cluster(), original: Some(task.original), ..TallyOptions::default() };
        let tally = Tally::new(Arc::clone(&scorer), options);
        Ok(Self { task, scorer, tally, account: Account::default(), sink, next: 0 })
    }

    /// Scores the document that comes next; nothing was found where it was not asked about yet.
    pub(super) fn score(&mut self, asked: Asked, found: Option<Found>, ruling: Ruling) -> Result<(), ScoreFault> {
        self.next += 1;
        let mut sample = match (asked, found) {
            (Asked::Not(item, fault), _) => unaskable(item, &fault),
            (_, None) => {
                self.account.unasked += 1;
                return Ok(());
            }
            (Asked::Plain(item), Some(found)) => {
                self.account.found(&found);
                self.scorer.score(&item, found.answers)
            }
            (Asked::Letters(adapted), Some(found)) => {
                self.account.found(&found);
                marked(&adapted, found.answers)
            }
        };
        ruling.settle(&mut sample);
        self.account.problem(&sample);
        self.sink.add(&sample)?;
        self.tally.add(&sample);
        Ok(())
    }

    /// Scores the documents that remain, by what the books of the model and of its judges hold.
    pub(super) fn walk(&mut self, book: &Book<'_>, mut bench: Option<&mut Bench<'_>>) -> Result<(), ScoreFault> {
        let mut renderer = self.task.renderer().map_err(ItemFault::from)?;
        (0..self.next).try_for_each(|doc_id| renderer.skip(doc_id)).map_err(ItemFault::from)?;
        for doc_id in self.next..self.task.asked {
            let asked = self.task.asked(&mut renderer, doc_id);
            let found = book.find(asked.item())?;
            let ruling = match (&mut bench, &found) {
                (Some(bench), Some(found)) => bench.rule(&renderer, asked.item(), &found.answers)?,
                _ => Ruling::None,
            };
            self.score(asked, found, ruling)?;
        }
        Ok(())
    }

    /// Closes the files and sums up.
    pub(super) fn finish(self, judges: Option<Judged>) -> Result<Scored, ScoreFault> {
        let hash = self.sink.finish(self.account.last)?;
        Ok(self.account.close(self.tally.finish(), judges, hash))
    }
}

/// Every group summed up, over what its tasks came to.
pub(super) fn summed(prepared: &Prepared, tasks: Vec<Scored>, judges: Option<JudgesInfo>) -> Measured {
    let results = tasks.iter().map(|task| (task.result.task.clone(), task.result.clone())).collect();
    let groups =
        prepared.groups.iter().map(|group| aggregate_group(&spec(group, judges.is_some()), &results)).collect();
    let unasked = tasks.iter().map(|task| task.unasked).sum();
    let unjudged = tasks.iter().filter_map(|task| task.judges.as_ref()).map(|judges| judges.unasked).sum();
    let collected = tasks.iter().filter_map(|task| task.collected).max();
    Measured { tasks, groups, unasked, judges, unjudged, collected }
}

/// Whether `journal` holds an answer of `model` to anything that is asked here.
pub fn is_known(prepared: &Prepared, model: &Model, journal: &Journal) -> Result<bool, ScoreFault> {
    let book = Book::new(model, journal)?;
    for walked in Walk::new(&prepared.tasks, None) {
        if book.find(walked?.asked.item())?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The scorer of a task with all that it must know of the documents.
fn ready(task: &PreparedTask) -> Result<Scorer, ScoreFault> {
    let mut scorer = task.scorer()?;
    let mut renderer = task.renderer().map_err(ItemFault::from)?;
    if task.asked > 0 {
        scorer = scorer.with_first(&renderer.item(0).map_err(ItemFault::from)?);
    }
    if renderer.has_multiple_inputs() {
        scorer = scorer.with_gold(Arc::new(move |item| renderer.gold(item.doc_id, &item.doc).ok()?.as_int()));
    }
    Ok(scorer)
}

/// A sample of a document that no question could be made of.
fn unaskable(item: Item, fault: &ItemFault) -> Sample {
    Sample {
        doc_id: item.doc_id,
        doc: item.doc,
        target: item.target,
        requests: Vec::new(),
        responses: Vec::new(),
        filtered: Vec::new(),
        metrics: Vec::new(),
        class: Class::TransportError,
        reason: Some(format!("not asked: {fault}")),
    }
}

/// A sample of an item that was asked with lettered options.
fn marked(adapted: &Adapted, answers: Answers) -> Sample {
    let first = answers.into_iter().flatten().next();
    let text = match &first {
        Some(Ok(Answer::Generated(generated))) => Value::from(generated.text.clone()),
        _ => Value::from(""),
    };
    let chosen = first.map(|answer| answer.and_then(|answer| adapted.read(&answer)));
    let (metrics, class, reason) = match chosen {
        Some(Ok(choice)) => (adapted.marks(choice), Class::Scored, None),
        Some(Err(failure)) => (Vec::new(), failure.class, Some(failure.reason)),
        None => (Vec::new(), Class::TransportError, Some("nothing was asked".to_owned())),
    };
    let item = &adapted.item;
    Sample {
        doc_id: item.doc_id,
        doc: Arc::clone(&item.doc),
        target: item.target.clone(),
        requests: item.requests.clone(),
        responses: vec![vec![text.clone()]],
        filtered: vec![(LETTER.to_string().into(), vec![text])],
        metrics,
        class,
        reason,
    }
}

/// What is counted besides the scores.
#[derive(Default)]
struct Account {
    unasked: usize,
    usage: Usage,
    cut: Cut,
    last: Option<u64>,
    lengths: Histogram,
    problems: BTreeMap<Class, Vec<(usize, String)>>,
}

impl Account {
    fn found(&mut self, found: &Found) {
        self.usage += found.usage;
        self.cut.items += usize::from(found.cut > 0);
        self.cut.tokens += found.cut;
        self.last = self.last.max(Some(found.last));
        if self.lengths.edges.is_empty() {
            self.lengths = Histogram::doubling();
        }
        for answer in found.answers.iter().flatten().flatten() {
            if let Answer::Generated(generated) = answer {
                self.lengths.add(generated.usage.completion);
            }
        }
    }

    fn problem(&mut self, sample: &Sample) {
        if sample.class == Class::Scored {
            return;
        }
        let told = self.problems.entry(sample.class).or_default();
        if told.len() < PROBLEMS_OF_A_CLASS {
            told.push((sample.doc_id, sample.reason.clone().unwrap_or_default()));
        }
    }

    fn close(self, result: TaskResult, judges: Option<Judged>, hash: String) -> Scored {
        let problems = self
            .problems
            .into_iter()
            .flat_map(|(class, told)| told.into_iter().map(move |(doc_id, reason)| (doc_id, class, reason)));
        Scored {
            result,
            unasked: self.unasked,
            judges,
            usage: self.usage,
            cut: self.cut,
            lengths: self.lengths,
            problems: problems.collect(),
            collected: self.last,
            hash,
        }
    }
}

/// A group with the tasks of its subgroups put in. What judges say is summed up in the way in which it sums up the rest.
fn spec((group, tasks): &(GroupConfig, Vec<String>), is_judged: bool) -> GroupSpec {
    let metrics = group.aggregate_metrics.iter().map(|metric| GroupMetricSpec {
        metric: metric.metric.clone(),
        filters: metric.filters.clone(),
        weight_by_size: metric.weight_by_size,
    });
    let of_judges = group.aggregate_metrics.first().filter(|_| is_judged).map(|first| GroupMetricSpec {
        metric: JUDGE.to_owned(),
        filters: None,
        weight_by_size: first.weight_by_size,
    });
    GroupSpec {
        group: group.name.clone(),
        alias: group.alias.clone(),
        version: group.metadata.get("version").cloned().unwrap_or(Value::None),
        tasks: tasks.clone(),
        metrics: metrics.chain(of_judges).collect(),
    }
}
