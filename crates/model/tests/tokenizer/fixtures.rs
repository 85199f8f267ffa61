//! Small tokenizers of each family with the ids that Hugging Face `tokenizers` 0.23.3 gives; `generate.py` beside them
//! wrote them.

use std::path::Path;

use model::Tokenizer;
use model::tokenizer::{TrainOptions, train};
use serde_json::Value;

fn fixture(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/tokenizer/{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn ids(value: &Value) -> Vec<u32> {
    serde_json::from_value(value.clone()).unwrap()
}

fn check(name: &str) {
    let fixture = fixture(name);
    let read = Tokenizer::from_json(&fixture["tokenizer"].to_string()).unwrap();
    let again = Tokenizer::from_json(&read.to_json()).unwrap();
    for tokenizer in [&read, &again] {
        assert_eq!(tokenizer.beginning(), ids(&fixture["beginning"]));
        for document in fixture["documents"].as_array().unwrap() {
            let text = document["text"].as_str().unwrap();
            assert_eq!(tokenizer.encode(text), ids(&document["ordinary"]), "{name}: {text:?}");
            let meant = tokenizer.encode_with_special(text);
            assert_eq!(meant, ids(&document["special"]), "{name}, special: {text:?}");
            // Of an added token outside ASCII, Hugging Face's decoder takes the characters for bytes.
            if !meant
                .iter()
                .any(|&id| tokenizer.added().iter().any(|token| token.id == id && !token.content.is_ascii()))
            {
                assert_eq!(tokenizer.decode(&meant), document["decoded"].as_str().unwrap(), "{name}");
            }
        }
    }
}

#[test]
fn qwen2_with_its_normaliser_and_added_tokens() {
    check("qwen2");
}

#[test]
fn llama3_whose_whole_tokens_ignore_merges() {
    check("llama3");
}

#[test]
fn gpt2_with_merges_as_texts() {
    check("gpt2");
}

#[test]
fn o200k_on_the_general_engine() {
    check("o200k");
}

#[test]
fn digits_apart_and_then_gpt2() {
    check("digits");
}

#[test]
fn training_makes_the_merges_of_hugging_face() {
    let fixture = fixture("qwen2");
    let text = fixture["training"].as_str().unwrap();
    let options = TrainOptions { vocab_size: 700, specials: Vec::new() };
    let ours: Value = serde_json::from_str(&train(text.split_inclusive('\n'), &options).unwrap().to_json()).unwrap();
    assert_eq!(ours["model"]["merges"], fixture["tokenizer"]["model"]["merges"]);
    assert_eq!(ours["model"]["vocab"], fixture["tokenizer"]["model"]["vocab"]);
}
