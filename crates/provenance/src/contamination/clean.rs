//! A copy of a corpus without what was found in it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::check::{Hit, Scratch};
use super::read::json::{TextField, text_of, unescape};
use super::read::{Block, Form, Packing, Source, files_of, kind_of, pieces};
use super::scan::shard_of;
use super::tally::{common_share, is_boilerplate};
use super::{Index, Options, Report, ScanFault};

/// What is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// Every document that holds an item. Of a text file, which is one document, the passages.
    Documents,
    /// The passages: from the first word of the question to the last of the answer, where it follows closely.
    Passages,
}

/// What a cleaned copy holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleaned {
    /// Documents that were looked at.
    pub documents: u64,
    /// Documents that were taken out.
    pub removed: u64,
    /// Passages that were taken out.
    pub passages: u64,
    /// Records that were copied as they stand, because no text could be read from them.
    pub unread: u64,
    /// The files that were written, in order.
    pub files: Vec<String>,
}

/// Why there is no cleaned copy.
#[derive(Debug, thiserror::Error)]
pub enum CleanFault {
    /// The corpus cannot be read.
    #[error(transparent)]
    Scan(#[from] ScanFault),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The report is about other benchmarks.
    #[error("the report is about other benchmarks: scan the corpus with these first")]
    Differs,
    /// The report is that of a shard.
    #[error("the report is that of a shard: merge the reports of all shards first")]
    Shard,
    /// Two files of the corpus would be written to one place.
    #[error("{path} would be written twice: clean the folders one by one")]
    Twice {
        /// Where.
        path: String,
    },
}

/// The items that count as contamination of a text: those found in words that are not common.
pub(super) fn counted(index: &Index, text: &str, common: &[u32], scratch: &mut Scratch) -> Vec<Hit> {
    let mut all: Vec<Hit> = Vec::new();
    for (base, piece, own) in pieces(text) {
        index.check_into(piece, scratch);
        let hits = scratch.hits.drain(..).filter(|hit| own.contains(&hit.start));
        all.extend(hits.map(|hit| Hit { start: hit.start + base, end: hit.end + base, ..hit }));
    }
    all.retain(|hit| !is_boilerplate(common_share(&hit.seeds, common)));
    all
}

/// Writes a copy of a corpus into a folder, without the items a scan found there. The files keep their names and their
/// packing; Parquet becomes JSON Lines, packed with Zstandard, with the text alone. Lines that stay are copied byte by
/// byte, other fields with them. No file is written over.
///
/// # Errors
///
/// [`CleanFault`]. A file that cannot be read to its end is an error here.
pub fn clean(
    index: &Index,
    corpora: &[PathBuf],
    report: &Report,
    (options, cut): (&Options, Cut),
    folder: &Path,
) -> Result<Cleaned, CleanFault> {
    if report.partial.is_some() {
        return Err(CleanFault::Shard);
    }
    if report.benchmarks_digest != index.digest() {
        return Err(CleanFault::Differs);
    }
    let files = shard_of(files_of(corpora)?, options.shard)?;
    let mut cleaner = Cleaner {
        index,
        common: &report.common,
        field: TextField::new(&options.text_field),
        cut,
        scratch: Scratch::default(),
        cleaned: Cleaned::default(),
    };
    for path in &files {
        let target = target(path, corpora, folder);
        let shown = target.display().to_string();
        if cleaner.cleaned.files.contains(&shown) {
            return Err(CleanFault::Twice { path: shown });
        }
        let failed = |source| CleanFault::File { path: path.display().to_string(), source };
        let source = Source::open(path, &options.text_field, options.longest_record).map_err(failed)?;
        cleaner.file(source, &target).map_err(failed)?;
        cleaner.cleaned.files.push(shown);
    }
    Ok(cleaner.cleaned)
}

/// Where the copy of a file goes: to its place below the folder it was found in.
fn target(path: &Path, corpora: &[PathBuf], folder: &Path) -> PathBuf {
    let inside =
        corpora.iter().filter_map(|corpus| path.strip_prefix(corpus).ok()).find(|rest| rest.file_name().is_some());
    let name = inside.map_or_else(|| path.file_name().map(PathBuf::from).unwrap_or_default(), Path::to_path_buf);
    let target = folder.join(name);
    if kind_of(path).is_some_and(|kind| kind.0 == Form::Parquet) { target.with_extension("jsonl.zst") } else { target }
}

struct Cleaner<'a> {
    index: &'a Index,
    common: &'a [u32],
    field: TextField,
    cut: Cut,
    scratch: Scratch,
    cleaned: Cleaned,
}

