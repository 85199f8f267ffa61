//! Folders that lie are found out, by name, before anything is allocated on their word.

use std::fs;
use std::path::Path;

use model::Shape;
use model::folder::{SaveOptions, load_weights, save_weights};
use serde_json::{Value, json};

use super::{shape, weights};

/// A good folder, its header and the bytes behind it.
struct Victim {
    folder: tempfile::TempDir,
    header: Value,
    data: Vec<u8>,
}

impl Victim {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        save_weights(folder.path(), &shape(), &weights(&shape()), &SaveOptions::default()).expect("it is saved");
        let bytes = fs::read(folder.path().join("model.safetensors")).expect("the file");
        let (length, rest) = bytes.split_at(8);
        let (header, data) = rest.split_at(u64::from_le_bytes(length.try_into().expect("eight")) as usize);
        let header = serde_json::from_slice(header).expect("JSON");
        let data = data.to_vec();
        Self { folder, header, data }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The error of loading the folder with this header and these bytes.
    fn fault(&self, header: &str, data: &[u8]) -> String {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(data);
        fs::write(self.path().join("model.safetensors"), bytes).expect("the file");
        load_weights(self.path()).expect_err("it must not load").to_string()
    }

    /// The same with the header changed.
    fn changed(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut header = self.header.clone();
        change(&mut header);
        self.fault(&header.to_string(), &self.data)
    }
}

fn assert_says(fault: &str, parts: &[&str]) {
    for part in parts {
        assert!(fault.contains(part), "{fault:?} does not say {part:?}");
    }
    assert!(fault.contains(".safetensors") || fault.contains("config.json"), "{fault:?} names no file");
}

const NORM: &str = "model.norm.weight";

#[test]
fn control_the_folder_is_good_when_nothing_is_changed() {
    let victim = Victim::new();
    let header = victim.header.to_string();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(&victim.data);
    fs::write(victim.path().join("model.safetensors"), bytes).expect("the file");
    load_weights(victim.path()).expect("it loads");
}

#[test]
fn a_header_that_lies_about_bytes_is_found_out() {
    let victim = Victim::new();
    let offsets = victim.header[NORM]["data_offsets"].clone();
    let (from, to) = (offsets[0].as_u64().expect("a number"), offsets[1].as_u64().expect("a number"));
    let says = |from: u64, to: u64| victim.changed(|header| header[NORM]["data_offsets"] = json!([from, to]));
    assert_says(&says(from - 4, to - 4), &[NORM, "overlaps the tensor before it", "must begin at"]);
    assert_says(&says(from, to + 96), &[NORM, "do not lie in", "bytes of data"]);
    assert_says(&says(to, from), &[NORM, "do not lie in"]);
    assert_says(&says(from, to - 4), &[NORM, "92 bytes", "has 96 bytes"]);
    let gap = victim.changed(|header| {
        let first = &mut header["model.embed_tokens.weight"];
        first["shape"] = json!([291, 24]);
        first["data_offsets"] = json!([0, 291 * 24 * 4]);
    });
    assert_says(&gap, &["leaves a gap before it", "input_layernorm"]);
    let mut longer = victim.data.clone();
    longer.push(0);
    assert_says(&victim.fault(&victim.header.to_string(), &longer), &["1 bytes after the last tensor"]);
    let cut = victim.fault(&victim.header.to_string(), &victim.data[..victim.data.len() - 1]);
    assert_says(&cut, &["cut off"]);
}

#[test]
fn a_header_that_claims_the_world_costs_nothing() {
    let victim = Victim::new();
    let vast = victim.changed(|header| header[NORM]["shape"] = json!([u64::MAX, u64::MAX]));
    assert_says(&vast, &[NORM, "more bytes than can be counted"]);
    for (length, rest) in [(u64::MAX, "{}"), (100_000_001, "{}"), (3, "{}"), (0, "")] {
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend_from_slice(rest.as_bytes());
        fs::write(victim.path().join("model.safetensors"), bytes).expect("the file");
        load_weights(victim.path()).expect_err("it must not load");
    }
    // Sizes that would be terabytes, with files that are not: refused before the weights are allocated.
    let config = victim.path().join("config.json");
    let written =
        fs::read_to_string(&config).expect("the config").replace("\"vocab_size\": 292", "\"vocab_size\": 16000000");
    fs::write(&config, written.replace("\"hidden_size\": 24", "\"hidden_size\": 1048576")).expect("the config");
    let fault = victim.fault(&victim.header.to_string(), &victim.data);
    assert_says(&fault, &["model.embed_tokens.weight", "[292, 24]", "[16000000, 1048576]"]);
}

#[test]
fn names_stand_once_and_are_known() {
    let victim = Victim::new();
    let text = victim.header.to_string();
    let twice = text.replacen('{', &format!("{{\"{NORM}\":{},", victim.header[NORM]), 1);
    assert_says(&victim.fault(&twice, &victim.data), &[NORM, "stands twice"]);
    let renamed = |to: &str| victim.fault(&text.replace(NORM, to), &victim.data);
    assert_says(&renamed("model.norm.gain"), &["tensor model.norm.gain", "no tensor of the model"]);
    assert_says(&renamed("norm.weight"), &["tensor norm.weight", "is called model.norm.weight", "ForCausalLM"]);
    let missing = victim.fault(&text.replace(NORM, "model.layers.0.self_attn.rotary_emb.inv_freq"), &victim.data);
    assert_says(&missing, &[NORM, "is missing", "1 by 24"]);
    let config = victim.path().join("config.json");
    let untied = fs::read_to_string(&config).expect("the config").replace("embeddings\": true", "embeddings\": false");
    fs::write(&config, untied).expect("the config");
    assert_says(&victim.fault(&text, &victim.data), &["lm_head.weight", "tie_word_embeddings: true"]);
}

