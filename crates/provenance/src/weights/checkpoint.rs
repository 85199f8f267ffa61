//! A model's weights: one file, or a folder of shards with their index.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Dtype, Header, OpenFault, folder};

/// A model's weights, open and held to their format; nothing of the weights themselves has been read.
#[derive(Debug)]
pub struct Checkpoint {
    name: String,
    path: PathBuf,
    shards: Vec<PathBuf>,
    tensors: Vec<Tensor>,
    config: Option<Value>,
}

/// A tensor of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Its name.
    pub name: String,
    /// How its numbers are written.
    pub dtype: Dtype,
    /// Its sizes, slowest first.
    pub shape: Vec<u64>,
    /// Which of the files it is in.
    pub(crate) shard: usize,
    /// Its first byte in that file.
    pub(crate) start: u64,
    /// Its bytes.
    pub bytes: u64,
}

impl Checkpoint {
    /// Opens a `.safetensors` file, or a folder that holds `model.safetensors.index.json` with its shards or one
    /// `.safetensors` file. `config.json` beside them is read too.
    ///
    /// # Errors
    ///
    /// When a file is missing or malformed, the index and the shards disagree, or the weights are in another format.
    pub fn open(path: &Path) -> Result<Self, OpenFault> {
        let read = |source| OpenFault::Read { file: path.to_owned(), source };
        let kind = std::fs::metadata(path).map_err(read)?;
        let whole = path.canonicalize().map_err(read)?;
        let stem = if kind.is_dir() { whole.file_name() } else { whole.file_stem() };
        let name = stem.map_or("model".to_owned(), |stem| stem.to_string_lossy().into_owned());
        let (shards, index) = if kind.is_dir() { folder::shards(path)? } else { (vec![path.to_owned()], None) };
        let beside = if kind.is_dir() { path } else { path.parent().unwrap_or(path) };
        let mut tensors = Vec::new();
        for (shard, file) in shards.iter().enumerate() {
            let header = open_shard(file)?;
            tensors.reserve_exact(header.tensors.len());
            tensors.extend(header.tensors.into_iter().map(|entry| Tensor {
                start: header.first + entry.start,
                bytes: entry.bytes,
                name: entry.name,
                dtype: entry.dtype,
                shape: entry.shape,
                shard,
            }));
        }
        tensors.sort_unstable_by(|one, other| (&one.name, one.shard).cmp(&(&other.name, other.shard)));
        if let Some(index) = &index {
            index.check(&shards, &tensors)?;
        }
        let config = folder::config(beside)?;
        Ok(Self { name, path: path.to_owned(), shards, tensors, config })
    }

    /// What it is called: the name of its folder, or of its file without the ending.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that holds the weights and what came with them.
    #[must_use]
    pub fn folder(&self) -> &Path {
        if self.path.is_dir() { &self.path } else { self.path.parent().unwrap_or(&self.path) }
    }

    /// The files of weights.
    #[must_use]
    pub fn shards(&self) -> &[PathBuf] {
        &self.shards
    }

    /// Its tensors, by name.
    #[must_use]
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The tensor of this name.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.position(name).map(|place| &self.tensors[place])
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.tensors.binary_search_by(|tensor| tensor.name.as_str().cmp(name)).ok()
    }

    /// What `config.json` says, if there is one.
    #[must_use]
    pub fn config(&self) -> Option<&Value> {
        self.config.as_ref()
    }
}

fn open_shard(path: &Path) -> Result<Header, OpenFault> {
    folder::check_format(path)?;
    let read = |source| OpenFault::Read { file: path.to_owned(), source };
    let kind = std::fs::metadata(path).map_err(read)?;
    // Opening a pipe would wait for its other end.
    if !kind.is_file() {
        return Err(OpenFault::NotAFile { file: path.to_owned() });
    }
    let file = File::open(path).map_err(read)?;
    Header::read(&file).map_err(read)?.map_err(|fault| OpenFault::Header { file: path.to_owned(), fault })
}
