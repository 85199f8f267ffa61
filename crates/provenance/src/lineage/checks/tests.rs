//! What the tests say of thousands of pairs that have nothing to do with each other, and of children at the edge.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;

use super::aligned::{self, aligned, stream};
use super::channels::channels;
use super::heads::{Heads, heads};
use super::matched::{self, Match, Nearest};
use crate::fingerprint::{SKETCH, Units};
use crate::lineage::statistics::{log_p, relabel};
use crate::lineage::units::Bank;

/// What two independent models may still share or be shaped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Structure {
    /// Independent numbers.
    Plain,
    /// Few directions, each model's own, and norms with a heavy tail.
    LowRank,
    /// Directions that both models have learnt: of which units have which share is each model's own.
    Shared,
    /// All units of both models lean the same way, and the same gains stretch their channels.
    Leaning,
}

const STRUCTURES: [Structure; 4] = [Structure::Plain, Structure::LowRank, Structure::Shared, Structure::Leaning];

fn normal(random: &mut ChaCha8Rng) -> f32 {
    let bits = random.next_u64();
    let sum: i64 = (0..4).map(|part| ((bits >> (16 * part)) & 0xffff) as i64 - 0x8000).sum();
    (sum as f32 + 2.0) / 65_536.0 * 3.0f32.sqrt()
}

fn numbers(random: &mut ChaCha8Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| normal(random)).collect()
}

