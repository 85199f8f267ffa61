//! The pass beside the plainest computation of the same things.

use std::num::NonZeroUsize;

use provenance::anatomy::{Axis, Expert, Families, Role, Spot, Tower};
use provenance::fingerprint::{Fingerprint, PassOptions, SKETCH};
use provenance::weights::Checkpoint;
use serde_json::json;

use super::build::{Given, folder, llama, weights};

fn options(threads: usize, direct: bool) -> PassOptions {
    PassOptions { seed: 5, threads: NonZeroUsize::new(threads).unwrap(), direct, ..PassOptions::default() }
}

/// The signs as `units.rs` tells of them, by the crates that make them.
fn sign(seed: u64, place: usize) -> f64 {
    use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
    use sha2::Digest as _;
    let key = sha2::Sha256::new().chain_update(seed.to_le_bytes()).chain_update("sketch signs").finalize();
    let mut stream = rand_chacha::ChaCha8Rng::from_seed(key.into());
    let word = (0..=place / 32).map(|_| stream.next_u32()).last().unwrap();
    if word >> (place % 32) & 1 == 1 { -1.0 } else { 1.0 }
}

/// Holds every part of a fingerprint against its weights, computed one by one.
fn check(checkpoint: &Checkpoint, made: &Fingerprint) {
    let signs: Vec<f64> = (0..2000).map(|place| sign(5, place)).collect();
    for (number, part) in made.parts().iter().enumerate() {
        let matrix = checkpoint.matrix(part, &Families::default()).unwrap();
        assert_eq!((matrix.rows * matrix.columns) as u64, part.units * part.width);
        let units = made.units(number).unwrap();
        assert_eq!((units.count() as u64, units.width as u64), (part.units, part.width));
        let mut moments = [0.0; 4];
        for unit in 0..units.count() {
            let weight = |place: usize| {
                f64::from(match part.axis {
                    Axis::Rows => matrix.values[unit * matrix.columns + place],
                    Axis::Columns => matrix.values[place * matrix.columns + unit],
                })
            };
            let mut sketch = [0.0; SKETCH];
            let mut square = 0.0;
            for place in 0..units.width {
                let value = weight(place);
                sketch[place % SKETCH] += signs[place] * value;
                square += value * value;
                for (power, moment) in moments.iter_mut().enumerate() {
                    *moment += value.powi(power as i32 + 1);
                }
            }
            assert!((f64::from(units.norms[unit]) - square.sqrt()).abs() <= 1e-5 * square.sqrt(), "{part:?} {unit}");
            let most = sketch.iter().fold(0.0f64, |most, number| most.max(number.abs()));
            for (found, exact) in units.sketch(unit).iter().zip(sketch) {
                assert!((f64::from(*found) - exact).abs() <= most / 250.0, "{part:?} {unit}: {found} {exact}");
            }
        }
        let count = part.moments.count as f64;
        let found = part.moments;
        for (found, sum) in [found.mean, found.square, found.cube, found.fourth].into_iter().zip(moments) {
            let scale = found.abs().max(part.moments.square.sqrt() * 0.02);
            assert!((found - sum / count).abs() <= 1e-4 * scale, "{part:?}: {found} {}", sum / count);
        }
        assert_eq!(found.count, part.units * part.width);
    }
}

#[test]
fn a_fingerprint_is_what_the_weights_say() {
    for dtype in ["BF16", "F16", "F32", "F64"] {
        let home = tempfile::tempdir().unwrap();
        let (config, tensors) = llama(1, dtype);
        folder(home.path(), &config, &tensors);
        let checkpoint = Checkpoint::open(home.path()).unwrap();
        let made = Fingerprint::of(&checkpoint, &options(1, false)).unwrap();
        assert_eq!(made.parts().len(), 21);
        assert_eq!(made.remarks(), [""; 0]);
        check(&checkpoint, &made);
    }
}

