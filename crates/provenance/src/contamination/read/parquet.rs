//! Texts from one column of a Parquet file; no other column is decoded.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::reader::{FileReader as _, SerializedFileReader};

use super::{BLOCK, Block};

/// Rows that are decoded at once.
const ROWS: usize = 256;

/// A column of a file, read row by row.
pub(crate) struct Rows {
    file: SerializedFileReader<File>,
    column: usize,
    /// The level at which a value is there.
    full: i16,
    /// The next group of rows.
    group: usize,
    reader: Option<ColumnReaderImpl<ByteArrayType>>,
    /// The number of the next row, from 1.
    next: u64,
}

impl Rows {
    pub(super) fn open(path: &Path, field: &str) -> io::Result<Self> {
        guarded(|| {
            let file = SerializedFileReader::new(File::open(path)?).map_err(io::Error::other)?;
            let schema = file.metadata().file_metadata().schema_descr_ptr();
            let column = schema.columns().iter().position(|column| column.path().string() == field);
            let Some(column) = column else {
                let why = format!("there is no column `{field}`: name the one that holds the text");
                return Err(io::Error::other(why));
            };
            let full = schema.column(column).max_def_level();
            Ok(Self { file, column, full, group: 0, reader: None, next: 1 })
        })
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Block>> {
        guarded(AssertUnwindSafe(|| {
            let first = self.next;
            let (mut texts, mut bytes) = (Vec::new(), 0);
            while bytes < BLOCK {
                let before = texts.len();
                self.read(&mut texts)?;
                if texts.len() == before {
                    break;
                }
                bytes += texts[before..].iter().flatten().map(String::len).sum::<usize>();
            }
            self.next += texts.len() as u64;
            Ok((!texts.is_empty()).then_some(Block::Texts { first, texts }))
        }))
    }

    /// Reads some rows; none at the end of the file.
    fn read(&mut self, texts: &mut Vec<Option<String>>) -> io::Result<()> {
        loop {
            let Some(reader) = &mut self.reader else {
                if !self.open_group()? {
                    return Ok(());
                }
                continue;
            };
            let (mut values, mut levels, mut repeats) = (Vec::<ByteArray>::new(), Vec::new(), Vec::new());
            let read = reader
                .read_records(ROWS, Some(&mut levels), Some(&mut repeats), &mut values)
                .map_err(io::Error::other)?;
            if read.0 == 0 {
                self.reader = None;
                continue;
            }
            let mut values = values.iter();
            for place in 0..levels.len().max(read.0) {
                let is_there = levels.get(place).is_none_or(|level| *level == self.full);
                let text = is_there.then(|| values.next()).flatten();
                let text = text.map(|value| String::from_utf8_lossy(value.data()).into_owned());
                match texts.last_mut().filter(|_| repeats.get(place).is_some_and(|level| *level > 0)) {
                    // Further elements of a list belong to the row before.
                    Some(Some(row)) => row.extend(text.map(|text| format!("\n{text}"))),
                    Some(row) => *row = text,
                    None => texts.push(text),
                }
            }
            return Ok(());
        }
    }

    fn open_group(&mut self) -> io::Result<bool> {
        if self.group >= self.file.num_row_groups() {
            return Ok(false);
        }
        let group = self.file.get_row_group(self.group).map_err(io::Error::other)?;
        self.group += 1;
        match group.get_column_reader(self.column).map_err(io::Error::other)? {
            ColumnReader::ByteArrayColumnReader(reader) => self.reader = Some(reader),
            _ => return Err(io::Error::other("the column holds no text")),
        }
        Ok(true)
    }
}

/// The decoder has asserts that damaged files can reach; such a panic becomes a fault.
fn guarded<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(io::Error::other("the file is damaged: the decoder gave up")))
}
