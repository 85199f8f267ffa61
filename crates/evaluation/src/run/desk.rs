//! The desk: the caller's own thread, which renders items, looks them up, sends what is missing and hands over what is whole.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use super::journal::{Key, Outcome, Record};
use super::network::{Shared, Unit, class_of};
use super::{Answers, Found, Resume, RunFault};
use crate::endpoint::Question;
use crate::{Answer, Class, Failure, Item};

/// An item that waits for answers.
struct Open<T> {
    item: T,
    answers: Vec<Vec<Option<Result<Answer, Failure>>>>,
    missing: usize,
    /// What is counted of the answers that are there; they themselves stand above.
    found: Found,
}

/// Where an answer belongs: the item, the request, the repeat.
type Place = (u64, usize, usize);

/// Items that wait for answers, and who waits for which.
pub(super) struct Desk<T> {
    open: BTreeMap<u64, Open<T>>,
    waiting: BTreeMap<Key, Vec<Place>>,
    next: u64,
    /// Items that were taken and will not be whole.
    pub(super) left: u64,
}

/// What taking an item leads to.
pub(super) struct Taken<T> {
    /// Questions to send.
    pub(super) units: Vec<Unit>,
    /// The item, if all its answers were known.
    pub(super) whole: Option<(T, Found)>,
}

impl<T> Default for Desk<T> {
    fn default() -> Self {
        Self { open: BTreeMap::new(), waiting: BTreeMap::new(), next: 0, left: 0 }
    }
}

impl<T: Borrow<Item>> Desk<T> {
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
    pub(super) fn take(&mut self, shared: &Shared<'_>, taken: T) -> Result<Taken<T>, RunFault> {
        let item: &Item = taken.borrow();
        let slot = self.next;
        self.next += 1;
        let repeats = item.repeats.max(1);
        let mut units = Vec::new();
        let mut missing: Vec<(Key, Place)> = Vec::new();
        let mut answers = Vec::with_capacity(item.requests.len());
        let (mut known, mut found) = (0, Found::default());
        for (place, request) in item.requests.iter().enumerate() {
            let mut row = Vec::with_capacity(repeats);
            for repeat in 0..repeats {
                let misfit = |source| RunFault::Misfit { task: item.task.to_string(), doc_id: item.doc_id, source };
                let question = Question::new(shared.plan.model, request, repeat).map_err(misfit)?;
                let key = shared.keys.key(question.canonical(), repeat);
                let record = if self.waiting.contains_key(&key) { None } else { shared.known(&key)? };
                if let Some(record) = &record {
                    known += 1;
                    found.count(record);
                } else {
                    let is_new = !self.waiting.contains_key(&key) && missing.iter().all(|(known, _)| *known != key);
                    missing.push((key, (slot, place, repeat)));
                    units.extend(is_new.then(|| Unit::new(key, question, repeat)));
                }
                row.push(record.map(|record| record.outcome.into_result()));
            }
            answers.push(row);
        }
        shared.meter.count(|progress| progress.from_journal += known);
        let open = Open { item: taken, answers, missing: missing.len(), found };
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

    /// Fills in what became of a question; gives back the items that are whole now.
    pub(super) fn settle(&mut self, key: &Key, record: &Record) -> Vec<(T, Found)> {
        let mut whole = Vec::new();
        for (slot, request, repeat) in self.waiting.remove(key).unwrap_or_default() {
            let Some(open) = self.open.get_mut(&slot) else { continue };
            open.answers[request][repeat] = Some(record.outcome.clone().into_result());
            open.found.count(record);
            open.missing -= 1;
            if open.missing == 0 {
                whole.extend(self.open.remove(&slot).and_then(Open::finish));
            }
        }
        whole
    }
}

impl<T> Open<T> {
    fn finish(self) -> Option<(T, Found)> {
        let rows = self.answers.into_iter().map(|row| row.into_iter().collect::<Option<Vec<_>>>());
        Some((self.item, Found { answers: rows.collect::<Option<Answers>>()?, ..self.found }))
    }
}

impl Shared<'_> {
    /// What the journal says about a question, if that counts under the plan.
    fn known(&self, key: &Key) -> Result<Option<Record>, RunFault> {
        Ok(self.journal.get(key)?.filter(|record| self.counts(record)))
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
