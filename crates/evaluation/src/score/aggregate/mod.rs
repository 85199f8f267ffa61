//! Aggregations: what all items say, as one number.

mod classes;
mod interval;
mod stderr;

pub(crate) use self::interval::Z;
pub use self::interval::{Clustered, Interval, Method, clustered_stderr, mean_interval, wilson};
pub use self::stderr::{BOOTSTRAP_ITERATIONS, mean_stderr, pooled_stderr, unweighted_stderr};
pub(crate) use self::stderr::{Stderr, stderr};
use super::corpus::{self, Corpus, Segment};
use crate::Value;
use crate::hook::{AggregationPort, Hooks, Port, PortFault, Refusal};
use crate::task::Field;

/// How the values of a metric become one number.
#[derive(Clone)]
pub(crate) enum Aggregation {
    Mean,
    Median,
    NanMean,
    Perplexity,
    WeightedPerplexity,
    BitsPerByte,
    F1,
    Matthews,
    Brier,
    Bypass,
    Corpus(Corpus),
    Port { name: String, port: AggregationPort },
}

/// Why an aggregation cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AggregationFault {
    /// There is none of that name.
    #[error("there is no aggregation {0:?}; use mean, median, nanmean, f1, matthews_corrcoef, or another of lm-eval's")]
    Unknown(String),
    /// A Python function has no port.
    #[error(transparent)]
    Hook(#[from] Refusal),
    /// A Python function has a port, but not of an aggregation.
    #[error("the port of {0:?} is not an aggregation")]
    Port(String),
}

/// What one item gives to an aggregation: no more than it needs.
#[derive(Clone, Debug)]
pub(crate) enum Point {
    Number(f64),
    /// A sum and its weight.
    Weighted(f64, f64),
    /// The class that is right, and the class that was chosen.
    Classes(i64, i64),
    /// The counts of a corpus measure, against one, two, … references.
    Segments(Vec<Segment>),
    /// The whole value, for a port.
    Value(Box<Value>),
}

impl Aggregation {
    pub(crate) fn new(field: &Field, hooks: &Hooks) -> Result<Self, AggregationFault> {
        match field {
            Field::Value(Value::Str(name)) => {
                Self::named(name).ok_or_else(|| AggregationFault::Unknown(name.as_ref().into()))
            }
            Field::Function(function) => match hooks.find(function)? {
                Port::Aggregation(port) => Ok(Self::Port { name: function.name.clone(), port }),
                _ => Err(AggregationFault::Port(function.name.clone())),
            },
            other => Err(AggregationFault::Unknown(format!("{other:?}"))),
        }
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "mean" => Self::Mean,
            "median" => Self::Median,
            "nanmean" => Self::NanMean,
            "perplexity" => Self::Perplexity,
            "weighted_perplexity" => Self::WeightedPerplexity,
            "bits_per_byte" => Self::BitsPerByte,
            "f1" => Self::F1,
            "matthews_corrcoef" => Self::Matthews,
            "brier_score" => Self::Brier,
            "bypass" => Self::Bypass,
            "bleu" => Self::Corpus(Corpus::Bleu),
            "chrf" => Self::Corpus(Corpus::Chrf),
            "chrf++" => Self::Corpus(Corpus::ChrfPlus),
            "ter" => Self::Corpus(Corpus::Ter),
            _ => return None,
        })
    }

    /// The word of lm-eval's registry, or the function's name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Mean => "mean",
            Self::Median => "median",
            Self::NanMean => "nanmean",
            Self::Perplexity => "perplexity",
            Self::WeightedPerplexity => "weighted_perplexity",
            Self::BitsPerByte => "bits_per_byte",
            Self::F1 => "f1",
            Self::Matthews => "matthews_corrcoef",
            Self::Brier => "brier_score",
            Self::Bypass => "bypass",
            Self::Corpus(Corpus::Bleu) => "bleu",
            Self::Corpus(Corpus::Chrf) => "chrf",
            Self::Corpus(Corpus::ChrfPlus) => "chrf++",
            Self::Corpus(Corpus::Ter) => "ter",
            Self::Port { name, .. } => name,
        }
    }

    /// What it needs of an item's value.
    pub(crate) fn point(&self, value: &Value) -> Result<Point, PortFault> {
        let point = match self {
            Self::Mean | Self::Median | Self::NanMean | Self::Perplexity => value.as_f64().map(Point::Number),
            Self::WeightedPerplexity | Self::BitsPerByte => {
                pair(value).and_then(|(sum, weight)| Some(Point::Weighted(sum.as_f64()?, weight.as_f64()?)))
            }
            Self::F1 | Self::Matthews => {
                pair(value).and_then(|(gold, chosen)| Some(Point::Classes(class(gold)?, class(chosen)?)))
            }
            Self::Brier => pair(value).and_then(|(gold, chances)| Some(Point::Number(brier(gold, chances)?))),
            Self::Bypass => Some(Point::Number(0.0)),
            Self::Corpus(corpus) => corpus::segments_of(*corpus, value).map(Point::Segments),
            Self::Port { .. } => Some(Point::Value(Box::new(value.clone()))),
        };
        point.ok_or_else(|| PortFault(format!("the aggregation {} cannot take {value:?}", self.name())))
    }

    /// One number from the points, in the order of the documents.
    pub(crate) fn of(&self, points: &[&Point]) -> Result<f64, PortFault> {
        if points.is_empty() {
            return Err(PortFault("there is nothing to aggregate".into()));
        }
        match self {
            Self::Mean | Self::Brier => Ok(mean(&numbers(points))),
            Self::Median => Ok(median(numbers(points))),
            Self::NanMean => Ok(nan_mean(&numbers(points))),
            Self::Perplexity => Ok(libm::exp(-mean(&numbers(points)))),
            Self::WeightedPerplexity => Ok(libm::exp(-weighted_mean(points))),
            Self::BitsPerByte => Ok(-weighted_mean(points) / std::f64::consts::LN_2),
            Self::F1 => classes::f1(&pairs(points)),
            Self::Matthews => Ok(classes::matthews(&pairs(points))),
            Self::Bypass => Ok(999.0),
            Self::Corpus(corpus) => Ok(corpus_score(*corpus, points)),
            Self::Port { port, .. } => port(&values(points)),
        }
    }
}

