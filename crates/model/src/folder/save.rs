//! A model becomes a folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::config::{self, Tokens};
use super::words::write_text;
use super::{Model, Precision, SaveFault, safetensors};
use crate::tokenizer::{Added, END_OF_TEXT, TURN_END};
use crate::{Layout, Place, Shape, Tokenizer};

/// How a folder is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveOptions {
    /// How long a weight is.
    pub precision: Precision,
    /// Bytes of weights above which they are written in several files, none of them longer unless a tensor is.
    pub shard_bytes: u64,
}

impl Default for SaveOptions {
    /// f32 to the bit, in one file until five gigabytes.
    fn default() -> Self {
        Self { precision: Precision::F32, shard_bytes: 5_000_000_000 }
    }
}

/// Writes a model as a folder, in f32: `load` gives back the same bits.
///
/// # Errors
///
/// Those of [`save_as`].
pub fn save(folder: &Path, model: &Model) -> Result<(), SaveFault> {
    save_as(folder, model, &SaveOptions::default())
}

/// Writes a model as a folder, as the options say: `config.json`, the weights, `generation_config.json` and the files of
/// the tokenizer.
///
/// transformers gives every model of Qwen2 a tokenizer class that brings text to NFC whatever `tokenizer.json` says; text that
/// is in NFC, as ours is, gets the same tokens either way. Qwen3 and Llama are loaded as the file says.
///
/// Every file is written whole under another name and then moved into its place. Files of weights of an earlier save in
/// another number of shards are removed, because engines would choose between the two in different ways.
///
/// # Errors
///
/// [`SaveFault`]: nothing is written where the model does not fit together or a weight is not a number.
pub fn save_as(folder: &Path, model: &Model, options: &SaveOptions) -> Result<(), SaveFault> {
    if model.tokenizer.vocab_size() > model.shape.vocab {
        return Err(SaveFault::Vocabulary { tokens: model.tokenizer.vocab_size(), rows: model.shape.vocab });
    }
    let tokens = tokens(&model.tokenizer);
    write_weights(folder, (&model.shape, &model.weights), options, tokens)?;
    write_text(&folder.join("generation_config.json"), &generation_config(tokens))?;
    write_text(&folder.join("tokenizer.json"), &model.tokenizer.to_json())?;
    write_text(&folder.join("tokenizer_config.json"), &tokenizer_config(model))?;
    write_text(&folder.join("special_tokens_map.json"), &special_tokens_map(&model.tokenizer))?;
    let template = folder.join("chat_template.jinja");
    match &model.chat_template {
        Some(text) => write_text(&template, text),
        None => remove(&template),
    }
}

/// Writes `config.json` and the weights alone.
///
/// # Errors
///
/// Those of [`save_as`].
pub fn save_weights(folder: &Path, shape: &Shape, weights: &[f32], options: &SaveOptions) -> Result<(), SaveFault> {
    write_weights(folder, (shape, weights), options, Tokens::default())
}

fn write_weights(
    folder: &Path,
    (shape, weights): (&Shape, &[f32]),
    options: &SaveOptions,
    tokens: Tokens,
) -> Result<(), SaveFault> {
    config::check_sizes(shape).map_err(|what| SaveFault::Shape { what })?;
    let layout = Layout::of(shape);
    if layout.floats() != weights.len() {
        return Err(SaveFault::Count { found: weights.len(), wanted: layout.floats() });
    }
    let config = config::write(shape, options.precision, tokens)?;
    fs::create_dir_all(folder).map_err(|source| SaveFault::Write { file: folder.to_owned(), source })?;
    let shards = shards(&layout, options);
    let files: Vec<String> = (0..shards.len()).map(|number| shard_name(number, shards.len())).collect();
    for (file, shard) in files.iter().zip(&shards) {
        safetensors::write(&folder.join(file), shard, weights, options.precision)?;
    }
    let index = folder.join("model.safetensors.index.json");
    if let [_] = shards.as_slice() {
        remove(&index)?;
    } else {
        write_text(&index, &index_text(&files, &shards, options.precision))?;
    }
    remove_others(folder, &files)?;
    write_text(&folder.join("config.json"), &config)
}

/// The tensors of each file, in the order of the layout.
fn shards<'a>(layout: &'a Layout, options: &SaveOptions) -> Vec<Vec<&'a Place>> {
    let mut shards = vec![Vec::new()];
    let mut filled = 0;
    for place in layout.places() {
        let bytes = bytes(place, options.precision);
        if filled > 0 && filled + bytes > options.shard_bytes {
            shards.push(Vec::new());
            filled = 0;
        }
        filled += bytes;
        if let Some(last) = shards.last_mut() {
            last.push(place);
        }
    }
    shards
}

