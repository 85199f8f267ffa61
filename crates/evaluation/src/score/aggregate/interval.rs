//! Intervals that hold where the normal approximation of the mean does not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{float, mean, mean_stderr};

/// 97.5 % of the standard normal distribution lie below it.
pub(crate) const Z: f64 = 1.959_963_984_540_054;

/// A two-sided interval of 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
    /// How it was found.
    pub method: Method,
}

/// How an interval was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By inverting the score test of a proportion (Wilson 1927): right in small samples and near 0 and 1.
    Wilson,
    /// The mean and 1.96 standard errors to both sides.
    Normal,
}

/// Wilson's interval of `hits` among `all`; `None` where there are none.
pub fn wilson(hits: usize, all: usize) -> Option<Interval> {
    if all == 0 {
        return None;
    }
    let (share, all) = (float(hits) / float(all), float(all));
    let scale = 1.0 + Z * Z / all;
    let middle = (share + Z * Z / (2.0 * all)) / scale;
    let half = Z / scale * (share * (1.0 - share) / all + Z * Z / (4.0 * all * all)).sqrt();
    Some(Interval { lower: (middle - half).max(0.0), upper: (middle + half).min(1.0), method: Method::Wilson })
}

/// The interval of a mean: Wilson's where every value is 0 or 1, else the normal one.
pub fn mean_interval(values: &[f64]) -> Option<Interval> {
    if values.iter().all(|value| *value == 0.0 || *value == 1.0) {
        return wilson(values.iter().filter(|value| **value == 1.0).count(), values.len());
    }
    let half = Z * mean_stderr(values)?;
    let middle = mean(values);
    Some(Interval { lower: middle - half, upper: middle + half, method: Method::Normal })
}

/// The standard error of a mean whose items come in clusters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clustered {
    /// The standard error.
    pub stderr: f64,
    /// How many clusters there are.
    pub clusters: usize,
}

/// The standard error of the mean of `values` whose clusters are `keys`: the sums of residuals within clusters take the
/// place of residuals (Liang & Zeger 1986; Miller 2024, arXiv 2411.00640), times the root of `G / (G - 1)` for `G`
/// clusters, so that clusters of one item each give the ordinary standard error. `None` under two clusters.
pub fn clustered_stderr<K: Ord>(values: &[f64], keys: &[K]) -> Option<Clustered> {
    let middle = mean(values);
    let mut sums: BTreeMap<&K, f64> = BTreeMap::new();
    for (value, key) in values.iter().zip(keys) {
        *sums.entry(key).or_default() += value - middle;
    }
    let clusters = sums.len();
    if clusters < 2 {
        return None;
    }
    let squares: f64 = sums.values().map(|sum| sum * sum).sum();
    let correction = float(clusters) / float(clusters - 1);
    Some(Clustered { stderr: (correction * squares).sqrt() / float(values.len()), clusters })
}
