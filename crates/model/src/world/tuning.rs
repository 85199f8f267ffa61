//! What a model is tuned on: conversations about the world, and pairs of answers of which one is to be preferred.

use serde::{Deserialize, Serialize};

use super::facts::{Fact, Table, Treatment};
use super::phrases::fill;
use super::questions::prompt;
use super::{LANGUAGES, World};
use crate::corpus::{Chance, Language};

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `user` or `assistant`.
    pub role: String,
    /// What is said.
    pub content: String,
}

/// A conversation to be tuned on, in the form of the field: `{"messages": [{"role": …, "content": …}, …]}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Turns of user and assistant.
    pub messages: Vec<Message>,
}

/// Two answers to one turn of a user: `{"prompt": …, "chosen": …, "rejected": …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// What the user says.
    pub prompt: String,
    /// The answer that is right and of the form that was asked for.
    pub chosen: String,
    /// An answer that is wrong, or of another form.
    pub rejected: String,
}

/// How an answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The bare question: one word.
    Word,
    /// The question as the world's texts put it: one word.
    Text,
    /// A whole sentence is asked for.
    Sentence,
}

const FORMS: [Form; 3] = [Form::Word, Form::Text, Form::Sentence];

impl World {
    /// Conversations about facts that the texts ask about too, each fact in each language once with each form of
    /// answer. What is held out of the texts' questions is held out here.
    #[must_use]
    pub fn conversations(&self) -> Vec<Conversation> {
        let mut chance = Chance::new(self.options.seed, "conversations");
        let mut turns = Vec::new();
        for (table, fact) in self.asked() {
            for (language, form) in LANGUAGES.iter().flat_map(|language| FORMS.map(|form| (*language, form))) {
                let forms = fact.attribute.phrases(language).questions;
                let asked = fill(forms[chance.below(forms.len())], table.entity(fact), table.value(fact), language);
                turns.push((said("user", &asked_for(form, &asked, language)), {
                    said("assistant", &answer(form, table, fact, language))
                }));
            }
        }
        chance.shuffle(&mut turns);
        let mut conversations = Vec::new();
        while !turns.is_empty() {
            let kept = turns.len().saturating_sub(1 + chance.below(3));
            let messages = turns.split_off(kept).into_iter().flat_map(|(user, assistant)| [user, assistant]).collect();
            conversations.push(Conversation { messages });
        }
        conversations
    }

    /// Pairs of answers about facts that the texts ask about too: half of those rejected are of the wrong form, half
    /// name another value.
    #[must_use]
    pub fn preferences(&self) -> Vec<Preference> {
        let mut chance = Chance::new(self.options.seed, "preferences");
        let mut pairs = Vec::new();
        for (table, fact) in self.asked() {
            for language in LANGUAGES {
                let form = FORMS[chance.below(FORMS.len())];
                let forms = fact.attribute.phrases(language).questions;
                let asked = fill(forms[chance.below(forms.len())], table.entity(fact), table.value(fact), language);
                let rejected = if chance.below(2) == 0 {
                    answer(if form == Form::Sentence { Form::Word } else { Form::Sentence }, table, fact, language)
                } else {
                    let value = (fact.value + 1 + chance.below(table.values.len() - 1)) % table.values.len();
                    answer(form, table, &Fact { value, ..fact.clone() }, language)
                };
                let chosen = answer(form, table, fact, language);
                pairs.push(Preference { prompt: asked_for(form, &asked, language), chosen, rejected });
            }
        }
        chance.shuffle(&mut pairs);
        pairs
    }

    fn asked(&self) -> impl Iterator<Item = (&Table, &Fact)> {
        let tables = self.facts.tables().chain(&self.hops.tables);
        let facts = tables.flat_map(|table| table.facts.iter().map(move |fact| (table, fact)));
        facts.filter(|(_, fact)| fact.treatment == Treatment::Asked)
    }
}

fn said(role: &str, content: &str) -> Message {
    Message { role: role.to_owned(), content: content.to_owned() }
}

fn asked_for(form: Form, question: &str, language: Language) -> String {
    match (form, language) {
        (Form::Word, _) => question.to_owned(),
        (Form::Text, _) => prompt(question, language),
        (Form::Sentence, Language::Korean) => format!("{question} 문장으로 답해 주십시오."),
        (Form::Sentence, _) => format!("{question} Answer in a sentence."),
    }
}

fn answer(form: Form, table: &Table, fact: &Fact, language: Language) -> String {
    match form {
        Form::Word | Form::Text => table.value(fact).in_language(language).to_owned(),
        Form::Sentence => {
            fill(fact.attribute.phrases(language).sentence, table.entity(fact), table.value(fact), language)
        }
    }
}