#[test]
fn threads_and_direct_reads_change_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (config, tensors) = llama(2, "BF16");
    folder(home.path(), &config, &tensors);
    let checkpoint = Checkpoint::open(home.path()).unwrap();
    let first = Fingerprint::of(&checkpoint, &options(1, false)).unwrap();
    for (threads, direct) in [(2, false), (7, false), (3, true)] {
        let other = match Fingerprint::of(&checkpoint, &options(threads, direct)) {
            // Not every file system reads past its cache.
            Err(_) if direct => continue,
            other => other.unwrap(),
        };
        assert_eq!((first.facts(), first.parts()), (other.facts(), other.parts()));
        for part in 0..first.parts().len() {
            assert_eq!(first.units(part).unwrap(), other.units(part).unwrap());
        }
    }
}

#[test]
fn the_same_values_have_the_same_hashes_in_any_type_that_holds_them() {
    let homes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (config, tensors) = llama(3, "BF16");
    folder(homes[0].path(), &config, &tensors);
    let wide: Vec<Given> = tensors
        .iter()
        .map(|tensor| {
            let values = tensor.bytes.as_chunks::<2>().0.iter().map(|bytes| half::bf16::from_le_bytes(*bytes).to_f32());
            Given::new(&tensor.name, "F32", &tensor.shape, &values.collect::<Vec<_>>())
        })
        .collect();
    folder(homes[1].path(), &config, &wide);
    let [one, other] =
        homes.map(|home| Fingerprint::of(&Checkpoint::open(home.path()).unwrap(), &options(2, false)).unwrap());
    for (number, (one_part, other_part)) in one.parts().iter().zip(other.parts()).enumerate() {
        assert_eq!(one_part.digest, other_part.digest, "{}", one_part.tensor);
        let (one, other) = (one.units(number).unwrap(), other.units(number).unwrap());
        assert_eq!(one.hashes, other.hashes, "{}", one_part.tensor);
        let close = |left: &[f32], right: &[f32], by: f32| left.iter().zip(right).all(|(l, r)| (l - r).abs() <= by);
        // Sums may run in another order, and a code at the middle between two may fall to either.
        assert!(close(&one.norms, &other.norms, 1e-5) && close(&one.sketches, &other.sketches, 2e-3));
        let mut hashes = one.hashes.clone();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), one.count(), "no two units of {} are the same", one_part.tensor);
    }
    assert_eq!(one.facts().digest, other.facts().digest);
}

#[test]
fn one_weight_changes_its_unit_and_its_digest() {
    let (config, tensors) = llama(4, "BF16");
    let make = |tensors: &[Given]| {
        let home = tempfile::tempdir().unwrap();
        folder(home.path(), &config, tensors);
        Fingerprint::of(&Checkpoint::open(home.path()).unwrap(), &options(2, false)).unwrap()
    };
    let first = make(&tensors);
    for (name, place, unit) in [
        ("model.layers.1.mlp.up_proj.weight", 5 * 96 + 3, 5),
        ("model.layers.1.mlp.down_proj.weight", 5 * 272 + 3, 3),
        ("model.layers.0.self_attn.o_proj.weight", 95 * 96 + 95, 95),
    ] {
        let mut changed = tensors.clone();
        let tensor = changed.iter_mut().find(|tensor| tensor.name == name).unwrap();
        tensor.bytes[2 * place] ^= 1;
        let second = make(&changed);
        for (number, (one, other)) in first.parts().iter().zip(second.parts()).enumerate() {
            assert_eq!(one.digest == other.digest, one.tensor != name);
            let (one_units, other_units) = (first.units(number).unwrap(), second.units(number).unwrap());
            for (at, (left, right)) in one_units.hashes.iter().zip(&other_units.hashes).enumerate() {
                assert_eq!(left == right, one.tensor != name || at != unit, "{name} {at}");
            }
        }
    }
}

