//! What lies in a model's folder: shards, their index, the configuration.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::entries::Entries;
use super::{OpenFault, Tensor};

/// The longest configuration that is read, in bytes.
const MOST_CONFIG: u64 = 16 << 20;

/// The longest index that is read, in bytes: a million tensors of a hundred bytes each.
const MOST_INDEX: u64 = 100_000_000;

/// What `model.safetensors.index.json` says.
#[derive(Debug)]
pub(super) struct Index {
    file: PathBuf,
    /// Which shard each tensor is in, by its place among the shards; sorted by name.
    places: Vec<(String, usize)>,
}

#[derive(Deserialize)]
struct RawIndex {
    weight_map: Entries<String>,
}

/// Formats that are not read, by the ending of their files.
const OTHERS: [(&[&str], &str, &str); 3] = [
    (
        &["bin", "pt", "pth", "ckpt", "pkl", "pickle"],
        "a pickle, a program that would have to be run",
        "convert it to safetensors on a machine that may run it (`safetensors.torch.save_file`)",
    ),
    (&["gguf", "ggml"], "GGUF, quantised in blocks", "convert it back to safetensors in bf16, or name the original"),
    (
        &["h5", "msgpack", "onnx", "npz"],
        "weights of another framework",
        "convert them to safetensors with the model's own framework",
    ),
];

/// Refuses a file of another format by the name of the format.
pub(super) fn check_format(path: &Path) -> Result<(), OpenFault> {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match OTHERS.iter().find(|(endings, _, _)| endings.contains(&ending.as_str())) {
        Some((_, format, mend)) => Err(OpenFault::Format { file: path.to_owned(), format, mend }),
        None => Ok(()),
    }
}

/// The files of weights in a folder, and their index if they are several.
pub(super) fn shards(folder: &Path) -> Result<(Vec<PathBuf>, Option<Index>), OpenFault> {
    let index = folder.join("model.safetensors.index.json");
    if index.exists() {
        let (shards, index) = read_index(folder, index)?;
        return Ok((shards, Some(index)));
    }
    let single = folder.join("model.safetensors");
    if single.exists() {
        return Ok((vec![single], None));
    }
    lone_file(folder).map(|file| (vec![file], None))
}

