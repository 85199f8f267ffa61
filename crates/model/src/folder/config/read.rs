//! `config.json` becomes a shape, or is refused by the name of what cannot be computed here.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::ROPE_THETA;
use crate::folder::LoadFault;
use crate::folder::words::read_text;
use crate::{RopeScaling, Shape};

/// What of a `config.json` decides the sizes and the arithmetic. Other keys are free, as they are for transformers.
#[derive(Debug, Deserialize)]
struct Written {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    hidden_act: Option<String>,
    max_position_embeddings: usize,
    rms_norm_eps: Option<f64>,
    tie_word_embeddings: Option<bool>,
    rope_theta: Option<f64>,
    rope_scaling: Option<Value>,
    rope_parameters: Option<Value>,
    partial_rotary_factor: Option<f64>,
    attention_bias: Option<bool>,
    mlp_bias: Option<bool>,
    use_sliding_window: Option<bool>,
    sliding_window: Option<usize>,
    max_window_layers: Option<usize>,
    layer_types: Option<Vec<String>>,
    quantization_config: Option<Value>,
    num_experts: Option<usize>,
    num_local_experts: Option<usize>,
}

/// Rotary angles as either generation of transformers writes them.
#[derive(Debug, Default, Deserialize)]
struct Rope {
    rope_type: Option<String>,
    /// The older name of `rope_type`.
    #[serde(rename = "type")]
    kind: Option<String>,
    rope_theta: Option<f64>,
    partial_rotary_factor: Option<f64>,
    factor: Option<f64>,
    low_freq_factor: Option<f64>,
    high_freq_factor: Option<f64>,
    original_max_position_embeddings: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Qwen3,
    Qwen2,
    Llama,
    Mistral,
}

/// The shape that a `config.json` describes.
pub(in crate::folder) fn read(path: &Path) -> Result<Shape, LoadFault> {
    let text = read_text(path)?;
    let reader = Reader { path };
    let value: Value = serde_json::from_str(&text).map_err(|fault| reader.malformed(fault.to_string()))?;
    // Before anything else, so that a model of another kind is refused by its name and not by a key it lacks.
    let kind = reader.kind(&value)?;
    let written: Written = serde_json::from_str(&text).map_err(|fault| reader.malformed(fault.to_string()))?;
    reader.refuse(&written, kind)?;
    let shape = reader.shape(written, kind)?;
    check_sizes(&shape).map_err(|what| reader.malformed(what))?;
    Ok(shape)
}

struct Reader<'a> {
    path: &'a Path,
}

