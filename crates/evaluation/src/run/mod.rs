//! Questions asked by the thousand, and every answer kept.
//!
//! [`run`] takes items one by one, looks each up in the [`Journal`], asks a model what is not in there, and hands every item
//! over as soon as all its answers are there. It is the caller's thread that renders, looks up and scores, and one other that
//! speaks to the network; only so many items are taken as are needed to keep the network busy, so memory does not grow with
//! their number.
//!
//! Several models are asked at once by one [`run`] each, on threads of their own, that share a [`Journal`] and a [`Budget`].
//!
//! With [`Resume::Offline`] nothing is asked: everything can be scored anew from the journal alone.

mod budget;
mod desk;
mod journal;
mod limiter;
mod line;
mod network;
mod progress;

use std::borrow::Borrow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

pub use self::budget::{Budget, Limits, Prices, Spent};
use self::desk::Desk;
pub use self::journal::{Entry, Journal, JournalFault, JournalOptions, Key, Keys, Merged, Outcome, Record, Whose};
pub use self::limiter::Concurrency;
use self::network::{Message, Shared, Unit, work};
use self::progress::Meter;
pub use self::progress::{Event, Latency, Observer, Progress};
use crate::endpoint::{AddressFault, ClientFault, Misfit, Model, ProbeFault};
use crate::{Answer, Failure, Item, Usage};

/// The answers to an item: a list of repeats for each request.
pub type Answers = Vec<Vec<Result<Answer, Failure>>>;

/// What became of every request of an item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The answers.
    pub answers: Answers,
    /// What they took, as far as endpoints say so.
    pub usage: Usage,
    /// Tokens at the beginning of contexts that the model was not given, since the whole was too long.
    pub cut: u64,
    /// When the last of them came, in milliseconds since 1970.
    pub last: u64,
}

impl Found {
    /// Counts one answer more.
    pub(crate) fn count(&mut self, record: &Record) {
        self.usage += record.usage.unwrap_or_default();
        self.cut += u64::from(record.cut);
        self.last = self.last.max(record.at);
    }
}

/// How one model is asked.
pub struct RunPlan<'a> {
    /// The model.
    pub model: &'a Model,
    /// How many requests are on their way to each of its endpoints at the same time.
    pub concurrency: Concurrency,
    /// When a request is asked again.
    pub retry: Retry,
    /// What it may cost; other runs may share it.
    pub budget: &'a Budget,
    /// What the model costs.
    pub prices: Prices,
    /// What is asked again of what the journal knows.
    pub resume: Resume,
    /// Once it is true, nothing more is asked and the run ends when what is on its way is back.
    pub stop: &'a AtomicBool,
    /// Milliseconds since 1970, for the journal.
    pub clock: &'a (dyn Fn() -> u64 + Sync),
}

/// When a request is asked again: after a fault that may pass (408, 409, 425, 429, 5xx, a broken connection, a timeout, an answer
/// that cannot be read), never after another 4xx.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// So many tries in all.
    pub tries: u32,
    /// So many times that an endpoint asks to slow down (429, 503); these are no tries.
    pub slowed: u32,
    /// The wait before the second try; doubled for each further one, and shortened by chance to between half and all of it.
    pub first: Duration,
    /// The longest such wait. `Retry-After` is honoured however long.
    pub longest: Duration,
    /// When all endpoints have been out of reach for so long, the run stops and leaves the rest for later.
    pub give_up: Duration,
}

impl Default for Retry {
    /// 5 tries, 50 times slower, from 0.5 s to 60 s, 5 minutes.
    fn default() -> Self {
        let (first, longest, give_up) = (Duration::from_millis(500), Duration::from_secs(60), Duration::from_secs(300));
        Self { tries: 5, slowed: 50, first, longest, give_up }
    }
}

impl Retry {
    /// The wait after so many tries. Chance is taken from the key, so that requests that failed together do not come back
    /// together.
    fn backoff(&self, tries: u32, key: &Key) -> Duration {
        let doubled = self.first.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(self.longest);
        let chance = key.0[tries as usize % key.0.len()];
        doubled.mul_f64(0.5 + f64::from(chance) / 512.0)
    }
}

