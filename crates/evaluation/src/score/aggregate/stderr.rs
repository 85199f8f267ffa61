//! Standard errors as lm-eval computes them.

use rayon::prelude::*;

use super::{Aggregation, Point, classes, float, mean, numbers};
use crate::python::random::Random;
use crate::score::corpus;

/// How often lm-eval draws anew, unless told otherwise.
pub const BOOTSTRAP_ITERATIONS: usize = 100_000;
/// How often it does so at most for the metrics that it calls by the name of a measure over a corpus.
const CORPUS_ITERATIONS: usize = 100;
/// How many draws share one stream of random numbers.
const CHUNK: usize = 1000;

/// The standard error of the mean from the sample's variance; `None` for fewer than two values.
pub fn mean_stderr(values: &[f64]) -> Option<f64> {
    (values.len() > 1).then(|| sample_stddev(values) / float(values.len()).sqrt())
}

fn sample_stddev(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: f64 = values.iter().map(|value| (value - middle) * (value - middle)).sum();
    (squares / (float(values.len()) - 1.0)).sqrt()
}

/// The standard error of a mean of means that are weighted by their sizes: lm-eval's pooled variance.
pub fn pooled_stderr(stderrs: &[f64], sizes: &[usize]) -> f64 {
    let all = float(sizes.iter().sum());
    let squares = |(stderr, size): (&f64, &usize)| (float(*size) - 1.0) * stderr * stderr * float(*size);
    let variance = stderrs.iter().zip(sizes).map(squares).sum::<f64>() / (all - float(sizes.len()));
    (variance / all).sqrt()
}

/// The standard error of the plain mean of independent means.
pub fn unweighted_stderr(stderrs: &[f64]) -> f64 {
    stderrs.iter().map(|stderr| stderr * stderr).sum::<f64>().sqrt() / float(stderrs.len())
}

/// How a standard error is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stderr {
    /// In closed form.
    Mean,
    /// By drawing items anew, so many times.
    Bootstrap(usize),
    /// Not at all, as in lm-eval.
    None,
}

impl Stderr {
    /// How lm-eval finds it, given how often it may draw; 0 turns every standard error off.
    pub(crate) fn of(metric: &str, aggregation: &Aggregation, iterations: usize) -> Self {
        let few = matches!(metric, "bleu" | "chrf" | "chrf++" | "ter");
        let iterations = if few { iterations.min(CORPUS_ITERATIONS) } else { iterations };
        match aggregation {
            _ if iterations == 0 => Self::None,
            Aggregation::Mean => Self::Mean,
            Aggregation::Corpus(_)
            | Aggregation::Median
            | Aggregation::NanMean
            | Aggregation::Perplexity
            | Aggregation::F1
            | Aggregation::Matthews => Self::Bootstrap(iterations),
            _ => Self::None,
        }
    }
}

/// The standard error of `aggregation` over `points`, in the order of the documents; `None` where lm-eval has none.
///
/// The bootstrap draws with CPython's generator, one stream for every 1,000 draws, seeded 0, 1, 2, …: the same draws as
/// lm-eval's, so the same number.
pub(crate) fn stderr(aggregation: &Aggregation, points: &[&Point], how: Stderr) -> Option<f64> {
    match how {
        _ if points.len() < 2 => None,
        Stderr::None => None,
        Stderr::Mean => mean_stderr(&numbers(points)),
        Stderr::Bootstrap(iterations) => bootstrap(aggregation, points, iterations),
    }
}

fn bootstrap(aggregation: &Aggregation, points: &[&Point], iterations: usize) -> Option<f64> {
    let statistic = Statistic::new(aggregation, points)?;
    let chunk = iterations.min(CHUNK);
    let chunks = iterations.checked_div(chunk)?;
    let draw = |seed: usize| -> Option<Vec<f64>> {
        let mut random = Random::new(i64::try_from(seed).ok()?);
        let mut drawn = Vec::with_capacity(points.len());
        (0..chunk)
            .map(|_| {
                drawn.clear();
                drawn.extend((0..points.len()).map(|_| index(random.random(), points.len())));
                statistic.of(&drawn)
            })
            .collect()
    };
    let values: Option<Vec<Vec<f64>>> = (0..chunks).into_par_iter().map(draw).collect();
    Some(sample_stddev(&values?.concat()))
}

/// `floor(random() * n)`, as `random.choices` draws.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 0 and below the length")]
fn index(random: f64, length: usize) -> usize {
    (random * float(length)) as usize
}

/// A statistic of drawn items, with everything that does not change between draws worked out.
enum Statistic<'a> {
    Numbers(&'a Aggregation, Vec<f64>),
    Segments(corpus::Corpus, Vec<&'a [f64]>),
    /// Right, missed and false choices of class 1.
    F1(Vec<[f64; 3]>),
    /// Classes numbered from 0, and how many there are.
    Matthews(Vec<(usize, usize)>, usize),
}

impl<'a> Statistic<'a> {
    fn new(aggregation: &'a Aggregation, points: &'a [&'a Point]) -> Option<Self> {
        Some(match aggregation {
            Aggregation::Perplexity | Aggregation::Median | Aggregation::NanMean => {
                Self::Numbers(aggregation, numbers(points))
            }
            Aggregation::Corpus(corpus) => {
                let last = super::references(points).checked_sub(1)?;
                let segment = |point: &&'a Point| match point {
                    Point::Segments(segments) => segments.get(last).map(AsRef::as_ref),
                    _ => None,
                };
                Self::Segments(*corpus, points.iter().map(segment).collect::<Option<_>>()?)
            }
            Aggregation::F1 => Self::F1(super::pairs(points).iter().map(classes::outcome).collect()),
            Aggregation::Matthews => {
                let (pairs, classes) = classes::numbered(&super::pairs(points));
                Self::Matthews(pairs, classes)
            }
            _ => return None,
        })
    }

    fn of(&self, drawn: &[usize]) -> Option<f64> {
        match self {
            Self::Numbers(aggregation, numbers) => {
                let drawn = drawn.iter().filter_map(|index| numbers.get(*index).copied());
                Some(match aggregation {
                    Aggregation::Perplexity => libm::exp(-(drawn.sum::<f64>() / float(numbers.len()))),
                    Aggregation::Median => super::median(drawn.collect()),
                    _ => super::nan_mean(&drawn.collect::<Vec<_>>()),
                })
            }
            Self::Segments(corpus, segments) => {
                let mut sum = vec![0.0; corpus.width()];
                drawn
                    .iter()
                    .filter_map(|index| segments.get(*index))
                    .for_each(|segment| corpus::add(&mut sum, segment));
                Some(corpus.score(&sum))
            }
            Self::F1(outcomes) => Some(classes::f1_of(drawn.iter().filter_map(|index| outcomes.get(*index)))),
            Self::Matthews(pairs, classes) => {
                Some(classes::matthews_of(drawn.iter().filter_map(|index| pairs.get(*index)), *classes))
            }
        }
    }
}