#[test]
fn a_header_has_a_form() {
    let victim = Victim::new();
    assert_says(&victim.fault("[]", &[]), &["does not begin with `{`"]);
    assert_says(&victim.fault("{\"a\":", &[]), &["the header is not as it must be"]);
    assert_says(&victim.changed(|header| header["__metadata__"] = json!({"format": 1})), &["texts only"]);
    let extra = victim.changed(|header| header[NORM]["extra"] = json!(1));
    assert_says(&extra, &[NORM, "exactly `dtype`, `shape` and `data_offsets`"]);
    assert_says(&victim.changed(|header| header[NORM]["dtype"] = json!("F31")), &[NORM, "F31"]);
    let whole = victim.changed(|header| header[NORM]["dtype"] = json!("I32"));
    assert_says(&whole, &[NORM, "I32", "convert it to F32, BF16 or F16"]);
    let shape = victim.changed(|header| header[NORM]["shape"] = json!([1, 24]));
    assert_says(&shape, &[NORM, "[1, 24]", "[24]"]);
}

#[test]
fn a_weight_that_is_no_number_is_named() {
    let victim = Victim::new();
    let mut data = victim.data.clone();
    let from = victim.header[NORM]["data_offsets"][0].as_u64().expect("a number") as usize;
    data[from + 8..from + 12].copy_from_slice(&f32::INFINITY.to_le_bytes());
    assert_says(&victim.fault(&victim.header.to_string(), &data), &[NORM, "the number at 2 is inf"]);
}

#[test]
fn a_head_beside_a_tied_embedding_must_be_the_same() {
    let victim = Victim::new();
    let untied = Shape { tied: false, ..shape() };
    let mut both = weights(&shape());
    both.extend_from_within(..untied.vocab * untied.width);
    let write = |weights: &[f32]| {
        save_weights(victim.path(), &untied, weights, &SaveOptions::default()).expect("it is saved");
        let config = victim.path().join("config.json");
        let tied =
            fs::read_to_string(&config).expect("the config").replace("embeddings\": false", "embeddings\": true");
        fs::write(&config, tied).expect("the config");
    };
    write(&both);
    let (found, read) = load_weights(victim.path()).expect("the same matrix twice is one");
    assert!(found.tied && read == weights(&shape()));
    let last = both.len() - 1;
    both[last] += 1.0;
    write(&both);
    let fault = load_weights(victim.path()).expect_err("two heads").to_string();
    assert_says(&fault, &["lm_head.weight", "from number 7007 on", "tie_word_embeddings to false"]);
}

#[test]
fn an_index_that_lies_is_found_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SaveOptions { shard_bytes: 30_000, ..SaveOptions::default() };
    save_weights(folder.path(), &shape(), &weights(&shape()), &options).expect("it is saved");
    let index = folder.path().join("model.safetensors.index.json");
    let good: Value = serde_json::from_str(&fs::read_to_string(&index).expect("the index")).expect("JSON");
    let fault = |change: &dyn Fn(&mut Value)| {
        let mut changed = good.clone();
        change(&mut changed);
        fs::write(&index, changed.to_string()).expect("the index");
        load_weights(folder.path()).expect_err("it must not load").to_string()
    };
    let last = good["weight_map"][NORM].clone();
    let outside = fault(&|index| index["weight_map"][NORM] = json!("../model.safetensors"));
    assert_says(&outside, &[NORM, "name of a file in this folder"]);
    assert_says(&fault(&|index| index["weight_map"]["more"] = last.clone()), &["tensor more", "is not here"]);
    let unknown = fault(&|index| {
        index["weight_map"].as_object_mut().expect("an object").remove(NORM);
    });
    assert_says(&unknown, &[NORM, "the index does not know it"]);
    let first = good["weight_map"]["model.embed_tokens.weight"].clone();
    assert_says(&fault(&|index| index["weight_map"][NORM] = first.clone()), &[NORM, "though the index says so"]);
    fs::remove_file(folder.path().join(last.as_str().expect("a name"))).expect("a shard");
    assert_says(&fault(&|_| {}), &["cannot read", last.as_str().expect("a name")]);
}

#[test]
fn a_folder_without_weights_says_what_it_lacks() {
    let folder = tempfile::tempdir().expect("a folder");
    save_weights(folder.path(), &shape(), &weights(&shape()), &SaveOptions::default()).expect("it is saved");
    fs::remove_file(folder.path().join("model.safetensors")).expect("the file");
    let fault = load_weights(folder.path()).expect_err("no weights").to_string();
    assert_says(&fault, &["neither", "model.safetensors.index.json"]);
    fs::write(folder.path().join("pytorch_model.bin"), "").expect("a file");
    let fault = load_weights(folder.path()).expect_err("no weights").to_string();
    assert_says(&fault, &["safe_serialization"]);
}
