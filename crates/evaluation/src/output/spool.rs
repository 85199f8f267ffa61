//! What comes up while a file is written and belongs at its end: kept on disk, so that memory does not grow with it.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek as _, SeekFrom, Write};
use std::path::Path;

/// Bytes in a file without a name, which is gone when this is dropped, however the program ends.
pub(super) struct Spool(BufWriter<File>);

impl Spool {
    /// An empty one, on the disk that `path` is on.
    pub(super) fn beside(path: &Path) -> io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        tempfile::tempfile_in(folder).map(|file| Self(BufWriter::new(file)))
    }

    /// All that was written, from the beginning.
    pub(super) fn read(&mut self) -> io::Result<BufReader<&File>> {
        self.0.flush()?;
        self.0.get_mut().seek(SeekFrom::Start(0))?;
        Ok(BufReader::new(self.0.get_ref()))
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
