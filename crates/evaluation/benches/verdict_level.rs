//! How often "reached" and "not reached" are said wrongly, over accuracies, likeness of the models and numbers of items.
//!
//! Up to 70 items the level is exact: every table is decided once, and its chance is summed at every point of a fine grid.
//! Beyond that the level of the score test is summed exactly at 49 points (9 from 2,000 items on), and how often the
//! p-value decides otherwise is drawn, with fixed seeds; the two differ so seldom that the draws leave little error. The
//! figures that it printed stand in the documentation of `verdict`.
//!
//! `cargo bench -p evaluation --bench verdict_level -- 5000` looks at so many items; a number below 1 is the chance of
//! guessing right that is taken off.
#![expect(clippy::print_stdout, reason = "a benchmark reports to the terminal")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should stop")]

use std::collections::BTreeMap;

use evaluation::verdict::{Line, Matched};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use statrs::distribution::{Binomial, Discrete as _, DiscreteCDF as _};
use statrs::statistics::Distribution as _;

const LEVEL: f64 = 0.05;
const ACCURACIES: [f64; 7] = [0.2, 0.35, 0.5, 0.7, 0.85, 0.95, 0.99];
/// From independent to as alike as the accuracies allow; below 0, as unlike.
const LIKENESS: [f64; 7] = [-0.5, 0.0, 0.5, 0.8, 0.9, 0.97, 1.0];
const DRAWS: u64 = 100_000;
/// From so many items on each decision costs a long sum, and the level varies less: fewer points and draws do.
const MANY: u32 = 2_000;
/// Into which the draws are cut, so that every processor has work.
const STREAMS: u64 = 50;
/// The statistic at which the score test says a word.
const QUANTILE: f64 = 1.644_853_626_951_472_2;
/// "Reached" is said of high statistics, "not reached" of low ones.
const SIDES: [f64; 2] = [1.0, -1.0];

