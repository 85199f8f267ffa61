//! What the journal holds of one model's answers.

use super::fault::ScoreFault;
use crate::endpoint::{Misfit, Model, Question};
use crate::run::{Answers, Journal, Keys, Outcome};
use crate::{Item, Usage};

/// A model's answers.
pub(super) struct Book<'a> {
    model: &'a Model,
    journal: &'a Journal,
    keys: Keys,
}

/// What was answered to every request of an item.
#[derive(Default)]
pub(super) struct Found {
    pub(super) answers: Answers,
    pub(super) usage: Usage,
    /// Tokens at the beginning of contexts that the model was not given, since the whole was too long.
    pub(super) cut: u64,
    /// When the last of it came, in milliseconds since 1970.
    pub(super) last: u64,
}

impl<'a> Book<'a> {
    pub(super) fn new(model: &'a Model, journal: &'a Journal) -> Result<Self, ScoreFault> {
        let keys = Keys::new(model).map_err(|fault| Misfit::Json(fault.to_string()))?;
        Ok(Self { model, journal, keys })
    }

    /// What was answered to an item; nothing where one request was not asked yet.
    pub(super) fn find(&self, item: &Item) -> Result<Option<Found>, ScoreFault> {
        let mut found = Found::default();
        for request in &item.requests {
            let mut repeats = Vec::with_capacity(item.repeats);
            for repeat in 0..item.repeats.max(1) {
                let question = Question::new(self.model, request, repeat)?;
                let Some(record) = self.journal.get(&self.keys.key(question.canonical(), repeat))? else {
                    return Ok(None);
                };
                if matches!(record.outcome, Outcome::Reply(_))
                    && !self.model.answers_as.allows(record.answered_by.as_deref())
                {
                    return Ok(None);
                }
                found.usage += record.usage.unwrap_or_default();
                found.cut += u64::from(record.cut);
                found.last = found.last.max(record.at);
                repeats.push(record.outcome.into_result());
            }
            found.answers.push(repeats);
        }
        Ok(Some(found))
    }
}