impl Reader<'_> {
    fn malformed(&self, what: String) -> LoadFault {
        LoadFault::Malformed { file: self.path.to_owned(), what }
    }

    fn unsupported(&self, what: impl Into<String>, mend: &'static str) -> LoadFault {
        LoadFault::Unsupported { file: self.path.to_owned(), what: what.into(), mend }
    }

    fn kind(&self, value: &Value) -> Result<Kind, LoadFault> {
        let named = value.get("model_type").and_then(Value::as_str).unwrap_or_default();
        let kind = match named {
            "qwen3" => Kind::Qwen3,
            "qwen2" => Kind::Qwen2,
            "llama" => Kind::Llama,
            "mistral" => Kind::Mistral,
            "" => return Err(self.malformed("has no `model_type`; it must be one, e.g. \"qwen3\"".to_owned())),
            _ => {
                let mend = "load a dense model of the Qwen3, Qwen2, Llama or Mistral family";
                return Err(self.unsupported(format!("model_type {named:?}"), mend));
            }
        };
        let heads = value.get("architectures").and_then(Value::as_array);
        let stranger =
            heads.into_iter().flatten().filter_map(Value::as_str).find(|name| !name.ends_with("ForCausalLM"));
        match stranger {
            Some(name) => {
                Err(self.unsupported(format!("architecture {name}"), "load a model that ends in ForCausalLM"))
            }
            None => Ok(kind),
        }
    }

    /// Refuses what would load and compute something else.
    fn refuse(&self, written: &Written, kind: Kind) -> Result<(), LoadFault> {
        if let Some(quantised) = written.quantization_config.as_ref().filter(|value| !value.is_null()) {
            let method = quantised.get("quant_method").and_then(Value::as_str).unwrap_or("of unknown method");
            let mend = "load the model in F32, BF16 or F16";
            return Err(self.unsupported(format!("quantisation {method}"), mend));
        }
        if written.num_experts.or(written.num_local_experts).is_some_and(|experts| experts > 1) {
            return Err(self.unsupported("a mixture of experts", "load a dense model"));
        }
        if let Some(other) = written.hidden_act.as_deref().filter(|name| !matches!(*name, "silu" | "swish")) {
            return Err(self.unsupported(format!("hidden_act {other:?}"), "it must be \"silu\""));
        }
        if kind != Kind::Qwen2 && written.attention_bias == Some(true) {
            let mend = "only Qwen2's biases, of queries, keys and values, are known";
            return Err(self.unsupported("attention_bias (which adds one to o_proj too)", mend));
        }
        if written.mlp_bias == Some(true) {
            return Err(self.unsupported("mlp_bias", "load a model without"));
        }
        self.refuse_windows(written, kind)
    }

    /// A window of attention may be passed over where no sequence is longer than it.
    fn refuse_windows(&self, written: &Written, kind: Kind) -> Result<(), LoadFault> {
        let types = written.layer_types.iter().flatten().map(String::as_str);
        if let Some(other) = types.clone().find(|name| !matches!(*name, "full_attention" | "sliding_attention")) {
            return Err(self.unsupported(format!("layer type {other:?}"), "load a model with full attention only"));
        }
        let is_on = match (&written.layer_types, kind) {
            (Some(_), _) => types.clone().any(|name| name == "sliding_attention"),
            (None, Kind::Mistral) => true,
            (None, Kind::Qwen2 | Kind::Qwen3) => {
                let full = written.max_window_layers.unwrap_or(0);
                written.use_sliding_window == Some(true) && full < written.num_hidden_layers
            }
            (None, Kind::Llama) => false,
        };
        match written.sliding_window {
            Some(window) if is_on && window < written.max_position_embeddings => {
                let mend = "set max_position_embeddings to the window, if no longer text is wanted";
                Err(self.unsupported(format!("a sliding window of {window} tokens"), mend))
            }
            _ => Ok(()),
        }
    }

    fn shape(&self, written: Written, kind: Kind) -> Result<Shape, LoadFault> {
        let heads = written.num_attention_heads;
        let head_size = match written.head_dim {
            Some(size) => size,
            None if heads == 0 || !written.hidden_size.is_multiple_of(heads) => {
                let what =
                    "has no `head_dim`, and `num_attention_heads` does not divide `hidden_size`; say it".to_owned();
                return Err(self.malformed(what));
            }
            None => written.hidden_size / heads,
        };
        let (rope_theta, rope_scaling) = self.rope(&written)?;
        Ok(Shape {
            vocab: written.vocab_size,
            width: written.hidden_size,
            layers: written.num_hidden_layers,
            heads,
            kv_heads: written.num_key_value_heads.unwrap_or(heads),
            head_size,
            hidden: written.intermediate_size,
            context: written.max_position_embeddings,
            rope_theta,
            rope_scaling,
            norm_epsilon: written.rms_norm_eps.unwrap_or(1e-6),
            head_norms: kind == Kind::Qwen3,
            attention_bias: kind == Kind::Qwen2,
            tied: written.tie_word_embeddings.unwrap_or(false),
        })
    }

    /// The angles: `rope_scaling` beside `rope_theta` until transformers 4, `rope_parameters` since 5. Where both stand,
    /// the older wins, as it does there.
    fn rope(&self, written: &Written) -> Result<(f64, Option<RopeScaling>), LoadFault> {
        let given = [&written.rope_scaling, &written.rope_parameters];
        let given = given.into_iter().flatten().find(|value| value.as_object().is_some_and(|map| !map.is_empty()));
        let rope: Rope = match given {
            None => Rope::default(),
            Some(value) => {
                // One set of parameters for each type of layer; sliding layers were looked at before.
                let value = value.get("full_attention").unwrap_or(value);
                serde_json::from_value(value.clone()).map_err(|fault| {
                    self.malformed(format!("the parameters of rope are not as they must be: {fault}"))
                })?
            }
        };
        let partial = rope.partial_rotary_factor.or(written.partial_rotary_factor);
        if partial.is_some_and(|factor| factor != 1.0) {
            return Err(self.unsupported("partial_rotary_factor", "load a model that rotates the whole head"));
        }
        let theta = rope.rope_theta.or(written.rope_theta).unwrap_or(ROPE_THETA);
        let scaling = match rope.rope_type.as_deref().or(rope.kind.as_deref()).unwrap_or("default") {
            "default" => None,
            "llama3" => Some(self.llama3(&rope, written.max_position_embeddings)?),
            other => {
                let mend = "only \"default\" and \"llama3\" are known; where it stretches beyond the context that was \
                            trained, take it out and set max_position_embeddings to that context";
                return Err(self.unsupported(format!("rope type {other:?}"), mend));
            }
        };
        Ok((theta, scaling))
    }

    fn llama3(&self, rope: &Rope, context: usize) -> Result<RopeScaling, LoadFault> {
        let must = |value: Option<f64>, name: &str| {
            let is_fit = value.filter(|value| value.is_finite() && *value > 0.0);
            is_fit.ok_or_else(|| self.malformed(format!("rope type \"llama3\" needs `{name}`, a number above 0")))
        };
        let scaling = RopeScaling {
            factor: must(rope.factor, "factor")?,
            low_frequency_factor: must(rope.low_freq_factor, "low_freq_factor")?,
            high_frequency_factor: must(rope.high_freq_factor, "high_freq_factor")?,
            original_context: rope.original_max_position_embeddings.unwrap_or(context),
        };
        if scaling.low_frequency_factor >= scaling.high_frequency_factor {
            return Err(self.malformed("`low_freq_factor` must be below `high_freq_factor`".to_owned()));
        }
        Ok(scaling)
    }
}