/// What is asked again of what the journal knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resume {
    /// What was never answered. A request that the endpoint would not take (a 400) is not asked again.
    #[default]
    Missing,
    /// That as well.
    MissingAndFailed,
    /// Nothing: items come from the journal, with the failures that are in it, or not at all.
    Offline,
}

/// What a run did.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// How far it came.
    pub progress: Progress,
    /// Why it stopped before the end, if it did.
    pub stopped: Option<Stopped>,
    /// Items that were not handed over, as far as they can be counted; they have no class, and a run over the same journal goes
    /// on with them.
    pub left: u64,
}

/// Why a run stopped before the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// It was asked to.
    Asked,
    /// One more request could have gone over the budget.
    Budget,
    /// The endpoint takes no request (the key, the model's name, the quota), for this reason.
    Denied(String),
    /// No endpoint was within reach for too long, for this reason.
    Unreachable(String),
}

/// Why a run failed. What was answered is in the journal all the same.
#[derive(Debug, thiserror::Error)]
pub enum RunFault {
    /// An item could not be made.
    #[error("an item could not be made: {0}")]
    Item(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A request cannot be asked of this model.
    #[error("document {doc_id} of task `{task}`: {source}")]
    Misfit {
        /// The task.
        task: String,
        /// The document.
        doc_id: usize,
        /// Why.
        source: Misfit,
    },
    /// The model has no endpoint.
    #[error("the model `{0}` has no endpoint; give at least one base URL")]
    NoEndpoint(String),
    /// An address is none.
    #[error(transparent)]
    Address(#[from] AddressFault),
    /// An endpoint cannot be spoken to.
    #[error(transparent)]
    Client(#[from] ClientFault),
    /// An endpoint's log-probabilities cannot be believed.
    #[error("{endpoint} cannot be used for log-probabilities: {fault}")]
    Probe {
        /// The endpoint.
        endpoint: String,
        /// Why.
        fault: ProbeFault,
    },
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalFault),
    /// The system gives no runtime.
    #[error("the network cannot be used: {0}")]
    Runtime(std::io::Error),
    /// A part of the run ended by itself, which is a defect.
    #[error("a part of the run broke down: {0}")]
    Task(String),
}

/// Asks a model all items, and hands each over to `deliver` as soon as its answers are there, in whatever order; one that
/// asks nothing is handed over at once.
///
/// # Errors
/// An item that could not be made, a request that this kind of model cannot be asked, a journal that cannot be written, or an
/// endpoint whose log-probabilities fail the test. A request that fails is no error: its item is handed over with the failure.
/// A budget that is used up, an endpoint that takes nothing and the stop flag are no errors either: see [`Summary::stopped`].
pub fn run<T: Borrow<Item>, E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    plan: &RunPlan<'_>,
    items: impl IntoIterator<Item = Result<T, E>>,
    journal: &Journal,
    observer: &dyn Observer,
    deliver: impl FnMut(T, Found),
) -> Result<Summary, RunFault> {
    if plan.model.endpoints.is_empty() && plan.resume != Resume::Offline {
        return Err(RunFault::NoEndpoint(plan.model.name.clone()));
    }
    let keys = Keys::new(plan.model)?;
    let meter = Meter::new(observer);
    let shared = Shared { plan, keys: &keys, journal, meter: &meter, is_broken: AtomicBool::new(false) };
    let items = items.into_iter().map(|item| item.map_err(|fault| RunFault::Item(fault.into())));
    std::thread::scope(|scope| {
        let (units, taken) = unbounded_channel();
        let (desk, settled) = std::sync::mpsc::channel();
        let shared = &shared;
        let mut start = Some(move || scope.spawn(move || work(shared, taken, desk)));
        let mut start = || drop(start.take().map(|start| start()));
        let wire = Wire { units: Some(units), settled, start: &mut start, is_started: false };
        let mut counter = Counter { shared, desk: Desk::default(), deliver, wire };
        let served = counter.serve(items);
        shared.is_broken.store(served.is_err(), Ordering::Relaxed);
        served
    })
}

/// The desk's side of the line to the scheduler, which is started when there is something to ask.
struct Wire<'a> {
    units: Option<UnboundedSender<Unit>>,
    settled: Receiver<Message>,
    start: &'a mut dyn FnMut(),
    is_started: bool,
}

