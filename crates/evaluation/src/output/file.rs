//! A file that has its name only once it is whole.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// So many bytes are written at once.
const BUFFER: usize = 64 << 10;
/// The end of the name of a file that is not whole.
const PARTIAL: &str = ".partial";

/// Deletes what programs that were killed left unfinished in `folder`. Nobody else may be writing there.
pub(crate) fn sweep(folder: &Path) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(PARTIAL) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// A file that is being written as `<name>.partial`; what is dropped before it is kept is deleted.
pub(super) struct WholeFile {
    path: PathBuf,
    partial: PathBuf,
    file: Option<BufWriter<File>>,
}

impl WholeFile {
    /// Begins a file that will stand at `path`.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut partial = OsString::from(path);
        partial.push(PARTIAL);
        let partial = PathBuf::from(partial);
        let file = Some(BufWriter::with_capacity(BUFFER, File::create(&partial)?));
        Ok(Self { path: path.to_owned(), partial, file })
    }

    /// Where it will stand.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes it last, and gives it its name; what had that name is written over.
    pub(super) fn keep(mut self) -> io::Result<()> {
        if let Some(mut file) = self.file.take() {
            let written = file.flush().and_then(|()| file.get_ref().sync_all());
            if let Err(fault) = written.and_then(|()| std::fs::rename(&self.partial, &self.path)) {
                std::fs::remove_file(&self.partial).ok();
                return Err(fault);
            }
        }
        Ok(())
    }

    fn open(&mut self) -> io::Result<&mut BufWriter<File>> {
        self.file.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open()?.flush()
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // What is in the buffer is not wanted any more.
            drop(file.into_parts());
            std::fs::remove_file(&self.partial).ok();
        }
    }
}

#[cfg(test)]
impl WholeFile {
    /// Goes on writing so many bytes further on.
    pub(super) fn skip(&mut self, bytes: u64) {
        use std::io::{Seek as _, SeekFrom};
        self.open().unwrap().seek(SeekFrom::Start(bytes)).unwrap();
    }
}
