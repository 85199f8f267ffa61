//! A folder becomes a model.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::safetensors::{Entries, Entry, Kind, Stream};
use super::words::read_text;
use super::{LoadFault, Model, config};
use crate::{Layout, Place, Shape, Tokenizer};

/// The most shards that an index may name.
const MOST_SHARDS: usize = 10_000;

/// Loads a folder of the Qwen3, Qwen2, Llama or Mistral families: f32, bf16 or f16, in one file or in shards.
///
/// # Errors
///
/// [`LoadFault`]: it names the file, and where it can the tensor or the key, and says what would be right. A model whose
/// arithmetic is not done here (experts, sliding windows shorter than its context, other stretches of the angles,
/// quantised weights) is refused.
pub fn load(folder: &Path) -> Result<Model, LoadFault> {
    let shape = config::read(&folder.join("config.json"))?;
    // Before the weights, which take longest.
    let tokenizer = load_tokenizer(folder, &shape)?;
    let chat_template = chat_template(folder)?;
    let weights = read_weights(folder, &shape)?;
    Ok(Model { shape, weights, tokenizer, chat_template })
}

/// Loads the sizes and the weights of a folder, which need have no tokenizer.
///
/// # Errors
///
/// Those of [`load()`].
pub fn load_weights(folder: &Path) -> Result<(Shape, Vec<f32>), LoadFault> {
    let shape = config::read(&folder.join("config.json"))?;
    let weights = read_weights(folder, &shape)?;
    Ok((shape, weights))
}

/// The tokens at which a model of this folder ends its answer: `eos_token_id` of `generation_config.json`, or of
/// `config.json` where there is no such file or key.
///
/// # Errors
///
/// [`LoadFault::Read`], [`LoadFault::Malformed`].
pub fn end_tokens(folder: &Path) -> Result<Vec<u32>, LoadFault> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Ids {
        One(u32),
        Some(Vec<u32>),
    }
    #[derive(Deserialize)]
    struct Written {
        eos_token_id: Option<Ids>,
    }
    for name in ["generation_config.json", "config.json"] {
        let path = folder.join(name);
        if name == "generation_config.json" && !path.exists() {
            continue;
        }
        let written: Written = serde_json::from_str(&read_text(&path)?)
            .map_err(|fault| LoadFault::Malformed { file: path.clone(), what: format!("`eos_token_id`: {fault}") })?;
        match written.eos_token_id {
            Some(Ids::One(id)) => return Ok(vec![id]),
            Some(Ids::Some(ids)) => return Ok(ids),
            None => {}
        }
    }
    Ok(Vec::new())
}

fn load_tokenizer(folder: &Path, shape: &Shape) -> Result<Tokenizer, LoadFault> {
    let path = folder.join("tokenizer.json");
    let fault = |what: String| LoadFault::Tokenizer { file: path.clone(), what };
    let tokenizer = Tokenizer::from_json(&read_text(&path)?).map_err(|error| fault(error.to_string()))?;
    match tokenizer.vocab_size() {
        tokens if tokens > shape.vocab => {
            let rows = shape.vocab;
            Err(fault(format!("has {tokens} tokens where the embedding has {rows} rows; it belongs to another model")))
        }
        _ => Ok(tokenizer),
    }
}

/// The template of conversations: `chat_template.jinja`, or the key of `tokenizer_config.json` as it was before.
fn chat_template(folder: &Path) -> Result<Option<String>, LoadFault> {
    let path = folder.join("chat_template.jinja");
    if path.exists() {
        return read_text(&path).map(Some);
    }
    let path = folder.join("tokenizer_config.json");
    if !path.exists() {
        return Ok(None);
    }
    let malformed = |what: String| LoadFault::Malformed { file: path.clone(), what };
    let written: Value = serde_json::from_str(&read_text(&path)?).map_err(|fault| malformed(fault.to_string()))?;
    match written.get("chat_template") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(template)) => Ok(Some(template.clone())),
        // Several by name.
        Some(Value::Array(named)) => {
            let default = named.iter().find(|one| one.get("name").is_some_and(|name| name == "default"));
            let template = default.and_then(|one| one.get("template")).and_then(Value::as_str);
            Ok(template.map(str::to_owned))
        }
        Some(_) => Err(malformed("`chat_template` must be a text or a list of named texts".to_owned())),
    }
}

