//! The scheduler: one thread that sends questions and writes down what becomes of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{JoinError, JoinSet};

use super::budget::{Aside, Grant, Took};
use super::journal::{Entry, Journal, Key, Keys, Record};
use super::line::Line;
use super::progress::{Event, Meter};
use super::{RunFault, RunPlan, Stopped};
use crate::endpoint::{Bound, Client, Course, Fault, ProbeFault, Question, Reply};
use crate::{Answer, Class, Failure};

/// A question on its way.
pub(super) struct Unit {
    pub(super) key: Key,
    pub(super) question: Question,
    pub(super) repeat: usize,
    /// Tries so far.
    tries: u32,
    /// Times that the endpoint asked to slow down.
    slowed: u32,
}

impl Unit {
    pub(super) fn new(key: Key, question: Question, repeat: usize) -> Self {
        Self { key, question, repeat, tries: 0, slowed: 0 }
    }
}

/// What the scheduler tells the desk.
pub(super) enum Message {
    /// Questions are settled, and that is in the journal.
    Settled(Vec<(Key, Record)>),
    /// Nothing more comes.
    Over(Result<Option<Stopped>, RunFault>),
}

/// A try that came back.
struct Landed {
    unit: Unit,
    line: usize,
    sent: Instant,
    aside: Aside,
    result: Result<Reply, Fault>,
}

/// What all parts of one run share.
pub(super) struct Shared<'a> {
    pub(super) plan: &'a RunPlan<'a>,
    pub(super) keys: &'a Keys,
    pub(super) journal: &'a Journal,
    pub(super) meter: &'a Meter<'a>,
    /// Once it is true, the desk has failed and nothing more is asked.
    pub(super) is_broken: AtomicBool,
}

/// The scheduler's state.
pub(super) struct Network<'a> {
    shared: &'a Shared<'a>,
    desk: Sender<Message>,
    lines: Vec<Line>,
    fresh: VecDeque<Unit>,
    later: BTreeMap<(Instant, Key), Unit>,
    flights: JoinSet<Landed>,
    /// What is settled and not in the journal yet.
    settled: Vec<(Unit, Record)>,
    stopped: Option<Stopped>,
    has_answered: bool,
    /// Names under which answers came.
    names: BTreeSet<String>,
    /// Whether a question about log-probabilities came, and the endpoints are not all tested.
    wants_probe: bool,
}

/// How often the stop flag is looked at.
const TICK: Duration = Duration::from_millis(50);
/// So often a test of log-probabilities that was not answered is tried.
const PROBES: u32 = 3;

/// Runs the scheduler to its end on this thread.
pub(super) fn work(shared: &Shared<'_>, units: UnboundedReceiver<Unit>, desk: Sender<Message>) {
    let ended = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(RunFault::Runtime)
        .and_then(|runtime| runtime.block_on(Network::new(shared, desk.clone())?.run(units)));
    // Where the desk has gone there is nobody to tell.
    desk.send(Message::Over(ended)).ok();
}

impl<'a> Network<'a> {
    fn new(shared: &'a Shared<'a>, desk: Sender<Message>) -> Result<Self, RunFault> {
        let model = shared.plan.model;
        let mut lines = Vec::new();
        for endpoint in &model.endpoints {
            let client = Client::new(model, endpoint)?;
            lines.push(Line::new(client, &endpoint.base_url, shared.plan.concurrency));
        }
        Ok(Self {
            shared,
            desk,
            lines,
            fresh: VecDeque::new(),
            later: BTreeMap::new(),
            flights: JoinSet::new(),
            settled: Vec::new(),
            stopped: None,
            has_answered: false,
            names: BTreeSet::from([model.name.clone()]),
            wants_probe: false,
        })
    }

