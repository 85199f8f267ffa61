//! Models judge what the model wrote, against the target.
//!
//! A judge is asked like any model and its answers are kept in the same journal, filed under its own name, so a judging
//! that was cut short goes on where it ended and everything can be scored anew without a judge. What is judged is every
//! answer to an item, as it came and not as a filter left it, if all of them are whole: an item of which one was cut or
//! refused has its class already. Of several answers the mean counts; if there is no verdict on one of them, the item has
//! none.

use std::collections::BTreeMap;

use serde::Serialize;

use super::book::Book;
use super::fault::ScoreFault;
use super::prepare::{ItemFault, Prepared, PreparedTask, Shard};
use super::walk::Walk;
use crate::endpoint::Model;
use crate::judge::{Case, Judge, Kind, Language, Panel, PanelFault, PanelResult, Questions, Scale, Template, settle};
use crate::prompt::Renderer;
use crate::run::{Answers, Journal};
use crate::score::unanswered;
use crate::{Answer, Failure, Item, JUDGE, Sample, Usage, Value};

/// Why nothing can be judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JudgesFault {
    /// No judge is left.
    #[error(transparent)]
    Panel(#[from] PanelFault),
    /// There is nothing to judge.
    #[error(
        "judges hold what a model writes against a target, and no task of this selection has both ({0}): they are scored by \
         log-probabilities or by programs; leave --judge out, or choose tasks of output type generate_until"
    )]
    NothingWritten(String),
}

/// Models that judge the answers of another.
#[derive(Clone, Debug)]
pub struct Judges {
    models: Vec<Model>,
    panel: Panel,
    english: Questions,
    korean: Questions,
}

/// Who judged, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JudgesInfo {
    /// Those that had a say, each with where it was asked.
    pub judges: Vec<JudgeInfo>,
    /// Those that had none, since the judged model is of their family.
    pub excluded: Vec<Judge>,
    /// What they were asked and how they were read, each with its version.
    pub questions: [String; 2],
}

/// A judge and where it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JudgeInfo {
    /// Which.
    #[serde(flatten)]
    pub judge: Judge,
    /// Where.
    pub endpoints: Vec<String>,
}

/// What the judges of a task came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// How many verdicts each gave, and how far they agree.
    #[serde(flatten)]
    pub panel: PanelResult,
    /// Answers that nobody was asked about, since the document has no target to hold them against.
    pub without_reference: usize,
    /// Answers that at least one judge was not asked about yet.
    pub unasked: usize,
    /// What the verdicts took, by judge.
    pub usage: BTreeMap<String, Usage>,
}

/// The family of a model: its organisation, where its name has one, else the name itself.
fn family(name: &str) -> String {
    name.split_once('/').map_or(name, |(organisation, _)| organisation).to_owned()
}

impl Judges {
    /// Judges of the answers that the model `judged` gives to these tasks. Those of its own family have no say.
    pub fn new(models: Vec<Model>, judged: &str, prepared: &Prepared) -> Result<Self, JudgesFault> {
        if !prepared.tasks.iter().any(PreparedTask::is_judged) {
            let names: Vec<&str> = prepared.tasks.iter().map(|task| task.config.task.as_str()).collect();
            return Err(JudgesFault::NothingWritten(names.join(", ")));
        }
        let judge = |model: &Model| Judge { name: model.name.clone(), family: family(&model.name) };
        let panel = Panel::new(models.iter().map(judge).collect(), &[&family(judged)], 1, Scale::Nominal)?;
        let has_say = |model: &Model| panel.judges().iter().any(|judge| judge.name == model.name);
        let questions = |language| Questions::new(Template::shipped(Kind::Correctness, language));
        let (english, korean) = (questions(Language::English), questions(Language::Korean));
        Ok(Self { models: models.into_iter().filter(has_say).collect(), panel, english, korean })
    }

    /// Those that have a say.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// Those that have none, since the judged model is of their family.
    pub fn excluded(&self) -> &[Judge] {
        self.panel.excluded()
    }

