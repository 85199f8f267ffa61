//! Scoring while asking, and what is left of it afterwards.

use std::collections::BTreeMap;

use super::book::Book;
use super::fault::{ScoreFault, WriteFault};
use super::judged::{Bench, Judges, Ruling};
use super::prepare::{Asked, Prepared, PreparedTask};
use super::score::{Course, Measured, Scored, summed};
use super::sink::Sink;
use super::walk::Walked;
use crate::endpoint::Model;
use crate::run::{Found, Journal};
use crate::{Item, Prompt, Request};

/// So many bytes of items may wait for one before them.
const MOST_HELD: usize = 32 << 20;
/// What an item takes besides its prompts, about.
const ITEM_BYTES: usize = 1 << 10;

/// The scoring of a selection, in the order of the documents whatever the order of answers.
///
/// Items that are handed over while they are asked are scored at once, so that no prompt is made twice. An item that comes
/// before its turn is held until then; when too much is held, or a task needs the words of judges or runs programs, the rest
/// is read from the journal in the end, which gives the same.
pub struct Scoring<'a> {
    prepared: &'a Prepared,
    book: Book<'a>,
    journal: &'a Journal,
    judges: Option<&'a Judges>,
    sink: Box<dyn Fn(&'a PreparedTask) -> Result<Sink, WriteFault> + 'a>,
    lanes: Vec<Lane<'a>>,
    held: usize,
    is_live: bool,
    fault: Option<ScoreFault>,
}

/// One task on its way.
#[derive(Default)]
struct Lane<'a> {
    course: Option<Course<'a>>,
    /// Items that came before their turn, by document.
    held: BTreeMap<usize, (Asked, Found)>,
    scored: Option<Scored>,
}

impl<'a> Scoring<'a> {
    /// The scoring of what `model` answers, as `journal` keeps it; `sink` makes the place where samples of a task go.
    pub fn new(
        prepared: &'a Prepared,
        (model, journal): (&'a Model, &'a Journal),
        judges: Option<&'a Judges>,
        sink: impl Fn(&'a PreparedTask) -> Result<Sink, WriteFault> + 'a,
    ) -> Result<Self, ScoreFault> {
        let lanes = prepared.tasks.iter().map(|_| Lane::default()).collect();
        let (book, sink) = (Book::new(model, journal)?, Box::new(sink));
        Ok(Self { prepared, book, journal, judges, sink, lanes, held: 0, is_live: true, fault: None })
    }

    /// Takes an item of [`Walk::new`](super::Walk::new) over the same tasks, whole and in the journal; each once at most. What
    /// goes wrong is told by [`finish`](Self::finish).
    pub fn take(&mut self, walked: Walked, found: Found) {
        let task = &self.prepared.tasks[walked.task];
        let waits = task.config.unsafe_code || self.judges.is_some() && task.is_judged();
        if !self.is_live || waits {
            return;
        }
        let taken = self.hold(walked, found);
        // The rest is scored in the end.
        if taken.is_err() || self.held > MOST_HELD {
            self.is_live = false;
            self.lanes.iter_mut().for_each(|lane| lane.held.clear());
            self.fault = taken.err();
        }
    }

    fn hold(&mut self, walked: Walked, found: Found) -> Result<(), ScoreFault> {
        let task = &self.prepared.tasks[walked.task];
        let lane = &mut self.lanes[walked.task];
        let course = match &mut lane.course {
            Some(course) => course,
            none => none.insert(Course::new(task, (self.sink)(task)?)?),
        };
        self.held += weight(walked.asked.item());
        lane.held.insert(walked.asked.item().doc_id, (walked.asked, found));
        while let Some((asked, found)) = lane.held.remove(&course.next) {
            self.held -= weight(asked.item());
            // A failure may stand in the journal beside an earlier answer, which then counts.
            let has_failed = found.answers.iter().flatten().any(Result::is_err);
            let found = if has_failed { self.book.find(asked.item())? } else { Some(found) };
            course.score(asked, found, Ruling::None)?;
        }
        if course.next == task.asked {
            lane.scored = lane.course.take().map(|course| course.finish(None)).transpose()?;
        }
        Ok(())
    }

    /// Scores what is not scored yet, by what the journal holds, and sums up.
    pub fn finish(mut self) -> Result<Measured, ScoreFault> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let mut tasks = Vec::with_capacity(self.lanes.len());
        for (task, lane) in self.prepared.tasks.iter().zip(std::mem::take(&mut self.lanes)) {
            tasks.push(match lane.scored {
                Some(scored) => scored,
                None => self.rest(task, lane.course)?,
            });
        }
        Ok(summed(self.prepared, tasks, self.judges.map(Judges::info)))
    }

    fn rest(&self, task: &'a PreparedTask, begun: Option<Course<'a>>) -> Result<Scored, ScoreFault> {
        let judges = self.judges.filter(|_| task.is_judged());
        let mut bench = judges.map(|judges| Bench::new(judges, self.journal)).transpose()?;
        let mut course = match begun {
            Some(course) => course,
            None => Course::new(task, (self.sink)(task)?)?,
        };
        course.walk(&self.book, bench.as_mut())?;
        course.finish(bench.map(Bench::finish))
    }
}

/// The bytes of memory that an item takes, about.
fn weight(item: &Item) -> usize {
    let prompt = |prompt: &Prompt| match prompt {
        Prompt::Text(text) => text.len(),
        Prompt::Chat(messages) => messages.iter().map(|message| message.content.len()).sum(),
    };
    let requests = item.requests.iter().map(|request| match request {
        Request::Generate { prompt: given, .. } => prompt(given),
        Request::LogLikelihood { context, continuation } => prompt(context) + continuation.len(),
        Request::Rolling { text } => text.len(),
    });
    ITEM_BYTES + requests.sum::<usize>()
}
