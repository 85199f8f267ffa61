//! What transformers makes of our folders, and we of its.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use model::folder::{Model, Precision, SaveOptions, end_tokens, load, save, save_as};
use model::network::Network;
use model::tokenizer::{TrainOptions, train};
use model::{RopeScaling, Shape};
use serde_json::{Value, json};

use super::{bits, fixture, shape, weights};

/// A model with a tokenizer of its own.
fn model(shape: Shape) -> Model {
    let text = "새벽 항구는 새벽에 열린다. The harbour opens at dawn. 3 + 4 = 7.\n".repeat(20);
    let tokenizer = train([text.as_str()], &TrainOptions::new(shape.vocab - 2)).expect("a tokenizer");
    let template = fs::read_to_string(fixture("qwen3").join("chat_template.jinja")).expect("a template");
    Model { weights: weights(&shape), shape, tokenizer, chat_template: Some(template) }
}

fn models() -> Vec<Model> {
    let scaling =
        RopeScaling { factor: 8.0, low_frequency_factor: 1.0, high_frequency_factor: 4.0, original_context: 16 };
    vec![
        model(shape()),
        model(Shape { head_norms: false, attention_bias: true, ..shape() }),
        model(Shape { head_norms: false, rope_scaling: Some(scaling), tied: false, rope_theta: 500.0, ..shape() }),
    ]
}

#[test]
fn a_model_comes_back_whole() {
    for model in models() {
        let folder = tempfile::tempdir().expect("a folder");
        save(folder.path(), &model).expect("it is saved");
        let found = load(folder.path()).expect("it loads");
        assert_eq!(bits(&found.weights), bits(&model.weights));
        assert_eq!((&found.shape, &found.chat_template), (&model.shape, &model.chat_template));
        assert_eq!(found.tokenizer.to_json(), model.tokenizer.to_json());
        assert_eq!(end_tokens(folder.path()).expect("ends"), [0, 2]);
        let generation = fs::read_to_string(folder.path().join("generation_config.json")).expect("the file");
        assert!(!generation.contains("temperature") && !generation.contains("sample"));
    }
}

#[test]
fn a_tokenizer_of_another_model_is_refused() {
    let mut model = model(shape());
    let folder = tempfile::tempdir().expect("a folder");
    save(folder.path(), &model).expect("it is saved");
    let small = Shape { vocab: 280, ..shape() };
    model::folder::save_weights(folder.path(), &small, &weights(&small), &SaveOptions::default()).expect("it is saved");
    let fault = load(folder.path()).expect_err("too many tokens").to_string();
    assert!(fault.contains("tokenizer.json") && fault.contains("290 tokens") && fault.contains("280 rows"), "{fault}");
    model.shape = small.clone();
    model.weights = weights(&small);
    let fault = save(folder.path(), &model).expect_err("too many tokens").to_string();
    assert!(fault.contains("290 tokens") && fault.contains("280 rows"), "{fault}");
}

#[test]
fn logits_of_folders_of_transformers_are_those_it_computed() {
    for name in ["qwen3", "qwen2", "llama", "mistral"] {
        let model = load(&fixture(name)).expect(name);
        assert!(model.chat_template.as_deref().is_some_and(|template| template.contains("<|im_start|>")), "{name}");
        let read = |file: &str| fs::read(fixture(name).join(file)).expect("a fixture");
        let inputs: Vec<u32> = serde_json::from_slice(&read("inputs.json")).expect("ids");
        let wanted: Vec<f32> =
            read("logits.bin").chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four"))).collect();
        let found = Network::new(&model.shape, 1, inputs.len()).logits(&model.weights, &inputs);
        assert_near(&found, &wanted, name);
    }
}

fn assert_near(found: &[f32], wanted: &[f32], name: &str) {
    assert_eq!(found.len(), wanted.len(), "{name}");
    let size = wanted.iter().fold(0.0_f32, |size, logit| size.max(logit.abs()));
    let off = found.iter().zip(wanted).map(|(found, wanted)| (found - wanted).abs()).fold(0.0, f32::max);
    assert!(size > 0.1 && off <= 1e-5 * size.max(10.0), "{name}: {off} of {size}");
}

/// The answer of `check.py`, with transformers alone, to a question about a folder.
fn ask(python: &str, folder: &Path, question: &Value) -> Value {
    let file = folder.join("question.json");
    fs::write(&file, question.to_string()).expect("the question");
    let output = Command::new(python)
        .arg(fixture("check.py"))
        .args([folder, &file])
        .env("OMP_NUM_THREADS", "1")
        .output()
        .expect("python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn transformers_loads_our_folders_unchanged() {
    let Ok(python) = env::var("DAEPYO_TORCH") else {
        eprintln!("skipped: DAEPYO_TORCH names no python with transformers and torch");
        return;
    };
    let texts = ["새벽 항구 2026", " The  harbour\n\nopens", "<|endoftext|>", "e\u{301}·ㆍ"];
    for (model, precision) in models().into_iter().zip([Precision::F32, Precision::Bf16, Precision::F32]) {
        let folder = tempfile::tempdir().expect("a folder");
        let options = SaveOptions { precision, shard_bytes: 30_000 };
        save_as(folder.path(), &model, &options).expect("it is saved");
        let read = load(folder.path()).expect("it loads");
        let inputs: Vec<u32> = (0..24).map(|place| place * 11 % 290).collect();
        let answer = ask(&python, folder.path(), &json!({"texts": texts, "ids": inputs}));
        let name = answer["architecture"].as_str().expect("a name");
        let rows = answer["logits"].as_array().expect("rows").iter();
        let wanted =
            rows.flat_map(|row| row.as_array().expect("a row")).map(|logit| logit.as_f64().expect("a number") as f32);
        let found = Network::new(&read.shape, 1, inputs.len()).logits(&read.weights, &inputs);
        assert_near(&found, &wanted.collect::<Vec<_>>(), name);
        for (text, ids) in texts.iter().zip(answer["ids"].as_array().expect("ids")) {
            // transformers gives every Qwen2 its own tokenizer class, which brings text to NFC whatever the file says.
            if name == "Qwen2ForCausalLM" && text.contains('\u{301}') {
                continue;
            }
            // transformers reads special tokens in text; so does this function of ours.
            assert_eq!(json!(model.tokenizer.encode_with_special(text)), *ids, "{name} {text}");
        }
        for (text, decoded) in texts.iter().zip(answer["decoded"].as_array().expect("texts")).take(3) {
            assert_eq!(json!(text), *decoded, "{name}");
        }
        assert_eq!((&answer["missing"], &answer["unexpected"]), (&json!([]), &json!([])), "{name}");
        assert_eq!(answer["chat"], "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n", "{name}");
        assert_eq!(answer["generation"]["eos_token_id"], json!([0, 2]), "{name}");
        assert!(answer["generation"].get("temperature").is_none() && answer["eos"] == "<|endoftext|>", "{name}");
    }
}
