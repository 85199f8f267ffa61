//! The closed forms beside the matrices that they stand for, and the level at the ceiling.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

use super::*;

fn cluster(items: f64, candidate: f64, frontier: f64) -> Cluster {
    Cluster { items, candidate, frontier }
}

fn alone(clusters: Vec<Cluster>) -> Vec<Benchmark> {
    vec![Benchmark { weight: 1.0, range: (0.0, 1.0), clusters }]
}

#[test]
fn clusters_of_one_are_the_t_test() {
    let pairs = [(1.0, 1.0), (0.0, 1.0), (0.5, 0.0), (1.0, 0.5), (0.25, 0.75)];
    let linear = Linear::of(&alone(pairs.map(|(own, other)| cluster(1.0, own, other)).to_vec()));
    let worth = pairs.map(|(own, other)| own - 0.95 * other);
    let mean = worth.iter().sum::<f64>() / 5.0;
    let variance = worth.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / 4.0;
    let found = linear.mean(0.95);
    assert!((found.value - mean).abs() < 1e-14);
    assert!((found.error - (variance / 5.0).sqrt()).abs() < 1e-14);
    assert!((found.df - 4.0).abs() < 1e-12);
}

/// CR2 and its degrees of freedom with the matrices written out: `A = (I − H)^(−1/2)` cluster by cluster.
#[test]
fn closed_forms_are_the_matrices() {
    let clusters = [vec![0.05, -0.95], vec![1.0, 0.05, 0.05], vec![0.0], vec![-0.95, 1.0, 0.05, 0.0]];
    let items: f64 = clusters.iter().map(|d| d.len() as f64).sum();
    let mean = clusters.iter().flatten().sum::<f64>() / items;
    // The adjusting matrix of a cluster of m items is I + (1/√(1 − m/N) − 1)·J/m: on it (I − H) becomes I.
    let adjusted = |m: usize| -> Vec<Vec<f64>> {
        let stretch = (1.0 / (1.0 - m as f64 / items).sqrt() - 1.0) / m as f64;
        (0..m).map(|i| (0..m).map(|j| stretch + f64::from(u8::from(i == j))).collect()).collect()
    };
    let mut variance = 0.0;
    let mut vectors: Vec<Vec<f64>> = Vec::new();
    let mut start = 0;
    for cluster in &clusters {
        let a = adjusted(cluster.len());
        let sum: f64 = a.iter().map(|row| row.iter().zip(cluster).map(|(a, d)| a * (d - mean)).sum::<f64>()).sum();
        variance += sum * sum / (items * items);
        // The row (I − H)_g' A 1 / N over all items.
        let weights: Vec<f64> = a.iter().map(|row| row.iter().sum::<f64>() / items).collect();
        let whole: f64 = weights.iter().sum();
        let vector = (0..items as usize).map(|i| {
            let own = i.checked_sub(start).and_then(|i| weights.get(i)).copied().unwrap_or(0.0);
            own - whole / items
        });
        vectors.push(vector.collect());
        start += cluster.len();
    }
    let dot = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
    let trace: f64 = vectors.iter().map(|v| dot(v, v)).sum();
    let square: f64 = vectors.iter().flat_map(|v| vectors.iter().map(|w| dot(v, w) * dot(v, w))).sum();
    let sums = clusters.iter().map(|d| cluster(d.len() as f64, d.iter().sum(), 0.0)).collect();
    let found = Linear::of(&alone(sums)).mean(0.95);
    assert!((found.error * found.error - variance).abs() < 1e-14, "{} is not {variance}", found.error.powi(2));
    assert!((found.df - trace * trace / square).abs() < 1e-10, "{} is not {}", found.df, trace * trace / square);
}

#[test]
fn limits_are_the_roots_of_fiellers_quadratic() {
    let pairs = [(1.0, 1.0), (0.0, 1.0), (0.5, 0.25), (1.0, 0.5), (0.25, 0.75), (1.0, 1.0), (0.75, 1.0), (1.0, 0.75)];
    let linear = Linear::of(&alone(pairs.map(|(own, other)| cluster(1.0, own, other)).to_vec()));
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / 8.0;
    let (own, other) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let co = |f: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>() / 56.0;
    let (vc, vcf) = (co(&|p| (p.0 - own).powi(2)), co(&|p| (p.0 - own) * (p.1 - other)));
    let vf = co(&|p| (p.1 - other).powi(2));
    // The 95 % point of t with 7 degrees of freedom.
    let q = 1.894_578_605_061_305_f64.powi(2);
    let (a, b, c) = (other * other - q * vf, own * other - q * vcf, own * own - q * vc);
    let root = (b * b - a * c).sqrt();
    assert!((linear.limit(0.05, Side::Upper).unwrap() - (b - root) / a).abs() < 1e-9);
    assert!((linear.limit(0.05, Side::Lower).unwrap() - (b + root) / a).abs() < 1e-9);
}

