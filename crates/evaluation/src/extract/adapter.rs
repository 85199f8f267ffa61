//! Multiple choice for models that only chat: the options are shown with letters, and the letter is read from the answer.
//!
//! This is another measurement than the one by log-probabilities, and the two are never mixed: what comes of it bears the
//! name of the extractor, `choice-letter@1`, in place of a filter's.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::choice::{self, Agreement, LETTER, Reading};
use super::text::is_korean;
use crate::{Answer, Class, Failure, Finish, Generation, Item, Message, MetricValue, Prompt, Request, Role, Value};

/// How questions are asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdapterOptions {
    /// Shuffles the options of every item with this seed; without one they keep their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The language of the instruction; without one, that of the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// At most so many tokens, thoughts not among them where the endpoint counts them apart; 2048 unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
}

/// A language in which an instruction is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Korean.
    Korean,
    /// English.
    English,
}

/// A multiple-choice item made ready to be asked in a chat.
#[derive(Clone, Debug, PartialEq)]
pub struct Adapted {
    /// The item, with one request to write.
    pub item: Item,
    /// Which choice is shown at each place: `shown[0]` is the choice that is called A.
    pub shown: Vec<usize>,
    /// The choices that are right.
    pub gold: Vec<usize>,
    /// The options' texts, as shown.
    options: Vec<String>,
}

/// A choice that a model made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Which of the item's choices it is, from 0; the shuffle is undone.
    pub index: usize,
    /// How the two extractors stand to each other.
    pub agreement: Agreement,
}

/// Why an item cannot be asked in this way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdaptFault {
    /// It is not multiple choice.
    #[error("task {0}: only multiple choice can be asked by letters; run the task as it is")]
    NotChoice(Arc<str>),
    /// There are more options than letters, or fewer than two.
    #[error(
        "task {task}, document {doc_id}: {options} options cannot be told apart by letters; there have to be 2 to 26"
    )]
    Options {
        /// The task.
        task: Arc<str>,
        /// The document.
        doc_id: usize,
        /// How many.
        options: usize,
    },
    /// No choice is the target.
    #[error("task {task}, document {doc_id}: no choice is the target; mend doc_to_target or doc_to_choice")]
    Target {
        /// The task.
        task: Arc<str>,
        /// The document.
        doc_id: usize,
    },
}

/// Makes a multiple-choice item into one that asks for a letter.
///
/// The question is the context that all choices share, without a cue for the answer on its last line ("Answer:"). Where the
/// contexts differ (the choices are ways to fill a gap), the options are the whole texts. Where the choices are bare letters or
/// numbers, the question shows the options already: they are neither listed again nor shuffled.
pub fn adapt(item: &Item, options: &AdapterOptions) -> Result<Adapted, AdaptFault> {
    let (contexts, continuations) = parts(item).ok_or_else(|| AdaptFault::NotChoice(item.task.clone()))?;
    let count = contexts.len();
    if !(2..=26).contains(&count) {
        return Err(AdaptFault::Options { task: item.task.clone(), doc_id: item.doc_id, options: count });
    }
    let texts = option_texts(item, &contexts, &continuations);
    let gold = gold(item, count);
    if gold.is_empty() {
        return Err(AdaptFault::Target { task: item.task.clone(), doc_id: item.doc_id });
    }
    let listed = !are_labels(&texts);
    let shown = if listed { order(item, count, options.seed) } else { (0..count).collect() };
    let texts: Vec<String> = shown.iter().map(|&index| texts[index].clone()).collect();
    let shared = contexts.iter().all(|context| *context == contexts[0]);
    let language = options.language.unwrap_or_else(|| language(contexts[0], &texts));
    let tail = tail(language, &texts, listed);
    let prompt = question(if shared { Some(contexts[0]) } else { None }, &tail);
    let generation = Generation {
        max_tokens: Some(options.max_tokens.unwrap_or(2048)),
        do_sample: Some(false),
        temperature: Some(0.0),
        ..Generation::default()
    };
    let requests = vec![Request::Generate { prompt, generation }];
    Ok(Adapted { item: Item { requests, ..item.clone() }, shown, gold, options: texts })
}