    async fn run(mut self, mut units: UnboundedReceiver<Unit>) -> Result<Option<Stopped>, RunFault> {
        let mut is_open = true;
        loop {
            while let Ok(unit) = units.try_recv() {
                self.take_in(unit);
            }
            if self.shared.is_stopped() {
                self.stop(Stopped::Asked);
            }
            self.probe().await?;
            let wake = self.launch();
            self.shared.meter.count(|progress| progress.in_flight = self.flights.len());
            let is_idle = self.fresh.is_empty() && self.later.is_empty() && !is_open;
            if self.flights.is_empty() && (is_idle || self.stopped.is_some()) {
                return Ok(self.stopped);
            }
            let nap = wake.map_or(TICK, |wake| wake.saturating_duration_since(Instant::now()).min(TICK));
            tokio::select! {
                biased;
                Some(landed) = self.flights.join_next() => {
                    let mut done = self.land(landed);
                    while done.is_ok() && let Some(landed) = self.flights.try_join_next() {
                        done = self.land(landed);
                    }
                    self.write_down().and(done)?;
                }
                unit = units.recv(), if is_open => match unit {
                    Some(unit) => self.take_in(unit),
                    None => is_open = false,
                },
                () = tokio::time::sleep(nap) => {}
            }
        }
    }

    fn take_in(&mut self, unit: Unit) {
        self.wants_probe |= unit.question.is_echo() && self.lines.iter().any(|line| !line.is_probed);
        self.fresh.push_back(unit);
    }

    fn stop(&mut self, why: Stopped) {
        self.stopped.get_or_insert(why);
    }

    fn event(&self, event: &Event<'_>) {
        self.shared.meter.observer.event(event);
    }

    /// Sends as many questions as may be sent, and says when there may be more.
    fn launch(&mut self) -> Option<Instant> {
        let now = Instant::now();
        while self.stopped.is_none() {
            let Some(line) = self.line(now) else { break };
            let Some(unit) = self.next(now) else { break };
            match self.shared.plan.budget.set_aside(unit.question.bound(), self.shared.plan.prices) {
                Grant::Given(aside) => self.send(unit, line, aside),
                Grant::NotYet if !self.flights.is_empty() => {
                    self.fresh.push_front(unit);
                    return None;
                }
                // Other runs may share the budget: what they set aside comes back at some time.
                Grant::NotYet => {
                    self.fresh.push_front(unit);
                    return Some(now + TICK);
                }
                Grant::Over => {
                    self.fresh.push_front(unit);
                    self.stop(Stopped::Budget);
                }
            }
        }
        let retry = self.later.keys().next().map(|(at, _)| *at);
        self.lines.iter().filter_map(|line| line.wakes(now)).chain(retry).min()
    }

    /// The endpoint with the most room for its size, if any has room.
    fn line(&self, now: Instant) -> Option<usize> {
        let with_room = self.lines.iter().enumerate().filter(|(_, line)| line.room(now) > 0);
        // Compared crosswise, so that no share has to be divided.
        let busier = |(_, one): &(usize, &Line), (_, two): &(usize, &Line)| {
            (one.in_flight * two.limiter.limit()).cmp(&(two.in_flight * one.limiter.limit()))
        };
        with_room.min_by(busier).map(|(place, _)| place)
    }

    fn next(&mut self, now: Instant) -> Option<Unit> {
        match self.later.first_entry().filter(|entry| entry.key().0 <= now) {
            Some(due) => Some(due.remove()),
            None => self.fresh.pop_front(),
        }
    }

    fn send(&mut self, unit: Unit, line: usize, aside: Aside) {
        self.lines[line].in_flight += 1;
        let client = Arc::clone(&self.lines[line].client);
        self.flights.spawn(async move {
            let sent = Instant::now();
            let result = client.ask(&unit.question).await;
            Landed { unit, line, sent, aside, result }
        });
    }

