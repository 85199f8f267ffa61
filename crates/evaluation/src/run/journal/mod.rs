//! The journal: every answer, kept the moment it came, under a key that no other question can have.
//!
//! A journal is a folder of segments, `answers-000001.jsonl` and so on. A record is one line of JSON with a checksum at its
//! end; lines are only ever added. What is promised:
//!
//! - An answer is written to the file before anybody hears of it, so a process that is killed at any moment loses nothing but
//!   what was on its way. A line that was cut off by that is cut away when the journal is next opened for writing.
//! - What is written is flushed to the disk every [`JournalOptions::sync_every`] and when the journal is closed, so a power cut
//!   loses the answers of that span at most. A line that it damaged is counted, left alone and asked again.
//! - One process writes, as a lock in the folder sees to; any number may read.
//! - Keys hold the model, the endpoint, the whole request and the number of the repeat, so one folder can hold the answers of
//!   any number of models and none is ever taken for another's.

mod merge;
mod record;
mod segment;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

pub use self::merge::Merged;
pub use self::record::{Key, Keys, Outcome, Record, Whose};
use self::segment::Place;

/// How a journal is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalOptions {
    /// How often what is written is flushed to the disk.
    pub sync_every: Duration,
    /// A segment longer than this is followed by a new one.
    pub segment_bytes: u64,
    /// Whether records hold the request too, so that the journal can be read without the tasks. It is most of its size.
    pub keeps_requests: bool,
}

impl Default for JournalOptions {
    /// 200 ms, 256 MiB, requests kept.
    fn default() -> Self {
        Self { sync_every: Duration::from_millis(200), segment_bytes: 256 << 20, keeps_requests: true }
    }
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalFault {
    /// Somebody else writes it.
    #[error("the journal {} is being written by another run; wait for it, or take another folder", dir.display())]
    Locked {
        /// The folder.
        dir: PathBuf,
    },
    /// A file cannot be opened, read or written.
    #[error("the journal's {} cannot be {what}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `opened`, `read` or `written`.
        what: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// It was opened for reading.
    #[error("the journal {} was opened for reading only", dir.display())]
    ReadOnly {
        /// The folder.
        dir: PathBuf,
    },
    /// A record cannot be written as JSON.
    #[error("a record cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// A journal, open.
pub struct Journal {
    dir: PathBuf,
    options: JournalOptions,
    state: Mutex<State>,
    syncer: Option<Syncer>,
}

struct State {
    index: BTreeMap<[u8; 16], Place>,
    segments: Vec<Segment>,
    writer: Option<Writer>,
}

struct Segment {
    path: PathBuf,
    reader: Option<File>,
    /// Damaged lines that were met in it.
    damaged: u64,
}

/// What became of a question, with the question in canonical form.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    /// Its key.
    pub key: &'a Key,
    /// What became of it.
    pub record: &'a Record,
    /// The canonical request.
    pub request: &'a [u8],
}

struct Writer {
    file: File,
    offset: u64,
    lines: Lines,
    /// Held for as long as the journal is open; the system lets go of it when the process ends, however it ends.
    lock: File,
}

/// Lines that are written together.
#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    places: Vec<Line>,
}

/// Where a line stands among those that are written with it; `length` is without its end.
struct Line {
    key: [u8; 16],
    start: usize,
    length: usize,
    is_answered: bool,
}

impl Lines {
    /// Adds the line that `fill` writes, its end with it.
    fn add(
        &mut self,
        key: &Key,
        is_answered: bool,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<(), serde_json::Error>,
    ) -> Result<(), serde_json::Error> {
        let start = self.bytes.len();
        fill(&mut self.bytes)?;
        let length = self.bytes.len() - start - 1;
        self.places.push(Line { key: key.short(), start, length, is_answered });
        Ok(())
    }
}

impl Drop for Writer {
    /// A process that is just being started shares the file for a moment, so closing it here is not enough.
    fn drop(&mut self) {
        self.lock.unlock().ok();
    }
}

/// Flushes to the disk on a thread of its own, so that nobody waits for it.
struct Syncer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    file: Mutex<Option<File>>,
    is_dirty: AtomicBool,
    is_over: AtomicBool,
    failed: Mutex<Option<std::io::Error>>,
}