/// The mean, summed from the left as Python's `sum` does.
pub(crate) fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / float(numbers.len())
}

/// The middle one; of an even number the upper of the two, as lm-eval has it.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

fn nan_mean(numbers: &[f64]) -> f64 {
    let present: Vec<f64> = numbers.iter().copied().filter(|number| !number.is_nan()).collect();
    mean(&present)
}

fn weighted_mean(points: &[&Point]) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for point in points {
        if let Point::Weighted(value, weight) = point {
            sum += value;
            weights += weight;
        }
    }
    sum / weights
}

/// The score over the whole corpus, against as many references as the item with the fewest has.
fn corpus_score(corpus: Corpus, points: &[&Point]) -> f64 {
    let references = references(points);
    let mut sum = vec![0.0; corpus.width()];
    for point in points {
        if let Point::Segments(segments) = point
            && let Some(segment) = references.checked_sub(1).and_then(|last| segments.get(last))
        {
            corpus::add(&mut sum, segment);
        }
    }
    corpus.score(&sum)
}

fn references(points: &[&Point]) -> usize {
    let counts = points.iter().filter_map(|point| match point {
        Point::Segments(segments) => Some(segments.len()),
        _ => None,
    });
    counts.min().unwrap_or(0)
}

pub(crate) fn numbers(points: &[&Point]) -> Vec<f64> {
    let number = |point: &&Point| match point {
        Point::Number(number) => Some(*number),
        _ => None,
    };
    points.iter().filter_map(number).collect()
}

fn pairs(points: &[&Point]) -> Vec<(i64, i64)> {
    let pair = |point: &&Point| match point {
        Point::Classes(gold, chosen) => Some((*gold, *chosen)),
        _ => None,
    };
    points.iter().filter_map(pair).collect()
}

fn values(points: &[&Point]) -> Vec<Value> {
    let value = |point: &&Point| match point {
        Point::Value(value) => Some(value.as_ref().clone()),
        _ => None,
    };
    points.iter().filter_map(value).collect()
}

fn pair(value: &Value) -> Option<(&Value, &Value)> {
    match value.as_list() {
        Some([one, other]) => Some((one, other)),
        _ => None,
    }
}

fn class(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(truth) => Some(i64::from(*truth)),
        _ => value.as_int(),
    }
}

/// The squared distance of the chances from certainty in the right class.
fn brier(gold: &Value, chances: &Value) -> Option<f64> {
    let chances = chances.as_list()?.iter().map(Value::as_f64).collect::<Option<Vec<_>>>()?;
    let count = i64::try_from(chances.len()).ok()?;
    let gold = class(gold)?;
    // As with any Python index, -1 is the last one.
    let gold = if gold < 0 { gold + count } else { gold };
    let gold = usize::try_from(gold).ok().filter(|gold| *gold < chances.len())?;
    let distance = |(index, chance): (usize, &f64)| (chance - f64::from(u8::from(index == gold))).powi(2);
    Some(chances.iter().enumerate().map(distance).sum())
}

#[expect(clippy::cast_precision_loss, reason = "counts of items are far below 2^53")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