#[test]
fn weights_that_are_no_numbers_are_counted_and_left_out() {
    for (name, shape) in
        [("model.layers.0.mlp.up_proj.weight", [4u64, 96]), ("model.layers.0.mlp.down_proj.weight", [96, 40])]
    {
        let home = tempfile::tempdir().unwrap();
        let count = (shape[0] * shape[1]) as usize;
        let mut values = weights(9, count);
        for (place, value) in [(0, f32::NAN), (97, f32::INFINITY), (count - 1, f32::NEG_INFINITY), (5, 0.0), (6, -0.0)]
        {
            values[place] = value;
        }
        folder(home.path(), &json!({}), &[Given::new(name, "F32", &shape, &values)]);
        let made = Fingerprint::of(&Checkpoint::open(home.path()).unwrap(), &options(1, false)).unwrap();
        let moments = made.parts()[0].moments;
        assert_eq!((moments.count, moments.broken, moments.zeros), (count as u64 - 3, 3, 2));
        assert!(moments.fourth.is_finite() && moments.square > 0.0);
        let units = made.units(0).unwrap();
        assert!(units.norms.iter().chain(&units.sketches).all(|number| number.is_finite()));
    }
}

#[test]
fn huge_and_tiny_weights_have_moments_too() {
    for size in [1e30f32, 1e-30, 1e-12] {
        for (name, shape) in
            [("model.layers.0.mlp.up_proj.weight", [4u64, 96]), ("model.layers.0.mlp.down_proj.weight", [96, 40])]
        {
            let home = tempfile::tempdir().unwrap();
            let values = vec![size; (shape[0] * shape[1]) as usize];
            folder(home.path(), &json!({}), &[Given::new(name, "F32", &shape, &values)]);
            let made = Fingerprint::of(&Checkpoint::open(home.path()).unwrap(), &options(1, false)).unwrap();
            let (found, size) = (made.parts()[0].moments, f64::from(size));
            assert!((found.fourth / size.powi(4) - 1.0).abs() < 1e-6, "{name} {size}: {found:?}");
            assert!((found.square / size.powi(2) - 1.0).abs() < 1e-6, "{name} {size}: {found:?}");
        }
    }
}

#[test]
fn long_rows_are_read_in_pieces() {
    let home = tempfile::tempdir().unwrap();
    let values = weights(11, 3 * 200_000);
    folder(home.path(), &json!({}), &[Given::new("model.norm.weight", "BF16", &[3, 200_000], &values)]);
    let checkpoint = Checkpoint::open(home.path()).unwrap();
    let made = Fingerprint::of(&checkpoint, &options(2, false)).unwrap();
    let (part, units) = (&made.parts()[0], made.units(0).unwrap());
    assert_eq!((part.units, part.width), (3, 200_000));
    let matrix = checkpoint.matrix_rows(part, &Families::default(), 1..2).unwrap();
    let square: f64 = matrix.values.iter().map(|value| f64::from(*value).powi(2)).sum();
    assert!((f64::from(units.norms[1]) / square.sqrt() - 1.0).abs() < 1e-5);
    assert_eq!((matrix.rows, matrix.columns), (1, 200_000));
}

#[test]
fn parts_stand_in_order_and_say_where_they_belong() {
    let home = tempfile::tempdir().unwrap();
    let (config, tensors) = llama(1, "BF16");
    folder(home.path(), &config, &tensors);
    std::fs::write(home.path().join("README.md"), "---\nbase_model: some/base\n---\n").unwrap();
    let made = Fingerprint::of(&Checkpoint::open(home.path()).unwrap(), &PassOptions::default()).unwrap();
    let parts = made.parts();
    assert!(parts.is_sorted_by_key(|part| (part.component, part.role, part.expert)));
    let down = parts.iter().find(|part| part.tensor == "model.layers.1.mlp.down_proj.weight").unwrap();
    assert_eq!((down.role, down.axis, down.units, down.width), (Role::Down, Axis::Columns, 272, 96));
    assert_eq!((down.component.tower, down.component.spot), (Tower::Language, Spot::Block(1)));
    assert_eq!(down.expert, None::<Expert>);
    let facts = made.facts();
    assert_eq!(
        (facts.width, facts.blocks, facts.heads, facts.kv_heads, facts.head_width),
        (Some(96), Some(2), Some(6), Some(2), Some(16))
    );
    assert_eq!(facts.declared, ["some/base"]);
    assert_eq!(facts.parameters, tensors.iter().map(|tensor| tensor.shape.iter().product::<u64>()).sum::<u64>());
}
