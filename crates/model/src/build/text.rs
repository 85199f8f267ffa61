//! From text to tokens.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::fault::{file, write};
use super::{BuildFault, Stage, Text, Walk};
use crate::Tokenizer;
use crate::corpus::{Document, Manifest, PrepareOptions, Tokens, prepare, read_documents};
use crate::tokenizer::{self, TrainOptions};
use crate::tune::{Conversation, Preference};
use provenance::evidence::sha256;

/// Bytes of text that a tokenizer is trained on, at most: more change next to nothing.
const TOKENIZER_BYTES: usize = 64 << 20;

/// Text that was read.
pub(super) struct Read {
    pub(super) manifest: Manifest,
    pub(super) manifest_digest: String,
    pub(super) tokenizer: Tokenizer,
    pub(super) tokenizer_digest: String,
    pub(super) train: Tokens,
    pub(super) validation: Tokens,
}

impl Walk<'_> {
    /// Text, tokenizer and tokens, made or found.
    pub(super) fn read(&mut self) -> Result<Read, BuildFault> {
        let corpus = self.work.join("corpus");
        self.prepare(&corpus)?;
        let path = corpus.join("manifest.json");
        let text = std::fs::read(&path).map_err(file(&path))?;
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| BuildFault::Line {
            path,
            line: error.line(),
            what: error.to_string(),
            wanted: "part of a manifest that the preparation wrote; remove the folder `work` and begin anew",
        })?;
        let (tokenizer, tokenizer_digest) = self.tokenizer(&corpus)?;
        let [train, validation] = self.tokens(&corpus, &tokenizer)?;
        Ok(Read { manifest, manifest_digest: sha256(&text), tokenizer, tokenizer_digest, train, validation })
    }

    fn prepare(&mut self, corpus: &Path) -> Result<(), BuildFault> {
        let data = &self.options.recipe.data;
        let per_mille = (data.validation_share * 1000.0).round() as u64;
        let set = |options: PrepareOptions| PrepareOptions {
            validation_per_mille: per_mille,
            seed: self.options.recipe.seed,
            ..options
        };
        let (key, options) = match &self.options.text {
            Text::World(world) => {
                let inputs = vec![self.work.join("world").join("documents.jsonl")];
                (format!("{world:?}"), set(PrepareOptions::as_made(inputs, corpus.to_owned())))
            }
            Text::Corpus { inputs, .. } => {
                (listed(inputs)?, set(PrepareOptions::new(inputs.clone(), corpus.to_owned())))
            }
        };
        let key = format!("{key}\n{per_mille} {}", options.seed);
        self.onlooker.stage(Stage::Corpus, self.stages.is_made("corpus", &key));
        let (world, work) = (self.world, self.work);
        self.stages.make("corpus", &key, || {
            if let Some(world) = world {
                world.write(&work.join("world"))?;
            }
            prepare(&options)?;
            Ok(())
        })
    }

    fn tokenizer(&mut self, corpus: &Path) -> Result<(Tokenizer, String), BuildFault> {
        let size = self.options.recipe.tokenizer.vocab_size;
        let (path, key) = (self.work.join("tokenizer.json"), size.to_string());
        self.onlooker.stage(Stage::Tokenizer, self.stages.is_made("tokenizer", &key));
        self.stages.make("tokenizer", &key, || {
            let mut bytes = 0;
            let mut texts = Vec::new();
            for document in documents(corpus, "train")? {
                let text = document?.text;
                bytes += text.len();
                texts.push(text);
                if bytes > TOKENIZER_BYTES {
                    break;
                }
            }
            write(&path, &tokenizer::train(&texts, &TrainOptions::new(size))?.to_json())
        })?;
        let text = std::fs::read(&path).map_err(file(&path))?;
        Ok((Tokenizer::load(&path)?, sha256(&text)))
    }

    fn tokens(&mut self, corpus: &Path, tokenizer: &Tokenizer) -> Result<[Tokens; 2], BuildFault> {
        let paths = ["train", "validation"].map(|split| self.work.join(format!("{split}.bin")));
        self.onlooker.stage(Stage::Tokens, self.stages.is_made("tokens", ""));
        self.stages.make("tokens", "", || {
            for (split, path) in ["train", "validation"].into_iter().zip(&paths) {
                Tokens::write(documents(corpus, split)?, tokenizer, path)?;
            }
            Ok(())
        })?;
        let [train, validation] = &paths;
        Ok([Tokens::open(train)?, Tokens::open(validation)?])
    }

    /// What is there to tune on.
    pub(super) fn tuning_text(&self) -> Result<(Vec<Conversation>, Vec<Preference>), BuildFault> {
        if let Some(world) = self.world {
            return Ok((world.conversations(), world.preferences()));
        }
        let Text::Corpus { conversations: said, preferences, .. } = &self.options.text else {
            return Ok(Default::default());
        };
        let said = said.as_deref().map(conversations).transpose()?;
        let pairs = preferences.as_deref().map(pairs).transpose()?;
        Ok((said.unwrap_or_default(), pairs.unwrap_or_default()))
    }
}

/// Conversations from JSON lines.
///
/// # Errors
///
/// [`BuildFault::Line`] for the first line that is none, [`BuildFault::File`].
pub fn conversations(path: &Path) -> Result<Vec<Conversation>, BuildFault> {
    lines(path, r#"{"messages": [{"role", "content"}, …]}"#)
}

/// Pairs of answers from JSON lines.
///
/// # Errors
///
/// [`BuildFault::Line`] for the first line that is none, [`BuildFault::File`].
pub fn pairs(path: &Path) -> Result<Vec<Preference>, BuildFault> {
    lines(path, r#"{"prompt", "chosen", "rejected"}"#)
}

/// The documents of a split of a prepared corpus.
pub(super) fn documents(
    corpus: &Path,
    split: &str,
) -> Result<impl Iterator<Item = Result<Document, crate::corpus::DocumentsFault>> + use<>, BuildFault> {
    Ok(read_documents(&corpus.join(format!("documents.{split}.jsonl")))?)
}

/// All files of the inputs with their sizes and times: what tells that something changed without reading it.
fn listed(inputs: &[PathBuf]) -> Result<String, BuildFault> {
    let mut list = String::new();
    for input in inputs {
        let meta = input.metadata().map_err(file(input))?;
        if meta.is_dir() {
            let mut inner: Vec<PathBuf> = Vec::new();
            for entry in input.read_dir().map_err(file(input))? {
                inner.push(entry.map_err(file(input))?.path());
            }
            inner.sort();
            list.push_str(&listed(&inner)?);
        } else {
            list.push_str(&format!("{} {} {:?}\n", input.display(), meta.len(), meta.modified().ok()));
        }
    }
    Ok(list)
}

/// JSON lines, of which every one has to be right.
fn lines<T: DeserializeOwned>(path: &Path, wanted: &'static str) -> Result<Vec<T>, BuildFault> {
    let reader = BufReader::new(File::open(path).map_err(file(path))?);
    let mut items = Vec::new();
    for (line, text) in (1..).zip(reader.lines()) {
        let text = text.map_err(file(path))?;
        if text.trim().is_empty() {
            continue;
        }
        let fault = |error: serde_json::Error| BuildFault::Line {
            path: path.to_owned(),
            line,
            what: error.to_string(),
            wanted,
        };
        items.push(serde_json::from_str(&text).map_err(fault)?);
    }
    Ok(items)
}
