//! How often "reached" and "not reached" are said wrongly, over accuracies, likeness of the models and numbers of items.
//!
//! Up to 70 items the level is exact: every table is decided once, and its chance is summed at every point of a fine grid.
//! Beyond that it is simulated with fixed seeds. The figures that it printed stand in the documentation of `verdict`.
#![expect(clippy::print_stdout, reason = "a benchmark reports to the terminal")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should stop")]

use std::collections::BTreeMap;

use evaluation::verdict::{Line, Matched};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

const LEVEL: f64 = 0.05;
const ACCURACIES: [f64; 7] = [0.2, 0.35, 0.5, 0.7, 0.85, 0.95, 0.99];
/// From independent to as alike as the accuracies allow; below 0, as unlike.
const LIKENESS: [f64; 7] = [-0.5, 0.0, 0.5, 0.8, 0.9, 0.97, 1.0];
const DRAWS: u64 = 40_000;

fn main() {
    let chance: f64 = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(0.0);
    let line = Line { margin: 0.95, chance };
    println!("chance {chance}: the highest level over all accuracies and likenesses, nominal {LEVEL}");
    for pairs in [30, 40, 50, 60, 70] {
        let (reached, not_reached) = exact(pairs, line);
        println!("{pairs:>5} items, exact:     reached {reached:.4}   not reached {not_reached:.4}");
    }
    for pairs in [100, 200, 500, 1_000, 2_000, 5_000] {
        let (reached, not_reached) = simulated(pairs, line);
        println!("{pairs:>5} items, simulated: reached {reached:.4}   not reached {not_reached:.4}");
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

fn simulated(pairs: u32, line: Line) -> (f64, f64) {
    let mut highest = (0.0, 0.0);
    // At the higher numbers each decision costs a long sum, and the level varies less.
    let every = if pairs >= 500 { 3 } else { 1 };
    let mut point = 0;
    for frontier in ACCURACIES.into_iter().step_by(every) {
        for likeness in LIKENESS.into_iter().step_by(every) {
            let Some(cells) = cells(frontier, likeness, line) else { continue };
            point += 1;
            highest = higher(highest, at(pairs, line, cells, point));
        }
    }
    highest
}

/// The level at one point; a table that comes up again is not decided again.
fn at(pairs: u32, line: Line, cells: [f64; 4], point: u64) -> (f64, f64) {
    let mut random = ChaCha8Rng::seed_from_u64(u64::from(pairs) * 1_000 + point);
    let draws = if pairs >= 1_000 { DRAWS / 2 } else { DRAWS };
    let mut drawn: BTreeMap<Matched, u32> = BTreeMap::new();
    for _ in 0..draws {
        *drawn.entry(draw(pairs, cells, &mut random)).or_default() += 1;
    }
    let drawn: Vec<(Matched, u32)> = drawn.into_iter().collect();
    // Far from the line's quantile nothing hangs on the steps, the less so the more items there are.
    let (sure_not, sure) = if pairs >= 500 { (1.5, 1.8) } else { (1.0, 2.6) };
    let decide = |score: f64, p_value: &dyn Fn() -> f64| score > sure_not && (score > sure || p_value() <= LEVEL);
    let wrong = |(table, times): &(Matched, u32)| {
        let score = table.score(line);
        let reached = decide(score, &|| table.p_reached(line));
        let not_reached = decide(-score, &|| table.p_not_reached(line));
        (f64::from(u8::from(reached)) * f64::from(*times), f64::from(u8::from(not_reached)) * f64::from(*times))
    };
    let sum = drawn.par_iter().map(wrong).reduce(|| (0.0, 0.0), |one, other| (one.0 + other.0, one.1 + other.1));
    let draws = f64::from(u32::try_from(draws).unwrap());
    (sum.0 / draws, sum.1 / draws)
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
