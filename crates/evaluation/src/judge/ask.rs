//! A case becomes an item that a run asks, and the answers to it an opinion.

use std::sync::Arc;

use super::duel::Duel;
use super::read::{Reader, Verdict};
use super::template::{Kind, Template};
use crate::score::Answers;
use crate::{Answer, Document, Failure, Finish, Generation, Item, Request, Value};

/// What a judge is to judge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// What was asked.
    pub question: String,
    /// What was answered: two answers for a pair, else one.
    pub answers: Vec<String>,
    /// The answer that is right, where the template wants one.
    pub reference: Option<String>,
}

/// Why a case cannot be put to a judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseFault {
    /// Too few or too many answers.
    #[error("{wanted} answers are judged, and the case has {found}; give as many as the template wants")]
    Answers {
        /// As the template wants.
        wanted: usize,
        /// As the case has.
        found: usize,
    },
    /// No reference.
    #[error("the template compares with a reference, and the case has none; add one, or rate the answer instead")]
    Reference,
}

/// What one judge says of one case.
#[derive(Clone, Debug, PartialEq)]
pub enum Opinion {
    /// Of a pair, in both orders.
    Pair(Duel),
    /// Of one answer; none where the judge gave no verdict that holds.
    One(Option<Verdict>),
}

impl Opinion {
    /// As a number: of a pair 1 if the first answer wins, 0 if the second does, 0.5 if neither; a rating as it is;
    /// correct is 1, incorrect is 0. None where the opinion is unavailable.
    pub fn score(&self) -> Option<f64> {
        match self {
            Self::Pair(duel) => duel.score(),
            Self::One(Some(Verdict::Rating(rating))) => Some(*rating),
            Self::One(Some(Verdict::Correct)) => Some(1.0),
            Self::One(Some(Verdict::Incorrect)) => Some(0.0),
            Self::One(_) => None,
        }
    }
}

/// Puts cases to judges with one template, and reads what they say.
#[derive(Clone, Debug, PartialEq)]
pub struct Questions {
    template: Template,
    generation: Generation,
    reader: Reader,
}

/// Room for reasons before the verdict.
const MAX_TOKENS: u32 = 2048;

impl Questions {
    /// With the judge at temperature 0 and at most 2,048 tokens.
    pub fn new(template: Template) -> Self {
        let generation = Generation { max_tokens: Some(MAX_TOKENS), temperature: Some(0.0), ..Generation::default() };
        Self { template, generation, reader: Reader::V1 }
    }

    /// With other settings for the judge.
    #[must_use]
    pub fn with_generation(mut self, generation: Generation) -> Self {
        self.generation = generation;
        self
    }

    /// The task that the items name: the template and the reader, each with its version.
    pub fn task(&self) -> String {
        format!("judge/{}/{}", self.template.name, self.reader.name())
    }

    /// The item of a case: one request, or two for a pair, the second with the places swapped.
    pub fn item(&self, doc_id: usize, case: &Case) -> Result<Item, CaseFault> {
        let prompts = match (self.template.kind, case.answers.as_slice()) {
            (Kind::Pair, [one, other]) => vec![self.pair(case, one, other), self.pair(case, other, one)],
            (Kind::Pair, found) => return Err(CaseFault::Answers { wanted: 2, found: found.len() }),
            (_, [answer]) => vec![self.single(case, answer)?],
            (_, found) => return Err(CaseFault::Answers { wanted: 1, found: found.len() }),
        };
        let request = |prompt| Request::Generate { prompt, generation: self.generation.clone() };
        Ok(Item {
            task: self.task().into(),
            doc_id,
            doc: Arc::new(document(case)),
            target: Value::None,
            choices: None,
            requests: prompts.into_iter().map(request).collect(),
            repeats: 1,
        })
    }

    fn pair(&self, case: &Case, first: &str, second: &str) -> crate::Prompt {
        self.template.fill(&[("question", &case.question), ("answer_a", first), ("answer_b", second)])
    }

    fn single(&self, case: &Case, answer: &str) -> Result<crate::Prompt, CaseFault> {
        let reference = match (self.template.kind, &case.reference) {
            (Kind::Correctness, None) => return Err(CaseFault::Reference),
            (_, reference) => reference.as_deref().unwrap_or_default(),
        };
        Ok(self.template.fill(&[("question", &case.question), ("answer", answer), ("reference", reference)]))
    }

    /// What the judge said, from the answers to the item's requests.
    pub fn read(&self, answers: &Answers) -> Opinion {
        let mut verdicts = answers.iter().map(|repeats| repeats.first().and_then(|answer| self.verdict(answer)));
        let first = verdicts.next().flatten();
        match self.template.kind {
            Kind::Pair => Opinion::Pair(Duel { given: first, swapped: verdicts.next().flatten() }),
            _ => Opinion::One(first),
        }
    }

    /// A verdict that was cut off does not hold: what is missing might have taken it back.
    fn verdict(&self, answer: &Result<Answer, Failure>) -> Option<Verdict> {
        match answer {
            Ok(Answer::Generated(given)) if matches!(given.finish, Finish::Stop | Finish::Unknown) => {
                self.reader.read(self.template.kind, &given.text).ok()
            }
            _ => None,
        }
    }
}

fn document(case: &Case) -> Document {
    let mut document = Document::new();
    document.insert("question".into(), case.question.as_str().into());
    let answers = case.answers.iter().map(|answer| answer.as_str().into()).collect();
    document.insert("answers".into(), Value::List(answers));
    if let Some(reference) = &case.reference {
        document.insert("reference".into(), reference.as_str().into());
    }
    document
}