fn read_weights(folder: &Path, shape: &Shape) -> Result<Vec<f32>, LoadFault> {
    let layout = Layout::of(shape);
    let mut shards = open(folder)?;
    let plan = Plan::new(folder, &shards, &layout, shape.tied)?;
    // Only now is it sure that the files hold as many numbers.
    let mut weights = vec![0.0; layout.floats()];
    for (shard, entry, place) in &plan.reads {
        shards[*shard].read(entry, &mut weights[place.range()])?;
    }
    let embedding = layout.places().first().map_or(0..0, Place::range);
    for (shard, entry) in &plan.heads {
        if let Some(place) = shards[*shard].differs(entry, &weights[embedding.clone()])? {
            let what = format!(
                "config.json says tie_word_embeddings, but the head is another matrix than the embedding from number \
                 {place} on; set tie_word_embeddings to false"
            );
            return Err(LoadFault::Tensor { file: shards[*shard].path().to_owned(), tensor: entry.name.clone(), what });
        }
    }
    Ok(weights)
}

/// The files of weights, opened, and what they hold compared with the index where there is one.
fn open(folder: &Path) -> Result<Vec<Stream>, LoadFault> {
    let single = folder.join("model.safetensors");
    if single.exists() {
        return Ok(vec![Stream::open(&single)?]);
    }
    let index = folder.join("model.safetensors.index.json");
    if !index.exists() {
        let mend = if folder.join("pytorch_model.bin").exists() {
            "pytorch_model.bin runs code when it is read: convert it with save_pretrained(..., safe_serialization=True)"
        } else {
            "fetch the folder again, or train the model first"
        };
        return Err(LoadFault::NoWeights { folder: folder.to_owned(), mend });
    }
    let map = read_index(&index)?;
    let mut files: Vec<&String> = map.values().collect();
    files.sort();
    files.dedup();
    if files.len() > MOST_SHARDS {
        let what = format!("names {} files; at most {MOST_SHARDS} make sense", files.len());
        return Err(LoadFault::Malformed { file: index, what });
    }
    let mut shards = Vec::new();
    for file in files {
        let shard = Stream::open(&folder.join(file))?;
        check_shard(&shard, file, &map)?;
        shards.push(shard);
    }
    Ok(shards)
}

/// Which file of an index holds which tensor.
fn read_index(path: &Path) -> Result<BTreeMap<String, String>, LoadFault> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: Entries<String>,
    }
    let malformed = |what: String| LoadFault::Malformed { file: path.to_owned(), what };
    let index: Index = serde_json::from_str(&read_text(path)?).map_err(|fault| malformed(fault.to_string()))?;
    for (tensor, file) in &index.weight_map.0 {
        // So that an index cannot make us read elsewhere.
        if Path::new(file).file_name().is_none_or(|name| name != file.as_str()) || file.contains('\\') {
            return Err(malformed(format!(
                "puts {tensor} into {file:?}; it must be the name of a file in this folder"
            )));
        }
    }
    Ok(index.weight_map.0.into_iter().collect())
}

