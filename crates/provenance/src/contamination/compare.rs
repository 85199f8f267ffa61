//! The scores of a model on items that stood in its corpus, and on those that did not.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Report;

/// What a model scored on one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemScore {
    /// The item's name, as in the benchmark.
    pub id: String,
    /// Its score, 0 to 1.
    pub score: f64,
}

/// The mean over some items.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// How many items.
    pub items: u64,
    /// Their mean score; 0 where there are none.
    pub mean: f64,
}

/// Scores on clean and dirty items beside each other.
///
/// A difference does not prove that items were learnt by heart: items that stand in many places may be easier, or
/// harder, than others. It says how far the score of the whole benchmark can be trusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The benchmark.
    pub benchmark: String,
    /// All items that have a score.
    pub all: Mean,
    /// Those that were not found in the corpus.
    pub clean: Mean,
    /// Those that were.
    pub dirty: Mean,
    /// Items that could not be looked for; they are in `all` only.
    pub unchecked: u64,
    /// dirty − clean; none where one of them is empty.
    pub difference: Option<f64>,
    /// An interval that holds the true difference in 95 of 100 cases; none where it cannot be told.
    pub interval: Option<(f64, f64)>,
    /// How the interval was made.
    pub method: String,
}

/// Why scores cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareFault {
    /// The file could not be read.
    #[error("{path}: {source}")]
    Read {
        /// Which file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A line holds no score.
    #[error(
        "{path}, line {line}: {why}; a line needs an id (`id` or `doc_id`) and a score from 0 to 1 (`score`, or the field that is named)"
    )]
    Line {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// The report is about other benchmarks.
    #[error("the report has no benchmark `{benchmark}`: it has {known}")]
    Benchmark {
        /// What was asked for.
        benchmark: String,
        /// What there is.
        known: String,
    },
    /// No score belongs to the benchmark.
    #[error("no score was given: name the samples of the benchmark")]
    Empty,
}

/// Reads scores from JSON Lines, such as lm-eval's samples. The id is in `id` or `doc_id`; the score, a number from 0 to
/// 1 or true and false, in `field`.
///
/// # Errors
///
/// [`CompareFault`]: the first line that holds no score.
pub fn read_scores(path: &Path, field: &str) -> Result<Vec<ItemScore>, CompareFault> {
    let shown = path.display().to_string();
    let failed = |source| CompareFault::Read { path: shown.clone(), source };
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    let (mut scores, mut line) = (Vec::new(), String::new());
    for number in 1.. {
        line.clear();
        if file.by_ref().take(16 << 20).read_line(&mut line).map_err(failed)? == 0 {
            break;
        }
        if !line.trim().is_empty() {
            let score = score(&line, field);
            scores.push(score.map_err(|why| CompareFault::Line { path: shown.clone(), line: number, why })?);
        }
    }
    Ok(scores)
}

fn score(line: &str, field: &str) -> Result<ItemScore, String> {
    let value: Value = serde_json::from_str(line).map_err(|fault| fault.to_string())?;
    let id = match value.get("id").or_else(|| value.get("doc_id")) {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return Err("there is no id".to_owned()),
    };
    let score = match value.get(field) {
        Some(Value::Bool(is_right)) => f64::from(u8::from(*is_right)),
        Some(Value::Number(score)) => score.as_f64().unwrap_or(f64::NAN),
        _ => return Err(format!("`{field}` is no score")),
    };
    if (0.0..=1.0).contains(&score) { Ok(ItemScore { id, score }) } else { Err(format!("{score} is not from 0 to 1")) }
}

/// Sets the scores on clean and dirty items of a benchmark beside each other.
///
/// The interval is Newcombe's for two proportions where all scores are 0 or 1 ("Interval estimation for the difference
/// between independent proportions", Statistics in Medicine 17, 1998, method 10), else Welch's for two means.
///
/// # Errors
///
/// [`CompareFault`]: there is no such benchmark, or no score.
pub fn compare(report: &Report, benchmark: &str, scores: &[ItemScore]) -> Result<Comparison, CompareFault> {
    let Some(found) = report.benchmarks.iter().find(|report| report.name == benchmark) else {
        let known: Vec<&str> = report.benchmarks.iter().map(|report| report.name.as_str()).collect();
        return Err(CompareFault::Benchmark { benchmark: benchmark.to_owned(), known: known.join(", ") });
    };
    if scores.is_empty() {
        return Err(CompareFault::Empty);
    }
    let dirty: BTreeSet<&str> = report.dirty(benchmark).collect();
    let unchecked: BTreeSet<&str> = found.unchecked.values().flatten().map(String::as_str).collect();
    let of = |wanted: &dyn Fn(&str) -> bool| -> Vec<f64> {
        scores.iter().filter(|score| wanted(&score.id)).map(|score| score.score).collect()
    };
    let all = of(&|_| true);
    let clean = of(&|id| !dirty.contains(id) && !unchecked.contains(id));
    let dirty = of(&|id| dirty.contains(id));
    let binary = all.iter().all(|score| *score == 0.0 || *score == 1.0);
    let interval = if binary { newcombe(&dirty, &clean) } else { welch(&dirty, &clean) };
    let method = if binary { "Newcombe 1998, method 10, 95 %" } else { "Welch, 95 %" };
    Ok(Comparison {
        benchmark: benchmark.to_owned(),
        all: Mean::of(&all),
        clean: Mean::of(&clean),
        dirty: Mean::of(&dirty),
        unchecked: (all.len() - clean.len() - dirty.len()) as u64,
        difference: (!clean.is_empty() && !dirty.is_empty()).then(|| Mean::of(&dirty).mean - Mean::of(&clean).mean),
        interval,
        method: method.to_owned(),
    })
}

