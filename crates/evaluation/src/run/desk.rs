//! The desk: the caller's own thread, which renders items, looks them up, sends what is missing and hands over what is whole.

use std::collections::BTreeMap;

use super::journal::{Key, Outcome, Record};
use super::network::{Shared, Unit, class_of};
use super::{Answers, Resume, RunFault};
use crate::endpoint::Question;
use crate::{Answer, Class, Failure, Item};

/// An item that waits for answers.
struct Open {
    item: Item,
    answers: Vec<Vec<Option<Result<Answer, Failure>>>>,
    missing: usize,
}

/// Where an answer belongs: the item, the request, the repeat.
type Place = (u64, usize, usize);

/// Items that wait for answers, and who waits for which.
#[derive(Default)]
pub(super) struct Desk {
    open: BTreeMap<u64, Open>,
    waiting: BTreeMap<Key, Vec<Place>>,
    next: u64,
    /// Items that were taken and will not be whole.
    pub(super) left: u64,
}

/// What taking an item leads to.
pub(super) struct Taken {
    /// Questions to send.
    pub(super) units: Vec<Unit>,
    /// The item, if all its answers were known.
    pub(super) whole: Option<(Item, Answers)>,
}

impl Desk {
    /// Questions that wait for an answer.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Items that are not whole.
    pub(super) fn open(&self) -> u64 {
        self.open.len() as u64
    }

    /// Takes an item: fills in what the journal knows, and makes questions of the rest. Two items with the very same question
    /// wait for one answer.
    pub(super) fn take(&mut self, shared: &Shared<'_>, item: Item) -> Result<Taken, RunFault> {
        let slot = self.next;
        self.next += 1;
        let repeats = item.repeats.max(1);
        let mut units = Vec::new();
        let mut missing: Vec<(Key, Place)> = Vec::new();
        let mut answers = Vec::with_capacity(item.requests.len());
        let mut known = 0;
        for (place, request) in item.requests.iter().enumerate() {
            let mut row = Vec::with_capacity(repeats);
            for repeat in 0..repeats {
                let misfit = |source| RunFault::Misfit { task: item.task.to_string(), doc_id: item.doc_id, source };
                let question = Question::new(shared.plan.model, request, repeat).map_err(misfit)?;
                let key = shared.keys.key(question.canonical(), repeat);
                let found = if self.waiting.contains_key(&key) { None } else { shared.known(&key)? };
                known += u64::from(found.is_some());
                if found.is_none() {
                    let is_new = !self.waiting.contains_key(&key) && missing.iter().all(|(known, _)| *known != key);
                    missing.push((key, (slot, place, repeat)));
                    units.extend(is_new.then(|| Unit::new(key, question, repeat)));
                }
                row.push(found);
            }
            answers.push(row);
        }
        shared.meter.count(|progress| progress.from_journal += known);
        let open = Open { item, answers, missing: missing.len() };
        if missing.is_empty() {
            return Ok(Taken { units, whole: open.finish() });
        }
        if shared.plan.resume == Resume::Offline {
            self.left += 1;
            return Ok(Taken { units: Vec::new(), whole: None });
        }
        for (key, place) in missing {
            self.waiting.entry(key).or_default().push(place);
        }
        self.open.insert(slot, open);
        Ok(Taken { units, whole: None })
    }

    /// Fills in an answer; gives back the items that are whole now.
    pub(super) fn settle(&mut self, key: &Key, result: &Result<Answer, Failure>) -> Vec<(Item, Answers)> {
        let mut whole = Vec::new();
        for (slot, request, repeat) in self.waiting.remove(key).unwrap_or_default() {
            let Some(open) = self.open.get_mut(&slot) else { continue };
            open.answers[request][repeat] = Some(result.clone());
            open.missing -= 1;
            if open.missing == 0 {
                whole.extend(self.open.remove(&slot).and_then(Open::finish));
            }
        }
        whole
    }
}

impl Open {
    fn finish(self) -> Option<(Item, Answers)> {
        let rows = self.answers.into_iter().map(|row| row.into_iter().collect::<Option<Vec<_>>>());
        Some((self.item, rows.collect::<Option<Answers>>()?))
    }
}

impl Shared<'_> {
    /// What the journal says about a question, if that counts under the plan.
    fn known(&self, key: &Key) -> Result<Option<Result<Answer, Failure>>, RunFault> {
        let Some(record) = self.journal.get(key)? else { return Ok(None) };
        Ok(self.counts(&record).then(|| record.outcome.into_result()))
    }

    fn counts(&self, record: &Record) -> bool {
        let is_named = self.plan.model.answers_as.allows(record.answered_by.as_deref());
        match &record.outcome {
            Outcome::Reply(_) => is_named,
            Outcome::Failed { failure, .. } if record.is_answered() => is_named || failure.status != Some(200),
            Outcome::Failed { lasts, failure, .. } => match self.plan.resume {
                Resume::Offline => true,
                Resume::Missing => *lasts,
                Resume::MissingAndFailed => *lasts && failure.class != Class::TransportError,
            },
        }
    }

    /// Counts an item that is handed over.
    pub(super) fn count(&self, answers: &Answers) {
        let class = class_of(answers);
        let place = Class::ALL.iter().position(|known| *known == class).unwrap_or(0);
        self.meter.count(|progress| progress.items[place] += 1);
    }
}
