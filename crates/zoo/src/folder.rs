//! A model as a Hugging Face folder: `config.json`, one safetensors file, `tokenizer.json`.
//!
//! The room `model` writes its own dense models; here also what it cannot compute is written (experts, encoders), so the
//! few lines of the format stand here once more.

use std::fs;
use std::io;
use std::path::Path;

use half::bf16;
use serde_json::{Map, Value, json};

use crate::{Fault, Plain};

/// Writes a model as a folder, its weights rounded to bf16.
///
/// # Errors
///
/// [`Fault::File`].
pub fn write(folder: &Path, model: &Plain) -> Result<(), Fault> {
    let put = |path: &Path, bytes: &[u8]| -> Result<(), Fault> {
        let fault = |fault: io::Error| Fault::File { path: path.to_owned(), fault };
        fs::write(path, bytes).map_err(fault)
    };
    fs::create_dir_all(folder).map_err(|fault| Fault::File { path: folder.to_owned(), fault })?;
    put(&folder.join("config.json"), config(model).to_string().as_bytes())?;
    put(&folder.join("tokenizer.json"), model.tokenizer.to_string().as_bytes())?;
    put(&folder.join("model.safetensors"), &safetensors(model))
}

fn safetensors(model: &Plain) -> Vec<u8> {
    let mut header = Map::new();
    let mut data: Vec<u8> = Vec::with_capacity(2 * model.parameters());
    for (name, tensor) in &model.tensors {
        let start = data.len();
        data.extend(tensor.values.iter().flat_map(|value| bf16::from_f32(*value).to_le_bytes()));
        let entry = json!({"dtype": "BF16", "shape": tensor.shape, "data_offsets": [start, data.len()]});
        header.insert(name.clone(), entry);
    }
    let mut header = Value::Object(header).to_string();
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat()
}

fn config(model: &Plain) -> Value {
    let shape = &model.shape;
    let (family, architecture) = match (shape.head_norms, shape.attention_bias) {
        (true, _) => ("qwen3", "Qwen3ForCausalLM"),
        (false, true) => ("qwen2", "Qwen2ForCausalLM"),
        (false, false) => ("llama", "LlamaForCausalLM"),
    };
    let mut config = json!({
        "architectures": [architecture],
        "model_type": family,
        "vocab_size": shape.vocab,
        "hidden_size": shape.width,
        "intermediate_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_size,
        "hidden_act": "silu",
        "max_position_embeddings": shape.context,
        "rms_norm_eps": shape.norm_epsilon,
        "rope_theta": shape.rope_theta,
        "tie_word_embeddings": shape.tied,
        "torch_dtype": "bfloat16",
    });
    for (key, value) in &model.config {
        config[key] = value.clone();
    }
    config
}
