//! DROP (Dua et al. 2019): answers of several spans, matched to each other so that their F1 is best.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use crate::hook::build::{Told, mapped, results};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{as_text, at, dict, get, list};
use crate::python::regex::{Flags, Regex};
use crate::python::{self, text as py};
use crate::{Dict, Document, Value};

use super::agreement::pairwise_sum;
use super::math::number;
use super::spans::{count, ratio};

pub(super) const PORTS: &[Entry] = &[
    Entry { keys: &["028a95b8691c8a88"], what: "all valid answers (DROP)", make: |_| mapped(documents) },
    Entry { keys: &["1fd50fb872aec4a7"], what: "exact match and F1 over spans (DROP)", make: |_| results(score) },
];

fn documents(doc: &Document) -> Told<Dict> {
    let column = |name| get(doc, name).cloned();
    let validated = get(doc, "validated_answers")?;
    let part = |name: &str| validated.get(name).and_then(Value::as_list).ok_or_else(|| missing(name));
    let (numbers, dates, spans) = (part("number")?, part("date")?, part("spans")?);
    let first = get(doc, "answer")?;
    let of_first = |name: &str| first.get(name).ok_or_else(|| missing(name));
    let mut answers = vec![answer(of_first("number")?, of_first("date")?, of_first("spans")?)?];
    for (place, number) in numbers.iter().enumerate() {
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        let more = answer(number, at(dates, place)?, at(spans, place)?)?;
        if !answers.contains(&more) {
            answers.push(more);
        }
    }
    Ok(dict([
        ("id", column("query_id")?),
        ("passage", column("passage")?),
        ("question", column("question")?),
        ("answers", Value::List(answers)),
    ]))
}

fn missing(name: &str) -> PortFault {
    PortFault(format!("KeyError: {name:?}"))
}

/// A number, or spans, or a date.
fn answer(number: &Value, date: &Value, spans: &Value) -> Told<Value> {
    if number.as_str() != Some("") {
        return Ok(Value::List(vec![python::str(number).into()]));
    }
    if spans.is_truthy() {
        return Ok(spans.clone());
    }
    let part = |name: &str| as_text(date.get(name).ok_or_else(|| missing(name))?, name);
    let whole = format!("{} {} {}", part("day")?, part("month")?, part("year")?);
    Ok(Value::List(vec![py::strip(&whole, None).into()]))
}

type Bag = BTreeSet<Arc<str>>;

/// The normalised spans and the words of each.
fn bags(spans: &[Value]) -> Told<(Vec<String>, Vec<Bag>)> {
    let spans = spans.iter().map(|span| normalised(as_text(span, "a span")?)).collect::<Told<Vec<String>>>()?;
    let words = |span: &String| py::split_whitespace(span, None).into_iter().map(Arc::from).collect();
    let bags = spans.iter().map(words).collect();
    Ok((spans, bags))
}

static ARTICLES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b(a|an|the)\b", Flags::default()).ok());

fn normalised(text: &str) -> Told<String> {
    let articles = ARTICLES.as_ref().ok_or_else(|| PortFault("the pattern of articles cannot be read".into()))?;
    let mut words = Vec::new();
    for token in text.split([' ', '-']) {
        let lower = token.to_lowercase();
        let bare: String = match number::float(&lower) {
            Some(_) => lower,
            None => lower.chars().filter(|c| !c.is_ascii_punctuation()).collect(),
        };
        let fixed = number::float(&bare).map_or(bare, |number| python::str(&Value::Float(number)));
        let without = articles.sub(" ", &fixed, 0).map_err(|fault| PortFault(fault.to_string()))?;
        let plain = py::split_whitespace(&without, None).join(" ");
        if !plain.is_empty() {
            words.push(plain);
        }
    }
    Ok(words.join(" "))
}

fn f1(predicted: &Bag, gold: &Bag) -> f64 {
    let both = predicted.intersection(gold).count();
    let share = |bag: &Bag| if bag.is_empty() { 1.0 } else { ratio(both, bag.len()) };
    let (precision, recall) = (share(predicted), share(gold));
    if precision == 0.0 && recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
}