/// Holds sizes in bounds that no real model comes near, so that none of their products can overflow; says what is wrong.
pub(in crate::folder) fn check_sizes(shape: &Shape) -> Result<(), String> {
    let sizes = [
        ("vocab_size", shape.vocab, 1 << 24),
        ("hidden_size", shape.width, 1 << 20),
        ("num_hidden_layers", shape.layers, 1 << 12),
        ("num_attention_heads", shape.heads, 1 << 12),
        ("num_key_value_heads", shape.kv_heads, 1 << 12),
        ("head_dim", shape.head_size, 1 << 12),
        ("intermediate_size", shape.hidden, 1 << 20),
        ("max_position_embeddings", shape.context, 1 << 30),
    ];
    if let Some((name, size, most)) = sizes.into_iter().find(|(_, size, most)| !(1..=*most).contains(size)) {
        return Err(format!("`{name}` is {size}; it must be at least 1 and at most {most}"));
    }
    if !shape.head_size.is_multiple_of(2) {
        return Err(format!("`head_dim` is {}; it must be even, because halves are rotated", shape.head_size));
    }
    if !shape.heads.is_multiple_of(shape.kv_heads) {
        let (heads, kv_heads) = (shape.heads, shape.kv_heads);
        return Err(format!("`num_key_value_heads` is {kv_heads}; it must divide `num_attention_heads`, {heads}"));
    }
    let is_positive = |value: f64| value.is_finite() && value > 0.0;
    if !is_positive(shape.rope_theta) || !is_positive(shape.norm_epsilon) {
        return Err("`rope_theta` and `rms_norm_eps` must be numbers above 0".to_owned());
    }
    Ok(())
}