fn bytes(place: &Place, precision: Precision) -> u64 {
    place.range().len() as u64 * precision.bytes()
}

fn shard_name(number: usize, of: usize) -> String {
    match of {
        1 => "model.safetensors".to_owned(),
        _ => format!("model-{:05}-of-{of:05}.safetensors", number + 1),
    }
}

fn index_text(files: &[String], shards: &[Vec<&Place>], precision: Precision) -> String {
    let mut map = BTreeMap::new();
    let mut total = 0;
    for (file, shard) in files.iter().zip(shards) {
        for place in shard {
            total += bytes(place, precision);
            map.insert(&place.name, file);
        }
    }
    format!("{:#}\n", json!({"metadata": {"total_size": total}, "weight_map": map}))
}

/// Removes files of weights that an earlier save left and this one did not write.
fn remove_others(folder: &Path, written: &[String]) -> Result<(), SaveFault> {
    let fault = |source| SaveFault::Write { file: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_weights = name == "model.safetensors" || is_shard_name(&name);
        if is_weights && !written.iter().any(|written| *written == *name) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

fn is_shard_name(name: &str) -> bool {
    let numbers = name.strip_prefix("model-").and_then(|name| name.strip_suffix(".safetensors"));
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|sign| sign.is_ascii_digit());
    numbers
        .and_then(|numbers| numbers.split_once("-of-"))
        .is_some_and(|(number, of)| is_number(number) && is_number(of))
}

fn remove(path: &Path) -> Result<(), SaveFault> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(SaveFault::Write { file: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn tokens(tokenizer: &Tokenizer) -> Tokens {
    Tokens { border: tokenizer.special(END_OF_TEXT), end_of_turn: tokenizer.special(TURN_END) }
}

/// Only which tokens mean what. A temperature here would change what others measure, because vLLM applies it.
fn generation_config(tokens: Tokens) -> String {
    let ends: Vec<u32> = [tokens.border, tokens.end_of_turn].into_iter().flatten().collect();
    let mut map = Map::new();
    if let Some(border) = tokens.border {
        map.insert("bos_token_id".to_owned(), json!(border));
        map.insert("pad_token_id".to_owned(), json!(border));
    }
    if !ends.is_empty() {
        map.insert("eos_token_id".to_owned(), json!(ends));
    }
    format!("{:#}\n", Value::Object(map))
}

/// What transformers asks of a tokenizer beyond its file: nothing is put before a text, nothing is tidied after it.
fn tokenizer_config(model: &Model) -> String {
    let specials = model.tokenizer.specials();
    let added: Map<String, Value> = specials.map(|token| (token.id.to_string(), added_token(token))).collect();
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    put("tokenizer_class", json!("PreTrainedTokenizerFast"));
    put("add_bos_token", json!(false));
    put("add_eos_token", json!(false));
    put("add_prefix_space", json!(false));
    put("clean_up_tokenization_spaces", json!(false));
    put("split_special_tokens", json!(false));
    put("model_max_length", json!(model.shape.context));
    put("added_tokens_decoder", Value::Object(added));
    for (name, value) in roles(&model.tokenizer) {
        put(name, value);
    }
    if let Some(template) = &model.chat_template {
        put("chat_template", json!(template));
    }
    format!("{:#}\n", Value::Object(map))
}

fn added_token(token: &Added) -> Value {
    json!({
        "content": token.content,
        "lstrip": false,
        "normalized": token.normalized,
        "rstrip": false,
        "single_word": false,
        "special": token.special,
    })
}

fn special_tokens_map(tokenizer: &Tokenizer) -> String {
    format!("{:#}\n", Value::Object(roles(tokenizer).map(|(name, value)| (name.to_owned(), value)).collect()))
}

/// Which special token is what; the others are special and no more.
fn roles(tokenizer: &Tokenizer) -> impl Iterator<Item = (&'static str, Value)> + use<> {
    let border = tokenizer.special(END_OF_TEXT).is_some();
    let named = ["bos_token", "eos_token", "pad_token"].into_iter().filter(move |_| border);
    let others: Vec<&String> =
        tokenizer.specials().map(|token| &token.content).filter(|text| *text != END_OF_TEXT).collect();
    named.map(|name| (name, json!(END_OF_TEXT))).chain([("additional_special_tokens", json!(others))])
}
