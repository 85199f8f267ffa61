//! Fingerprints as files: safetensors themselves, so that the strict reader reads them and others can too.
//!
//! Of `U` units and `P` parts, in the order of the parts:
//!
//! | tensor    | type | shape     | what                                                              |
//! |-----------|------|-----------|-------------------------------------------------------------------|
//! | `hash`    | U64  | `[U]`     | hash of each unit                                                 |
//! | `counts`  | U64  | `[P, 3]`  | finite, broken and zero weights                                   |
//! | `moments` | F64  | `[P, 4]`  | means of the first to fourth power                                |
//! | `tokens`, `merges` | U64 | `[.]` | the tokenizer's, where the model has one                      |
//! | `scale`   | F32  | `[U]`     | by what the codes of a unit's sketch are multiplied               |
//! | `norm`    | F32  | `[U]`     | Euclidean norm of each unit                                       |
//! | `special` | U32  | `[.]`     | ids of special tokens                                             |
//! | `digest`  | U8   | `[P, 16]` | digest of each part                                               |
//! | `sketch`  | I8   | `[U, 64]` | codes of each unit's sketch                                       |
//!
//! `__metadata__` holds `format` (`daepyo fingerprint 1`), and as JSON `facts`, `parts` and `remarks`. That is 80 bytes a
//! unit, about 1 % of a matrix in bf16 that is 4,096 wide.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use thiserror::Error;

use super::card;
use super::pass::{Found, PassFault, PassOptions, Plan};
use super::tokens::{self, MOST_ID};
use super::{Facts, Fingerprint, Moments, Part, SKETCH, Store, TokenizerPrint, Units};
use crate::anatomy::{Axis, Component, Expert, Role};
use crate::weights::{Checkpoint, Dtype, Entry, Header, HeaderFault};

/// What stands under `format`.
const FORMAT: &str = "daepyo fingerprint 1";

/// Why a fingerprint could not be opened.
#[derive(Debug, Error)]
pub enum FingerprintFault {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", file.display())]
    Read {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no safetensors file.
    #[error("{}: {fault}", file.display())]
    Header {
        /// Which file.
        file: PathBuf,
        /// What is wrong.
        fault: HeaderFault,
    },
    /// The file is no fingerprint, or one that contradicts itself.
    #[error("{}: {what}; make the fingerprint anew from the model's weights", file.display())]
    Content {
        /// Which file.
        file: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// A part as the file has it; digest and moments stand in tensors.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    component: Component,
    role: Role,
    expert: Option<Expert>,
    tensor: String,
    dtype: String,
    axis: Axis,
    units: u64,
    width: u64,
}

/// Where the units of a fingerprint stand in its file.
#[derive(Debug)]
pub(super) struct Stored {
    file: File,
    path: PathBuf,
    /// The first unit of each part, and at the end the number of all.
    firsts: Vec<u64>,
    hash: u64,
    scale: u64,
    norm: u64,
    sketch: u64,
}

/// Name, type, and sizes of each tensor of a fingerprint, in the order of the file.
fn tensors(units: u64, parts: u64, tokenizer: Option<&TokenizerPrint>) -> Vec<(&'static str, Dtype, Vec<u64>)> {
    let mut list = vec![
        ("hash", Dtype::U64, vec![units]),
        ("counts", Dtype::U64, vec![parts, 3]),
        ("moments", Dtype::F64, vec![parts, 4]),
    ];
    if let Some(print) = tokenizer {
        list.push(("tokens", Dtype::U64, vec![print.tokens.len() as u64]));
        list.push(("merges", Dtype::U64, vec![print.merges.len() as u64]));
    }
    list.push(("scale", Dtype::F32, vec![units]));
    list.push(("norm", Dtype::F32, vec![units]));
    if let Some(print) = tokenizer {
        list.push(("special", Dtype::U32, vec![print.special.len() as u64]));
    }
    list.push(("digest", Dtype::U8, vec![parts, 16]));
    list.push(("sketch", Dtype::I8, vec![units, SKETCH as u64]));
    list
}

/// A header's bytes with its length before it, and where each tensor begins in the file.
struct Frame {
    bytes: Vec<u8>,
    starts: BTreeMap<&'static str, u64>,
    whole: u64,
}

fn frame(
    plan: &Plan,
    checkpoint: &Checkpoint,
    facts: &Facts,
    tokenizer: Option<&TokenizerPrint>,
) -> serde_json::Result<Frame> {
    let rows: Vec<Row> =
        plan.parts(checkpoint, &vec![Found::default(); plan.layout.places.len()]).into_iter().map(row).collect();
    let mut header = Map::new();
    let texts = json!({
        "format": FORMAT,
        "facts": serde_json::to_string(facts)?,
        "parts": serde_json::to_string(&rows)?,
        "remarks": serde_json::to_string(&plan.layout.remarks)?,
    });
    header.insert("__metadata__".to_owned(), texts);
    let mut next = 0;
    let mut starts = BTreeMap::new();
    for (name, dtype, shape) in tensors(plan.units, rows.len() as u64, tokenizer) {
        let end = next + shape.iter().product::<u64>() * dtype.bits() / 8;
        header.insert(name.to_owned(), json!({"dtype": dtype.name(), "shape": shape, "data_offsets": [next, end]}));
        starts.insert(name, next);
        next = end;
    }
    let mut text = serde_json::to_string(&header)?;
    text.extend(std::iter::repeat_n(' ', text.len().next_multiple_of(8) - text.len()));
    let first = 8 + text.len() as u64;
    starts.values_mut().for_each(|start| *start += first);
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    Ok(Frame { bytes, starts, whole: first + next })
}

fn row(part: Part) -> Row {
    let Part { component, role, expert, tensor, dtype, axis, units, width, .. } = part;
    Row { component, role, expert, tensor, dtype, axis, units, width }
}

/// A fingerprint that is being written under another name, and removed if it is not finished.
struct Draft<'a> {
    file: File,
    partial: PathBuf,
    out: &'a Path,
    finished: bool,
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if !self.finished {
            let _ = std::fs::remove_file(&self.partial);
        }
    }
}

