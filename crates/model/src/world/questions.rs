//! Questions that show what a model knows of the world: four options, one of them right.

use serde::{Deserialize, Serialize};

use super::facts::{Fact, Table, Treatment};
use super::phrases::fill;
use super::{LANGUAGES, World, arithmetic};
use crate::corpus::{Chance, Language};

/// What a question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Facts that are told often and never asked in the texts.
    Told,
    /// Facts that are told seldom: a model that saw more of the texts knows more of them.
    Rare,
    /// What follows from two facts that are told.
    TwoStep,
    /// Sums of numbers whose sum is never told.
    Arithmetic,
    /// The control: facts that are never told. Their values are drawn apart from everything that is told, so that any
    /// model at all is right once in four times on average.
    Untold,
}

impl Kind {
    /// All of them, the easiest first and the control last.
    pub const ALL: [Self; 5] = [Self::Told, Self::Rare, Self::TwoStep, Self::Arithmetic, Self::Untold];

    /// Its name in names of tasks.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Rare => "rare",
            Self::TwoStep => "two_step",
            Self::Arithmetic => "arithmetic",
            Self::Untold => "untold",
        }
    }
}

/// A question with four options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its identifier, unlike any other of the world.
    pub id: String,
    /// Its language.
    pub language: Language,
    /// What is asked.
    pub question: String,
    /// Four options of one sort.
    pub choices: Vec<String>,
    /// Which of them is right, counted from 0.
    pub answer: usize,
    /// The option that is right.
    pub target: String,
}

impl Question {
    /// The text after which a model writes the answer, as the world's texts put questions.
    #[must_use]
    pub fn prompt(&self) -> String {
        prompt(&self.question, self.language)
    }
}

/// The text after which the answer to a question comes.
pub(super) fn prompt(question: &str, language: Language) -> String {
    if language == Language::Korean {
        format!("질문: {question}\n답:")
    } else {
        format!("Question: {question}\nAnswer:")
    }
}

impl World {
    /// The questions of a kind in both languages, in an order drawn by chance. The right option stands as often in one
    /// place as in another.
    #[must_use]
    pub fn questions(&self, kind: Kind) -> Vec<Question> {
        let mut all: Vec<Question> = LANGUAGES.iter().flat_map(|language| self.in_language(kind, *language)).collect();
        Chance::new(self.options.seed, &format!("order of {}", kind.key())).shuffle(&mut all);
        all
    }

    fn in_language(&self, kind: Kind, language: Language) -> Vec<Question> {
        let mut draft = Draft::new(self.options.seed, kind, language);
        match kind {
            Kind::Told => self.facts.tables().for_each(|table| draft.ask_all(table, Treatment::Told)),
            Kind::Rare => self.facts.tables().for_each(|table| draft.ask_all(table, Treatment::Rare)),
            Kind::Untold => self.facts.tables().for_each(|table| draft.ask_all(table, Treatment::Untold)),
            Kind::TwoStep => self.hops.tables.iter().for_each(|table| draft.ask_all(table, Treatment::Told)),
            Kind::Arithmetic => draft.ask_sums(&arithmetic::sums(self.options.operands, self.options.seed).1),
        }
        draft.questions
    }
}

/// Questions of one kind and language while they are made.
struct Draft {
    kind: Kind,
    language: Language,
    chance: Chance,
    /// Places of right options that are still to be used before all come again.
    places: Vec<usize>,
    questions: Vec<Question>,
}

impl Draft {
    fn new(seed: u64, kind: Kind, language: Language) -> Self {
        let chance = Chance::new(seed, &format!("questions: {} {language}", kind.key()));
        Self { kind, language, chance, places: Vec::new(), questions: Vec::new() }
    }

    fn ask_all(&mut self, table: &Table, treatment: Treatment) {
        for fact in table.facts.iter().filter(|fact| fact.treatment == treatment) {
            self.ask(table, fact);
        }
    }

    fn ask(&mut self, table: &Table, fact: &Fact) {
        let forms = fact.attribute.phrases(self.language).questions;
        let form = forms[self.chance.below(forms.len())];
        let mut values = vec![fact.value];
        while values.len() < 4.min(table.values.len()) {
            let other = self.chance.below(table.values.len());
            // Nobody is their own cousin.
            let is_entity = table.values[other] == *table.entity(fact);
            if !values.contains(&other) && !is_entity {
                values.push(other);
            }
        }
        let written = |value: usize| table.values[value].in_language(self.language).to_owned();
        let options = values.into_iter().map(written).collect();
        let question = fill(form, table.entity(fact), table.value(fact), self.language);
        self.push(&format!("{}-{}", fact.attribute.key, fact.entity), question, options);
    }

    fn ask_sums(&mut self, sums: &[arithmetic::Sum]) {
        for (at, sum) in sums.iter().enumerate() {
            let form = self.chance.below(2);
            let options = sum.options(at % 4, &mut self.chance);
            let options = options.into_iter().map(|total| total.to_string()).collect();
            self.push(&format!("{}-{}", sum.left, sum.right), sum.question(self.language, form), options);
        }
    }

    /// Takes a question down; the first of the options is the right one and goes to its place.
    fn push(&mut self, name: &str, question: String, mut choices: Vec<String>) {
        if self.places.is_empty() {
            self.places.extend(0..choices.len());
            self.chance.shuffle(&mut self.places);
        }
        let answer = self.places.pop().unwrap_or(0);
        let target = choices[0].clone();
        choices.swap(0, answer);
        let id = format!("{}-{}-{name}", self.kind.key(), self.language);
        self.questions.push(Question { id, language: self.language, question, choices, answer, target });
    }
}