impl Adapted {
    /// The choice that an answer makes, or why there is none: cut off, filtered, or no extractor found one choice.
    pub fn read(&self, answer: &Answer) -> Result<Choice, Failure> {
        let fail = |class, reason: &str| Failure { class, reason: reason.into(), status: None };
        let Answer::Generated(written) = answer else {
            return Err(fail(Class::ExtractorFailed, "a log-probability is no letter"));
        };
        match written.finish {
            Finish::Length => return Err(fail(Class::Truncated, "the answer was cut off before it was done")),
            Finish::ContentFilter => return Err(fail(Class::Refused, "a filter stopped the answer")),
            Finish::Stop | Finish::Unknown => {}
        }
        let reading = choice::read(&written.text, &self.options);
        match reading.chosen() {
            Some(place) => Ok(Choice { index: self.shown[place], agreement: reading.agreement() }),
            None => Err(fail(Class::ExtractorFailed, &self.unread(reading))),
        }
    }

    fn unread(&self, reading: Reading) -> String {
        match (reading.pattern, reading.structure) {
            (Some(pattern), Some(structure)) => format!(
                "{} reads {}, and {} reads {}",
                choice::PATTERN,
                letter(pattern),
                choice::STRUCTURE,
                letter(structure)
            ),
            _ => format!("{LETTER} finds no choice among {}", self.options.len()),
        }
    }

    /// What a choice earns, under the extractor's name.
    pub fn marks(&self, choice: Choice) -> Vec<MetricValue> {
        let filter: Arc<str> = LETTER.to_string().into();
        let mark = |metric: &str, holds: bool| MetricValue {
            metric: metric.into(),
            filter: filter.clone(),
            value: Value::Float(f64::from(u8::from(holds))),
        };
        vec![
            mark("acc", self.gold.contains(&choice.index)),
            mark("extractors_agree", choice.agreement == Agreement::Both),
        ]
    }
}

/// The contexts and continuations of a choice each; requests beyond the choices (for mutual information) are left out.
fn parts(item: &Item) -> Option<(Vec<&Prompt>, Vec<&str>)> {
    let count = item.choices.as_ref()?.len();
    let mut contexts = Vec::with_capacity(count);
    let mut continuations = Vec::with_capacity(count);
    for request in item.requests.get(..count)? {
        let Request::LogLikelihood { context, continuation } = request else { return None };
        contexts.push(context);
        continuations.push(continuation.as_str());
    }
    Some((contexts, continuations))
}

fn option_texts(item: &Item, contexts: &[&Prompt], continuations: &[&str]) -> Vec<String> {
    let shared = contexts.iter().all(|context| *context == contexts[0]);
    let choices = item.choices.as_deref().unwrap_or_default();
    if shared {
        return choices.iter().map(|choice| choice.trim().into()).collect();
    }
    let whole =
        |(context, continuation): (&&Prompt, &&str)| format!("{}{continuation}", last_text(context)).trim().into();
    contexts.iter().zip(continuations).map(whole).collect()
}

fn last_text(prompt: &Prompt) -> &str {
    match prompt {
        Prompt::Text(text) => text,
        Prompt::Chat(messages) => messages.iter().rfind(|m| m.role == Role::User).map_or("", |m| &m.content),
    }
}

/// The choices that the target names: by place, by text, or several of them.
fn gold(item: &Item, count: usize) -> Vec<usize> {
    let choices = item.choices.as_deref().unwrap_or_default();
    let one = |target: &Value| match target {
        Value::Int(index) => usize::try_from(*index).ok().filter(|&index| index < count),
        Value::Str(text) => choices.iter().position(|choice| choice.as_str() == &**text),
        _ => None,
    };
    match &item.target {
        Value::List(targets) => targets.iter().filter_map(one).collect(),
        target => one(target).into_iter().collect(),
    }
}