impl<'a> Draft<'a> {
    fn new(out: &'a Path) -> Result<Self, PassFault> {
        let partial = out.with_extension("fingerprint.partial");
        let file = File::create(&partial).map_err(|source| PassFault::Write { file: partial.clone(), source })?;
        Ok(Self { file, partial, out, finished: false })
    }

    fn put(&self, bytes: &[u8], at: u64) -> Result<(), PassFault> {
        let fault = |source| PassFault::Write { file: self.partial.clone(), source };
        self.file.write_all_at(bytes, at).map_err(fault)
    }

    fn finish(mut self, whole: u64) -> Result<(), PassFault> {
        let fault = |source| PassFault::Write { file: self.out.to_owned(), source };
        self.file.set_len(whole).map_err(fault)?;
        self.file.sync_all().map_err(fault)?;
        std::fs::rename(&self.partial, self.out).map_err(fault)?;
        self.finished = true;
        Ok(())
    }
}

fn bytes_of<const N: usize, T: Copy>(values: &[T], bytes: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|value| bytes(*value)).collect()
}

impl Fingerprint {
    /// Makes the fingerprint of a checkpoint as a file. Memory does not grow with the model: units are written as the pass
    /// goes. The file appears under its name when it is whole.
    ///
    /// # Errors
    ///
    /// When weights are in a format that is not read, or a file cannot be read or written.
    pub fn write(checkpoint: &Checkpoint, options: &PassOptions, out: &Path) -> Result<(), PassFault> {
        let plan = Plan::new(checkpoint, &options.families)?;
        let tokenizer = tokens::print(checkpoint.folder())?;
        let blank = vec![Found::default(); plan.layout.places.len()];
        let mut facts = card::facts(checkpoint, &plan.parts(checkpoint, &blank), options.seed)?;
        // Known when the pass is over; whoever opens the file makes it from the digests of the parts.
        facts.digest.clear();
        let frame = frame(&plan, checkpoint, &facts, tokenizer.as_ref())
            .map_err(|fault| PassFault::Write { file: out.to_owned(), source: io::Error::other(fault) })?;
        let draft = Draft::new(out)?;
        draft.put(&frame.bytes, 0)?;
        let at = |name: &str| frame.starts.get(name).copied().unwrap_or(frame.whole);
        let found = plan.run(checkpoint, options, &|part, first, chunk| {
            let unit = plan.firsts[part] + first;
            draft.put(&bytes_of(&chunk.hashes, u64::to_le_bytes), at("hash") + 8 * unit)?;
            draft.put(&bytes_of(&chunk.scales, f32::to_le_bytes), at("scale") + 4 * unit)?;
            draft.put(&bytes_of(&chunk.norms, f32::to_le_bytes), at("norm") + 4 * unit)?;
            draft.put(&bytes_of(&chunk.codes, i8::to_le_bytes), at("sketch") + SKETCH as u64 * unit)
        })?;
        let counts = found.iter().flat_map(|found| [found.moments.count, found.moments.broken, found.moments.zeros]);
        draft.put(&bytes_of(&counts.collect::<Vec<_>>(), u64::to_le_bytes), at("counts"))?;
        let moments = found.iter().map(|found| found.moments);
        let moments = moments.flat_map(|moments| [moments.mean, moments.square, moments.cube, moments.fourth]);
        draft.put(&bytes_of(&moments.collect::<Vec<_>>(), f64::to_le_bytes), at("moments"))?;
        let digests: Vec<u128> = found.iter().map(|found| found.digest).collect();
        draft.put(&bytes_of(&digests, u128::to_be_bytes), at("digest"))?;
        if let Some(print) = &tokenizer {
            draft.put(&bytes_of(&print.tokens, u64::to_le_bytes), at("tokens"))?;
            draft.put(&bytes_of(&print.merges, u64::to_le_bytes), at("merges"))?;
            draft.put(&bytes_of(&print.special, u32::to_le_bytes), at("special"))?;
        }
        draft.finish(frame.whole)
    }

