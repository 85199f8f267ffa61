//! A file that torch and safetensors wrote, and what torch makes of its numbers (`tests/data/weights/generate.py`).

use std::collections::BTreeMap;
use std::path::Path;

use provenance::anatomy::Families;
use provenance::fingerprint::{Fingerprint, PassOptions};
use provenance::weights::Checkpoint;
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    bits: Vec<i32>,
    norms: Vec<f64>,
}

#[test]
fn numbers_are_those_that_torch_wrote() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/weights");
    let text = std::fs::read_to_string(home.join("oracle.json")).unwrap();
    let oracle: BTreeMap<String, Expected> = serde_json::from_str(&text).unwrap();
    let checkpoint = Checkpoint::open(&home.join("torch.safetensors")).unwrap();
    let made = Fingerprint::of(&checkpoint, &PassOptions::default()).unwrap();
    assert_eq!(made.parts().len(), 8);
    assert_eq!(made.remarks().len(), 2, "{:?}", made.remarks());
    for (number, part) in made.parts().iter().enumerate() {
        let expected = &oracle[&part.tensor];
        let matrix = checkpoint.matrix(part, &Families::default()).unwrap();
        for (found, bits) in matrix.values.iter().zip(&expected.bits) {
            let wanted = f32::from_bits(*bits as u32);
            assert!(found.to_bits() == wanted.to_bits() || (found.is_nan() && wanted.is_nan()), "{}", part.tensor);
        }
        let units = made.units(number).unwrap();
        for (found, wanted) in units.norms.iter().zip(&expected.norms) {
            assert!((f64::from(*found) - wanted).abs() <= 1e-5 * wanted, "{}: {found} {wanted}", part.tensor);
        }
        if part.tensor == "model.norm.weight" {
            assert_eq!((part.moments.count, part.moments.broken, part.moments.zeros), (4, 2, 2));
        } else {
            assert_eq!(units.norms.len(), expected.norms.len());
        }
    }
}
