//! What the journal holds of one model's answers.

use super::fault::ScoreFault;
use crate::Item;
use crate::endpoint::{Misfit, Model, Question};
use crate::run::{Found, Journal, Keys, Outcome};

/// A model's answers.
pub(super) struct Book<'a> {
    model: &'a Model,
    journal: &'a Journal,
    keys: Keys,
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
                found.count(&record);
                repeats.push(record.outcome.into_result());
            }
            found.answers.push(repeats);
        }
        Ok(Some(found))
    }
}
