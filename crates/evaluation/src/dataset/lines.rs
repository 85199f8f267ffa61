//! JSON and JSON Lines: values found by scanning, parsed when asked for.
//!
//! As in `datasets`: objects one after the other are rows, an outer list holds rows, and one object alone is one row
//! unless `field` says which of its keys holds the rows.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek as _, SeekFrom};
use std::path::Path;

use super::fault::DatasetFault;
use super::json;
use super::shape::{Columns, Shape, Way, conform_row, see_row, whole};
use super::source::{Pieces, Source};
use crate::{Dict, Document, Value};

/// A row may have so many bytes.
const LARGEST: usize = 1 << 28;

/// A JSON file: where its rows begin, and what columns they have.
pub(super) struct JsonFile {
    pieces: Pieces,
    /// Where rows begin, and where the last one ends.
    bounds: Vec<u64>,
    columns: Columns,
}

impl JsonFile {
    /// Scans the file once; memory holds eight bytes a row.
    pub(super) fn open(path: &Path, field: Option<&str>) -> Result<Self, DatasetFault> {
        let mut scan = Scan::open(path)?;
        scan.enter(field)?;
        let (mut bounds, mut columns) = (Vec::new(), Columns::new());
        let way = if field.is_some() { Way::Pandas } else { Way::Arrow };
        let (mut end, mut broken) = (0, BTreeSet::new());
        while scan.element()? {
            bounds.push(scan.from);
            end = scan.at;
            let row = scan.row()?;
            see_row(&mut columns, &row, way);
            if way == Way::Pandas {
                broken.extend(row.into_iter().filter(|(_, value)| is_broken(value)).map(|(name, _)| name));
            }
        }
        bounds.push(end);
        for (name, shape) in &mut columns {
            if way == Way::Pandas && *shape == Shape::Float && !broken.contains(name) {
                *shape = Shape::Int;
            }
        }
        Ok(Self { pieces: Pieces::open(path)?, bounds, columns })
    }
}

impl Source for JsonFile {
    fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn row(&self, index: usize) -> Result<Document, String> {
        let bytes = self.pieces.read(self.bounds[index], self.bounds[index + 1])?;
        let value = json::first(&bytes).map_err(|fault| format!("{} at its byte {}", fault.reason, fault.at))?;
        as_row(value).map(|row| conform_row(&self.columns, row))
    }
}

fn is_broken(value: &Value) -> bool {
    matches!(value, Value::Float(number) if whole(*number).is_err())
}

/// An object is a row; a text becomes the column `text`.
fn as_row(value: Value) -> Result<Dict, String> {
    match value {
        Value::Dict(row) => Ok(row),
        text @ Value::Str(_) => Ok(Dict::from_iter([("text".into(), text)])),
        other => Err(format!("a row must be an object, this is a {}", other.type_name())),
    }
}

struct Scan<'a> {
    path: &'a Path,
    file: BufReader<File>,
    /// Where the next byte stands.
    at: u64,
    line: u64,
    /// Whether the rows stand in a list.
    list: bool,
    done: bool,
    count: usize,
    /// The element that was found last, and where it begins.
    found: Vec<u8>,
    from: u64,
}

impl<'a> Scan<'a> {
    fn open(path: &'a Path) -> Result<Self, DatasetFault> {
        let file = BufReader::with_capacity(1 << 17, File::open(path).map_err(DatasetFault::disk(path))?);
        let mut scan =
            Self { path, file, at: 0, line: 1, list: false, done: false, count: 0, found: Vec::new(), from: 0 };
        let mark = b"\xef\xbb\xbf";
        if scan.file.fill_buf().map_err(DatasetFault::disk(path))?.starts_with(mark) {
            scan.file.consume(3);
            scan.at = 3;
        }
        Ok(scan)
    }

    fn fault<T>(&self, reason: impl std::fmt::Display) -> Result<T, DatasetFault> {
        Err(DatasetFault::file(format!("{} line {}", self.path.display(), self.line), reason))
    }

    fn peek(&mut self) -> Result<Option<u8>, DatasetFault> {
        Ok(self.file.fill_buf().map_err(DatasetFault::disk(self.path))?.first().copied())
    }

    fn step(&mut self, byte: u8) {
        self.file.consume(1);
        self.at += 1;
        self.line += u64::from(byte == b'\n');
    }

    /// The next byte that is no blank, not taken.
    fn next(&mut self) -> Result<Option<u8>, DatasetFault> {
        loop {
            match self.peek()? {
                Some(byte @ (b' ' | b'\t' | b'\n' | b'\r')) => self.step(byte),
                other => return Ok(other),
            }
        }
    }

    fn take(&mut self, wanted: u8) -> Result<bool, DatasetFault> {
        let found = self.next()? == Some(wanted);
        if found {
            self.step(wanted);
        }
        Ok(found)
    }

    /// Goes to where the rows begin.
    fn enter(&mut self, field: Option<&str>) -> Result<(), DatasetFault> {
        let Some(field) = field else {
            self.list = self.take(b'[')?;
            return Ok(());
        };
        if !self.take(b'{')? {
            return self.fault(format!("`field: {field}` needs a file that is one object"));
        }
        loop {
            self.value()?;
            let key = json::whole(&self.found);
            if !self.take(b':')? {
                return self.fault("an object needs : here");
            }
            if key.is_ok_and(|key| key.as_str() == Some(field)) {
                self.list = self.take(b'[')?;
                return if self.list { Ok(()) } else { self.fault(format!("`field: {field}` must be a list of rows")) };
            }
            self.value()?;
            if !self.take(b',')? {
                return self.fault(format!("the file has no field {field}"));
            }
        }
    }

