//! A corpus read once, by any number of threads.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use unicode_normalization::UnicodeNormalization as _;

use super::check::{Hit, Scratch, best_of};
use super::read::json::{NoText, TextField, text_of};
use super::read::{Block, Source, files_of, pieces};
use super::report::{Evidence, FileFault, Report, Skip};
use super::tally::{Tally, report, thousandths};
use super::{Benchmark, Index};

/// How a corpus is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The field of a line, or the column of a table, that holds the text. `meta.body` is a field in a field,
    /// `messages.*.content` one in every element of a list.
    pub text_field: String,
    /// Threads that read and look; nought for as many as there are processors.
    pub threads: usize,
    /// The longest record, in bytes. Longer ones are passed over and counted.
    pub longest_record: usize,
    /// How many finds of an item are kept.
    pub most_evidence: usize,
    /// From how many documents on a window is common; none for the square root of all documents, and never under 24.
    pub common_documents: Option<u64>,
    /// Which part of the files is read; none for all. Reports of parts are merged.
    pub shard: Option<Shard>,
    /// Whether a file that cannot be read to its end ends the scan; else the report tells of it.
    pub strict: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            text_field: "text".to_owned(),
            threads: 0,
            longest_record: 64 << 20,
            most_evidence: 5,
            common_documents: None,
            shard: None,
            strict: false,
        }
    }
}

/// A part of a corpus: every `of`-th file in the order of paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

/// What is told while a corpus is read.
pub trait Watcher: Sync {
    /// So much more was read.
    fn read(&self, documents: u64, bytes: u64) {
        let _ = (documents, bytes);
    }

    /// Whether the scan is to end now.
    fn is_to_end(&self) -> bool {
        false
    }
}

impl Watcher for () {}

/// Why a scan gave no report.
#[derive(Debug, thiserror::Error)]
pub enum ScanFault {
    /// A file or folder cannot be opened.
    #[error("{path}: {source}")]
    Open {
        /// Which.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is of no form that is known.
    #[error(
        "{path}: no form of corpus that is known: name it .jsonl, .txt, .md or .parquet, packed or not (.gz, .zst, .bz2)"
    )]
    Form {
        /// Which.
        path: String,
    },
    /// No file was found.
    #[error("no file of a corpus was found: name files or folders with .jsonl, .txt, .md or .parquet files")]
    NoCorpus,
    /// There is nothing to look for.
    #[error("no item of the benchmarks can be looked for: all are too short, or templates")]
    NothingToFind,
    /// The numbers of a shard make no sense.
    #[error("shard {number} of {of}: number shards from 1 to their count")]
    Shard {
        /// Which.
        number: u32,
        /// Of how many.
        of: u32,
    },
    /// A file could not be read to its end, and that was not allowed.
    #[error("{file}: {why}")]
    File {
        /// Which.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// The watcher ended it.
    #[error("the scan was ended before its end")]
    Ended,
}

/// Looks for the items of benchmarks in a corpus, which is read once. The report is the same for any number of threads.
///
/// # Errors
///
/// [`ScanFault`]. Broken files and lines are no errors but are told in the report, unless [`Options::strict`] is set.
pub fn scan(
    corpora: &[PathBuf],
    benchmarks: &[Benchmark],
    options: &Options,
    watcher: &dyn Watcher,
) -> Result<Report, ScanFault> {
    scan_for(&Index::new(benchmarks), corpora, options, watcher)
}

/// [`scan()`] with an index that is there already.
///
/// # Errors
///
/// As for [`scan()`].
pub fn scan_for(
    index: &Index,
    corpora: &[PathBuf],
    options: &Options,
    watcher: &dyn Watcher,
) -> Result<Report, ScanFault> {
    if index.windows() == 0 {
        return Err(ScanFault::NothingToFind);
    }
    let files = shard_of(files_of(corpora)?, options.shard)?;
    let work = Work::new(index, &files, options, watcher);
    let threads = threads(options.threads);
    let mut tally = Tally::default();
    tally.corpus.files = files.len() as u64;
    let parts = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|number| {
                scope.spawn({
                    let work = &work;
                    move || work.run(number)
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or(Err(ScanFault::Ended))).collect::<Vec<_>>()
    });
    for part in parts {
        tally.add(part?, options.most_evidence);
    }
    if options.strict
        && let Some(fault) = tally.corpus.faults.iter().min()
    {
        return Err(ScanFault::File { file: fault.file.clone(), why: fault.why.clone() });
    }
    Ok(report(index, tally, &work.frequencies, options))
}