    /// Opens a fingerprint that was written to a file. Its units stay there until they are asked for.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no fingerprint, or contradicts itself.
    pub fn open(path: &Path) -> Result<Self, FingerprintFault> {
        let read = |source| FingerprintFault::Read { file: path.to_owned(), source };
        let wrong = |what: String| FingerprintFault::Content { file: path.to_owned(), what };
        if !std::fs::metadata(path).map_err(read)?.is_file() {
            return Err(wrong("it is no ordinary file".to_owned()));
        }
        let file = File::open(path).map_err(read)?;
        let header = Header::read(&file).map_err(read)?;
        let header = header.map_err(|fault| FingerprintFault::Header { file: path.to_owned(), fault })?;
        if header.metadata.get("format").map(String::as_str) != Some(FORMAT) {
            return Err(wrong(format!("it is no file of the format `{FORMAT}`")));
        }
        let opened = Opened { file, path, header };
        opened.fingerprint().map_err(|fault| match fault {
            Wrong::Read(source) => read(source),
            Wrong::Content(what) => wrong(what),
        })
    }
}

/// A fingerprint's file whose header has been read.
struct Opened<'a> {
    file: File,
    path: &'a Path,
    header: Header,
}

enum Wrong {
    Read(io::Error),
    Content(String),
}