/// Where the reference has numbers, one of them must have been told.
fn numbers_fit(gold: &Bag, predicted: &Bag) -> bool {
    let numbers: Vec<&Arc<str>> = gold.iter().filter(|word| number::float(word).is_some()).collect();
    numbers.is_empty() || numbers.iter().any(|number| predicted.contains(*number))
}

/// The mean of the scores of spans, matched one to one for the greatest sum, rounded to two places as NumPy rounds.
fn matched(predicted: &[Bag], gold: &[Bag]) -> f64 {
    let score = |gold: &Bag, predicted: &Bag| if numbers_fit(gold, predicted) { f1(predicted, gold) } else { 0.0 };
    let scores: Vec<Vec<f64>> =
        gold.iter().map(|gold| predicted.iter().map(|told| score(gold, told)).collect()).collect();
    let mut best = vec![0.0_f64; gold.len().max(predicted.len())];
    for (row, column) in assignment(&scores) {
        best[row] = best[row].max(scores[row][column]);
    }
    let mean = pairwise_sum(&best) / count(best.len());
    (mean * 100.0).round_ties_even() / 100.0
}

/// Pairs of rows and columns with the greatest sum: the Hungarian method with potentials (Kuhn 1955, Munkres 1957).
fn assignment(scores: &[Vec<f64>]) -> Vec<(usize, usize)> {
    let (rows, columns) = (scores.len(), scores.first().map_or(0, Vec::len));
    if rows == 0 || columns == 0 {
        return Vec::new();
    }
    if rows > columns {
        let turned: Vec<Vec<f64>> = (0..columns).map(|c| scores.iter().map(|row| row[c]).collect()).collect();
        return assignment(&turned).into_iter().map(|(column, row)| (row, column)).collect();
    }
    // Row and column 0 stand for "none".
    let mut potentials = (vec![0.0; rows + 1], vec![0.0; columns + 1]);
    let mut owner = vec![0; columns + 1];
    for row in 1..=rows {
        augment(scores, row, &mut potentials, &mut owner);
    }
    let pairs = owner.iter().enumerate().skip(1).filter(|(_, row)| **row > 0);
    pairs.map(|(column, row)| (row - 1, column - 1)).collect()
}

/// Finds a place for `row` along the cheapest alternating path.
fn augment(scores: &[Vec<f64>], row: usize, potentials: &mut (Vec<f64>, Vec<f64>), owner: &mut [usize]) {
    let columns = owner.len() - 1;
    let (mut least, mut way) = (vec![f64::INFINITY; columns + 1], vec![0; columns + 1]);
    let mut used = vec![false; columns + 1];
    owner[0] = row;
    let mut at = 0;
    while owner[at] != 0 {
        used[at] = true;
        let (here, mut step, mut next) = (owner[at], f64::INFINITY, 0);
        for column in 1..=columns {
            if used[column] {
                continue;
            }
            let cost = -scores[here - 1][column - 1] - potentials.0[here] - potentials.1[column];
            if cost < least[column] {
                (least[column], way[column]) = (cost, at);
            }
            if least[column] < step {
                (step, next) = (least[column], column);
            }
        }
        for column in 0..=columns {
            if used[column] {
                potentials.0[owner[column]] += step;
                potentials.1[column] -= step;
            } else {
                least[column] -= step;
            }
        }
        at = next;
    }
    while at != 0 {
        owner[at] = owner[way[at]];
        at = way[at];
    }
}

fn score(doc: &Document, answers: &[Value]) -> Told<Dict> {
    let (spans, words) = bags(answers)?;
    let told: BTreeSet<&String> = spans.iter().collect();
    let (mut best_exact, mut best_f1) = (0.0_f64, 0.0_f64);
    for gold in list(doc, "answers")? {
        let gold = gold.as_list().ok_or_else(|| crate::hook::rows::odd(gold, "list", "an answer"))?;
        let (gold_spans, gold_words) = bags(gold)?;
        let same = told == gold_spans.iter().collect() && spans.len() == gold_spans.len();
        let says = !py::strip(as_text(at(gold, 0)?, "a span")?, None).is_empty();
        if says {
            best_exact = best_exact.max(f64::from(u8::from(same)));
            best_f1 = best_f1.max(matched(&words, &gold_words));
        }
    }
    Ok(dict([("em", best_exact.into()), ("f1", best_f1.into())]))
}