#[test]
fn a_frontier_that_may_be_nothing_bounds_no_ratio() {
    let linear = Linear::of(&alone(vec![cluster(1.0, 1.0, 0.0), cluster(1.0, 0.0, 1.0), cluster(1.0, 1.0, 0.0)]));
    assert_eq!(linear.limit(0.05, Side::Lower), None);
    assert_eq!(linear.limit(0.05, Side::Upper), Some(0.0));
}

#[test]
fn benchmarks_add_with_their_weights() {
    let one = [cluster(1.0, 1.0, 1.0), cluster(1.0, 0.0, 1.0), cluster(1.0, 1.0, 0.0)].to_vec();
    let two = [cluster(1.0, 1.0, 1.0), cluster(1.0, 1.0, 0.0), cluster(1.0, 1.0, 1.0), cluster(1.0, 0.0, 0.0)].to_vec();
    let benchmark = |weight, clusters: &[Cluster]| Benchmark { weight, range: (0.0, 1.0), clusters: clusters.to_vec() };
    let both = Linear::of(&[benchmark(0.25, &one), benchmark(0.75, &two)]).mean(0.95);
    let (first, second) = (Linear::of(&alone(one)).mean(0.95), Linear::of(&alone(two)).mean(0.95));
    assert!((both.value - 0.25 * first.value - 0.75 * second.value).abs() < 1e-14);
    let variances = (0.0625 * first.error * first.error, 0.5625 * second.error * second.error);
    assert!((both.error * both.error - variances.0 - variances.1).abs() < 1e-14);
    let whole = (variances.0 + variances.1).powi(2);
    assert!((both.df - whole / (variances.0.powi(2) / 2.0 + variances.1.powi(2) / 3.0)).abs() < 1e-10);
}

/// A world at the ceiling: the frontier has 0.99 right, the candidate just 0.95 of that, items in clusters of `size`.
fn world(seed: u64, clusters: u32, size: u32) -> Vec<Benchmark> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut uniform = move || (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    let draw = |place: f64| match place {
        place if place < 0.9405 => (1.0, 1.0),
        place if place < 0.99 => (0.0, 1.0),
        _ => (0.0, 0.0),
    };
    let sums = (0..clusters).map(|_| {
        let shared = draw(uniform());
        (0..size).fold(Cluster::default(), |sum, _| {
            // Half of the items follow their cluster.
            let (own, other) = if uniform() < 0.5 && size > 1 { shared } else { draw(uniform()) };
            cluster(sum.items + 1.0, sum.candidate + own, sum.frontier + other)
        })
    });
    alone(sums.collect())
}

/// At the ceiling the plain test says "reached" far too often; with half a cluster more it keeps its level.
#[test]
fn half_a_cluster_more_keeps_the_level_at_the_ceiling() {
    for (clusters, size) in [(30, 1), (100, 1), (300, 1), (20, 5), (60, 5), (12, 25)] {
        let draws = 4_000_u64;
        let wrong = |seed| {
            let benchmarks = world(seed, clusters, size);
            let plain = Linear::of(&benchmarks).p_value(0.95, Side::Upper) <= 0.05;
            let careful = Linear::of(&guarded(&benchmarks, Side::Upper)).p_value(0.95, Side::Upper) <= 0.05;
            (u32::from(plain), u32::from(careful))
        };
        let sum =
            (0..draws).into_par_iter().map(wrong).reduce(|| (0, 0), |one, other| (one.0 + other.0, one.1 + other.1));
        let level = |times: u32| f64::from(times) / draws as f64;
        assert!(level(sum.1) <= 0.055, "{clusters} clusters of {size}: {}", level(sum.1));
        if size > 1 {
            assert!(level(sum.0) > 0.055, "{clusters} clusters of {size}: the plain test does as well");
        }
    }
}