    /// Finds the next row; false at the end.
    fn element(&mut self) -> Result<bool, DatasetFault> {
        let next = self.next()?;
        let end = if self.list { self.done || next == Some(b']') && self.count == 0 } else { next.is_none() };
        if end {
            return Ok(false);
        }
        self.value()?;
        self.count += 1;
        if self.list && !self.take(b',')? {
            if !self.take(b']')? {
                return self.fault("a list needs , or ] here");
            }
            self.done = true;
        }
        Ok(true)
    }

    /// Takes one value, which is only looked at for where it ends.
    fn value(&mut self) -> Result<(), DatasetFault> {
        self.found.clear();
        let first = self.next()?;
        self.from = self.at;
        let mut end = End::default();
        loop {
            let bytes = self.file.fill_buf().map_err(DatasetFault::disk(self.path))?;
            let (len, last) = (bytes.len(), end.find(bytes));
            let taken = last.unwrap_or(len);
            self.line += bytes[..taken].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
            self.found.extend_from_slice(&bytes[..taken]);
            self.file.consume(taken);
            self.at += taken as u64;
            if self.found.len() > LARGEST {
                return self.fault("one row is larger than 256 MiB");
            }
            if last.is_some() {
                return Ok(());
            }
            if len == 0 {
                // A number or a name may end with the file.
                let open = first.is_none() || matches!(first, Some(b'{' | b'[' | b'"'));
                return if open { self.fault("the file is cut off within a value") } else { Ok(()) };
            }
        }
    }

    fn row(&self) -> Result<Dict, DatasetFault> {
        match json::whole(&self.found) {
            Ok(value) => as_row(value).or_else(|reason| self.fault(reason)),
            Err(fault) => {
                let here = self.found.get(..fault.at).unwrap_or_default();
                let within = self.found.iter().filter(|byte| **byte == b'\n').count();
                let line = self.line - within as u64 + here.iter().filter(|byte| **byte == b'\n').count() as u64;
                let place = format!("{} row {} line {line}", self.path.display(), self.count - 1);
                Err(DatasetFault::file(place, fault.reason))
            }
        }
    }
}

/// Where a value ends, found byte by byte.
#[derive(Default)]
struct End {
    depth: usize,
    text: bool,
    escaped: bool,
    begun: bool,
}

impl End {
    /// How many of `bytes` still belong to the value, if it ends within them.
    fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        for (place, byte) in bytes.iter().enumerate() {
            if self.text {
                self.text = self.escaped || *byte != b'"';
                self.escaped = !self.escaped && *byte == b'\\';
                if !self.text && self.depth == 0 {
                    return Some(place + 1);
                }
                continue;
            }
            match byte {
                b'"' => self.text = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth == 1 => return Some(place + 1),
                b'}' | b']' if self.depth > 1 => self.depth -= 1,
                b',' | b':' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r' if self.depth == 0 && self.begun => {
                    return Some(place);
                }
                _ => {}
            }
            self.begun = true;
        }
        None
    }
}

/// Writes rows as JSON Lines, so that they can be read in any order.
pub(super) struct Spool {
    path: std::path::PathBuf,
    file: std::io::BufWriter<File>,
    line: String,
}

impl Spool {
    pub(super) fn new(path: &Path) -> Result<Self, DatasetFault> {
        let file = std::io::BufWriter::with_capacity(1 << 17, File::create(path).map_err(DatasetFault::disk(path))?);
        Ok(Self { path: path.into(), file, line: String::new() })
    }

    pub(super) fn push(&mut self, row: &Dict) -> Result<(), DatasetFault> {
        use std::io::Write as _;
        self.line.clear();
        json::write_dict(row, &mut self.line);
        self.line.push('\n');
        self.file.write_all(self.line.as_bytes()).map_err(DatasetFault::disk(&self.path))
    }

    pub(super) fn finish(mut self) -> Result<(), DatasetFault> {
        use std::io::Write as _;
        self.file.flush().map_err(DatasetFault::disk(&self.path))
    }
}

/// What a spool holds, row by row, as it was written.
pub(super) struct Spooled {
    pieces: Pieces,
    bounds: Vec<u64>,
}

impl Spooled {
    pub(super) fn open(path: &Path) -> Result<Self, DatasetFault> {
        let mut file = BufReader::with_capacity(1 << 17, File::open(path).map_err(DatasetFault::disk(path))?);
        file.seek(SeekFrom::Start(0)).map_err(DatasetFault::disk(path))?;
        let (mut bounds, mut line, mut at) = (vec![0], Vec::new(), 0);
        loop {
            line.clear();
            let taken = file.read_until(b'\n', &mut line).map_err(DatasetFault::disk(path))?;
            if taken == 0 {
                return Ok(Self { pieces: Pieces::open(path)?, bounds });
            }
            at += taken as u64;
            bounds.push(at);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    pub(super) fn row(&self, index: usize) -> Result<Document, String> {
        let bytes = self.pieces.read(self.bounds[index], self.bounds[index + 1])?;
        json::first(&bytes).map_err(|fault| fault.reason.to_owned()).and_then(as_row)
    }
}