/// The one `.safetensors` file of a folder, under whatever name.
fn lone_file(folder: &Path) -> Result<PathBuf, OpenFault> {
    let read = |source| OpenFault::Read { file: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(read)? {
        files.push(entry.map_err(read)?.path());
    }
    files.sort();
    let weights: Vec<&PathBuf> =
        files.iter().filter(|file| file.extension().is_some_and(|e| e == "safetensors")).collect();
    let none = |what: String, mend| OpenFault::NoWeights { folder: folder.to_owned(), what, mend };
    match weights[..] {
        [file] if file.file_name().is_some_and(|name| name == "adapter_model.safetensors") => Err(none(
            "an adapter and no model".to_owned(),
            "merge it into its base (`merge_and_unload` of PEFT) and save the result",
        )),
        [file] => Ok(file.clone()),
        [] => {
            files.iter().try_for_each(|file| check_format(file))?;
            Err(none("no .safetensors file".to_owned(), "name the folder that holds model.safetensors or its shards"))
        }
        [first, second, ..] => Err(none(
            format!("{} and {} without model.safetensors.index.json", shown(first), shown(second)),
            "fetch the index, or name one of the files",
        )),
    }
}

fn shown(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn read_index(folder: &Path, file: PathBuf) -> Result<(Vec<PathBuf>, Index), OpenFault> {
    let wrong = |what: String| OpenFault::Index { file: file.clone(), what };
    let text = read_text(&file, MOST_INDEX)?.unwrap_or_default();
    let raw: RawIndex = serde_json::from_str(&text).map_err(|fault| wrong(format!("it is malformed: {fault}")))?;
    let mut names: Vec<String> = raw.weight_map.0.values().cloned().collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Err(wrong("it names no tensor".to_owned()));
    }
    for name in &names {
        let is_plain = Path::new(name).file_name().is_some_and(|last| last == name.as_str());
        if !is_plain || !name.ends_with(".safetensors") {
            return Err(wrong(format!("its shard {name:?} is no name of a .safetensors file in this folder")));
        }
        if !folder.join(name).exists() {
            return Err(wrong(format!("its shard {name} is missing")));
        }
    }
    let place = |shard: &String| names.binary_search(shard).unwrap_or_default();
    let places = raw.weight_map.0.iter().map(|(tensor, shard)| (tensor.clone(), place(shard))).collect();
    let shards = names.iter().map(|name| folder.join(name)).collect();
    Ok((shards, Index { file, places }))
}

impl Index {
    /// Holds the index against the tensors of all shards, which are sorted by name.
    pub(super) fn check(&self, shards: &[PathBuf], tensors: &[Tensor]) -> Result<(), OpenFault> {
        let wrong = |what: String| OpenFault::Index { file: self.file.clone(), what };
        if let Some([one, other]) = tensors.array_windows().find(|[one, other]| one.name == other.name) {
            let (first, second) = (shown(&shards[one.shard]), shown(&shards[other.shard]));
            return Err(wrong(format!("tensor {} stands both in {first} and in {second}", one.name)));
        }
        let mut listed = self.places.iter().peekable();
        for tensor in tensors {
            let shard = shown(&shards[tensor.shard]);
            match listed.next_if(|(name, _)| *name <= tensor.name) {
                Some((name, place)) if *name == tensor.name && *place == tensor.shard => {}
                Some((name, place)) if *name == tensor.name => {
                    let said = shown(&shards[*place]);
                    return Err(wrong(format!("it says tensor {name} is in {said}, and it is in {shard}")));
                }
                Some((name, place)) => {
                    let said = shown(&shards[*place]);
                    return Err(wrong(format!("it says tensor {name} is in {said}, and it is in no shard")));
                }
                None => return Err(wrong(format!("{shard} holds tensor {}, which it does not name", tensor.name))),
            }
        }
        match listed.next() {
            Some((name, place)) => {
                let said = shown(&shards[*place]);
                Err(wrong(format!("it says tensor {name} is in {said}, and it is in no shard")))
            }
            None => Ok(()),
        }
    }
}

/// A file of text, or nothing where there is none.
pub(crate) fn read_text(path: &Path, most: u64) -> Result<Option<String>, OpenFault> {
    let read = |source| OpenFault::Read { file: path.to_owned(), source };
    let kind = match std::fs::metadata(path) {
        Ok(kind) => kind,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(read(fault)),
    };
    if !kind.is_file() {
        return Err(OpenFault::NotAFile { file: path.to_owned() });
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(read)?.take(most + 1).read_to_end(&mut bytes).map_err(read)?;
    if bytes.len() as u64 > most {
        let what = format!("it has over {most} bytes, more than any real one; it is not the file its name says");
        return Err(OpenFault::Text { file: path.to_owned(), what });
    }
    String::from_utf8(bytes).map(Some).map_err(|fault| OpenFault::Text {
        file: path.to_owned(),
        what: format!("it is no UTF-8 ({fault}); save it as UTF-8"),
    })
}

/// `config.json`, if the folder has one.
pub(super) fn config(folder: &Path) -> Result<Option<Value>, OpenFault> {
    let file = folder.join("config.json");
    let Some(text) = read_text(&file, MOST_CONFIG)? else { return Ok(None) };
    let wrong = |what: String| OpenFault::Text { file: file.clone(), what };
    let value: Value =
        serde_json::from_str(&text).map_err(|fault| wrong(format!("it is no JSON ({fault}); fetch it again")))?;
    if value.is_object() { Ok(Some(value)) } else { Err(wrong("it is no JSON object; fetch it again".to_owned())) }
}