impl Mean {
    fn of(scores: &[f64]) -> Self {
        let sum: f64 = scores.iter().sum();
        Self { items: scores.len() as u64, mean: if scores.is_empty() { 0.0 } else { sum / scores.len() as f64 } }
    }
}

/// The 0.975 quantile of the normal distribution.
const NORMAL: f64 = 1.959_963_984_540_054;

/// Wilson's interval for a proportion.
fn wilson(scores: &[f64]) -> (f64, f64) {
    let (count, mean) = (scores.len() as f64, Mean::of(scores).mean);
    let square = NORMAL * NORMAL / count;
    let middle = mean + square / 2.0;
    let half = NORMAL * (mean * (1.0 - mean) / count + square / (4.0 * count)).sqrt();
    ((middle - half) / (1.0 + square), (middle + half) / (1.0 + square))
}

fn newcombe(one: &[f64], other: &[f64]) -> Option<(f64, f64)> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    let (p, q) = (Mean::of(one).mean, Mean::of(other).mean);
    let ((low, high), (other_low, other_high)) = (wilson(one), wilson(other));
    let below = ((p - low).powi(2) + (other_high - q).powi(2)).sqrt();
    let above = ((high - p).powi(2) + (q - other_low).powi(2)).sqrt();
    Some((p - q - below, p - q + above))
}

fn welch(one: &[f64], other: &[f64]) -> Option<(f64, f64)> {
    let error = |scores: &[f64]| {
        let (count, mean) = (scores.len() as f64, Mean::of(scores).mean);
        let squares: f64 = scores.iter().map(|score| (score - mean).powi(2)).sum();
        squares / (count - 1.0) / count
    };
    if one.len() < 2 || other.len() < 2 {
        return None;
    }
    let (a, b) = (error(one), error(other));
    let difference = Mean::of(one).mean - Mean::of(other).mean;
    if a + b <= 0.0 {
        return Some((difference, difference));
    }
    let freedom = (a + b).powi(2) / (a.powi(2) / (one.len() as f64 - 1.0) + b.powi(2) / (other.len() as f64 - 1.0));
    let half = student(freedom) * (a + b).sqrt();
    Some((difference - half, difference + half))
}

/// The 0.975 quantile of Student's distribution: exact for one and two degrees of freedom, else by the expansion of
/// Abramowitz and Stegun 26.7.5, within 0.5 % from three on.
fn student(freedom: f64) -> f64 {
    if freedom < 1.5 {
        return 12.706_204_736_432_095;
    }
    if freedom < 2.5 {
        return 4.302_652_729_911_275;
    }
    let z = NORMAL;
    let terms = [
        (z.powi(3) + z) / 4.0,
        (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0,
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0,
        (79.0 * z.powi(9) + 776.0 * z.powi(7) + 1482.0 * z.powi(5) - 1920.0 * z.powi(3) - 945.0 * z) / 92_160.0,
    ];
    terms.iter().rev().fold(0.0, |sum, term| (sum + term) / freedom) + z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_books() {
        // Newcombe 1998, table II, example (a): 56/70 against 48/80.
        let ones =
            |right: usize, all: usize| -> Vec<f64> { (0..all).map(|at| f64::from(u8::from(at < right))).collect() };
        let (low, high) = newcombe(&ones(56, 70), &ones(48, 80)).expect("an interval");
        assert!((low - 0.0524).abs() < 5e-5 && (high - 0.3339).abs() < 5e-5, "{low} {high}");
        assert_eq!(newcombe(&[], &ones(1, 2)), None);
        // Quantiles from any table of Student's distribution.
        for (freedom, wanted) in
            [(1.0, 12.706), (2.0, 4.303), (3.0, 3.182), (5.0, 2.571), (10.0, 2.228), (120.0, 1.980)]
        {
            assert!((student(freedom) / wanted - 1.0).abs() < 0.005, "{freedom}: {}", student(freedom));
        }
        let (low, high) = welch(&[0.2, 0.4, 0.9, 0.5], &[0.1, 0.3, 0.2, 0.2, 0.4]).expect("an interval");
        assert!(low < 0.26 && high > 0.26 && high - low > 0.4 && high - low < 1.0, "{low} {high}");
    }
}
