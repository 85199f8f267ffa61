//! Scores between 0 and 1, items that belong together, and benchmarks that count together: the mean of `d` with its
//! standard error.
//!
//! Items come in clusters (an item that belongs to none is a cluster of its own). The variance of a mean is summed over
//! clusters with the small-sample correction CR2 (Bell and McCaffrey 2002, Survey Methodology 28:169), which for a mean
//! is `Σ E² / (1 − s)` over the square of the number of items, where `E` is a cluster's sum of residuals and `s` its share
//! of the items; its degrees of freedom are Satterthwaite's for independent items (Pustejovsky and Tipton 2018,
//! JBES 36:672), which for clusters of one item are the `n − 1` of the ordinary t-test. Benchmarks are added with
//! their weights, and their degrees of freedom by Satterthwaite (1946, Biometrics Bulletin 2:110).
//!
//! **Half a cluster more, the worst possible.** Near the ceiling a few items decide, and a sample that happens to hold
//! none of them looks better *and* surer than it is: that is why the plain t-test says "reached" too often there, and
//! with few clusters far too often (a wild cluster bootstrap no less). So before a bound is computed, half a cluster
//! of mean size (one item, where items stand alone) is added on the benchmark where an item weighs most: one on which
//! the candidate earns the least and the frontier the most, and for the bound on the other side the reverse. The
//! [module](super) has the levels with and without.

use super::distribution::{halve, t_quantile, t_upper};
use super::exact::Side;

/// The items of one cluster, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cluster {
    /// How many.
    pub(crate) items: f64,
    /// The candidate's scores.
    pub(crate) candidate: f64,
    /// The frontier's scores.
    pub(crate) frontier: f64,
}

/// A benchmark among others.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Benchmark {
    /// What it counts; the weights of all add up to 1.
    pub(crate) weight: f64,
    /// The least and the highest score of an item, after what guessing earns was taken off.
    pub(crate) range: (f64, f64),
    /// Its items.
    pub(crate) clusters: Vec<Cluster>,
}

/// Two models' means over benchmarks, with what is known of their errors.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Linear {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    candidate: f64,
    frontier: f64,
    /// The variances of both and their covariance, times the square of the weight.
    spread: [f64; 3],
    df: f64,
}

/// The mean of `d`, its standard error and the degrees of freedom of that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mean {
    pub(crate) value: f64,
    pub(crate) error: f64,
    pub(crate) df: f64,
}

impl Benchmark {
    fn items(&self) -> f64 {
        self.clusters.iter().map(|cluster| cluster.items).sum()
    }
}

/// The benchmarks with half a cluster more, the worst possible for what `side` would show.
pub(crate) fn guarded(benchmarks: &[Benchmark], side: Side) -> Vec<Benchmark> {
    let mut guarded = benchmarks.to_vec();
    let heaviest =
        guarded.iter_mut().max_by(|one, other| (one.weight / one.items()).total_cmp(&(other.weight / other.items())));
    if let Some(benchmark) = heaviest {
        let clusters = benchmark.clusters.iter().fold(0.0, |count, _| count + 1.0);
        let items = (1.0 + benchmark.items() / clusters) / 2.0;
        let (least, most) = benchmark.range;
        let (candidate, frontier) = if side == Side::Upper { (least, most) } else { (most, least) };
        benchmark.clusters.push(Cluster { items, candidate: items * candidate, frontier: items * frontier });
    }
    guarded
}

impl Linear {
    pub(crate) fn of(benchmarks: &[Benchmark]) -> Self {
        Self { parts: benchmarks.iter().map(Part::of).collect() }
    }

    /// The means of the candidate and of the frontier.
    pub(crate) fn means(&self) -> (f64, f64) {
        self.parts.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.candidate, sum.1 + part.frontier))
    }

    /// The mean of `d = y_c − margin·y_f`.
    pub(crate) fn mean(&self, margin: f64) -> Mean {
        let (candidate, frontier) = self.means();
        let variances = self.parts.iter().map(|part| (part.variance(margin), part.df));
        let (mut whole, mut squares) = (0.0, 0.0);
        for (variance, df) in variances {
            whole += variance;
            squares += variance * variance / df;
        }
        let df = if squares > 0.0 { whole * whole / squares } else { f64::INFINITY };
        Mean { value: candidate - margin * frontier, error: whole.max(0.0).sqrt(), df }
    }

    /// The p-value of the t-test at `margin`.
    pub(crate) fn p_value(&self, margin: f64, side: Side) -> f64 {
        let mean = self.mean(margin);
        t_upper(if side == Side::Upper { mean.t() } else { -mean.t() }, mean.df)
    }

    /// Fieller's limit of the ratio on one side (Fieller 1954, JRSS B 16:175): the margin at which the test at level
    /// `alpha` turns. None where no margin is refused.
    pub(crate) fn limit(&self, alpha: f64, side: Side) -> Option<f64> {
        let (candidate, frontier) = self.means();
        if frontier <= 0.0 {
            return None;
        }
        let ratio = (candidate / frontier).max(0.0);
        let refused = |margin: f64| {
            let mean = self.mean(margin);
            let needed = t_quantile(1.0 - alpha, mean.df);
            if side == Side::Upper { mean.t() >= needed } else { -mean.t() >= needed }
        };
        match side {
            Side::Upper if refused(0.0) => Some(halve(0.0, ratio, refused)),
            Side::Upper => Some(0.0),
            Side::Lower => {
                let far = (0..40).scan(ratio.max(0.5), |at, _| {
                    *at *= 2.0;
                    Some(*at)
                });
                let far = far.into_iter().find(|at| refused(*at))?;
                Some(halve(ratio, far, |margin| !refused(margin)))
            }
        }
    }
}

impl Mean {
    /// How many standard errors it lies above 0.
    pub(crate) fn t(self) -> f64 {
        match self.value {
            value if self.error > 0.0 => value / self.error,
            value if value > 0.0 => f64::INFINITY,
            value if value < 0.0 => f64::NEG_INFINITY,
            _ => 0.0,
        }
    }
}

impl Part {
    fn of(benchmark: &Benchmark) -> Self {
        let items = benchmark.items();
        let sum = |of: fn(&Cluster) -> f64| benchmark.clusters.iter().map(of).sum::<f64>() / items;
        let (candidate, frontier) = (sum(|cluster| cluster.candidate), sum(|cluster| cluster.frontier));
        let (mut spread, mut own, mut cross, mut crossed) = ([0.0; 3], 0.0, 0.0, 0.0);
        for cluster in &benchmark.clusters {
            let share = cluster.items / items;
            let off = (cluster.candidate - cluster.items * candidate, cluster.frontier - cluster.items * frontier);
            let scale = (benchmark.weight / items) * (benchmark.weight / items) / (1.0 - share);
            for (sum, part) in spread.iter_mut().zip([off.0 * off.0, off.0 * off.1, off.1 * off.1]) {
                *sum += part * scale;
            }
            let weight = share * share / (1.0 - share);
            own += share * share;
            cross += weight;
            crossed += weight * weight;
        }
        let df = 1.0 / (own + cross * cross - crossed);
        let weight = benchmark.weight;
        Self { candidate: weight * candidate, frontier: weight * frontier, spread, df }
    }

    fn variance(&self, margin: f64) -> f64 {
        (self.spread[0] - 2.0 * margin * self.spread[1] + margin * margin * self.spread[2]).max(0.0)
    }
}

#[cfg(test)]
mod tests;
