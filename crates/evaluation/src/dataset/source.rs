//! One file as rows, and several files as one split.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fault::DatasetFault;
use super::shape::{Columns, cast_row};
use crate::{Document, Rows, RowsFault};

/// One data file.
pub(super) trait Source: Send + Sync {
    /// How many rows it has.
    fn len(&self) -> usize;
    /// The columns, as this file alone has them.
    fn columns(&self) -> &Columns;
    /// The row at `index`; the reason, if it cannot be read.
    fn row(&self, index: usize) -> Result<Document, String>;
}

/// Several files, one after the other, in the columns of the first file of the set.
pub(super) struct Joined {
    files: Vec<Part>,
    columns: Arc<Columns>,
    len: usize,
}

struct Part {
    path: PathBuf,
    first: usize,
    /// Whether the rows already are in the columns of the set.
    same: bool,
    source: Box<dyn Source>,
}

impl Joined {
    /// Joins `files`; a file with a column that `columns` lacks is refused, as `datasets` refuses it.
    pub(super) fn new(files: Vec<(PathBuf, Box<dyn Source>)>, columns: Arc<Columns>) -> Result<Self, DatasetFault> {
        let mut joined = Self { files: Vec::new(), columns, len: 0 };
        for (path, source) in files {
            let extra: Vec<&str> =
                source.columns().keys().filter(|name| !joined.columns.contains_key(*name)).map(AsRef::as_ref).collect();
            if !extra.is_empty() && source.len() > 0 {
                return Err(DatasetFault::Columns { columns: extra.join(", "), file: path });
            }
            let same = source.columns().iter().eq(joined.columns.iter());
            let first = joined.len;
            joined.len += source.len();
            joined.files.push(Part { path, first, same, source });
        }
        Ok(joined)
    }
}

impl Rows for Joined {
    fn len(&self) -> usize {
        self.len
    }

    fn row(&self, index: usize) -> Result<Document, RowsFault> {
        let part = self.files.partition_point(|part| part.first <= index).checked_sub(1);
        let Some(part) = part.filter(|_| index < self.len).and_then(|place| self.files.get(place)) else {
            let reason = format!("there are only {} rows", self.len);
            return Err(RowsFault { place: "the split".into(), index, reason });
        };
        let within = index - part.first;
        let row =
            part.source.row(within).and_then(|row| if part.same { Ok(row) } else { cast_row(&self.columns, row) });
        row.map_err(|reason| RowsFault { place: part.path.display().to_string(), index: within, reason })
    }
}

/// A file of which pieces are read.
pub(super) struct Pieces {
    file: File,
}

impl Pieces {
    pub(super) fn open(path: &Path) -> Result<Self, DatasetFault> {
        Ok(Self { file: File::open(path).map_err(DatasetFault::disk(path))? })
    }

    /// The bytes from `from` up to `to`.
    pub(super) fn read(&self, from: u64, to: u64) -> Result<Vec<u8>, String> {
        let len = usize::try_from(to.saturating_sub(from)).map_err(|_| "a row too large to read".to_owned())?;
        let mut bytes = vec![0; len];
        self.read_at(&mut bytes, from).map_err(|fault| format!("{fault}; has the file changed?"))?;
        Ok(bytes)
    }

    #[cfg(unix)]
    fn read_at(&self, bytes: &mut [u8], from: u64) -> std::io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, bytes, from)
    }

    #[cfg(not(unix))]
    fn read_at(&self, bytes: &mut [u8], from: u64) -> std::io::Result<()> {
        use std::io::{Read as _, Seek as _};
        let mut file = self.file.try_clone()?;
        file.seek(std::io::SeekFrom::Start(from))?;
        file.read_exact(bytes)
    }
}