    /// Tasks whose answers are not judged.
    pub fn passed_over<'a>(&self, prepared: &'a Prepared) -> Vec<&'a str> {
        prepared.tasks.iter().filter(|task| !task.is_judged()).map(|task| task.config.task.as_str()).collect()
    }

    /// How many answers each judge is asked about at most.
    pub fn items(&self, prepared: &Prepared, shard: Option<Shard>) -> usize {
        let judged = prepared.tasks.iter().filter(|task| task.is_judged());
        let asked = |task: &PreparedTask| shard.map_or(task.asked, |shard| shard.of(task.asked));
        judged.map(|task| asked(task) * task.config.repeats.max(1)).sum()
    }

    /// Who judges, and how.
    pub fn info(&self) -> JudgesInfo {
        let judges = self.panel.judges().iter().zip(&self.models).map(|(judge, model)| JudgeInfo {
            judge: judge.clone(),
            endpoints: model.endpoints.iter().map(|endpoint| endpoint.base_url.clone()).collect(),
        });
        let questions = [self.english.task(), self.korean.task()];
        JudgesInfo { judges: judges.collect(), excluded: self.excluded().to_vec(), questions }
    }

    /// What judges are asked about the answers to an item.
    fn matter(&self, renderer: &Renderer, item: &Item, answers: &Answers) -> Result<Matter<'_>, ItemFault> {
        let text = |answer: &Result<Answer, Failure>| match answer {
            Ok(Answer::Generated(given)) => Some(given.text.clone()),
            _ => None,
        };
        let given: Option<Vec<String>> = answers.first().into_iter().flatten().map(text).collect();
        let Some(given) = given.filter(|given| !given.is_empty() && unanswered(item, answers).is_none()) else {
            return Ok(Matter::NoAnswer);
        };
        let question = renderer.question(item.doc_id, &item.doc)?;
        let Some(right) = right(item) else { return Ok(Matter::NoReference) };
        let language = Language::of(&question, right.first().map_or("", String::as_str));
        let questions = match language {
            Language::English => &self.english,
            Language::Korean => &self.korean,
        };
        let reference = Some(reference(&right, language));
        let case = |answer| Case { question: question.clone(), answers: vec![answer], reference: reference.clone() };
        let asked = given.into_iter().map(|answer| questions.item(item.doc_id, &case(answer)));
        let asked: Result<Vec<Item>, _> = asked.collect();
        Ok(asked.map_or(Matter::NoReference, |items| Matter::Items(items, questions)))
    }
}

/// What there is to judge of an item.
enum Matter<'a> {
    /// No whole answer.
    NoAnswer,
    /// An answer, and nothing to hold it against.
    NoReference,
    /// What a judge is asked about each repeat, and who reads what it says.
    Items(Vec<Item>, &'a Questions),
}

/// The answers that are right; none where the document names none.
fn right(item: &Item) -> Option<Vec<String>> {
    let place = item.target.as_int().and_then(|place| usize::try_from(place).ok());
    let choice = item.choices.as_ref().zip(place).and_then(|(choices, place)| choices.get(place).cloned());
    let texts = match (&item.target, choice) {
        (_, Some(choice)) => vec![choice],
        (Value::None, None) => Vec::new(),
        (Value::List(list), None) => list.iter().map(crate::python::str).collect(),
        (other, None) => vec![crate::python::str(other)],
    };
    let mut texts: Vec<String> = texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
    texts.dedup();
    (!texts.is_empty()).then_some(texts)
}

/// The reference as judges read it: one answer, or a list of which any one is right.
fn reference(right: &[String], language: Language) -> String {
    if let [only] = right {
        return only.clone();
    }
    let head = match language {
        Language::English => "Any one of these is right:",
        Language::Korean => "다음 가운데 하나면 맞습니다:",
    };
    right.iter().fold(head.to_owned(), |text, answer| format!("{text}\n- {answer}"))
}

/// What judges are to be asked: an item for every whole answer of the model that the journal holds.
pub struct JudgedWalk<'a> {
    judges: &'a Judges,
    walk: Walk<'a>,
    book: Book<'a>,
    /// What is still to be asked about the item that came last.
    waiting: Vec<Item>,
}

impl<'a> JudgedWalk<'a> {
    /// A walk over the answers of `model` in `journal`.
    pub fn new(
        judges: &'a Judges,
        prepared: &'a Prepared,
        (model, journal): (&'a Model, &'a Journal),
        shard: Option<Shard>,
    ) -> Result<Self, ScoreFault> {
        let tasks = prepared.tasks.iter().filter(|task| task.is_judged()).collect();
        Ok(Self { judges, walk: Walk::over(tasks, shard), book: Book::new(model, journal)?, waiting: Vec::new() })
    }

    fn step(&mut self) -> Result<Option<Item>, ScoreFault> {
        loop {
            if let Some(item) = self.waiting.pop() {
                return Ok(Some(item));
            }
            let Some(walked) = self.walk.next().transpose()? else { return Ok(None) };
            let item = walked.asked.item();
            let Some(found) = self.book.find(item)? else { continue };
            let Some(renderer) = self.walk.renderer() else { continue };
            if let Matter::Items(items, _) = self.judges.matter(renderer, item, &found.answers)? {
                // The same answer again is the same question, and asked once.
                for item in items.into_iter().rev() {
                    if !self.waiting.contains(&item) {
                        self.waiting.push(item);
                    }
                }
            }
        }
    }
}

impl Iterator for JudgedWalk<'_> {
    type Item = Result<Item, ScoreFault>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

