//! From files as they come to two files of clean texts and an account of all that was done.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::duplicates::{Duplicates, Met};
use super::gather::{Gathered, Input, gather};
use super::manifest::{Amount, Manifest, Removed, Shard, Split};
use super::read::{Record, read};
use super::{Contamination, Document, Language, Quality, SourcesFault, normalise};

/// How a corpus is prepared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrepareOptions {
    /// Files and folders to read: `.txt` and `.md` (a text each), `.jsonl`, `.ndjson`, `.json`, and `.parquet` with the
    /// feature of that name; plain, or packed as `.gz` or `.zst`.
    #[serde(skip, default)]
    pub inputs: Vec<PathBuf>,
    /// The folder to write into; it is made.
    #[serde(skip, default)]
    pub out: PathBuf,
    /// The field or column that holds the text.
    pub field: String,
    /// The languages that are kept.
    pub languages: Vec<Language>,
    /// Limits that texts have to keep to, if any.
    pub quality: Option<Quality>,
    /// Whether texts that are nearly like one before are taken out; those like it letter by letter always are.
    pub near_duplicates: bool,
    /// How many of a thousand texts are set apart to measure on.
    pub validation_per_mille: u64,
    /// What decides which.
    pub seed: u64,
}

impl PrepareOptions {
    /// For texts as they are found: Korean and English are kept, with all filters, and one in a hundred is set apart.
    #[must_use]
    pub fn new(inputs: Vec<PathBuf>, out: PathBuf) -> Self {
        Self {
            inputs,
            out,
            field: "text".to_owned(),
            languages: vec![Language::Korean, Language::English],
            quality: Some(Quality::default()),
            near_duplicates: true,
            validation_per_mille: 10,
            seed: 0,
        }
    }

    /// For texts that were made to be learnt from, and say one thing many times on purpose, as the world's do: nothing
    /// is taken out but what is there letter by letter.
    #[must_use]
    pub fn as_made(inputs: Vec<PathBuf>, out: PathBuf) -> Self {
        let languages = Language::ALL.to_vec();
        Self { languages, quality: None, near_duplicates: false, ..Self::new(inputs, out) }
    }
}

/// A corpus that was prepared.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// Texts to learn from.
    pub train: PathBuf,
    /// Texts to measure on.
    pub validation: PathBuf,
    /// The account, as it stands in `manifest.json`.
    pub manifest: Manifest,
    /// SHA-256 of `manifest.json`.
    pub manifest_sha256: String,
}

/// Why a corpus could not be prepared. A text that cannot be read is no fault: it is counted in the manifest.
#[derive(Debug, thiserror::Error)]
pub enum PrepareFault {
    /// A file or a folder cannot be read or written.
    #[error("{path}: {fault}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// A file that was named is of no form that is read.
    #[error(
        "{path} is of no form that is read: give .txt, .md, .jsonl, .ndjson, .json or .parquet, plain, .gz or .zst"
    )]
    Form {
        /// Which file.
        path: PathBuf,
    },
    /// A `sources.toml` cannot be used.
    #[error(transparent)]
    Sources(#[from] SourcesFault),
    /// No text was left to learn from.
    #[error("of {found} texts none was kept to learn from; {most} were taken out as: {reason}")]
    NothingKept {
        /// Texts that were found.
        found: usize,
        /// Texts that were taken out for the most frequent reason.
        most: usize,
        /// That reason.
        reason: String,
    },
    /// Texts were kept, but none fell among those to measure on.
    #[error("none of {kept} texts fell among those to measure on: give more, shorter texts, or set more of them apart")]
    NoValidation {
        /// Texts that were kept.
        kept: usize,
    },
}

/// Prepares a corpus: `documents.train.jsonl`, `documents.validation.jsonl` and `manifest.json` in the folder `out`.
///
/// Files are read one after another and texts one at a time; what grows is the index of texts that were kept, by about
/// 700 bytes a text. The same files and options give the same bytes.
///
/// # Errors
///
/// See [`PrepareFault`].
pub fn prepare(options: &PrepareOptions) -> Result<Prepared, PrepareFault> {
    run(options, None)
}