impl Opened<'_> {
    fn fingerprint(self) -> Result<Fingerprint, Wrong> {
        let mut facts: Facts = self.text("facts")?;
        let rows: Vec<Row> = self.text("parts")?;
        let remarks: Vec<String> = self.text("remarks")?;
        let mut firsts = vec![0u64];
        for row in &rows {
            let next = firsts.last().copied().unwrap_or(0).checked_add(row.units);
            firsts.push(next.ok_or_else(|| Wrong::Content("it counts more units than there can be".to_owned()))?);
        }
        let units = firsts.last().copied().unwrap_or(0);
        let tokenizer = self.tokenizer()?;
        for (name, dtype, shape) in tensors(units, rows.len() as u64, tokenizer.as_ref()) {
            let entry = self.entry(name)?;
            if entry.dtype != dtype || entry.shape != shape {
                let (is, found) = (entry.dtype, &entry.shape);
                let what = format!("its tensor {name} is {is} {found:?} where its parts make it {dtype} {shape:?}");
                return Err(Wrong::Content(what));
            }
        }
        let counts = self.numbers("counts", u64::from_le_bytes)?;
        let moments = self.numbers("moments", f64::from_le_bytes)?;
        let digests = self.numbers("digest", u128::from_be_bytes)?;
        let found = counts.as_chunks::<3>().0.iter().zip(moments.as_chunks::<4>().0).zip(digests);
        let parts: Vec<Part> = rows
            .into_iter()
            .zip(found)
            .map(|(row, ((counts, moments), digest))| part(row, *counts, *moments, digest))
            .collect();
        facts.digest = card::digest(&parts);
        let start = |name: &str| self.entry(name).map(|entry| self.header.first + entry.start);
        let (hash, scale, norm, sketch) = (start("hash")?, start("scale")?, start("norm")?, start("sketch")?);
        let store =
            Store::File(Stored { path: self.path.to_owned(), firsts, hash, scale, norm, sketch, file: self.file });
        Ok(Fingerprint { facts, parts, tokenizer, remarks, store })
    }

    fn text<T: for<'de> Deserialize<'de>>(&self, key: &str) -> Result<T, Wrong> {
        let text = self.header.metadata.get(key).ok_or_else(|| Wrong::Content(format!("it has no {key}")))?;
        serde_json::from_str(text).map_err(|fault| Wrong::Content(format!("its {key} are malformed: {fault}")))
    }

    fn entry(&self, name: &str) -> Result<&Entry, Wrong> {
        self.header.find(name).ok_or_else(|| Wrong::Content(format!("it has no tensor {name}")))
    }

    fn numbers<const N: usize, T>(&self, name: &str, number: impl Fn([u8; N]) -> T) -> Result<Vec<T>, Wrong> {
        let entry = self.entry(name)?;
        let mut bytes = vec![0; entry.bytes as usize];
        self.file.read_exact_at(&mut bytes, self.header.first + entry.start).map_err(Wrong::Read)?;
        Ok(bytes.as_chunks::<N>().0.iter().map(|bytes| number(*bytes)).collect())
    }

    fn tokenizer(&self) -> Result<Option<TokenizerPrint>, Wrong> {
        if self.header.find("tokens").is_none() {
            return Ok(None);
        }
        for name in ["tokens", "merges", "special"] {
            if self.entry(name)?.bytes > 8 * u64::from(MOST_ID) {
                return Err(Wrong::Content(format!("it has more {name} than a tokenizer can have")));
            }
        }
        let (tokens, merges) =
            (self.numbers("tokens", u64::from_le_bytes)?, self.numbers("merges", u64::from_le_bytes)?);
        Ok(Some(TokenizerPrint { tokens, merges, special: self.numbers("special", u32::from_le_bytes)? }))
    }
}

fn part(row: Row, [count, broken, zeros]: [u64; 3], [mean, square, cube, fourth]: [f64; 4], digest: u128) -> Part {
    let Row { component, role, expert, tensor, dtype, axis, units, width } = row;
    let moments = Moments { count, broken, zeros, mean, square, cube, fourth };
    Part { component, role, expert, tensor, dtype, axis, units, width, digest: format!("{digest:032x}"), moments }
}

impl Stored {
    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The units of a part.
    pub(super) fn units(&self, part: usize, width: u64) -> io::Result<Units> {
        let (first, last) = (self.firsts[part], self.firsts[part + 1]);
        let count = (last - first) as usize;
        let mut units = Units::empty(count as u64, width);
        let read = |start: u64, size: u64| {
            let mut bytes = vec![0; count * size as usize];
            self.file.read_exact_at(&mut bytes, start + first * size).map(|()| bytes)
        };
        let floats = |bytes: Vec<u8>| -> Vec<f32> {
            bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
        };
        let (scales, norms) = (floats(read(self.scale, 4)?), floats(read(self.norm, 4)?));
        if scales.iter().chain(&norms).any(|number| !number.is_finite()) {
            let what = format!("a scale or norm of part {part} is no finite number");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        let hashes: Vec<u64> =
            read(self.hash, 8)?.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        let codes: Vec<i8> = read(self.sketch, SKETCH as u64)?.into_iter().map(|byte| byte as i8).collect();
        units.put(0, &codes, (&scales, &norms, &hashes));
        Ok(units)
    }
}
