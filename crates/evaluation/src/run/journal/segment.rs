//! The files of a journal.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{JournalFault, file_fault, record};

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    offset: u64,
    length: u32,
    /// The segment, and in the lowest bit whether it is an answer: there is one of these for every answer of a run.
    segment_and_kind: u32,
}

impl Place {
    /// `length` is without the end of the line.
    pub(super) fn new(segment: usize, offset: u64, length: usize, is_answered: bool) -> Self {
        let segment = u32::try_from(segment).unwrap_or(u32::MAX >> 1);
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        Self { offset, length, segment_and_kind: segment << 1 | u32::from(is_answered) }
    }

    pub(super) fn segment(&self) -> usize {
        (self.segment_and_kind >> 1) as usize
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn length(&self) -> usize {
        self.length as usize
    }

    pub(super) fn is_answered(&self) -> bool {
        self.segment_and_kind & 1 == 1
    }
}

/// Enters a record into the index. A later one counts, but no failure takes the place of an answer.
pub(super) fn enter(index: &mut BTreeMap<[u8; 16], Place>, key: [u8; 16], place: Place) {
    let known = index.entry(key).or_insert(place);
    if place.is_answered() || !known.is_answered() {
        *known = place;
    }
}

/// The path of a segment, counted from 1.
pub(super) fn path(dir: &Path, number: usize) -> PathBuf {
    dir.join(format!("answers-{number:06}.jsonl"))
}

/// All segments of a folder, in order.
pub(super) fn all(dir: &Path) -> Result<Vec<PathBuf>, JournalFault> {
    if !dir.is_dir() {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(file_fault(dir, "opened")(source));
    }
    Ok((1..).map(|number| path(dir, number)).take_while(|path| path.is_file()).collect())
}

/// What a look through a segment found.
pub(super) struct Scanned {
    /// Where its last whole line ends.
    pub(super) end: u64,
    /// Lines that no record looks like.
    pub(super) damaged: u64,
}

/// Looks through a segment. Only the beginning of each line is read here; its checksum is held against it when the record is
/// wanted, so that a journal of gigabytes opens as fast as it can be read.
pub(super) fn scan(path: &Path, number: usize, index: &mut BTreeMap<[u8; 16], Place>) -> Result<Scanned, JournalFault> {
    let file = File::open(path).map_err(file_fault(path, "opened"))?;
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut scanned = Scanned { end: 0, damaged: 0 };
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(file_fault(path, "read"))?;
        if line.pop() != Some(b'\n') {
            return Ok(scanned);
        }
        match record::glance(&line) {
            Some((key, is_answered)) => {
                enter(index, key.short(), Place::new(number, scanned.end, line.len(), is_answered));
            }
            None => scanned.damaged += 1,
        }
        scanned.end += length as u64;
    }
}

/// Hands over every line of a segment that is whole.
pub(super) fn each_line(
    path: &Path,
    mut take: impl FnMut(&[u8]) -> Result<(), JournalFault>,
) -> Result<u64, JournalFault> {
    let file = File::open(path).map_err(file_fault(path, "opened"))?;
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut line = Vec::new();
    let mut damaged = 0;
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line).map_err(file_fault(path, "read"))?;
        if line.pop() != Some(b'\n') {
            return Ok(damaged);
        }
        if record::is_whole(&line) {
            take(&line)?;
        } else {
            damaged += 1;
        }
    }
}

/// Opens a segment for adding at `end`; what stands behind is cut away.
pub(super) fn append(path: &Path, end: u64) -> Result<File, JournalFault> {
    let is_new = !path.exists();
    let mut file =
        File::options().create(true).write(true).truncate(false).open(path).map_err(file_fault(path, "opened"))?;
    file.set_len(end).and_then(|()| file.seek(SeekFrom::Start(end))).map_err(file_fault(path, "written"))?;
    if is_new && let Some(dir) = path.parent() {
        // The name of a new file is in its folder, which is flushed apart; not every system can.
        File::open(dir).and_then(|dir| dir.sync_all()).ok();
    }
    Ok(file)
}
