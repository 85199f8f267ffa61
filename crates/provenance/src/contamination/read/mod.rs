//! Corpora as they come: JSON Lines, text and Parquet, plain or packed, in blocks that fit into memory.

pub(crate) mod json;
mod lines;
#[cfg(feature = "parquet")]
mod parquet;
mod texts;
mod unpack;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::ScanFault;

/// How much is read at a time, in bytes.
pub(crate) const BLOCK: usize = 1 << 20;
/// How far a piece of a long text looks beyond its own part, in bytes: longer than any stretch an item can stand in.
pub(crate) const MARGIN: usize = 1 << 17;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One JSON object a line (`.jsonl`, `.ndjson`, `.json`).
    Lines,
    /// One text (`.txt`, `.text`, `.md`).
    Text,
    /// A column of a table (`.parquet`).
    Parquet,
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstandard,
    Bzip2,
}

/// The form and packing of a file by its name; none for a file that is no corpus.
pub(crate) fn kind_of(path: &Path) -> Option<(Form, Packing)> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    let packings =
        [(".gz", Packing::Gzip), (".zst", Packing::Zstandard), (".zstd", Packing::Zstandard), (".bz2", Packing::Bzip2)];
    let packed = packings.iter().find_map(|(ending, packing)| Some((name.strip_suffix(ending)?, *packing)));
    let (name, packing) = packed.unwrap_or((&name, Packing::Plain));
    let form = match name.rsplit_once('.')?.1 {
        "jsonl" | "ndjson" | "json" => Form::Lines,
        "txt" | "text" | "md" => Form::Text,
        "parquet" => Form::Parquet,
        _ => return None,
    };
    Some((form, packing))
}

/// The files of a corpus, sorted by path: files as they are named, folders with all that is in them and looks like a
/// corpus.
pub(crate) fn files_of(corpora: &[PathBuf]) -> Result<Vec<PathBuf>, ScanFault> {
    let mut files = Vec::new();
    for corpus in corpora {
        let failed = |source| ScanFault::Open { path: corpus.display().to_string(), source };
        if std::fs::metadata(corpus).map_err(failed)?.is_dir() {
            walk(corpus, &mut files, 0).map_err(failed)?;
        } else if kind_of(corpus).is_some() {
            files.push(corpus.clone());
        } else {
            return Err(ScanFault::Form { path: corpus.display().to_string() });
        }
    }
    // By bytes, as reports of shards are merged.
    files.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    files.dedup();
    if files.is_empty() { Err(ScanFault::NoCorpus) } else { Ok(files) }
}

/// Folders within folders that are followed; links that go in circles end there.
const DEEPEST: usize = 32;

fn walk(folder: &Path, files: &mut Vec<PathBuf>, depth: usize) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if depth < DEEPEST {
                walk(&path, files, depth + 1)?;
            }
        } else if kind_of(&path).is_some() {
            files.push(path);
        }
    }
    Ok(())
}

/// What was read at once.
#[derive(Debug)]
pub(crate) enum Block {
    /// Whole lines, and the number of the first.
    Lines { first: u64, bytes: Vec<u8> },
    /// Whole texts, and the number of the first; none where there was none.
    #[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "only Parquet gives texts"))]
    Texts { first: u64, texts: Vec<Option<String>> },
    /// A piece of a long text: where it begins in the file, and which part of it is its own.
    Piece { base: u64, text: String, own: Range<usize>, repaired: bool },
    /// A record that was passed over because it is longer than allowed.
    TooLong { record: u64 },
}

/// A file that is being read.
pub(crate) enum Source {
    Lines(lines::Lines),
    Texts(texts::Texts),
    #[cfg(feature = "parquet")]
    Parquet(Box<parquet::Rows>),
}

impl Source {
    pub(crate) fn open(path: &Path, field: &str, longest: usize) -> io::Result<Self> {
        match kind_of(path) {
            Some((Form::Lines, packing)) => Ok(Self::Lines(lines::Lines::new(unpack::open(path, packing)?, longest))),
            Some((Form::Text, packing)) => Ok(Self::Texts(texts::Texts::new(unpack::open(path, packing)?))),
            #[cfg(feature = "parquet")]
            Some((Form::Parquet, Packing::Plain)) => Ok(Self::Parquet(Box::new(parquet::Rows::open(path, field)?))),
            #[cfg(not(feature = "parquet"))]
            Some((Form::Parquet, Packing::Plain)) => {
                let _ = field;
                Err(io::Error::other("this build does not read Parquet: build with the feature `parquet`"))
            }
            Some((Form::Parquet, _)) => Err(io::Error::other("a packed Parquet file: unpack it first")),
            None => Err(io::Error::other("no form of corpus that is known")),
        }
    }

    /// The next block; none at the end. After a fault there is no more.
    pub(crate) fn next(&mut self) -> io::Result<Option<Block>> {
        match self {
            Self::Lines(lines) => lines.next(),
            Self::Texts(texts) => texts.next(),
            #[cfg(feature = "parquet")]
            Self::Parquet(rows) => rows.next(),
        }
    }
}

/// A long text in pieces that overlap, with the part of each that is its own. Short texts are one piece.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = (usize, &str, Range<usize>)> {
    let whole = text.len() <= BLOCK + MARGIN;
    let size = if whole { text.len().max(1) } else { BLOCK };
    (0..text.len().div_ceil(size)).map(move |number| {
        let own = number * size..((number + 1) * size).min(text.len());
        let from = text.floor_char_boundary(own.start.saturating_sub(MARGIN));
        let to = text.ceil_char_boundary((own.end + MARGIN).min(text.len()));
        (from, &text[from..to], own.start - from..own.end - from)
    })
}