pub(super) fn threads(wanted: usize) -> usize {
    if wanted > 0 { wanted } else { std::thread::available_parallelism().map_or(1, usize::from) }
}

pub(super) fn shard_of(files: Vec<PathBuf>, shard: Option<Shard>) -> Result<Vec<PathBuf>, ScanFault> {
    match shard {
        None => Ok(files),
        Some(Shard { number, of }) if number == 0 || number > of => Err(ScanFault::Shard { number, of }),
        Some(Shard { number, of }) => Ok(files.into_iter().skip(number as usize - 1).step_by(of as usize).collect()),
    }
}

/// A file that is being read.
struct Lane {
    file: usize,
    source: Source,
}

/// What the threads share.
struct Work<'a> {
    index: &'a Index,
    files: &'a [PathBuf],
    field: TextField,
    options: &'a Options,
    watcher: &'a dyn Watcher,
    next_file: AtomicUsize,
    /// The files that are read at the same time. Whoever needs work reads a block of one of them.
    lanes: Vec<Mutex<Option<Lane>>>,
    frequencies: Vec<AtomicU32>,
}

/// What a thread found at a lane.
enum Taken {
    Block(usize, Block),
    Fault(usize, std::io::Error),
    Nothing,
}

impl<'a> Work<'a> {
    fn new(index: &'a Index, files: &'a [PathBuf], options: &'a Options, watcher: &'a dyn Watcher) -> Self {
        let lanes = threads(options.threads).min(files.len());
        Self {
            index,
            files,
            field: TextField::new(&options.text_field),
            options,
            watcher,
            next_file: AtomicUsize::new(0),
            lanes: (0..lanes).map(|_| Mutex::new(None)).collect(),
            frequencies: (0..index.windows()).map(|_| AtomicU32::new(0)).collect(),
        }
    }

    fn run(&self, number: usize) -> Result<Tally, ScanFault> {
        let mut worker =
            Worker { work: self, tally: Tally::default(), scratch: Scratch::default(), text: String::new() };
        loop {
            if self.watcher.is_to_end() {
                return Err(ScanFault::Ended);
            }
            match self.take(number) {
                Taken::Block(file, block) => worker.block(file, block),
                Taken::Fault(file, fault) => worker.fault(file, &fault),
                Taken::Nothing => return Ok(worker.tally),
            }
        }
    }

    /// The next block of some file: of a lane nobody is at, else of one that must be waited for.
    fn take(&self, number: usize) -> Taken {
        let lanes = self.lanes.len();
        let mut busy = Vec::new();
        for at in (0..lanes).map(|step| (number + step) % lanes) {
            match self.lanes[at].try_lock() {
                Ok(mut lane) => match self.advance(&mut lane) {
                    Taken::Nothing => {}
                    taken => return taken,
                },
                Err(_) => busy.push(at),
            }
        }
        for at in busy {
            let mut lane = self.lanes[at].lock().unwrap_or_else(PoisonError::into_inner);
            match self.advance(&mut lane) {
                Taken::Nothing => {}
                taken => return taken,
            }
        }
        Taken::Nothing
    }

    /// Reads a block of a lane's file, or of the next file.
    fn advance(&self, lane: &mut Option<Lane>) -> Taken {
        loop {
            if let Some(Lane { file, source }) = lane {
                let file = *file;
                match source.next() {
                    Ok(Some(block)) => return Taken::Block(file, block),
                    Ok(None) => *lane = None,
                    Err(fault) => {
                        *lane = None;
                        return Taken::Fault(file, fault);
                    }
                }
            }
            let file = self.next_file.fetch_add(1, Ordering::Relaxed);
            let Some(path) = self.files.get(file) else { return Taken::Nothing };
            match Source::open(path, &self.options.text_field, self.options.longest_record) {
                Ok(source) => *lane = Some(Lane { file, source }),
                Err(fault) => return Taken::Fault(file, fault),
            }
        }
    }
}

/// A thread at work.
struct Worker<'a> {
    work: &'a Work<'a>,
    tally: Tally,
    scratch: Scratch,
    text: String,
}

