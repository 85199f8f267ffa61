//! A shape becomes a `config.json`.

use serde_json::{Map, Value, json};

use crate::folder::{Precision, SaveFault};
use crate::{RopeScaling, Shape};

/// The architecture that computes a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::folder) enum Family {
    Qwen3,
    Qwen2,
    Llama,
}

impl Family {
    pub(in crate::folder) fn of(shape: &Shape) -> Result<Self, SaveFault> {
        match (shape.head_norms, shape.attention_bias) {
            (true, false) => Ok(Self::Qwen3),
            (false, true) => Ok(Self::Qwen2),
            (false, false) => Ok(Self::Llama),
            (true, true) => Err(SaveFault::NoFamily { what: "head norms and biases of queries, keys and values" }),
        }
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Qwen3 => ("Qwen3ForCausalLM", "qwen3"),
            Self::Qwen2 => ("Qwen2ForCausalLM", "qwen2"),
            Self::Llama => ("LlamaForCausalLM", "llama"),
        }
    }
}

/// The tokens that begin and end a text, and fill one up.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::folder) struct Tokens {
    /// Stands between documents: begins, ends and fills up.
    pub(in crate::folder) border: Option<u32>,
    /// Ends a turn of a conversation.
    pub(in crate::folder) end_of_turn: Option<u32>,
}

/// The text of `config.json`.
///
/// The angles are written as until transformers 4 (`rope_theta`, `rope_scaling`), which every later version and every
/// other engine reads; `rope_parameters` alone is read by few.
pub(in crate::folder) fn write(shape: &Shape, precision: Precision, tokens: Tokens) -> Result<String, SaveFault> {
    let family = Family::of(shape)?;
    let (architecture, model_type) = family.names();
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    put("architectures", json!([architecture]));
    put("model_type", json!(model_type));
    put("vocab_size", json!(shape.vocab));
    put("hidden_size", json!(shape.width));
    put("intermediate_size", json!(shape.hidden));
    put("num_hidden_layers", json!(shape.layers));
    put("num_attention_heads", json!(shape.heads));
    put("num_key_value_heads", json!(shape.kv_heads));
    put("head_dim", json!(shape.head_size));
    put("hidden_act", json!("silu"));
    put("max_position_embeddings", json!(shape.context));
    put("rms_norm_eps", json!(shape.norm_epsilon));
    put("rope_theta", json!(shape.rope_theta));
    put("rope_scaling", shape.rope_scaling.as_ref().map_or(Value::Null, scaling));
    put("tie_word_embeddings", json!(shape.tied));
    put("attention_dropout", json!(0.0));
    put("initializer_range", json!(0.02));
    put("use_cache", json!(true));
    match family {
        Family::Llama => {
            put("attention_bias", json!(false));
            put("mlp_bias", json!(false));
        }
        Family::Qwen2 | Family::Qwen3 => {
            if family == Family::Qwen3 {
                put("attention_bias", json!(false));
            }
            put("use_sliding_window", json!(false));
            put("sliding_window", Value::Null);
            put("max_window_layers", json!(shape.layers));
        }
    }
    for name in ["bos_token_id", "eos_token_id", "pad_token_id"] {
        put(name, json!(tokens.border));
    }
    // The name until transformers 4; later ones read it too.
    put("torch_dtype", json!(precision.name()));
    Ok(format!("{:#}\n", Value::Object(map)))
}

fn scaling(scaling: &RopeScaling) -> Value {
    json!({
        "rope_type": "llama3",
        "factor": scaling.factor,
        "low_freq_factor": scaling.low_frequency_factor,
        "high_freq_factor": scaling.high_frequency_factor,
        "original_max_position_embeddings": scaling.original_context,
    })
}