/// A shard holds what the index says, no more and no less.
fn check_shard(shard: &Stream, file: &str, map: &BTreeMap<String, String>) -> Result<(), LoadFault> {
    let fault = |tensor: &str, what: String| {
        Err(LoadFault::Tensor { file: shard.path().to_owned(), tensor: tensor.to_owned(), what })
    };
    for entry in &shard.header.entries {
        match map.get(&entry.name) {
            Some(said) if said == file => {}
            Some(said) => return fault(&entry.name, format!("is here, but the index says it is in {said}")),
            None => return fault(&entry.name, "is here, but the index does not know it".to_owned()),
        }
    }
    let held: BTreeMap<&str, ()> = shard.header.entries.iter().map(|entry| (entry.name.as_str(), ())).collect();
    match map.iter().find(|(tensor, said)| *said == file && !held.contains_key(tensor.as_str())) {
        Some((tensor, _)) => fault(tensor, "is not here, though the index says so; fetch the file again".to_owned()),
        None => Ok(()),
    }
}

/// Which tensor of which file goes where.
struct Plan<'a> {
    reads: Vec<(usize, Entry, &'a Place)>,
    /// Heads written beside an embedding that is the head: they must be the same.
    heads: Vec<(usize, Entry)>,
}

impl<'a> Plan<'a> {
    fn new(folder: &Path, shards: &[Stream], layout: &'a Layout, tied: bool) -> Result<Self, LoadFault> {
        let places: BTreeMap<&str, &Place> = layout.places().iter().map(|place| (place.name.as_str(), place)).collect();
        let mut missing = places.clone();
        let mut plan = Self { reads: Vec::new(), heads: Vec::new() };
        for (index, shard) in shards.iter().enumerate() {
            for entry in &shard.header.entries {
                let fault =
                    |what| LoadFault::Tensor { file: shard.path().to_owned(), tensor: entry.name.clone(), what };
                if let Some(place) = places.get(entry.name.as_str()) {
                    check_tensor(entry, place).map_err(fault)?;
                    missing.remove(entry.name.as_str());
                    plan.reads.push((index, entry.clone(), place));
                } else if let (true, "lm_head.weight", Some(place)) =
                    (tied, entry.name.as_str(), layout.places().first())
                {
                    check_tensor(entry, place).map_err(fault)?;
                    plan.heads.push((index, entry.clone()));
                } else if !is_derived(&entry.name) {
                    return Err(fault(stranger(&entry.name, &places)));
                }
            }
        }
        match missing.into_values().min_by_key(|place| place.start) {
            Some(place) => Err(lacks(folder, shards, place)),
            None => Ok(plan),
        }
    }
}

fn check_tensor(entry: &Entry, place: &Place) -> Result<(), String> {
    let (rows, columns) = (place.rows as u64, place.columns as u64);
    let wanted = if place.is_vector() { vec![columns] } else { vec![rows, columns] };
    if entry.shape != wanted {
        return Err(format!("has the shape {:?} where config.json makes it {wanted:?}", entry.shape));
    }
    match entry.kind {
        Kind::F32 | Kind::Bf16 | Kind::F16 => Ok(()),
        Kind::Other { .. } => {
            Err(format!("has the dtype {}, which is not read; convert it to F32, BF16 or F16", entry.written))
        }
    }
}

/// A table that old folders hold though it follows from the sizes.
fn is_derived(name: &str) -> bool {
    name.ends_with(".rotary_emb.inv_freq")
}

fn stranger(name: &str, places: &BTreeMap<&str, &Place>) -> String {
    if places.contains_key(format!("model.{name}").as_str()) {
        return format!("is called model.{name} in a folder of a model with its head; save it as ForCausalLM");
    }
    "is no tensor of the model that config.json describes; the two do not belong together".to_owned()
}

fn lacks(folder: &Path, shards: &[Stream], place: &Place) -> LoadFault {
    let file = match shards {
        [only] => only.path().to_owned(),
        _ => PathBuf::from(folder).join("model.safetensors.index.json"),
    };
    let what = if place.name == "lm_head.weight" {
        "is missing; where the head is the embedding, config.json must say tie_word_embeddings: true".to_owned()
    } else {
        format!("is missing; config.json makes it {} by {}", place.rows, place.columns)
    };
    LoadFault::Tensor { file, tensor: place.name.clone(), what }
}