/// What the judges say of one item.
pub(super) enum Ruling {
    /// Nothing: there is nothing to judge, or not every judge was asked yet.
    None,
    /// The mean of their verdicts; none where none holds.
    Given(Option<f64>),
}

impl Ruling {
    pub(super) fn settle(self, sample: &mut Sample) {
        if let Self::Given(decision) = self {
            settle(sample, JUDGE, decision);
        }
    }
}

/// The judges of one task, who read what the journal holds of their verdicts.
pub(super) struct Bench<'a> {
    judges: &'a Judges,
    books: Vec<Book<'a>>,
    panel: Panel,
    usage: Vec<Usage>,
    without_reference: usize,
    unasked: usize,
}

impl<'a> Bench<'a> {
    pub(super) fn new(judges: &'a Judges, journal: &'a Journal) -> Result<Self, ScoreFault> {
        let books: Vec<Book<'a>> =
            judges.models.iter().map(|model| Book::new(model, journal)).collect::<Result<_, _>>()?;
        let usage = vec![Usage::default(); books.len()];
        Ok(Self { judges, books, panel: judges.panel.clone(), usage, without_reference: 0, unasked: 0 })
    }

    /// What the judges say of the answers to an item. A value that would change once the last judge has spoken is none, so
    /// it waits for all of them.
    pub(super) fn rule(&mut self, renderer: &Renderer, item: &Item, answers: &Answers) -> Result<Ruling, ScoreFault> {
        let (asked, questions) = match self.judges.matter(renderer, item, answers)? {
            Matter::Items(asked, questions) => (asked, questions),
            Matter::NoAnswer => return Ok(Ruling::None),
            Matter::NoReference => {
                self.without_reference += 1;
                return Ok(Ruling::None);
            }
        };
        let mut decisions = Vec::with_capacity(asked.len());
        for (repeat, question) in asked.iter().enumerate() {
            // What an answer that came before was judged to be is paid for once.
            let is_new = !asked.iter().take(repeat).any(|before| before == question);
            let Some(verdicts) = self.verdicts(question, questions, is_new)? else {
                self.unasked += 1;
                return Ok(Ruling::None);
            };
            decisions.push(verdicts);
        }
        let decisions: Vec<Option<f64>> = decisions.iter().map(|verdicts| self.panel.add(verdicts)).collect();
        Ok(Ruling::Given(mean(&decisions)))
    }

    /// What every judge says of one answer; nothing where one of them was not asked yet.
    fn verdicts(
        &mut self,
        question: &Item,
        questions: &Questions,
        is_new: bool,
    ) -> Result<Option<Vec<Option<f64>>>, ScoreFault> {
        let mut verdicts = Vec::with_capacity(self.books.len());
        for (book, usage) in self.books.iter().zip(&mut self.usage) {
            let Some(found) = book.find(question)? else { continue };
            if is_new {
                *usage += found.usage;
            }
            verdicts.push(questions.read(&found.answers).score());
        }
        Ok((verdicts.len() == self.books.len()).then_some(verdicts))
    }

    pub(super) fn finish(self) -> Judged {
        let names = self.judges.models.iter().map(|model| model.name.clone());
        Judged {
            panel: self.panel.finish(),
            without_reference: self.without_reference,
            unasked: self.unasked,
            usage: names.zip(self.usage).collect(),
        }
    }
}

/// The mean of what was decided on every repeat; none where nothing was decided on one of them.
fn mean(decisions: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = decisions.iter().copied().collect::<Option<_>>()?;
    #[expect(clippy::cast_precision_loss, reason = "a count of repeats")]
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

impl Judged {
    /// In words: how many verdicts each judge gave, and how far they agree.
    pub fn told(&self) -> String {
        let cases = self.panel.cases;
        let mut parts: Vec<String> = self.panel.judges.iter().map(|report| told_of(report, cases)).collect();
        if self.panel.judges.len() > 1 {
            let alpha = self.panel.alpha.map_or_else(|| "not defined".to_owned(), |alpha| format!("{alpha:.3}"));
            parts.push(format!("agreement (Krippendorff's alpha) {alpha}"));
        }
        if self.without_reference > 0 {
            parts.push(format!("{} answers have no target to be held against", self.without_reference));
        }
        if self.unasked > 0 {
            parts.push(format!("{} answers were not judged yet", self.unasked));
        }
        parts.join("; ")
    }
}

fn told_of(report: &crate::judge::JudgeReport, cases: usize) -> String {
    let mean = report.mean.map_or_else(String::new, |mean| format!(", mean {mean:.4}"));
    format!("{} gave {} verdicts of {cases}{mean}", report.judge.name, report.valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_count_alike_and_one_without_a_verdict_leaves_none() {
        assert_eq!(mean(&[Some(1.0), Some(0.0), Some(0.5)]), Some(0.5));
        assert_eq!(mean(&[Some(1.0), None]), None);
        assert_eq!(mean(&[]), None);
    }
}