fn main() {
    let words: Vec<f64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let chance = words.iter().copied().find(|word| *word < 1.0).unwrap_or(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count that somebody typed")]
    let asked: Vec<u32> = words.iter().filter(|word| **word >= 1.0).map(|word| *word as u32).collect();
    let all = [30, 40, 50, 60, 70, 100, 200, 500, 1_000, 2_000, 5_000];
    let line = Line { margin: 0.95, chance };
    println!("chance {chance}: the highest level over all accuracies and likenesses, nominal {LEVEL}");
    for pairs in if asked.is_empty() { all.to_vec() } else { asked } {
        if pairs <= 70 {
            let (reached, not_reached) = exact(pairs, line);
            println!("{pairs:>5} items, exact:     reached {reached:.4}   not reached {not_reached:.4}");
        } else {
            let [reached, not] =
                estimated(pairs, line).map(|Level { level, error }| format!("{level:.4} ± {error:.4}"));
            println!("{pairs:>5} items, estimated: reached {reached}   not reached {not}");
        }
    }
}

/// The chances of the four cells with the candidate just at the line, or none where there are no such.
fn cells(frontier: f64, likeness: f64, line: Line) -> Option<[f64; 4]> {
    let candidate = line.chance + line.margin * (frontier - line.chance);
    let (least, most) = ((candidate + frontier - 1.0).max(0.0), candidate.min(frontier));
    let apart = candidate * frontier;
    let both = apart + if likeness > 0.0 { likeness * (most - apart) } else { likeness * (apart - least) };
    (frontier > line.chance).then_some([both, candidate - both, frontier - both, 1.0 - candidate - frontier + both])
}

/// The highest level over a fine grid, each summed over all tables.
fn exact(pairs: u32, line: Line) -> (f64, f64) {
    let rows: Vec<Vec<(Matched, bool, bool)>> =
        (0..=pairs).into_par_iter().map(|both| decided(pairs, both, line)).collect();
    let tables: Vec<(Matched, bool, bool)> = rows.into_iter().flatten().collect();
    let logs: Vec<f64> = (0..=pairs).map(|count| libm::lgamma(f64::from(count) + 1.0)).collect();
    let accuracies: Vec<f64> =
        (8..=38).map(|step| f64::from(step) / 40.0).chain([0.96, 0.97, 0.98, 0.985, 0.99]).collect();
    let level = |frontier: &f64| {
        let of = |step: i32| {
            let Some(cells) = cells(*frontier, f64::from(step) / 20.0, line) else { return (0.0, 0.0) };
            tables.iter().filter(|(_, reached, not)| *reached || *not).fold((0.0, 0.0), |sum, (table, reached, not)| {
                let chance = chance(*table, cells, &logs);
                (sum.0 + if *reached { chance } else { 0.0 }, sum.1 + if *not { chance } else { 0.0 })
            })
        };
        (-20..=20).map(of).fold((0.0, 0.0), higher)
    };
    accuracies.par_iter().map(level).reduce(|| (0.0, 0.0), higher)
}

fn higher(one: (f64, f64), other: (f64, f64)) -> (f64, f64) {
    (one.0.max(other.0), one.1.max(other.1))
}

fn decided(pairs: u32, both: u32, line: Line) -> Vec<(Matched, bool, bool)> {
    let mut tables = Vec::new();
    for candidate_only in 0..=pairs - both {
        for frontier_only in 0..=pairs - both - candidate_only {
            let neither = pairs - both - candidate_only - frontier_only;
            let table = Matched { both, candidate_only, frontier_only, neither };
            tables.push((table, table.p_reached(line) <= LEVEL, table.p_not_reached(line) <= LEVEL));
        }
    }
    tables
}

/// The multinomial chance of a table.
fn chance(table: Matched, cells: [f64; 4], logs: &[f64]) -> f64 {
    let counts = [table.both, table.candidate_only, table.frontier_only, table.neither];
    let mut log = logs[table.pairs() as usize];
    for (count, cell) in counts.into_iter().zip(cells) {
        if count > 0 {
            log += f64::from(count) * cell.max(1e-300).ln() - logs[count as usize];
        }
    }
    log.exp()
}

/// A level, and the standard error of what of it was drawn.
#[derive(Clone, Copy, Default)]
struct Level {
    level: f64,
    error: f64,
}

impl Level {
    fn higher(self, other: Self) -> Self {
        if other.level > self.level { other } else { self }
    }
}

/// The highest level of both words over all points.
fn estimated(pairs: u32, line: Line) -> [Level; 2] {
    let mut highest = [Level::default(); 2];
    let every = if pairs >= MANY { 3 } else { 1 };
    let points = ACCURACIES.into_iter().step_by(every);
    let points =
        points.flat_map(|frontier| LIKENESS.into_iter().step_by(every).map(move |likeness| (frontier, likeness)));
    for (point, (frontier, likeness)) in (0..).zip(points) {
        let Some(cells) = cells(frontier, likeness, line) else { continue };
        let drawn = drawn(pairs, cells, point);
        for (side, highest) in SIDES.into_iter().zip(&mut highest) {
            let (more, error) = decided_otherwise(&drawn, line, side);
            let level = summed(pairs, line, cells, side) + more;
            *highest = highest.higher(Level { level, error });
        }
    }
    highest
}

/// How likely the score test says the word: no table is left out but those that hardly ever come.
fn summed(pairs: u32, line: Line, cells: [f64; 4], side: f64) -> f64 {
    let outer = Binomial::new(cells[0].min(1.0), u64::from(pairs)).unwrap();
    let slice = |both: u32| {
        let rest = pairs - both;
        let inner = Binomial::new(share(cells[1], 1.0 - cells[0]), u64::from(rest)).unwrap();
        let (mut sum, mut first) = (0.0, 0);
        for candidate_only in window(&inner, rest) {
            let of = rest - candidate_only;
            let beyond = |frontier_only: u32| {
                let table = Matched { both, candidate_only, frontier_only, neither: of - frontier_only };
                if side > 0.0 { table.score(line) < QUANTILE } else { table.score(line) <= -QUANTILE }
            };
            // The statistic falls with each of them, and rises with the candidate's: the edge only moves up.
            while first <= of && !beyond(first) {
                first += 1;
            }
            let last = Binomial::new(share(cells[2], cells[2] + cells[3]), u64::from(of)).unwrap();
            let below = if first == 0 { 0.0 } else { last.cdf(u64::from(first) - 1) };
            let said = if side > 0.0 { below } else { 1.0 - below };
            sum += inner.pmf(u64::from(candidate_only)) * said;
        }
        outer.pmf(u64::from(both)) * sum
    };
    window(&outer, pairs).into_par_iter().map(slice).sum()
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

/// The counts within eight standard deviations.
fn window(of: &Binomial, most: u32) -> std::ops::RangeInclusive<u32> {
    let (mean, reach) = (of.mean().unwrap(), 8.0 * of.std_dev().unwrap() + 8.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the counts")]
    let within = ((mean - reach).max(0.0) as u32)..=((mean + reach) as u32).min(most);
    within
}

/// By how much more often the p-value says the word than the score test, and the standard error of that.
///
/// They differ near the quantile alone. How far from it is found out: the band in which tables are decided is widened
/// until they agree in its outer half.
fn decided_otherwise(drawn: &[(Matched, u32)], line: Line, side: f64) -> (f64, f64) {
    let pairs: u32 = drawn.first().map_or(1, |(table, _)| table.pairs());
    let mut half = 1.0 / f64::from(pairs).sqrt();
    loop {
        let band: Vec<_> = drawn.iter().filter(|(table, _)| away(*table, line, side).abs() < half).collect();
        let otherwise = |(table, times): &(Matched, u32)| {
            let p_value = if side > 0.0 { table.p_reached(line) } else { table.p_not_reached(line) };
            let differs = f64::from(i8::from(p_value <= LEVEL) - i8::from(away(*table, line, side) >= 0.0));
            (*table, differs * f64::from(*times))
        };
        let otherwise: Vec<(Matched, f64)> = band.into_par_iter().map(otherwise).collect();
        let widest = otherwise.iter().filter(|(_, differs)| *differs != 0.0);
        let widest = widest.map(|(table, _)| away(*table, line, side).abs()).fold(0.0, f64::max);
        if widest <= half / 2.0 || half > 3.0 {
            let draws: f64 = drawn.iter().map(|(_, times)| f64::from(*times)).sum();
            let mean = otherwise.iter().map(|(_, differs)| differs).sum::<f64>() / draws;
            let square = otherwise.iter().map(|(_, differs)| differs.abs()).sum::<f64>() / draws;
            return (mean, ((square - mean * mean) / draws).sqrt());
        }
        half *= 2.0;
    }
}

/// How far beyond the quantile the statistic is.
fn away(table: Matched, line: Line, side: f64) -> f64 {
    side * table.score(line) - QUANTILE
}

/// Tables, and how often each came up.
fn drawn(pairs: u32, cells: [f64; 4], point: u64) -> Vec<(Matched, u32)> {
    let stream = |stream: u64| {
        let mut random = ChaCha8Rng::seed_from_u64(u64::from(pairs) * 1_000 + point);
        random.set_stream(stream);
        let mut drawn: BTreeMap<Matched, u32> = BTreeMap::new();
        let draws = if pairs >= MANY { DRAWS / 5 } else { DRAWS };
        for _ in 0..draws / STREAMS {
            *drawn.entry(draw(pairs, cells, &mut random)).or_default() += 1;
        }
        drawn
    };
    let join = |mut one: BTreeMap<Matched, u32>, other| {
        for (table, times) in other {
            *one.entry(table).or_default() += times;
        }
        one
    };
    (0..STREAMS).into_par_iter().map(stream).reduce(BTreeMap::new, join).into_iter().collect()
}

fn draw(pairs: u32, cells: [f64; 4], random: &mut ChaCha8Rng) -> Matched {
    let mut table = Matched::default();
    let edges = [cells[0], cells[0] + cells[1], cells[0] + cells[1] + cells[2]];
    for _ in 0..pairs {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let place = (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let cell = match edges.iter().position(|edge| place < *edge) {
            Some(0) => &mut table.both,
            Some(1) => &mut table.candidate_only,
            Some(2) => &mut table.frontier_only,
            _ => &mut table.neither,
        };
        *cell += 1;
    }
    table
}