/// How many pairs to draw: a few hundred, or so many times more as the environment's `DAEPYO_NULLS` says.
fn pairs(few: usize) -> usize {
    few * std::env::var("DAEPYO_NULLS").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// Sketches of units.
fn sketches(structure: Structure, units: usize, random: &mut ChaCha8Rng) -> Vec<f32> {
    let rank = 5;
    let mut both = stream(b"what both have learnt");
    let shared = matches!(structure, Structure::Shared | Structure::Leaning);
    let directions = if shared { numbers(&mut both, rank * SKETCH) } else { numbers(random, rank * SKETCH) };
    let lean = numbers(&mut both, SKETCH);
    let mut floats = Vec::with_capacity(units * SKETCH);
    for _ in 0..units {
        let norm = (0.8 * normal(random)).exp();
        let share = numbers(random, rank);
        for at in 0..SKETCH {
            let low: f32 =
                share.iter().zip(directions.iter().skip(at).step_by(SKETCH)).map(|(one, two)| one * two).sum();
            let own = normal(random);
            floats.push(match structure {
                Structure::Plain => own,
                Structure::LowRank | Structure::Shared => norm * (0.7 * low + own),
                Structure::Leaning => norm * (0.5 * low + own + 2.0 * lean[at]) * (1.0 + 0.5 * lean[(at + 7) % SKETCH]),
            });
        }
    }
    floats
}

fn units(sketches: Vec<f32>) -> Units {
    let count = sketches.len() / SKETCH;
    Units { width: 512, sketches, norms: vec![1.0; count], hashes: (0..count as u64).collect() }
}

fn bank(mut floats: Vec<f32>, block: usize) -> Bank {
    for row in floats.chunks_exact_mut(SKETCH) {
        let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        row.iter_mut().for_each(|x| *x /= norm);
    }
    let rows = floats.len() / SKETCH;
    Bank {
        columns: SKETCH,
        floats,
        blocks: (0..rows / block).map(|at| at * block..(at + 1) * block).collect(),
        disorder: 0.0,
    }
}

/// Whether p-values are as small as `alpha` no more often than they may be, beyond four standard deviations.
fn valid(ln_p: &[f64], what: &str) {
    let count = ln_p.len() as f64;
    for alpha in [0.5f64, 0.1, 0.02, 0.004] {
        let small = ln_p.iter().filter(|ln_p| **ln_p <= alpha.ln()).count() as f64;
        let most = alpha * count + 4.0 * (alpha * (1.0 - alpha) * count).sqrt();
        assert!(small <= most, "{what}: {small} of {count} p-values at most {alpha}");
    }
}

/// Whether standard deviations are those of a normal number, by the largest distance of the distributions.
fn is_normal(z: &[f64], what: &str) {
    let mut p: Vec<f64> = z.iter().map(|z| log_p::normal_upper(*z).exp()).collect();
    p.sort_by(f64::total_cmp);
    let count = p.len() as f64;
    let distance = p.iter().enumerate().map(|(at, p)| (p - (at as f64 + 0.5) / count).abs()).fold(0.0, f64::max);
    // Kolmogorov's distribution: above 2.0/√n once in 1,500 times; the rest is for the normal shape at 60 units.
    assert!(distance < 2.0 / count.sqrt() + 0.01, "{what}: {distance}");
}

#[test]
fn aligned_p_values_are_valid_on_null_pairs() {
    for structure in STRUCTURES {
        let mut random = stream(format!("aligned {structure:?}").as_bytes());
        let (mut ln_p, mut z) = (Vec::new(), Vec::new());
        for pair in 0..pairs(200) {
            let mut draw = || bank(sketches(structure, 60, &mut random), 30);
            let found = aligned(&draw(), &draw(), format!("{pair}").as_bytes());
            ln_p.push(found.ln_p());
            z.push(found.z());
        }
        valid(&ln_p, &format!("{structure:?}"));
        is_normal(&z, &format!("{structure:?}"));
    }
}

#[test]
fn control_what_no_relabelling_carries_along_is_not_taken_for_kinship() {
    // Both lean the same way, so raw cosines at the same place are far from 0 although nothing is shared by unit.
    let mut random = stream(b"leaning");
    let mut draw = || bank(sketches(Structure::Leaning, 200, &mut random), 200);
    let (one, two) = (draw(), draw());
    let raw: f32 = one.floats.iter().zip(&two.floats).map(|(one, two)| one * two).sum::<f32>() / 200.0;
    assert!(raw > 0.5, "{raw}");
    let found = aligned(&one, &two, b"seed");
    assert!(found.cosine().abs() < 0.05 && found.ln_p() > -5.0, "{} {}", found.cosine(), found.ln_p());
}

#[test]
fn control_a_bound_that_leaves_out_the_mean_would_fail() {
    // The same data, tested as if cosines had mean 0 and the variance of random directions.
    let mut random = stream(b"naive");
    let naive: Vec<f64> = (0..200)
        .map(|_| {
            let mut draw = || bank(sketches(Structure::Leaning, 60, &mut random), 30);
            let (one, two) = (draw(), draw());
            let sum: f64 = one.floats.iter().zip(&two.floats).map(|(one, two)| f64::from(one * two)).sum();
            log_p::normal_upper(sum / (60.0f64 / SKETCH as f64).sqrt())
        })
        .collect();
    assert!(naive.iter().all(|ln_p| *ln_p < -100.0));
}

#[test]
fn a_child_is_found_at_the_sensitivity_that_is_printed() {
    let level = -30.0;
    for structure in [Structure::Plain, Structure::LowRank] {
        let mut random = stream(format!("sensitivity {structure:?}").as_bytes());
        let mut draw = || bank(sketches(structure, 512, &mut random), 256);
        let (base, other) = (draw(), draw());
        let power = aligned(&other, &base, b"power").power();
        let step = power.iter().take_while(|ln_p| **ln_p <= level).count() - 1;
        let kept = aligned::retained(step) as f32;
        assert!((0.03..0.4).contains(&kept), "{structure:?} {kept}");
        let found = (0..30).filter(|_| {
            let noise = draw();
            let mut child = base.clone();
            let rest = (1.0 - kept * kept).sqrt();
            child.floats.iter_mut().zip(&noise.floats).for_each(|(float, noise)| *float = kept * *float + rest * noise);
            aligned(&bank(child.floats, 256), &base, b"child").ln_p() <= level
        });
        let found = found.count();
        assert!(found >= 25, "{structure:?}: {found} of 30 at {kept}");
    }
}

#[test]
fn p_values_of_channels_are_valid_though_models_know_the_same_tokens() {
    let tokens = 150;
    for strength in [0.0f32, 1.0, 4.0] {
        let mut random = stream(format!("channels {strength}").as_bytes());
        let mut ln_p = Vec::new();
        for pair in 0..pairs(150) {
            // What tokens mean is one matrix for both; which channels carry it is each model's own.
            let meaning = numbers(&mut random, tokens * 4);
            let mut model = || {
                let carry = numbers(&mut random, 4 * SKETCH);
                let mut rows = numbers(&mut random, tokens * SKETCH);
                for (row, meaning) in rows.chunks_exact_mut(SKETCH).zip(meaning.chunks_exact(4)) {
                    for (k, share) in meaning.iter().enumerate() {
                        let weight = strength * share / (1 << k) as f32;
                        row.iter_mut().zip(&carry[k * SKETCH..]).for_each(|(x, carry)| *x += weight * carry);
                    }
                }
                units(rows)
            };
            let rows: Vec<(usize, usize)> = (0..tokens).map(|row| (row, row)).collect();
            ln_p.push(channels(&model(), &model(), &rows, format!("{pair}").as_bytes()).ln_p);
        }
        valid(&ln_p, &format!("strength {strength}"));
    }
}

#[test]
fn p_values_of_heads_are_valid() {
    for structure in [Structure::Plain, Structure::LowRank] {
        let mut random = stream(format!("heads {structure:?}").as_bytes());
        let mut draw = || Heads::new(&units(sketches(structure, 32, &mut random)), 8).expect("four heads");
        let ln_p: Vec<f64> =
            (0..pairs(100)).filter_map(|pair| heads(&[(draw(), draw())], &format!("pair {pair}")).ln_p).collect();
        assert_eq!(ln_p.len(), pairs(100));
        valid(&ln_p, &format!("{structure:?}"));
    }
}

#[test]
fn p_values_of_order_are_valid() {
    let mut random = stream(b"order");
    let ln_p: Vec<f64> = (0..pairs(1_000))
        .map(|_| {
            let mut units: Vec<usize> = (0..90).collect();
            relabel::shuffle(&mut random, &mut units);
            let found = |(probe, unit): (usize, &usize)| Match { probe, unit: *unit, cosine: 1.0 };
            matched::order_ln_p(&units.iter().take(60).enumerate().map(found).collect::<Vec<_>>())
        })
        .collect();
    valid(&ln_p, "order");
}

#[test]
fn agreements_of_strangers_are_no_more_than_their_null_says() {
    // Three roles of a unit that are correlated with one another, as a trained unit's are.
    let mut random = stream(b"agreements");
    let mut draw = |count: usize| -> Vec<f32> {
        let own = sketches(Structure::LowRank, count, &mut random);
        let mut floats = Vec::new();
        for unit in own.chunks_exact(SKETCH) {
            for _ in 0..3 {
                let noise = numbers(&mut random, SKETCH);
                let role: Vec<f32> = unit.iter().zip(&noise).map(|(unit, noise)| unit + 0.5 * noise).collect();
                let norm = role.iter().map(|x| x * x).sum::<f32>().sqrt();
                floats.extend(role.iter().map(|x| x / norm / 3.0f32.sqrt()));
            }
        }
        floats
    };
    let count = |probes: &[f32], units: &[f32]| {
        let mut nearest = Nearest::new(probes.len() / (3 * SKETCH), 3 * SKETCH, 3);
        nearest.look(probes, units);
        nearest.matches().len() as u64
    };
    let ln_p: Vec<f64> = (0..pairs(80))
        .map(|pair| {
            let (probes, units) = (draw(32), draw(96));
            let nulls = (0..matched::TURNS)
                .map(|turn| count(&matched::turned(&probes, format!("{pair} {turn}").as_bytes()), &units))
                .sum::<u64>();
            let mean = matched::upper_mean(nulls as f64, matched::TURNS);
            log_p::poisson_upper(count(&probes, &units), mean)
        })
        .collect();
    valid(&ln_p, "agreements");
}