/// As [`prepare`], and takes out texts that hold test items.
///
/// # Errors
///
/// See [`PrepareFault`].
pub fn prepare_against(options: &PrepareOptions, tests: &dyn Contamination) -> Result<Prepared, PrepareFault> {
    run(options, Some(tests))
}

const TRAIN: &str = "documents.train.jsonl";
const VALIDATION: &str = "documents.validation.jsonl";
/// Characters of an example.
const EXAMPLE: usize = 120;

fn run(options: &PrepareOptions, tests: Option<&dyn Contamination>) -> Result<Prepared, PrepareFault> {
    let out = &options.out;
    fs::create_dir_all(out).map_err(|fault| PrepareFault::File { path: out.clone(), fault })?;
    let Gathered { inputs, passed_over } = gather(&options.inputs, out)?;
    let mut work = Work {
        options,
        tests,
        duplicates: Duplicates::new(options.near_duplicates),
        removed: BTreeMap::new(),
        train: Writer::new(out, TRAIN)?,
        validation: Writer::new(out, VALIDATION)?,
    };
    let shards = inputs.iter().map(|input| work.shard(input)).collect::<Result<Vec<_>, _>>()?;
    let Work { removed, train, validation, .. } = work;
    let manifest = Manifest {
        format: Manifest::FORMAT.to_owned(),
        options: options.clone(),
        decontamination: tests.map(Contamination::method),
        sources: inputs.iter().map(|input| (input.source.clone(), input.entry.clone())).collect(),
        shards,
        passed_over,
        removed,
        splits: vec![train.finish()?, validation.finish()?],
    };
    check(options, &manifest)?;
    let manifest_sha256 = write_manifest(out, &manifest)?;
    Ok(Prepared { train: out.join(TRAIN), validation: out.join(VALIDATION), manifest, manifest_sha256 })
}

fn check(options: &PrepareOptions, manifest: &Manifest) -> Result<(), PrepareFault> {
    let [train, validation] = [0, 1].map(|at| manifest.splits.get(at).is_some_and(|split| !split.languages.is_empty()));
    if !train {
        let most = manifest.removed.iter().max_by_key(|(_, removed)| removed.documents);
        let (reason, most) =
            most.map_or(("there were none", 0), |(reason, removed)| (reason.as_str(), removed.documents));
        return Err(PrepareFault::NothingKept { found: manifest.documents_in(), most, reason: reason.to_owned() });
    }
    if !validation && options.validation_per_mille > 0 {
        return Err(PrepareFault::NoValidation { kept: manifest.documents_kept() });
    }
    Ok(())
}

fn write_manifest(out: &Path, manifest: &Manifest) -> Result<String, PrepareFault> {
    let path = out.join("manifest.json");
    let fault = |fault| PrepareFault::File { path: path.clone(), fault };
    let text = serde_json::to_string_pretty(manifest).map_err(|error| fault(error.into()))? + "\n";
    fs::write(&path, &text).map_err(fault)?;
    Ok(hex::encode(Sha256::digest(text.as_bytes())))
}

/// What is known while files are read.
struct Work<'a> {
    options: &'a PrepareOptions,
    tests: Option<&'a dyn Contamination>,
    duplicates: Duplicates,
    removed: BTreeMap<String, Removed>,
    train: Writer,
    validation: Writer,
}

