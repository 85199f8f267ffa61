//! Folders that transformers wrote, and every way in which a `config.json` says the same.

use std::fs;

use model::folder::{SaveOptions, end_tokens, load_weights, save_weights};
use model::{RopeScaling, Shape};
use serde_json::{Map, Value, json};

use super::{fixture, shape, weights};

#[test]
fn each_family_of_transformers_is_understood() {
    let base = Shape {
        vocab: 292,
        width: 32,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        head_size: 8,
        hidden: 48,
        context: 64,
        rope_theta: 10_000.0,
        rope_scaling: None,
        norm_epsilon: 1e-6,
        head_norms: false,
        attention_bias: false,
        tied: false,
    };
    let scaling =
        RopeScaling { factor: 4.0, low_frequency_factor: 1.0, high_frequency_factor: 4.0, original_context: 16 };
    let wanted = [
        ("qwen3", Shape { head_size: 12, head_norms: true, tied: true, ..base.clone() }),
        ("qwen2", Shape { attention_bias: true, norm_epsilon: 1e-5, ..base.clone() }),
        ("llama", Shape { rope_theta: 500.0, rope_scaling: Some(scaling), ..base.clone() }),
        ("mistral", Shape { tied: true, ..base }),
    ];
    for (name, wanted) in wanted {
        let (found, weights) = load_weights(&fixture(name)).expect(name);
        assert_eq!(found, wanted, "{name}");
        assert!(weights.iter().filter(|weight| **weight == 0.0).count() < 10, "{name}: some tensor was not read");
        assert_eq!(end_tokens(&fixture(name)).expect(name), [0], "{name}");
    }
}

/// A folder whose `config.json` is changed.
struct Config {
    folder: tempfile::TempDir,
    written: Map<String, Value>,
}

impl Config {
    fn new(shape: &Shape) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        save_weights(folder.path(), shape, &weights(shape), &SaveOptions::default()).expect("it is saved");
        let text = fs::read_to_string(folder.path().join("config.json")).expect("the config");
        Self { folder, written: serde_json::from_str(&text).expect("JSON") }
    }

    /// Loads with these keys changed; those that are null are taken out.
    fn with(&self, changes: Value) -> Result<Shape, String> {
        let mut changed = self.written.clone();
        for (key, value) in changes.as_object().expect("an object") {
            changed.remove(key);
            if !value.is_null() {
                changed.insert(key.clone(), value.clone());
            }
        }
        fs::write(self.folder.path().join("config.json"), Value::Object(changed).to_string()).expect("the config");
        load_weights(self.folder.path()).map(|(shape, _)| shape).map_err(|fault| fault.to_string())
    }
}

