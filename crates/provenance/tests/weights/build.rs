//! Safetensors files for the tests, written without the code under test.

use std::fs;
use std::path::Path;

use half::{bf16, f16};
use serde_json::{Map, Value, json};

/// A tensor to be written: name, dtype, shape, bytes.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) name: String,
    pub(crate) dtype: &'static str,
    pub(crate) shape: Vec<u64>,
    pub(crate) bytes: Vec<u8>,
}

/// Numbers that look like weights: about normal, of standard deviation 0.02, from a linear congruential generator.
pub(crate) fn weights(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..count).map(|_| 0.02 * (0..6).map(|_| uniform()).sum::<f32>() * 2f32.sqrt()).collect()
}

impl Given {
    pub(crate) fn new(name: &str, dtype: &'static str, shape: &[u64], values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| match dtype {
            "BF16" => bf16::from_f32(*value).to_le_bytes().to_vec(),
            "F16" => f16::from_f32(*value).to_le_bytes().to_vec(),
            "F64" => f64::from(*value).to_le_bytes().to_vec(),
            _ => value.to_le_bytes().to_vec(),
        });
        Self { name: name.to_owned(), dtype, shape: shape.to_vec(), bytes: bytes.collect() }
    }

    pub(crate) fn raw(name: &str, dtype: &'static str, shape: &[u64], bytes: Vec<u8>) -> Self {
        Self { name: name.to_owned(), dtype, shape: shape.to_vec(), bytes }
    }
}

/// The bytes of a file of these tensors.
pub(crate) fn file(tensors: &[Given]) -> Vec<u8> {
    let (mut header, mut data) = (Map::new(), Vec::new());
    for tensor in tensors {
        let (start, end) = (data.len(), data.len() + tensor.bytes.len());
        let entry = json!({"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [start, end]});
        header.insert(tensor.name.clone(), entry);
        data.extend_from_slice(&tensor.bytes);
    }
    framed(&Value::Object(header).to_string(), &data)
}

/// A header and data as a file.
pub(crate) fn framed(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// Writes a folder with one file of weights and a configuration.
pub(crate) fn folder(path: &Path, config: &Value, tensors: &[Given]) {
    fs::create_dir_all(path).unwrap();
    fs::write(path.join("config.json"), config.to_string()).unwrap();
    fs::write(path.join("model.safetensors"), file(tensors)).unwrap();
}

/// A small Llama: its configuration and tensors.
pub(crate) fn llama(seed: u64, dtype: &'static str) -> (Value, Vec<Given>) {
    let (width, inner, heads, kv_heads, blocks, tokens) = (96, 272, 6, 2, 2, 150);
    let kv = width / heads * kv_heads;
    let config = json!({
        "model_type": "llama", "hidden_size": width, "intermediate_size": inner, "num_attention_heads": heads,
        "num_key_value_heads": kv_heads, "num_hidden_layers": blocks, "vocab_size": tokens,
    });
    let mut shapes = vec![("model.embed_tokens.weight".to_owned(), vec![tokens, width])];
    for block in 0..blocks {
        for (name, shape) in [
            ("self_attn.q_proj", vec![width, width]),
            ("self_attn.k_proj", vec![kv, width]),
            ("self_attn.v_proj", vec![kv, width]),
            ("self_attn.o_proj", vec![width, width]),
            ("mlp.gate_proj", vec![inner, width]),
            ("mlp.up_proj", vec![inner, width]),
            ("mlp.down_proj", vec![width, inner]),
            ("input_layernorm", vec![width]),
            ("post_attention_layernorm", vec![width]),
        ] {
            shapes.push((format!("model.layers.{block}.{name}.weight"), shape));
        }
    }
    shapes.push(("model.norm.weight".to_owned(), vec![width]));
    shapes.push(("lm_head.weight".to_owned(), vec![tokens, width]));
    let tensors = shapes.iter().enumerate().map(|(number, (name, shape))| {
        let values = weights(seed * 1000 + number as u64, shape.iter().product::<u64>() as usize);
        Given::new(name, dtype, shape, &values)
    });
    (config, tensors.collect())
}
