//! How well predictions agree with references, all items together: accuracy and F1 as scikit-learn counts them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Value;
use crate::hook::build::{Told, aggregation};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{at, odd};

pub(super) const PORTS: &[Entry] = &[
    Entry {
        keys: &["95704c92b1e142ea"],
        what: "F1 over classes, weighted by their size",
        make: |_| aggregation(|items| f1(items, Average::Weighted, Order::ReferenceFirst)),
    },
    Entry {
        keys: &["886f50ae76aebc63"],
        what: "F1 over all decisions",
        make: |_| aggregation(|items| f1(items, Average::Micro, Order::ReferenceFirst)),
    },
    Entry {
        keys: &["53dbab84987449d0"],
        what: "F1 over classes, unweighted",
        make: |_| aggregation(|items| f1(items, Average::Macro, Order::PredictionFirst)),
    },
    Entry {
        keys: &["f6ccbe7c44b45858"],
        what: "F1 over classes, unweighted (ASSIN 2)",
        make: |_| aggregation(|items| f1(items, Average::Macro, Order::ReferenceFirst)),
    },
    Entry {
        keys: &["752ffa009e2ecb04"],
        what: "F1 over three classes, unweighted, one against the others (CommitmentBank)",
        make: |_| aggregation(three_classes),
    },
];

/// How the F1 of classes become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Average {
    /// The mean over classes.
    Macro,
    /// The mean over classes, weighted by how often a class is the reference.
    Weighted,
    /// All decisions counted together.
    Micro,
}

/// Which of a pair is the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// `[reference, prediction]`.
    ReferenceFirst,
    /// `[prediction, reference]`.
    PredictionFirst,
}

/// A class: a number or a text, in scikit-learn's order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Number(i64),
    Text(Arc<str>),
}

impl Label {
    fn of(value: &Value) -> Told<Self> {
        match value {
            Value::Int(number) => Ok(Self::Number(*number)),
            Value::Bool(truth) => Ok(Self::Number(i64::from(*truth))),
            #[expect(clippy::cast_possible_truncation, reason = "it is a whole number of 53 bits")]
            Value::Float(number) if number.fract() == 0.0 && number.abs() < 9.0e15 => Ok(Self::Number(*number as i64)),
            Value::Str(text) => Ok(Self::Text(Arc::clone(text))),
            other => Err(odd(other, "class", "a label")),
        }
    }
}

/// What is counted of a class.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    right: f64,
    predicted: f64,
    referred: f64,
}

impl Count {
    /// 2 · right / (predicted + referred); 0 where there is nothing to divide by.
    fn f1(self) -> f64 {
        let all = self.referred + self.predicted;
        if all == 0.0 { 0.0 } else { 2.0 * self.right / all }
    }
}

/// `sklearn.metrics.f1_score` over `[reference, prediction]` pairs.
pub(super) fn f1(items: &[Value], average: Average, order: Order) -> Told<f64> {
    let counts = count(items, order)?;
    if counts.is_empty() {
        return Err(PortFault("IndexError: there is no item".into()));
    }
    let each: Vec<f64> = counts.values().map(|count| count.f1()).collect();
    #[expect(clippy::cast_precision_loss, reason = "there are few classes")]
    let size = each.len() as f64;
    Ok(match average {
        Average::Macro => pairwise_sum(&each) / size,
        Average::Weighted => {
            let weights: Vec<f64> = counts.values().map(|count| count.referred).collect();
            let weighted: Vec<f64> = each.iter().zip(&weights).map(|(value, weight)| value * weight).collect();
            pairwise_sum(&weighted) / pairwise_sum(&weights)
        }
        Average::Micro => {
            let sum = |of: fn(&Count) -> f64| counts.values().map(of).sum();
            Count { right: sum(|c| c.right), predicted: sum(|c| c.predicted), referred: sum(|c| c.referred) }.f1()
        }
    })
}

/// The mean of the F1 of the classes 0, 1 and 2; 0 for one that nobody speaks of.
fn three_classes(items: &[Value]) -> Told<f64> {
    let counts = count(items, Order::PredictionFirst)?;
    if items.is_empty() {
        return Err(PortFault("ValueError: there is no item".into()));
    }
    let each = [0, 1, 2].map(|class| counts.get(&Label::Number(class)).map_or(0.0, |count| count.f1()));
    Ok(pairwise_sum(&each) / 3.0)
}

fn count(items: &[Value], order: Order) -> Told<BTreeMap<Label, Count>> {
    let mut counts: BTreeMap<Label, Count> = BTreeMap::new();
    for item in items {
        let pair = item.as_list().ok_or_else(|| odd(item, "pair", "an item"))?;
        let (first, second) = (Label::of(at(pair, 0)?)?, Label::of(at(pair, 1)?)?);
        let (reference, prediction) = if order == Order::ReferenceFirst { (first, second) } else { (second, first) };
        let right = f64::from(u8::from(reference == prediction));
        counts.entry(prediction).or_default().predicted += 1.0;
        let of_reference = counts.entry(reference).or_default();
        of_reference.referred += 1.0;
        of_reference.right += right;
    }
    let texts = counts.keys().filter(|label| matches!(label, Label::Text(_))).count();
    if texts != 0 && texts != counts.len() {
        return Err(PortFault("ValueError: labels are numbers and texts at once".into()));
    }
    Ok(counts)
}

/// The sum in NumPy's order, which keeps rounding small.
pub(super) fn pairwise_sum(values: &[f64]) -> f64 {
    if values.len() < 8 {
        return values.iter().fold(0.0, |sum, value| sum + value);
    }
    if values.len() <= 128 {
        let mut lanes = [0.0; 8];
        let (whole, rest) = values.split_at(values.len() / 8 * 8);
        for chunk in whole.chunks_exact(8) {
            lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane += value);
        }
        let [a, b, c, d, e, f, g, h] = lanes;
        let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
        return rest.iter().fold(sum, |sum, value| sum + value);
    }
    let half = values.len() / 2;
    let (left, right) = values.split_at(half - half % 8);
    pairwise_sum(left) + pairwise_sum(right)
}