impl Work<'_> {
    fn shard(&mut self, input: &Input) -> Result<Shard, PrepareFault> {
        let (bytes, sha256) =
            digest_of(&input.path).map_err(|fault| PrepareFault::File { path: input.path.clone(), fault })?;
        let mut shard = Shard {
            path: input.told.clone(),
            bytes,
            sha256,
            source: input.source.clone(),
            licence: input.entry.licence.clone(),
            documents: 0,
            found: BTreeMap::new(),
            kept: BTreeMap::new(),
            removed: BTreeMap::new(),
        };
        read(&input.path, &self.options.field, &mut |record| self.take(record, &mut shard))?;
        Ok(shard)
    }

    fn take(&mut self, record: Record, shard: &mut Shard) -> Result<(), PrepareFault> {
        shard.documents += 1;
        let place = match record.place.as_str() {
            "" => shard.path.clone(),
            place => format!("{}, {place}", shard.path),
        };
        let text = match record.text {
            Ok(text) => normalise(&text),
            Err(why) => {
                self.remove("unreadable", &place, &why, shard);
                return Ok(());
            }
        };
        let language = Language::of(&text);
        shard.found.entry(language).or_default().add(&text);
        if let Some(reason) = self.reason(&text, language) {
            self.remove(&reason, &place, &text, shard);
            return Ok(());
        }
        shard.kept.entry(language).or_default().add(&text);
        let split = if self.is_set_apart(&text) { &mut self.validation } else { &mut self.train };
        split.write(Document { text, source: shard.source.clone(), language })
    }

    /// Why a text is taken out, if it is. What is asked first costs least.
    fn reason(&mut self, text: &str, language: Language) -> Option<String> {
        if text.is_empty() {
            return Some("empty".to_owned());
        }
        if text.contains('\u{FFFD}') {
            return Some("characters that were lost before".to_owned());
        }
        if !self.options.languages.contains(&language) {
            return Some(format!("language: {language}"));
        }
        if let Some(fault) = self.options.quality.as_ref().and_then(|quality| quality.fault(text, language)) {
            return Some(format!("quality: {fault}"));
        }
        if self.tests.is_some_and(|tests| tests.find(text).is_some()) {
            return Some("holds a test item".to_owned());
        }
        match self.duplicates.meet(text) {
            Met::New => None,
            Met::Exact => Some("exact duplicate".to_owned()),
            Met::Near => Some("near duplicate".to_owned()),
        }
    }

    fn remove(&mut self, reason: &str, place: &str, text: &str, shard: &mut Shard) {
        *shard.removed.entry(reason.to_owned()).or_default() += 1;
        let removed = self.removed.entry(reason.to_owned()).or_insert_with(|| {
            let example = text.chars().take(EXAMPLE).collect();
            Removed { documents: 0, place: place.to_owned(), example }
        });
        removed.documents += 1;
    }

    /// Whether a text is set apart: by its own digest, so that it does not hang on the others.
    fn is_set_apart(&self, text: &str) -> bool {
        let mut hash = Sha256::new();
        hash.update(self.options.seed.to_le_bytes());
        hash.update(text.as_bytes());
        let number = hash.finalize().iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        number % 1000 < self.options.validation_per_mille
    }
}

pub(super) fn digest_of(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((bytes, hex::encode(hash.finalize())));
        }
        hash.update(&buffer[..count]);
        bytes += count as u64;
    }
}

/// A file of texts while it is written; it gets its name when it is whole.
struct Writer {
    path: PathBuf,
    name: &'static str,
    file: BufWriter<File>,
    hash: Sha256,
    languages: BTreeMap<Language, Amount>,
}

impl Writer {
    fn new(out: &Path, name: &'static str) -> Result<Self, PrepareFault> {
        let path = out.join(name);
        let partial = path.with_extension("partial");
        let file = File::create(&partial).map_err(|fault| PrepareFault::File { path: partial, fault })?;
        Ok(Self { path, name, file: BufWriter::new(file), hash: Sha256::new(), languages: BTreeMap::new() })
    }

    fn fault(&self, fault: io::Error) -> PrepareFault {
        PrepareFault::File { path: self.path.clone(), fault }
    }

    fn write(&mut self, document: Document) -> Result<(), PrepareFault> {
        self.languages.entry(document.language).or_default().add(&document.text);
        let mut line = serde_json::to_vec(&document).map_err(|error| self.fault(error.into()))?;
        line.push(b'\n');
        self.hash.update(&line);
        self.file.write_all(&line).map_err(|fault| self.fault(fault))
    }

    fn finish(mut self) -> Result<Split, PrepareFault> {
        let written = self.file.flush().and_then(|()| fs::rename(self.path.with_extension("partial"), &self.path));
        written.map_err(|fault| self.fault(fault))?;
        Ok(Split { path: self.name.to_owned(), sha256: hex::encode(self.hash.finalize()), languages: self.languages })
    }
}