impl Worker<'_> {
    fn path(&self, file: usize) -> String {
        self.work.files[file].display().to_string()
    }

    fn fault(&mut self, file: usize, fault: &std::io::Error) {
        self.tally.corpus.faults.push(FileFault { file: self.path(file), why: fault.to_string() });
    }

    fn skip(&mut self, why: Skip, file: usize, record: u64) {
        self.tally.skip(why, file, &self.path(file), record);
    }

    fn block(&mut self, file: usize, block: Block) {
        let before = (self.tally.corpus.documents, self.tally.corpus.bytes);
        match block {
            Block::Lines { first, bytes } => self.lines(file, first, &bytes),
            Block::Texts { first, texts } => {
                for (record, text) in (first..).zip(texts) {
                    match text {
                        Some(text) => self.document(file, record, &text),
                        None => self.skip(Skip::NoText, file, record),
                    }
                }
            }
            Block::Piece { base, text, own, repaired } => {
                self.tally.corpus.documents += 1;
                self.tally.corpus.repaired += u64::from(repaired);
                self.tally.corpus.bytes += own.len() as u64;
                let hits = self.piece(&text, &own);
                self.keep(file, 1, &text, base, hits);
            }
            Block::TooLong { record } => self.skip(Skip::TooLong, file, record),
        }
        let now = &self.tally.corpus;
        self.work.watcher.read(now.documents - before.0, now.bytes - before.1);
    }

    fn lines(&mut self, file: usize, first: u64, bytes: &[u8]) {
        let mut text = std::mem::take(&mut self.text);
        for (record, line) in (first..).zip(bytes.split(|byte| *byte == b'\n')) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            if line.len() > self.work.options.longest_record {
                self.skip(Skip::TooLong, file, record);
                continue;
            }
            match text_of(line, &self.work.field, &mut text) {
                Ok(found) => {
                    self.tally.corpus.repaired += u64::from(found.repaired);
                    self.document(file, record, &text);
                }
                Err(NoText::NotJson) => self.skip(Skip::NotJson, file, record),
                Err(NoText::Missing) => self.skip(Skip::NoText, file, record),
                Err(NoText::NotText) => self.skip(Skip::NotText, file, record),
            }
        }
        text.shrink_to(4 << 20);
        self.text = text;
    }

    /// A whole document. A long one is looked at in pieces, so that memory stays flat.
    fn document(&mut self, file: usize, record: u64, text: &str) {
        self.tally.corpus.documents += 1;
        self.tally.corpus.bytes += text.len() as u64;
        let mut all: Vec<Hit> = Vec::new();
        for (base, piece, own) in pieces(text) {
            let hits = self.piece(piece, &own);
            all.extend(hits.into_iter().map(|hit| Hit { start: hit.start + base, end: hit.end + base, ..hit }));
        }
        best_of(&mut all);
        self.keep(file, record, text, 0, all);
    }

    /// The items in a piece of text that begin in its own part. Counts the windows it holds.
    fn piece(&mut self, text: &str, own: &std::ops::Range<usize>) -> Vec<Hit> {
        self.work.index.check_into(text, &mut self.scratch);
        for seed in &self.scratch.seeds {
            self.work.frequencies[*seed as usize].fetch_add(1, Ordering::Relaxed);
        }
        let mut hits = std::mem::take(&mut self.scratch.hits);
        hits.retain(|hit| own.contains(&hit.start));
        best_of(&mut hits);
        hits
    }

    fn keep(&mut self, file: usize, record: u64, text: &str, base: u64, hits: Vec<Hit>) {
        for hit in hits {
            let find = Evidence {
                tier: hit.tier,
                question: thousandths(hit.question),
                answer: hit.answer.map(thousandths),
                passage: hit.passage.map(thousandths),
                file: self.path(file),
                record,
                start: base + hit.start as u64,
                end: base + hit.end as u64,
                excerpt: excerpt(text, hit.start, hit.end),
                common: 0.0,
                windows: hit.seeds,
            };
            let finds = self.tally.finds.entry(hit.item).or_default();
            finds.documents += 1;
            finds.add(file, find, self.work.options.most_evidence);
        }
    }
}

/// What stands at a place, with a little before and behind; the middle of long ones is left out.
fn excerpt(text: &str, start: usize, end: usize) -> String {
    const AROUND: usize = 40;
    const HEAD: usize = 240;
    const TAIL: usize = 160;
    let from = text.ceil_char_boundary(start.saturating_sub(AROUND));
    let to = text.floor_char_boundary((end + AROUND).min(text.len()));
    // Composed, so that no syllable is cut in its middle; what is left of one at the border goes.
    let whole: String = text[from..to].nfc().collect();
    let whole = whole.trim_start_matches(|letter| ('\u{1160}'..='\u{11ff}').contains(&letter));
    if whole.len() <= HEAD + TAIL + 3 {
        return whole.to_owned();
    }
    let head = &whole[..whole.floor_char_boundary(HEAD)];
    let tail = &whole[whole.ceil_char_boundary(whole.len() - TAIL)..];
    format!("{head} … {tail}")
}