impl Wire<'_> {
    fn send(&mut self, unit: Unit) {
        if !self.is_started {
            self.is_started = true;
            (self.start)();
        }
        // A scheduler that has stopped says so at the next look.
        self.units.as_ref().map(|units| units.send(unit).ok());
    }
}

/// How long the desk waits before it looks up again.
const LOOK: Duration = Duration::from_millis(50);

/// The desk at work.
struct Counter<'a, T, D> {
    shared: &'a Shared<'a>,
    desk: Desk<T>,
    deliver: D,
    wire: Wire<'a>,
}

/// What the desk hears when it listens.
enum Heard {
    /// Something, or nothing yet.
    Something,
    /// The scheduler has come to its end, and why if that was early.
    End(Option<Stopped>),
}

impl<T: Borrow<Item>, D: FnMut(T, Found)> Counter<'_, T, D> {
    fn serve(&mut self, mut items: impl Iterator<Item = Result<T, RunFault>>) -> Result<Summary, RunFault> {
        let (has_more, mut stopped) = self.pull(&mut items)?;
        self.wire.units = None;
        while self.wire.is_started {
            if let Heard::End(why) = self.listen(LOOK)? {
                stopped = why.or(stopped);
            }
        }
        let rest = if has_more { items.size_hint().0 as u64 } else { 0 };
        let left = self.desk.left + self.desk.open() + rest;
        self.shared.meter.count(|progress| progress.spent = self.shared.plan.budget.spent());
        Ok(Summary { progress: self.shared.meter.finish(), stopped, left })
    }

    /// Takes items until there are no more or the run stops. Returns whether there were more, and why it stopped.
    fn pull(
        &mut self,
        items: &mut impl Iterator<Item = Result<T, RunFault>>,
    ) -> Result<(bool, Option<Stopped>), RunFault> {
        let plan = self.shared.plan;
        let most = 2 * plan.concurrency.most.max(1) as usize * plan.model.endpoints.len().max(1);
        loop {
            if plan.stop.load(Ordering::Relaxed) {
                return Ok((true, Some(Stopped::Asked)));
            }
            let is_full = self.desk.waiting() >= most;
            if self.wire.is_started
                && let Heard::End(why) = self.listen(if is_full { LOOK } else { Duration::ZERO })?
            {
                return Ok((true, why));
            }
            if is_full {
                continue;
            }
            let Some(item) = items.next() else { return Ok((false, None)) };
            let taken = self.desk.take(self.shared, item?)?;
            if let Some((item, found)) = taken.whole {
                self.hand_over(item, found);
            }
            for unit in taken.units {
                self.wire.send(unit);
            }
        }
    }

    fn hand_over(&mut self, item: T, found: Found) {
        self.shared.count(&found.answers);
        self.shared.meter.tell();
        (self.deliver)(item, found);
    }

    /// Waits for the scheduler for so long, and hands over what is whole then.
    fn listen(&mut self, wait: Duration) -> Result<Heard, RunFault> {
        let mut heard = if wait.is_zero() {
            self.wire.settled.try_recv().ok()
        } else {
            match self.wire.settled.recv_timeout(wait) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Err(RunFault::Task("the scheduler is gone".into())),
            }
        };
        self.shared.meter.tell();
        while let Some(message) = heard {
            match message {
                Message::Settled(settled) => {
                    for (key, record) in settled {
                        for (item, found) in self.desk.settle(&key, &record) {
                            self.hand_over(item, found);
                        }
                    }
                }
                Message::Over(ended) => {
                    self.wire.is_started = false;
                    return Ok(Heard::End(ended?));
                }
            }
            heard = self.wire.settled.try_recv().ok();
        }
        Ok(Heard::Something)
    }
}