    /// Tests the endpoints before the first question about log-probabilities is sent.
    async fn probe(&mut self) -> Result<(), RunFault> {
        if !self.wants_probe || self.stopped.is_some() {
            return Ok(());
        }
        for place in 0..self.lines.len() {
            let mut tries = 0;
            while !self.lines[place].is_probed {
                let Grant::Given(aside) = self.shared.plan.budget.set_aside(PROBE, self.shared.plan.prices) else {
                    self.stop(Stopped::Budget);
                    return Ok(());
                };
                let line = &mut self.lines[place];
                let probed = line.client.probe(self.shared.plan.model).await;
                line.is_probed = probed.is_ok();
                self.shared.plan.budget.settle(&aside, if line.is_probed { Took::Unknown } else { Took::Nothing });
                tries += 1;
                match probed {
                    Ok(_) => self.event(&Event::Probed { endpoint: &self.lines[place].name }),
                    Err(ProbeFault::Unanswered(_)) if tries < PROBES => {
                        tokio::time::sleep(self.shared.plan.retry.first * tries).await;
                    }
                    Err(fault) => return Err(RunFault::Probe { endpoint: line.name.to_string(), fault }),
                }
            }
        }
        self.wants_probe = false;
        Ok(())
    }

    fn land(&mut self, landed: Result<Landed, JoinError>) -> Result<(), RunFault> {
        let Landed { unit, line, sent, aside, result } = landed.map_err(|fault| RunFault::Task(fault.to_string()))?;
        let now = Instant::now();
        let in_flight = self.lines[line].in_flight;
        self.lines[line].in_flight = in_flight.saturating_sub(1);
        let result = result.and_then(|reply| self.check_name(reply));
        let took = match &result {
            Ok(reply) => reply.usage.map_or(Took::Unknown, Took::Usage),
            Err(fault) if fault.may_have_cost => Took::Unknown,
            Err(_) => Took::Nothing,
        };
        self.shared.plan.budget.settle(&aside, took);
        match result {
            Ok(reply) => {
                self.lines[line].is_there();
                self.lines[line].limiter.answered(in_flight, sent, now);
                self.has_answered = true;
                self.shared.meter.answered(now.duration_since(sent), reply.usage, reply.cut);
                let record = Record::of_reply(reply, unit.repeat as u64);
                self.settle(unit, record, now.duration_since(sent));
            }
            Err(fault) => self.fail(unit, line, (sent, now), fault),
        }
        Ok(())
    }

    /// Whose answer is it? Another name than the one asked for is told once, and refused where names are fixed.
    fn check_name(&mut self, reply: Reply) -> Result<Reply, Fault> {
        let model = self.shared.plan.model;
        if !model.answers_as.allows(reply.model.as_deref()) {
            let told = reply.model.as_deref().unwrap_or("(none)");
            let reason = format!("the answer is by `{told}`, which is not among the names that were allowed");
            return Err(Fault::unusable(Course::Permanent, reason));
        }
        if let Some(told) = reply.model.as_deref().filter(|told| !self.names.contains(*told)) {
            self.event(&Event::AnsweredBy { asked: &model.name, told });
            self.names.insert(told.to_owned());
        }
        Ok(reply)
    }

    /// What to do about a fault.
    fn fail(&mut self, mut unit: Unit, line: usize, (sent, now): (Instant, Instant), fault: Fault) {
        let status = fault.failure.status;
        self.mind_line(line, (sent, now), &fault);
        let is_hopeless = fault.course == Course::Hopeless && (status != Some(404) || !self.has_answered);
        if is_hopeless {
            self.fresh.push_front(unit);
            self.stop(Stopped::Denied(fault.failure.reason));
            return;
        }
        let retry = self.shared.plan.retry;
        let is_slowed = fault.course == Course::SlowDown && status.is_some();
        // An endpoint that is not there is no fault of the question; how long that may last, the plan says.
        let is_absent = fault.course == Course::Unreachable && !fault.may_have_cost;
        unit.tries += u32::from(!is_slowed && !is_absent);
        unit.slowed += u32::from(is_slowed);
        let is_lasting = matches!(fault.course, Course::Permanent | Course::Hopeless);
        if is_lasting || unit.tries >= retry.tries || unit.slowed >= retry.slowed {
            let lasts = is_lasting && status.is_some_and(|status| status != 200);
            self.event(&Event::Failed(&fault.failure));
            self.shared.meter.count(|progress| progress.failed += 1);
            let record = Record::of_failure(fault.failure, lasts, unit.repeat as u64);
            return self.settle(unit, record, now.duration_since(sent));
        }
        let wait = fault.wait.unwrap_or_default().max(retry.backoff(unit.tries + unit.slowed, &unit.key));
        self.event(&Event::Retry { failure: &fault.failure, wait });
        self.shared.meter.count(|progress| progress.retries += 1);
        let at = now.checked_add(wait).unwrap_or(now + Duration::from_secs(86_400 * 365));
        self.later.insert((at, unit.key), unit);
    }

