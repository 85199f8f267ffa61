//! What the journal holds becomes results.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::prepare::{Asked, ItemFault, Prepared, PreparedTask};
use crate::endpoint::{Misfit, Model, Question};
use crate::extract::{adapter::Adapted, choice::LETTER};
use crate::output::html::Histogram;
use crate::run::{Answers, Journal, JournalFault, Keys};
use crate::score::{
    GroupMetricSpec, GroupResult, GroupSpec, ScorerFault, Tally, TallyOptions, TaskResult, aggregate_group,
};
use crate::{Answer, Class, Item, Sample, Usage, Value};

/// Why what the journal holds cannot be scored.
#[derive(Debug, thiserror::Error)]
pub enum ScoreFault {
    /// A prompt cannot be made.
    #[error(transparent)]
    Item(#[from] ItemFault),
    /// A task cannot be scored.
    #[error(transparent)]
    Scorer(#[from] Box<ScorerFault>),
    /// A request cannot be asked of this model at all.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalFault),
    /// An output cannot be written.
    #[error(transparent)]
    Write(#[from] super::WriteFault),
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Every task.
    pub tasks: Vec<Scored>,
    /// Every group that aggregates something.
    pub groups: Vec<GroupResult>,
    /// Items that the journal has no answer to; they are not in the results.
    pub unasked: usize,
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
    /// What the answers took.
    pub usage: Usage,
    /// Tokens written, by answer.
    pub lengths: Histogram,
    /// The first items of each class but the scored.
    pub problems: Vec<(usize, Class, String)>,
    /// When the last of its answers came, in milliseconds since 1970.
    pub collected: Option<u64>,
    /// The hash of everything that was asked: lm-eval's hashes of documents, prompts and targets, all in one.
    pub hash: String,
}

/// So many items of a class are told of.
const PROBLEMS_OF_A_CLASS: usize = 5;

/// Scores every task over what `journal` holds of `model`'s answers; `sink` makes the place where samples of a task go.
pub fn score<'a>(
    prepared: &'a Prepared,
    model: &Model,
    journal: &Journal,
    cluster: Option<&str>,
    sink: impl Fn(&'a PreparedTask) -> Result<super::files::Sink, super::WriteFault>,
) -> Result<Measured, ScoreFault> {
    let keys = Keys::new(model).map_err(|fault| Misfit::Json(fault.to_string()))?;
    let book = Book { model, journal, keys };
    let tasks: Vec<Scored> = prepared
        .tasks
        .iter()
        .map(|task| score_task(task, &book, cluster, sink(task)?))
        .collect::<Result<_, ScoreFault>>()?;
    let results = tasks.iter().map(|task| (task.result.task.clone(), task.result.clone())).collect();
    let groups = prepared.groups.iter().map(|group| aggregate_group(&spec(prepared, group), &results)).collect();
    let unasked = tasks.iter().map(|task| task.unasked).sum();
    let collected = tasks.iter().filter_map(|task| task.collected).max();
    Ok(Measured { tasks, groups, unasked, collected })
}

/// A model's answers.
struct Book<'a> {
    model: &'a Model,
    journal: &'a Journal,
    keys: Keys,
}

/// What was answered to every request of an item.
#[derive(Default)]
struct Found {
    answers: Answers,
    usage: Usage,
    last: u64,
}

impl Book<'_> {
    /// What was answered to an item; nothing where one request was not asked yet.
    fn find(&self, item: &Item) -> Result<Option<Found>, ScoreFault> {
        let mut found = Found::default();
        for request in &item.requests {
            let mut repeats = Vec::with_capacity(item.repeats);
            for repeat in 0..item.repeats {
                let question = Question::new(self.model, request, repeat)?;
                let Some(record) = self.journal.get(&self.keys.key(question.canonical(), repeat))? else {
                    return Ok(None);
                };
                add(&mut found.usage, record.usage.unwrap_or_default());
                found.last = found.last.max(record.at);
                repeats.push(record.outcome.into_result());
            }
            found.answers.push(repeats);
        }
        Ok(Some(found))
    }
}

fn score_task(
    task: &PreparedTask,
    book: &Book<'_>,
    cluster: Option<&str>,
    mut sink: super::files::Sink,
) -> Result<Scored, ScoreFault> {
    let mut renderer = task.renderer().map_err(ItemFault::from)?;
    let mut scorer = task.scorer()?;
    let options =
        TallyOptions { cluster: cluster.map(str::to_owned), original: Some(task.original), ..TallyOptions::default() };
    if task.asked > 0 {
        let first = task.renderer().and_then(|mut renderer| renderer.item(0)).map_err(ItemFault::from)?;
        scorer = scorer.with_first(&first);
    }
    if renderer.has_multiple_inputs() {
        let gold = task.renderer().map_err(ItemFault::from)?;
        scorer = scorer.with_gold(Arc::new(move |item| gold.gold(item.doc_id, &item.doc).ok()?.as_int()));
    }
    let scorer = Arc::new(scorer);
    let mut tally = Tally::new(Arc::clone(&scorer), options);
    let mut account = Account::default();
    for doc_id in 0..task.asked {
        let asked = task.ask(renderer.item(doc_id).map_err(ItemFault::from)?)?;
        let Some(found) = book.find(asked.item())? else {
            account.unasked += 1;
            continue;
        };
        account.found(&found);
        let sample = match asked {
            Asked::Plain(item) => scorer.score(&item, found.answers),
            Asked::Letters(adapted) => marked(&adapted, found.answers),
        };
        account.problem(&sample);
        sink.add(&sample)?;
        tally.add(&sample);
    }
    let hash = sink.finish()?;
    Ok(account.close(tally.finish(), hash))
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
    last: Option<u64>,
    lengths: Histogram,
    problems: BTreeMap<Class, Vec<(usize, String)>>,
}

impl Account {
    fn found(&mut self, found: &Found) {
        add(&mut self.usage, found.usage);
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

    fn close(self, result: TaskResult, hash: String) -> Scored {
        let problems = self
            .problems
            .into_iter()
            .flat_map(|(class, told)| told.into_iter().map(move |(doc_id, reason)| (doc_id, class, reason)));
        Scored {
            result,
            unasked: self.unasked,
            usage: self.usage,
            lengths: self.lengths,
            problems: problems.collect(),
            collected: self.last,
            hash,
        }
    }
}

fn add(sum: &mut Usage, usage: Usage) {
    sum.prompt += usage.prompt;
    sum.completion += usage.completion;
    sum.reasoning += usage.reasoning;
}

/// A group with the tasks of its subgroups put in.
fn spec(prepared: &Prepared, group: &crate::task::GroupConfig) -> GroupSpec {
    let metrics = group.aggregate_metrics.iter().map(|metric| GroupMetricSpec {
        metric: metric.metric.clone(),
        filters: metric.filters.clone(),
        weight_by_size: metric.weight_by_size,
    });
    let mut tasks = Vec::new();
    leaves(prepared, group, &mut tasks);
    GroupSpec {
        group: group.name.clone(),
        alias: group.alias.clone(),
        version: group.metadata.get("version").cloned().unwrap_or(Value::None),
        tasks,
        metrics: metrics.collect(),
    }
}

fn leaves(prepared: &Prepared, group: &crate::task::GroupConfig, into: &mut Vec<String>) {
    for member in &group.members {
        match prepared.groups.iter().find(|inner| inner.name == *member) {
            Some(inner) => leaves(prepared, inner, into),
            None if !into.contains(member) => into.push(member.clone()),
            None => {}
        }
    }
}