impl Cleaner<'_> {
    fn file(&mut self, mut source: Source, target: &Path) -> io::Result<()> {
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut out = Packer::create(target)?;
        let mut cut_until = 0;
        while let Some(block) = source.next()? {
            match block {
                Block::Lines { bytes, .. } => {
                    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                        self.line(line, &mut out)?;
                    }
                }
                Block::Texts { texts, .. } => {
                    for text in texts {
                        self.text(text, &mut out)?;
                    }
                }
                Block::Piece { base, text, own, .. } => {
                    cut_until = self.piece(base, &text, own, (cut_until, &mut out))?;
                }
                Block::TooLong { record } => {
                    let why = format!("record {record} is longer than allowed: raise the limit to clean this file");
                    return Err(io::Error::other(why));
                }
            }
        }
        out.finish()
    }

    fn spans(&mut self, text: &str) -> Vec<(usize, usize)> {
        let mut spans: Vec<(usize, usize)> =
            counted(self.index, text, self.common, &mut self.scratch).iter().map(|hit| (hit.start, hit.end)).collect();
        spans.sort_unstable();
        spans.dedup_by(|next, before| {
            let touches = next.0 <= before.1;
            if touches {
                before.1 = before.1.max(next.1);
            }
            touches
        });
        spans
    }

    fn line(&mut self, line: &[u8], out: &mut Packer) -> io::Result<()> {
        if line.trim_ascii().is_empty() {
            return out.write_all(line);
        }
        let mut text = String::new();
        let Ok(found) = text_of(line, &self.field, &mut text) else {
            self.cleaned.unread += 1;
            return out.write_all(line);
        };
        self.cleaned.documents += 1;
        let spans = self.spans(&text);
        if spans.is_empty() {
            return out.write_all(line);
        }
        // A text that was repaired or put together is not what stands in the line.
        let place = found.place.filter(|_| self.cut == Cut::Passages && !found.repaired);
        match place.and_then(|place| cut_line(line, place, &spans)) {
            Some(cut) => {
                self.cleaned.passages += spans.len() as u64;
                out.write_all(&cut)
            }
            None => {
                self.cleaned.removed += 1;
                Ok(())
            }
        }
    }

    fn text(&mut self, text: Option<String>, out: &mut Packer) -> io::Result<()> {
        let Some(text) = text else {
            self.cleaned.unread += 1;
            return Ok(());
        };
        self.cleaned.documents += 1;
        let spans = self.spans(&text);
        if !spans.is_empty() && self.cut == Cut::Documents {
            self.cleaned.removed += 1;
            return Ok(());
        }
        self.cleaned.passages += spans.len() as u64;
        let mut kept = String::with_capacity(text.len());
        let mut at = 0;
        for (start, end) in spans {
            kept.push_str(&text[at..start]);
            at = end;
        }
        kept.push_str(&text[at..]);
        serde_json::to_writer(&mut *out, &serde_json::json!({ "text": kept }))?;
        out.write_all(b"\n")
    }

    /// A piece of a long text: copies its own part without the passages. Says up to which byte of the file what follows
    /// is cut, which may lie behind the piece's own part.
    fn piece(
        &mut self,
        base: u64,
        text: &str,
        own: std::ops::Range<usize>,
        (cut_until, out): (u64, &mut Packer),
    ) -> io::Result<u64> {
        self.cleaned.documents += 1;
        let spans: Vec<(usize, usize)> = self.spans(text).into_iter().filter(|span| own.contains(&span.0)).collect();
        self.cleaned.passages += spans.len() as u64;
        let mut at = own.start.max(cut_until.saturating_sub(base) as usize);
        for (start, end) in spans {
            out.write_all(text.as_bytes().get(at..start).unwrap_or_default())?;
            at = at.max(end);
        }
        out.write_all(text.as_bytes().get(at..own.end).unwrap_or_default())?;
        Ok(base + at as u64)
    }
}

/// A line with some spans of its text cut out, which stands between two places of it.
fn cut_line(line: &[u8], inside: (usize, usize), spans: &[(usize, usize)]) -> Option<Vec<u8>> {
    let mut kept = line[..inside.0].to_vec();
    let (mut at, mut place, mut spans) = (inside.0, 0, spans.iter().peekable());
    while at < inside.1 {
        let (length, spelled) = match line[at] {
            b'\\' => {
                let escape = unescape(&line[at + 1..])?;
                (escape.length + 1, escape.sign.len_utf8())
            }
            _ => (1, 1),
        };
        while spans.peek().is_some_and(|span| span.1 <= place) {
            spans.next();
        }
        if spans.peek().is_none_or(|span| place < span.0) {
            kept.extend_from_slice(&line[at..at + length]);
        }
        at += length;
        place += spelled;
    }
    kept.extend_from_slice(&line[inside.1..]);
    Some(kept)
}

/// A file that is packed as its name says while it is written.
enum Packer {
    Plain(BufWriter<File>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstandard(zstd::stream::write::Encoder<'static, BufWriter<File>>),
    Bzip2(bzip2::write::BzEncoder<BufWriter<File>>),
}

impl Packer {
    fn create(path: &Path) -> io::Result<Self> {
        let file = BufWriter::new(File::create_new(path)?);
        Ok(match kind_of(path).map(|kind| kind.1) {
            Some(Packing::Gzip) => Self::Gzip(flate2::write::GzEncoder::new(file, flate2::Compression::default())),
            Some(Packing::Zstandard) => Self::Zstandard(zstd::stream::write::Encoder::new(file, 3)?),
            Some(Packing::Bzip2) => Self::Bzip2(bzip2::write::BzEncoder::new(file, bzip2::Compression::default())),
            Some(Packing::Plain) | None => Self::Plain(file),
        })
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file,
            Self::Gzip(file) => file.finish()?,
            Self::Zstandard(file) => file.finish()?,
            Self::Bzip2(file) => file.finish()?,
        }
        .flush()
    }
}

impl Write for Packer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Gzip(file) => file.write(bytes),
            Self::Zstandard(file) => file.write(bytes),
            Self::Bzip2(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Gzip(file) => file.flush(),
            Self::Zstandard(file) => file.flush(),
            Self::Bzip2(file) => file.flush(),
        }
    }
}