#[test]
fn what_is_said_in_other_words_is_the_same() {
    let config = Config::new(&shape());
    for changes in [
        json!({}),
        json!({"rope_theta": null, "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}}),
        json!({"rope_theta": null, "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 1e4}}}),
        json!({"rope_theta": null, "rope_scaling": {}}),
        json!({"rope_theta": 3.0, "rope_scaling": {"type": "default", "rope_theta": 10000}}),
        json!({"torch_dtype": null, "dtype": "float32", "transformers_version": "5.0.0", "something": [1]}),
        json!({"rms_norm_eps": null, "hidden_act": null, "architectures": null}),
        json!({"hidden_act": "swish", "partial_rotary_factor": 1.0, "attention_bias": null}),
        json!({"use_sliding_window": true, "sliding_window": 64, "max_window_layers": 0}),
        json!({"use_sliding_window": true, "sliding_window": 8, "max_window_layers": 2}),
        json!({"use_sliding_window": false, "sliding_window": 8, "max_window_layers": 0}),
        json!({"sliding_window": 8, "layer_types": ["full_attention", "full_attention"]}),
    ] {
        assert_eq!(config.with(changes.clone()).as_ref(), Ok(&shape()), "{changes}");
    }
    let llama = Shape { head_norms: false, head_size: 6, kv_heads: 4, ..shape() };
    let config = Config::new(&llama);
    assert_eq!(config.with(json!({"head_dim": null, "num_key_value_heads": null})).as_ref(), Ok(&llama));
}

#[test]
fn what_is_not_computed_here_is_refused_by_its_name() {
    let config = Config::new(&shape());
    for (changes, parts) in [
        (json!({"model_type": "qwen3_moe"}), ["model_type \"qwen3_moe\" is not supported", "dense"]),
        (json!({"model_type": "gemma3"}), ["model_type \"gemma3\"", "Qwen3, Qwen2, Llama"]),
        (json!({"model_type": null}), ["no `model_type`", "qwen3"]),
        (json!({"architectures": ["Qwen3ForSequenceClassification"]}), ["ForSequenceClassification", "ForCausalLM"]),
        (json!({"num_experts": 8}), ["mixture of experts", "dense"]),
        (json!({"quantization_config": {"quant_method": "gptq"}}), ["quantisation gptq", "BF16"]),
        (json!({"hidden_act": "gelu"}), ["hidden_act \"gelu\"", "silu"]),
        (json!({"attention_bias": true}), ["attention_bias", "Qwen2"]),
        (json!({"mlp_bias": true}), ["mlp_bias", "without"]),
        (json!({"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}), ["rope type \"yarn\"", "llama3"]),
        (json!({"rope_scaling": {"type": "linear", "factor": 2.0}}), ["rope type \"linear\"", "take it out"]),
        (json!({"rope_scaling": {"rope_type": "llama3", "factor": 8}}), ["`low_freq_factor`", "above 0"]),
        (json!({"rope_parameters": {"partial_rotary_factor": 0.5}}), ["partial_rotary_factor", "whole head"]),
        (
            json!({"use_sliding_window": true, "sliding_window": 8, "max_window_layers": 1}),
            ["sliding window of 8", "max_position_embeddings"],
        ),
        (json!({"sliding_window": 8, "layer_types": ["full_attention", "sliding_attention"]}), ["window of 8", "set"]),
        (json!({"layer_types": ["linear_attention"]}), ["\"linear_attention\"", "full attention"]),
        (json!({"model_type": "mistral", "sliding_window": 8}), ["sliding window of 8", "set"]),
        (json!({"vocab_size": 0}), ["`vocab_size` is 0", "at least 1"]),
        (json!({"num_hidden_layers": 1_000_000_000_000_u64}), ["`num_hidden_layers`", "at most 4096"]),
        (json!({"num_key_value_heads": 3}), ["`num_key_value_heads` is 3", "divide"]),
        (json!({"head_dim": 7}), ["`head_dim` is 7", "even"]),
        (json!({"hidden_size": null}), ["missing field `hidden_size`", "config.json"]),
        (json!({"hidden_size": -1}), ["-1", "config.json"]),
        (json!({"rms_norm_eps": 0.0}), ["`rms_norm_eps`", "above 0"]),
    ] {
        let fault = config.with(changes.clone()).expect_err("it must not load");
        for part in parts.iter().chain(&["config.json"]) {
            assert!(fault.contains(part), "{changes}: {fault:?} does not say {part:?}");
        }
    }
}

#[test]
fn the_ends_of_an_answer_are_read_from_where_they_stand() {
    let config = Config::new(&shape());
    let folder = config.folder.path();
    config.with(json!({"eos_token_id": 7})).expect("it loads");
    assert_eq!(end_tokens(folder).expect("ends"), [7]);
    fs::write(folder.join("generation_config.json"), "{\"eos_token_id\": [0, 2]}").expect("a file");
    assert_eq!(end_tokens(folder).expect("ends"), [0, 2]);
    fs::write(folder.join("generation_config.json"), "{}").expect("a file");
    assert_eq!(end_tokens(folder).expect("ends"), [7]);
    fs::write(folder.join("generation_config.json"), "{\"eos_token_id\": -1}").expect("a file");
    assert!(end_tokens(folder).expect_err("no token").to_string().contains("eos_token_id"));
}
