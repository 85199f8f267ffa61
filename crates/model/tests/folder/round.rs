//! What is written comes back.

use std::fs;

use model::folder::{Precision, SaveFault, SaveOptions, load_weights, save_weights};
use model::{Layout, RopeScaling, Shape};

use super::{bits, shape, weights};

fn families() -> Vec<(&'static str, Shape)> {
    let scaling =
        RopeScaling { factor: 8.0, low_frequency_factor: 1.0, high_frequency_factor: 4.0, original_context: 32 };
    vec![
        ("Qwen3ForCausalLM", shape()),
        ("Qwen3ForCausalLM", Shape { tied: false, ..shape() }),
        ("Qwen2ForCausalLM", Shape { head_norms: false, attention_bias: true, ..shape() }),
        ("LlamaForCausalLM", Shape { head_norms: false, rope_scaling: Some(scaling), tied: false, ..shape() }),
    ]
}

#[test]
fn every_family_comes_back_to_the_bit_in_one_file_and_in_many() {
    for (architecture, shape) in families() {
        for shard_bytes in [u64::MAX, 30_000, 1] {
            let folder = tempfile::tempdir().expect("a folder");
            let written = weights(&shape);
            let options = SaveOptions { shard_bytes, ..SaveOptions::default() };
            save_weights(folder.path(), &shape, &written, &options).expect("it is saved");
            let config = fs::read_to_string(folder.path().join("config.json")).expect("a config");
            assert!(config.contains(architecture), "{config}");
            let (found, read) = load_weights(folder.path()).expect("it loads");
            assert_eq!(found, shape);
            assert_eq!(bits(&read), bits(&written), "{architecture} {shard_bytes}");
        }
    }
}

#[test]
fn a_save_in_other_shards_leaves_nothing_of_the_one_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let (shape, written) = (shape(), weights(&shape()));
    fs::write(folder.path().join("model-notes.safetensors"), "mine").expect("a file of somebody else");
    for shard_bytes in [20_000, u64::MAX, 40_000, 20_000] {
        save_weights(folder.path(), &shape, &written, &SaveOptions { shard_bytes, ..SaveOptions::default() })
            .expect("it is saved");
        let (_, read) = load_weights(folder.path()).expect("it loads");
        assert_eq!(bits(&read), bits(&written));
    }
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    let shards = names.iter().filter(|name| name.contains("-of-")).count();
    let last = names.iter().rfind(|name| name.contains("-of-")).expect("shards");
    assert!(last.ends_with(&format!("of-{shards:05}.safetensors")), "{names:?}");
    assert!(
        names.contains(&"model-notes.safetensors".to_owned()) && !names.iter().any(|name| name.ends_with("partial"))
    );
}

#[test]
fn bf16_is_half_as_long_and_the_nearest() {
    let folder = tempfile::tempdir().expect("a folder");
    let (shape, written) = (shape(), weights(&shape()));
    let options = SaveOptions { precision: Precision::Bf16, ..SaveOptions::default() };
    save_weights(folder.path(), &shape, &written, &options).expect("it is saved");
    let bytes = fs::metadata(folder.path().join("model.safetensors")).expect("the file").len();
    assert!(bytes < 2 * written.len() as u64 + 8_000, "{bytes}");
    let (_, read) = load_weights(folder.path()).expect("it loads");
    for (read, written) in read.iter().zip(&written) {
        // Eight bits of fraction with the hidden one: half of the last is 2^-9 of the number.
        assert!((read - written).abs() <= written.abs() / 256.0, "{read} {written}");
        assert_eq!(read.to_bits() & 0xffff, 0);
    }
}

#[test]
fn the_header_is_as_other_readers_want_it() {
    let folder = tempfile::tempdir().expect("a folder");
    save_weights(folder.path(), &shape(), &weights(&shape()), &SaveOptions::default()).expect("it is saved");
    let bytes = fs::read(folder.path().join("model.safetensors")).expect("the file");
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight")) as usize;
    assert_eq!(length % 8, 0);
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).expect("JSON");
    assert_eq!(header["__metadata__"], serde_json::json!({"format": "pt"}));
    assert!(header.get("lm_head.weight").is_none(), "a tied model has no head in its file");
    assert_eq!(header["model.norm.weight"]["shape"], serde_json::json!([24]));
}

#[test]
fn what_does_not_fit_together_is_not_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("new");
    let save = |shape: &Shape, weights: &[f32], precision| {
        let options = SaveOptions { precision, ..SaveOptions::default() };
        save_weights(&path, shape, weights, &options).expect_err("it must not be saved")
    };
    let both = Shape { attention_bias: true, ..shape() };
    assert!(matches!(save(&both, &weights(&both), Precision::F32), SaveFault::NoFamily { .. }));
    assert!(matches!(save(&shape(), &weights(&both), Precision::F32), SaveFault::Count { .. }));
    let odd = Shape { head_size: 9, ..shape() };
    assert!(matches!(save(&odd, &weights(&odd), Precision::F32), SaveFault::Shape { .. }));
    assert!(!path.exists());
    let mut broken = weights(&shape());
    let norm = Layout::of(&shape()).find("model.norm.weight").expect("a norm").start;
    broken[norm + 3] = f32::NAN;
    let fault = save(&shape(), &broken, Precision::F32).to_string();
    assert!(fault.contains("model.norm.weight") && fault.contains("at 3 is NaN"), "{fault}");
    broken[norm + 3] = f32::MAX;
    let fault = save(&shape(), &broken, Precision::Bf16).to_string();
    assert!(fault.contains("not finite as bfloat16"), "{fault}");
    assert!(!path.join("model.safetensors").exists() && !path.join("config.json").exists());
}
