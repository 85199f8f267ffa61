//! `multiple_choice`: which choice the model finds likeliest.

use super::{Scorer, likelihood};
use crate::hook::PortFault;
use crate::score::aggregate::float;
use crate::{Dict, Item, Value};

/// What lm-eval puts for a right answer that is none of the choices.
const OUTSIDE: i64 = -100;

pub(super) fn score(scorer: &Scorer, item: &Item, results: &[Value]) -> Result<Dict, PortFault> {
    let choices = item.choices.as_deref().unwrap_or_default();
    let read: Option<Vec<(f64, bool)>> = results.iter().map(likelihood::read).collect();
    let read = read.ok_or_else(|| PortFault("every choice needs a log-likelihood and whether it is greedy".into()))?;
    let (mut sums, greedy): (Vec<f64>, Vec<bool>) = read.into_iter().unzip();
    let unconditional = match scorer.uses("acc_mutual_info") && sums.len() == 2 * choices.len() {
        true => sums.split_off(choices.len()),
        false => Vec::new(),
    };
    if sums.len() != choices.len() || choices.is_empty() {
        return Err(PortFault(format!("there are {} choices and {} log-likelihoods", choices.len(), sums.len())));
    }
    let gold = Gold::of(scorer, item, choices)?;
    let sums = Sums { sums: &sums, unconditional: &unconditional, greedy: &greedy, choices };
    let scores =
        NAMES.iter().filter(|name| scorer.uses(name)).map(|name| Ok(((*name).into(), sums.earn(name, &gold)?)));
    scores.collect()
}

/// The metrics of multiple choice, in lm-eval's order.
const NAMES: [&str; 9] =
    ["acc", "f1", "mcc", "acc_norm", "acc_bytes", "exact_match", "brier_score", "likelihood", "acc_mutual_info"];

struct Sums<'a> {
    sums: &'a [f64],
    unconditional: &'a [f64],
    greedy: &'a [bool],
    choices: &'a [String],
}

impl Sums<'_> {
    fn earn(&self, metric: &str, gold: &Gold) -> Result<Value, PortFault> {
        let by = |length: fn(&String) -> usize| {
            argmax(self.sums.iter().zip(self.choices).map(|(sum, choice)| sum / float(length(choice))))
        };
        let chosen = argmax(self.sums.iter().copied());
        let truth = |right: bool| Value::Float(f64::from(u8::from(right)));
        let pair = |second: Value| Value::List(vec![gold.value(), second]);
        Ok(match metric {
            "acc" => truth(gold.has(chosen)),
            "acc_norm" => truth(gold.has(by(|choice| choice.chars().count()))),
            "acc_bytes" => truth(gold.has(by(String::len))),
            "f1" | "mcc" => pair(Value::Int(chosen)),
            "exact_match" => Value::Int(i64::from(gold.is_greedy(self.greedy)?)),
            "brier_score" => pair(list(softmax(self.sums))),
            "likelihood" => pair(list(self.sums.to_vec())),
            _ => truth(gold.is(self.mutual_information()?)),
        })
    }

    /// The choice whose likelihood the question raises most.
    fn mutual_information(&self) -> Result<i64, PortFault> {
        if self.unconditional.len() != self.sums.len() {
            return Err(PortFault(
                "acc_mutual_info needs every choice asked a second time, without the question".into(),
            ));
        }
        Ok(argmax(self.sums.iter().zip(self.unconditional).map(|(given, alone)| given - alone)))
    }
}

/// The number of the right choice, or the numbers of all that are right.
enum Gold {
    One(i64),
    Many(Vec<i64>),
}

impl Gold {
    fn of(scorer: &Scorer, item: &Item, choices: &[String]) -> Result<Self, PortFault> {
        let count = i64::try_from(choices.len()).unwrap_or(i64::MAX);
        let inside = |number: i64| if number < count { number } else { OUTSIDE };
        if let Some(number) = scorer.text.of_item(item)? {
            return Ok(Self::One(inside(number)));
        }
        let number = |value: &Value| match value {
            Value::Bool(truth) => Some(inside(i64::from(*truth))),
            other => other.as_int().map(inside),
        };
        let place = |text: &str| choices.iter().position(|choice| choice == text);
        let gold = match (&item.target, scorer.has_multiple_targets(item)) {
            (Value::List(list), true) => list.iter().map(number).collect::<Option<_>>().map(Self::Many),
            (Value::Str(text), false) => {
                Some(Self::One(place(text).and_then(|place| i64::try_from(place).ok()).unwrap_or(OUTSIDE)))
            }
            (other, false) => number(other).map(Self::One),
            _ => None,
        };
        gold.ok_or_else(|| PortFault(format!("doc_to_target gives {:?}, which is no choice's number", item.target)))
    }

    /// Whether a choice is right.
    fn has(&self, chosen: i64) -> bool {
        match self {
            Self::One(gold) => *gold == chosen,
            Self::Many(gold) => gold.contains(&chosen),
        }
    }

    /// As [`Gold::has`], but lm-eval never finds a number equal to several.
    fn is(&self, chosen: i64) -> bool {
        matches!(self, Self::One(gold) if *gold == chosen)
    }

    fn value(&self) -> Value {
        match self {
            Self::One(gold) => Value::Int(*gold),
            Self::Many(gold) => Value::List(gold.iter().map(|number| Value::Int(*number)).collect()),
        }
    }

    /// Whether the model would have written a right choice.
    fn is_greedy(&self, greedy: &[bool]) -> Result<bool, PortFault> {
        let at = |gold: i64| {
            let count = i64::try_from(greedy.len()).unwrap_or(i64::MAX);
            let place = if gold < 0 { gold + count } else { gold };
            let found = usize::try_from(place).ok().and_then(|place| greedy.get(place)).copied();
            found.ok_or_else(|| PortFault(format!("there is no choice {gold}")))
        };
        match self {
            Self::One(OUTSIDE) => Ok(false),
            Self::One(gold) => at(*gold),
            Self::Many(gold) => {
                let inside = gold.iter().filter(|gold| **gold != OUTSIDE);
                Ok(inside.map(|gold| at(*gold)).collect::<Result<Vec<_>, _>>()?.contains(&true))
            }
        }
    }
}

/// numpy's `argmax`: the first of the greatest; a value that is no number counts as greatest.
fn argmax(values: impl Iterator<Item = f64>) -> i64 {
    let mut best: Option<(i64, f64)> = None;
    for (index, value) in (0..).zip(values) {
        let better = best.is_none_or(|(_, best)| !best.is_nan() && (value.is_nan() || value > best));
        if better {
            best = Some((index, value));
        }
    }
    best.map_or(0, |(index, _)| index)
}

fn softmax(sums: &[f64]) -> Vec<f64> {
    let most = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let raised: Vec<f64> = sums.iter().map(|sum| libm::exp(sum - most)).collect();
    let total: f64 = raised.iter().sum();
    raised.into_iter().map(|value| value / total).collect()
}

fn list(numbers: Vec<f64>) -> Value {
    Value::List(numbers.into_iter().map(Value::Float).collect())
}