fn file_fault(path: &Path, what: &'static str) -> impl FnOnce(std::io::Error) -> JournalFault {
    let path = path.to_owned();
    move |source| JournalFault::File { path, what, source }
}

impl Journal {
    /// Opens the journal in a folder for writing; makes the folder if there is none.
    pub fn open(dir: &Path, options: JournalOptions) -> Result<Self, JournalFault> {
        std::fs::create_dir_all(dir).map_err(file_fault(dir, "opened"))?;
        let lock_path = dir.join("lock");
        let lock = File::options().create(true).write(true).truncate(false).open(&lock_path);
        let lock = lock.map_err(file_fault(&lock_path, "opened"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalFault::Locked { dir: dir.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(file_fault(&lock_path, "opened")(source)),
        }
        let (mut state, end) = State::scan(dir)?;
        if state.segments.is_empty() {
            state.segments.push(Segment { path: segment::path(dir, 1), reader: None, damaged: 0 });
        }
        let path = state.segments.last().map(|segment| segment.path.clone()).unwrap_or_default();
        let file = segment::append(&path, end)?;
        let syncer = Syncer::start(file.try_clone().map_err(file_fault(&path, "opened"))?, options.sync_every);
        state.writer = Some(Writer { file, offset: end, lines: Lines::default(), lock });
        Ok(Self { dir: dir.to_owned(), options, state: Mutex::new(state), syncer: Some(syncer) })
    }

    /// Opens the journal in a folder for reading, whether or not somebody writes it. What is written later is not seen.
    pub fn read(dir: &Path) -> Result<Self, JournalFault> {
        let (state, _) = State::scan(dir)?;
        Ok(Self { dir: dir.to_owned(), options: JournalOptions::default(), state: Mutex::new(state), syncer: None })
    }

    /// How many questions it knows.
    pub fn len(&self) -> usize {
        self.state().index.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many damaged lines were met so far, by file; those without any are left out.
    pub fn damaged(&self) -> Vec<(PathBuf, u64)> {
        let state = self.state();
        let damaged = state.segments.iter().filter(|segment| segment.damaged > 0);
        damaged.map(|segment| (segment.path.clone(), segment.damaged)).collect()
    }

    /// What became of a question, if it was settled.
    pub fn get(&self, key: &Key) -> Result<Option<Record>, JournalFault> {
        let mut state = self.state();
        let Some(place) = state.index.get(&key.short()).copied() else { return Ok(None) };
        let line = state.line(&place)?;
        match record::read(&line) {
            Some((known, _, record)) if known == *key => Ok(Some(record)),
            Some(_) => Ok(None),
            None => {
                state.segments[place.segment()].damaged += 1;
                state.index.remove(&key.short());
                Ok(None)
            }
        }
    }

    /// Hands over every record that counts, with whose it is, in the order of keys.
    pub fn each(&self, mut take: impl FnMut(Key, Whose, Record)) -> Result<(), JournalFault> {
        let places: Vec<Place> = self.state().index.values().copied().collect();
        for place in places {
            let line = self.state().line(&place)?;
            if let Some((key, whose, record)) = record::read(&line) {
                take(key, whose, record);
            }
        }
        Ok(())
    }

    /// Adds what became of a question. When this returns, the record is in the file.
    pub fn put(&self, key: &Key, record: &Record, whose: &Whose, request: &[u8]) -> Result<(), JournalFault> {
        self.put_all(whose, [Entry { key, record, request }])
    }

    /// Adds what became of several questions, in one write. When this returns, the records are in the file.
    pub fn put_all<'a>(&self, whose: &Whose, entries: impl IntoIterator<Item = Entry<'a>>) -> Result<(), JournalFault> {
        let keeps_requests = self.options.keeps_requests;
        self.append(|lines| {
            entries.into_iter().try_for_each(|Entry { key, record, request }| {
                lines.add(key, record.is_answered(), |line| {
                    record::write(line, key, record, whose, keeps_requests.then_some(request))
                })
            })
        })
    }

    /// Flushes all that was written to the disk.
    pub fn sync(&self) -> Result<(), JournalFault> {
        let state = self.state();
        let Some(writer) = &state.writer else { return Ok(()) };
        writer.file.sync_data().map_err(file_fault(&self.dir, "written"))
    }

    /// Adds the lines that `fill` makes, in one write.
    fn append(&self, fill: impl FnOnce(&mut Lines) -> Result<(), serde_json::Error>) -> Result<(), JournalFault> {
        let mut guard = self.state();
        let state = &mut *guard;
        if let Some(source) = self.syncer.as_ref().and_then(Syncer::failed) {
            return Err(file_fault(&self.dir, "written")(source));
        }
        let is_full = state.writer.as_ref().is_some_and(|writer| writer.offset >= self.options.segment_bytes);
        if is_full {
            self.roll(state)?;
        }
        let number = state.segments.len() - 1;
        let path = state.segments[number].path.clone();
        let read_only = || JournalFault::ReadOnly { dir: self.dir.clone() };
        let writer = state.writer.as_mut().ok_or_else(read_only)?;
        writer.lines.bytes.clear();
        writer.lines.places.clear();
        fill(&mut writer.lines)?;
        if let Err(source) = writer.file.write_all(&writer.lines.bytes) {
            // Half a line must not stand before the next one.
            writer.file.set_len(writer.offset).ok();
            return Err(file_fault(&path, "written")(source));
        }
        for Line { key, start, length, is_answered } in &writer.lines.places {
            let place = Place::new(number, writer.offset + *start as u64, *length, *is_answered);
            segment::enter(&mut state.index, *key, place);
        }
        writer.offset += writer.lines.bytes.len() as u64;
        if let Some(syncer) = &self.syncer {
            syncer.shared.is_dirty.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Begins a new segment.
    fn roll(&self, state: &mut State) -> Result<(), JournalFault> {
        let Some(writer) = state.writer.as_mut() else { return Ok(()) };
        writer.file.sync_data().map_err(file_fault(&self.dir, "written"))?;
        let path = segment::path(&self.dir, state.segments.len() + 1);
        writer.file = segment::append(&path, 0)?;
        writer.offset = 0;
        let copy = writer.file.try_clone().map_err(file_fault(&path, "opened"))?;
        if let Some(syncer) = &self.syncer {
            *syncer.shared.file.lock().unwrap_or_else(PoisonError::into_inner) = Some(copy);
        }
        state.segments.push(Segment { path, reader: None, damaged: 0 });
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Reads all segments of a folder, and says how far the last one is whole.
    fn scan(dir: &Path) -> Result<(Self, u64), JournalFault> {
        let mut state = Self { index: BTreeMap::new(), segments: Vec::new(), writer: None };
        let mut end = 0;
        for (number, path) in segment::all(dir)?.into_iter().enumerate() {
            let scanned = segment::scan(&path, number, &mut state.index)?;
            end = scanned.end;
            state.segments.push(Segment { path, reader: None, damaged: scanned.damaged });
        }
        Ok((state, end))
    }

    fn line(&mut self, place: &Place) -> Result<Vec<u8>, JournalFault> {
        let segment = &mut self.segments[place.segment()];
        let unread = |source| JournalFault::File { path: segment.path.clone(), what: "read", source };
        let reader = match &mut segment.reader {
            Some(reader) => reader,
            none => none.insert(File::open(&segment.path).map_err(unread)?),
        };
        let mut line = vec![0; place.length()];
        reader.seek(SeekFrom::Start(place.offset())).and_then(|_| reader.read_exact(&mut line)).map_err(unread)?;
        Ok(line)
    }
}

impl Syncer {
    fn start(file: File, every: Duration) -> Self {
        let shared = Arc::new(Shared {
            file: Mutex::new(Some(file)),
            is_dirty: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            failed: Mutex::new(None),
        });
        let own = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            while !own.is_over.load(Ordering::Acquire) {
                std::thread::park_timeout(every);
                own.flush();
            }
        });
        Self { shared, thread: Some(thread) }
    }

    fn failed(&self) -> Option<std::io::Error> {
        self.shared.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Shared {
    fn flush(&self) {
        if !self.is_dirty.swap(false, Ordering::AcqRel) {
            return;
        }
        let copy = self.file.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(File::try_clone);
        if let Some(Err(fault)) = copy.map(|copy| copy.and_then(|copy| copy.sync_data())) {
            *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        }
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            thread.join().ok();
        }
    }
}