/// Whether the choices are nothing but labels in their order: A, B, C or 1, 2, 3 or ①, ②, ③ or 가, 나, 다.
fn are_labels(texts: &[String]) -> bool {
    [
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "abcdefghijklmnopqrstuvwxyz",
        "123456789",
        "①②③④⑤⑥⑦⑧⑨",
        "가나다라마바사",
        "ㄱㄴㄷㄹㅁㅂㅅ",
    ]
    .iter()
    .any(|labels| {
        let mut labels = labels.chars();
        texts.iter().all(|text| {
            let bare = text.trim_matches(['(', ')', '.', ' ']);
            labels.next().is_some_and(|label| bare.chars().eq([label]))
        })
    })
}

/// The order in which the choices are shown: by the SHA-256 of seed, task, document and choice, which anybody can work out.
fn order(item: &Item, count: usize, seed: Option<u64>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    if let Some(seed) = seed {
        order.sort_by_cached_key(|&choice| {
            let mut hash = Sha256::new();
            hash.update(seed.to_be_bytes());
            hash.update((item.task.len() as u64).to_be_bytes());
            hash.update(item.task.as_bytes());
            hash.update((item.doc_id as u64).to_be_bytes());
            hash.update((choice as u64).to_be_bytes());
            hash.finalize()
        });
    }
    order
}

fn language(context: &Prompt, options: &[String]) -> Language {
    let letters = last_text(context).chars().chain(options.iter().flat_map(|option| option.chars()));
    if is_korean(letters) { Language::Korean } else { Language::English }
}

fn letter(place: usize) -> char {
    u8::try_from(place).map_or('?', |place| char::from(b'A'.saturating_add(place)))
}

fn tail(language: Language, options: &[String], listed: bool) -> String {
    let lines: String = if listed {
        options.iter().enumerate().map(|(place, option)| format!("{}. {option}\n", letter(place))).collect()
    } else {
        String::new()
    };
    let last = options.last().map_or("", String::as_str);
    match (language, listed) {
        (Language::Korean, true) => format!(
            "보기:\n{lines}\n위 글에 대한 답으로, 또는 위 글에 이어지는 말로 가장 알맞은 것을 보기에서 하나만 고르십시오. 마지막 줄에 고른 보기의 알파벳만 \"정답: (알파벳)\" 꼴로 쓰십시오."
        ),
        (Language::Korean, false) => format!(
            "가장 알맞은 보기를 하나만 고르십시오. 마지막 줄에 고른 보기의 기호({}~{last})만 \"정답: (기호)\" 꼴로 쓰십시오.",
            options[0]
        ),
        (Language::English, true) => format!(
            "Options:\n{lines}\nChoose the one option that answers or continues the text above best. On the last line write only its letter, in the form \"Answer: (letter)\"."
        ),
        (Language::English, false) => format!(
            "Choose the one option that is best. On the last line write only its label ({} to {last}), in the form \"Answer: (label)\".",
            options[0]
        ),
    }
}

/// The conversation: what came before, and the question with its options as the last thing said.
fn question(context: Option<&Prompt>, tail: &str) -> Prompt {
    let user = |content: String| Message { role: Role::User, content };
    let join = |text: &str| match without_cue(text) {
        "" => tail.into(),
        text => format!("{text}\n\n{tail}"),
    };
    Prompt::Chat(match context {
        None => vec![user(tail.into())],
        Some(Prompt::Text(text)) => vec![user(join(text))],
        Some(Prompt::Chat(messages)) => {
            let end = messages.iter().rposition(|message| message.role == Role::User);
            let mut messages = messages[..end.map_or(messages.len(), |end| end + 1)].to_vec();
            match messages.last_mut().filter(|message| message.role == Role::User) {
                Some(last) => last.content = join(&last.content),
                None => messages.push(user(tail.into())),
            }
            messages
        }
    })
}

/// The text without a last line that only asks for the answer: "Answer:", "정답:".
fn without_cue(text: &str) -> &str {
    let text = text.trim_end();
    let (before, last) = text.rsplit_once('\n').unwrap_or(("", text));
    let is_cue = last.ends_with([':', '：']) && last.chars().count() <= 20;
    if is_cue { before.trim_end() } else { text }
}

#[cfg(test)]
mod tests;