    /// What a fault says about the endpoint.
    fn mind_line(&mut self, place: usize, (sent, now): (Instant, Instant), fault: &Fault) {
        let give_up = self.shared.plan.retry.give_up;
        let line = &mut self.lines[place];
        let name = Arc::clone(&line.name);
        let (mut eased, mut rested) = (None, None);
        match fault.course {
            Course::SlowDown => {
                eased = line.limiter.congested(sent, now).then(|| line.limiter.limit());
                if let Some(wait) = fault.wait.filter(|wait| !wait.is_zero()) {
                    line.rest(wait, now);
                    rested = Some(wait);
                }
            }
            Course::Unreachable => rested = line.failed(now),
            Course::Permanent | Course::Again | Course::Hopeless => {}
        }
        if fault.failure.status.is_some() {
            line.is_there();
        }
        if let Some(limit) = eased {
            self.event(&Event::Eased { endpoint: &name, limit });
        }
        if let Some(wait) = rested {
            self.event(&Event::Rested { endpoint: &name, wait, reason: &fault.failure.reason });
        }
        let is_gone = |line: &Line| line.down_since.is_some_and(|since| now.duration_since(since) >= give_up);
        if self.lines.iter().all(is_gone) {
            self.stop(Stopped::Unreachable(fault.failure.reason.clone()));
        }
    }

    /// Makes the record of what became of a question.
    fn settle(&mut self, unit: Unit, mut record: Record, latency: Duration) {
        record.at = (self.shared.plan.clock)();
        record.latency_ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        record.tries = unit.tries + unit.slowed + 1;
        self.settled.push((unit, record));
    }

    /// Writes down what became of questions, all in one write, then tells the desk.
    fn write_down(&mut self) -> Result<(), RunFault> {
        if self.settled.is_empty() {
            return Ok(());
        }
        let Shared { plan, keys, journal, .. } = self.shared;
        let entries = self.settled.iter().map(|(unit, record)| Entry {
            key: &unit.key,
            record,
            request: unit.question.canonical(),
        });
        journal.put_all(&keys.whose, entries)?;
        let limit = self.lines.iter().map(|line| line.limiter.limit()).sum();
        let spent = plan.budget.spent();
        self.shared.meter.count(|progress| {
            progress.limit = limit;
            progress.spent = spent;
        });
        let settled = self.settled.drain(..).map(|(unit, record)| (unit.key, record)).collect();
        self.desk.send(Message::Settled(settled)).ok();
        Ok(())
    }
}

/// What the test of log-probabilities takes at most.
const PROBE: Bound = Bound { prompt: 32, completion: 1 };

impl Shared<'_> {
    fn is_stopped(&self) -> bool {
        self.plan.stop.load(Ordering::Relaxed) || self.is_broken.load(Ordering::Relaxed)
    }
}

/// The class of what the desk could not get an answer to; for the progress alone. What could not even be asked counts as not
/// reached.
pub(super) fn class_of(answers: &[Vec<Result<Answer, Failure>>]) -> Class {
    if answers.is_empty() {
        return Class::TransportError;
    }
    answers.iter().flatten().find_map(|answer| answer.as_ref().err()).map_or(Class::Scored, |failure| failure.class)
}
