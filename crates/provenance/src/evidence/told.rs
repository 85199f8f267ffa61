//! What a trainer in any language tells: places of files, whose digests are read here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{Entry, EvidenceFault, Log, digest_of_file};

/// What stands in place of the digest of something that was not named.
const NOT_TOLD: &str = "not told";
/// Folders in folders, at the most.
const DEEPEST: usize = 16;

/// One thing that happened, as a trainer tells it. In JSON: `{"kind":"loss","step":10,"loss":7.1}`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Told {
    /// A training begins from first weights.
    Start {
        /// The settings.
        config: PathBuf,
        /// The manifest of the text: digests of what will be read.
        data_manifest: PathBuf,
        /// The first weights: a file or a folder.
        checkpoint: PathBuf,
        /// The program that trains: a file or a folder.
        #[serde(default)]
        source: Option<PathBuf>,
        /// The tokenizer: a file or a folder.
        #[serde(default)]
        tokenizer: Option<PathBuf>,
    },
    /// The loss of a step.
    Loss {
        /// Steps done, this one among them.
        step: u64,
        /// Mean nats a token.
        loss: f64,
        /// The learning rate of the step.
        #[serde(default)]
        rate: Option<f64>,
    },
    /// A checkpoint was written.
    Checkpoint {
        /// Steps done.
        step: u64,
        /// A file or a folder.
        checkpoint: PathBuf,
    },
    /// The training goes on from a checkpoint.
    Resume {
        /// Steps done at the checkpoint.
        step: u64,
        /// A file or a folder.
        checkpoint: PathBuf,
    },
    /// The training came to its end.
    End {
        /// Steps done.
        step: u64,
        /// The last checkpoint, where it was not told yet.
        #[serde(default)]
        checkpoint: Option<PathBuf>,
    },
}

impl Log {
    /// Reads the digests of what is told and adds it. A start is followed by its checkpoint of step 0; an end is preceded
    /// by its checkpoint, where one is named.
    ///
    /// # Errors
    ///
    /// As [`Log::append`]; [`EvidenceFault::File`] for a file that cannot be read; [`EvidenceFault::NoCheckpoint`] for an
    /// end without one.
    pub fn tell(&mut self, told: &Told) -> Result<(), EvidenceFault> {
        match told {
            Told::Start { config, data_manifest, checkpoint, source, tokenizer } => {
                let (entry, weights) = checkpoint_entry(0, checkpoint)?;
                let of = |path: &Option<PathBuf>| path.as_deref().map_or(Ok(NOT_TOLD.to_owned()), digest_of_path);
                let start = Entry::Start {
                    source: of(source)?,
                    recipe: digest_of_path(config)?,
                    data: digest_of_path(data_manifest)?,
                    tokenizer: of(tokenizer)?,
                    weights,
                };
                self.append(start)?;
                self.append(entry)
            }
            Told::Loss { step, loss, rate } => self.append(Entry::Loss { step: *step, loss: *loss, rate: *rate }),
            Told::Checkpoint { step, checkpoint } => self.append(checkpoint_entry(*step, checkpoint)?.0),
            Told::Resume { step, checkpoint } => {
                self.append(Entry::Resumed { step: *step, digest: digest_of_path(checkpoint)? })
            }
            Told::End { step, checkpoint } => {
                if let Some(checkpoint) = checkpoint {
                    self.append(checkpoint_entry(*step, checkpoint)?.0)?;
                }
                let weights = self.weights_of(*step)?;
                self.append(Entry::End { step: *step, weights })
            }
        }
    }

    /// The digest of the weights of a checkpoint that was told.
    fn weights_of(&self, wanted: u64) -> Result<String, EvidenceFault> {
        let told = self.entries().iter().rev().find_map(|entry| match entry {
            Entry::Checkpoint { step, weights, .. } if *step == wanted => Some(weights.clone()),
            _ => None,
        });
        told.ok_or(EvidenceFault::NoCheckpoint { step: wanted })
    }
}

/// The entry of a checkpoint, and the digest of its weights.
fn checkpoint_entry(step: u64, path: &Path) -> Result<(Entry, String), EvidenceFault> {
    let files = files(path)?;
    let name =
        path.canonicalize().ok().and_then(|whole| whole.file_name().map(|name| name.to_string_lossy().into_owned()));
    let file = name.unwrap_or_else(|| path.display().to_string());
    let weights: Vec<_> = files.iter().filter(|(name, _)| name.ends_with(".safetensors")).cloned().collect();
    let weights = digest(path, if weights.is_empty() { &files } else { &weights });
    let entry = Entry::Checkpoint { step, file, digest: digest(path, &files), weights: weights.clone() };
    Ok((entry, weights))
}

/// SHA-256 of a file, or of a folder, in hexadecimal. A folder's is that of the lines that `sha256sum` prints of all its
/// files, names below the folder, in the order of the names' bytes.
///
/// # Errors
///
/// [`EvidenceFault::File`] where something cannot be read, or folders lie deeper than 16.
pub fn digest_of_path(path: &Path) -> Result<String, EvidenceFault> {
    Ok(digest(path, &files(path)?))
}

fn digest(path: &Path, files: &[(String, String)]) -> String {
    match files {
        [(_, only)] if !path.is_dir() => only.clone(),
        _ => {
            let mut hash = Sha256::new();
            files.iter().for_each(|(name, digest)| hash.update(format!("{digest}  {name}\n")));
            hex::encode(hash.finalize())
        }
    }
}

/// The name below `path` and the digest of every file.
fn files(path: &Path) -> Result<Vec<(String, String)>, EvidenceFault> {
    let mut found = Vec::new();
    walk(path, "", DEEPEST, &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(path: &Path, name: &str, deeper: usize, found: &mut Vec<(String, String)>) -> Result<(), EvidenceFault> {
    let file_fault = |fault| EvidenceFault::File { path: path.to_owned(), fault };
    if !path.is_dir() {
        // Opening a pipe would wait for its other end.
        if !fs::metadata(path).map_err(file_fault)?.is_file() {
            return Err(file_fault(io::Error::other("is neither a file nor a folder")));
        }
        found.push((name.to_owned(), digest_of_file(path).map_err(file_fault)?));
        return Ok(());
    }
    if deeper == 0 {
        return Err(file_fault(io::Error::other(format!("holds folders more than {DEEPEST} deep"))));
    }
    for entry in fs::read_dir(path).map_err(file_fault)? {
        let entry = entry.map_err(file_fault)?;
        let own = entry.file_name().to_string_lossy().into_owned();
        let below = if name.is_empty() { own } else { format!("{name}/{own}") };
        walk(&entry.path(), &below, deeper - 1, found)?;
    }
    Ok(())
}
