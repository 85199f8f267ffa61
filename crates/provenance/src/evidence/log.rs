//! The log as it is written: opened, mended where a power cut tore the last line, and added to.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::{Entry, EvidenceFault, Line, nothing_before, sha256};

/// A log that is being written.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
    entries: Vec<Entry>,
    head: String,
}

/// A last line that was only written in part, and has been taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Which line, counted from 1.
    pub line: usize,
    /// How many bytes of it there were.
    pub bytes: usize,
}

impl Log {
    /// Opens a log, or begins one, and holds what is in it against its digests. A last line without an end is what a
    /// power cut leaves: it is taken out, and told.
    ///
    /// # Errors
    /// [`EvidenceFault::File`], and [`EvidenceFault::Broken`] for a log that was changed.
    pub fn open(path: &Path) -> Result<(Self, Option<Repair>), EvidenceFault> {
        let fault = |fault| EvidenceFault::File { path: path.to_owned(), fault };
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(fault)?;
        // Where files cannot be locked, as on some network disks, the chain still tells of two writers.
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(EvidenceFault::Busy { path: path.to_owned() });
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(fault)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let mut log = Self { path: path.to_owned(), file, entries: Vec::new(), head: nothing_before() };
        log.read(&bytes[..whole])?;
        let torn = bytes.len() - whole;
        if torn > 0 {
            log.file.set_len(whole as u64).and_then(|()| log.file.sync_all()).map_err(fault)?;
        }
        let line = log.entries.len() + 1;
        Ok((log, (torn > 0).then_some(Repair { line, bytes: torn })))
    }

    /// What has been written.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// SHA-256 of the last line: whoever knows it knows the whole log. 64 zeros while there is none.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Adds an entry. Everything but a loss is on the disk when this returns; losses follow with the next of the others.
    ///
    /// # Errors
    /// [`EvidenceFault::File`], and [`EvidenceFault::Entry`] for a loss that is no number.
    pub fn append(&mut self, entry: Entry) -> Result<(), EvidenceFault> {
        if let Entry::Loss { loss, rate, .. } = entry
            && let Some(number) = [loss, rate.unwrap_or(0.0)].into_iter().find(|number| !number.is_finite())
        {
            return Err(EvidenceFault::Entry(serde::ser::Error::custom(format!("a loss or rate of {number}"))));
        }
        let line = Line::new(self.entries.len(), self.head.clone(), entry).map_err(EvidenceFault::Entry)?;
        let text = serde_json::to_string(&line).map_err(EvidenceFault::Entry)?;
        // One call, so that a killed process leaves a whole line or none.
        let written = self.file.write_all(format!("{text}\n").as_bytes());
        let lasts = !matches!(line.entry, Entry::Loss { .. });
        let kept = written.and_then(|()| if lasts { self.file.sync_data() } else { Ok(()) });
        kept.map_err(|fault| self.fault(fault))?;
        self.head = sha256(text.as_bytes());
        self.entries.push(line.entry);
        Ok(())
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), EvidenceFault> {
        for text in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = text.strip_suffix(b"\n").unwrap_or(text);
            let number = self.entries.len();
            let text = std::str::from_utf8(text).map_err(|fault| self.broken(fault.to_string()))?;
            let line = Line::read(text, number, &self.head).map_err(|what| self.broken(what))?;
            self.head = sha256(text.as_bytes());
            self.entries.push(line.entry);
        }
        Ok(())
    }

    fn broken(&self, what: String) -> EvidenceFault {
        EvidenceFault::Broken { path: self.path.clone(), line: self.entries.len() + 1, what }
    }

    fn fault(&self, fault: io::Error) -> EvidenceFault {
        EvidenceFault::File { path: self.path.clone(), fault }
    }
}
