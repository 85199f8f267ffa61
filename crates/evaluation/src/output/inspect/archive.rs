//! The zip archive that a log is.

use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};

use serde::Serialize;
use serde::de::DeserializeOwned;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Members larger than this are not read: a log that says more is not one.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// An archive that is being written.
pub(super) struct Archive(ZipWriter<BufWriter<File>>);

impl Archive {
    pub(super) fn new(file: File) -> Self {
        Self(ZipWriter::new(BufWriter::new(file)))
    }

    /// Adds a member with `content` as JSON. Deflate is read by every release of inspect; the time of a member is that
    /// of the zip format's beginning, so that the same samples make the same bytes.
    pub(super) fn add(&mut self, name: &str, content: &impl Serialize) -> std::io::Result<()> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        self.0.start_file(name, options)?;
        let text = serde_json::to_vec(content)?;
        self.0.write_all(&text)
    }

    pub(super) fn finish(self) -> std::io::Result<()> {
        let mut file = self.0.finish()?;
        file.flush()?;
        file.get_ref().sync_all()
    }
}

/// Reads the member `name`, or nothing where there is none.
pub(super) fn member<T: DeserializeOwned>(archive: &mut ZipArchive<File>, name: &str) -> std::io::Result<Option<T>> {
    let file = match archive.by_name(name) {
        Ok(file) => file,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if file.size() > MOST_BYTES {
        return Err(std::io::Error::other(format!("{name} says it has {} bytes", file.size())));
    }
    let mut text = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut text)?;
    // Inspect writes NaN as the bare word, which JSON does not have.
    serde_json::from_slice(&text).map(Some).map_err(|error| std::io::Error::other(format!("{name}: {error}")))
}
