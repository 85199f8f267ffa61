//! CSV and TSV, with the kinds of columns that pandas gives them.
//!
//! As `datasets` reads them: in chunks of 10,000 rows; each chunk has its own kinds, and the first one's win.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;
use std::sync::Arc;

use super::fault::DatasetFault;
use super::shape::{Columns, Shape};
use super::source::{Pieces, Source};
use crate::{Document, Value};

/// Rows whose kinds are found together: `datasets`' `chunksize`.
const CHUNK: usize = 10_000;
/// What pandas takes for a missing value.
const MISSING: [&str; 19] = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
];
/// A row may have so many bytes.
const LARGEST: u64 = 1 << 28;

/// How a file is written.
#[derive(Clone, Debug)]
pub(super) struct CsvOptions {
    /// Stands between fields.
    pub(super) separator: u8,
    /// The columns' names, where the file has none.
    pub(super) names: Option<Vec<String>>,
    /// Whether the first line has the names.
    pub(super) header: bool,
    /// Lines left out at the beginning.
    pub(super) skip: usize,
    /// The quotation mark; none if quotes mean nothing.
    pub(super) quote: Option<u8>,
    /// Whether the usual words for a missing value are taken for one.
    pub(super) missing: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { separator: b',', names: None, header: true, skip: 0, quote: Some(b'"'), missing: true }
    }
}

/// A CSV file: where its rows begin, and what columns they have.
pub(super) struct CsvFile {
    options: CsvOptions,
    pieces: Pieces,
    bounds: Vec<u64>,
    columns: Columns,
    /// The kinds of every chunk of rows.
    chunks: Vec<Vec<Kind>>,
    /// Fields before the first column: pandas takes them for an index, which `datasets` drops.
    index: usize,
}

impl CsvFile {
    /// Scans the file once; memory holds eight bytes a row.
    pub(super) fn open(path: &Path, options: CsvOptions) -> Result<Self, DatasetFault> {
        let mut reader = Reader::open(path, &options)?;
        for _ in 0..options.skip {
            reader.record()?;
        }
        let header = if options.header && options.names.is_none() { reader.names()? } else { Vec::new() };
        let mut file = Self {
            pieces: Pieces::open(path)?,
            bounds: Vec::new(),
            columns: Columns::new(),
            chunks: Vec::new(),
            index: 0,
            options: options.clone(),
        };
        let mut names = options.names.clone().unwrap_or(header);
        while reader.record()? {
            if file.bounds.is_empty() {
                if names.is_empty() {
                    names = (0..reader.fields.len()).map(|place| place.to_string()).collect();
                }
                file.index = reader.fields.len().saturating_sub(names.len());
            }
            file.see(&reader, names.len())?;
        }
        file.bounds.push(reader.at);
        let first = file.chunks.first().cloned().unwrap_or_else(|| vec![Kind::default(); names.len()]);
        file.columns = names.into_iter().map(Arc::from).zip(first.iter().map(|kind| kind.shape())).collect();
        Ok(file)
    }

    fn see(&mut self, reader: &Reader<'_>, wide: usize) -> Result<(), DatasetFault> {
        let (found, expected) = (reader.fields.len(), wide + self.index);
        if found > expected {
            return reader.fault(format!("expected {expected} fields, saw {found}"));
        }
        if self.bounds.len().is_multiple_of(CHUNK) {
            self.chunks.push(vec![Kind::default(); wide]);
        }
        self.bounds.push(reader.from);
        let kinds = self.chunks.last_mut().into_iter().flatten();
        for (place, kind) in kinds.enumerate() {
            let Some(field) = reader.fields.get(place + self.index) else {
                kind.empty = true;
                continue;
            };
            match std::str::from_utf8(field) {
                Ok(text) => kind.see(text, self.options.missing),
                Err(_) => return reader.fault("not UTF-8"),
            }
        }
        Ok(())
    }
}

impl Source for CsvFile {
    fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn row(&self, index: usize) -> Result<Document, String> {
        let bytes = self.pieces.read(self.bounds[index], self.bounds[index + 1])?;
        let mut split = Split::new(&self.options);
        for byte in bytes {
            if split.push(byte) {
                break;
            }
        }
        split.end();
        let kinds = &self.chunks[index / CHUNK];
        let cell = |(place, (name, shape)): (usize, (&Arc<str>, &Shape))| {
            let text = split.fields.get(place + self.index).map_or(Ok(""), |field| std::str::from_utf8(field));
            let text = text.map_err(|_| "not UTF-8".to_owned())?;
            let value = kinds[place].value(text, self.options.missing);
            let value = if index < CHUNK { Ok(value) } else { shape.cast(value) };
            Ok((name.clone(), value.map_err(|reason| format!("column {name}: {reason}"))?))
        };
        self.columns.iter().enumerate().map(cell).collect()
    }
}

/// What the fields of a column have been so far.
#[derive(Clone, Debug, Default)]
struct Kind {
    /// Some field is missing.
    empty: bool,
    whole: bool,
    float: bool,
    truth: bool,
    text: bool,
    negative: bool,
    /// Some whole number needs the 64th bit.
    large: bool,
}

impl Kind {
    fn see(&mut self, text: &str, missing: bool) {
        if missing && MISSING.contains(&text) {
            self.empty = true;
        } else if let Some(number) = whole(text) {
            self.whole = true;
            self.negative |= number < 0;
            self.large |= i64::try_from(number).is_err();
        } else if float(text).is_some() {
            self.float = true;
        } else if truth(text).is_some() {
            self.truth = true;
        } else {
            self.text = true;
        }
    }

    fn shape(&self) -> Shape {
        let number = self.whole || self.float;
        if self.text || self.truth && number || self.large && self.negative && !self.float && !self.empty {
            Shape::Str
        } else if self.truth {
            Shape::Bool
        } else if self.float || self.empty || !self.whole || self.large {
            Shape::Float
        } else {
            Shape::Int
        }
    }

    fn value(&self, text: &str, missing: bool) -> Value {
        if missing && MISSING.contains(&text) {
            return Value::None;
        }
        let read = match self.shape() {
            Shape::Int => whole(text).and_then(|number| i64::try_from(number).ok()).map(Value::Int),
            // A column of whole numbers that needs the 64th bit is unsigned there; small ones stay whole here.
            Shape::Float if self.large && !self.float && !self.empty => whole(text)
                .and_then(|number| i64::try_from(number).ok())
                .map(Value::Int)
                .or_else(|| float(text).map(Value::Float)),
            Shape::Float => float(text).map(Value::Float),
            Shape::Bool => truth(text).map(Value::Bool),
            _ => None,
        };
        read.unwrap_or_else(|| Value::from(text))
    }
}

/// Whole numbers as pandas reads them: blanks around, a sign, up to 64 bits.
fn whole(text: &str) -> Option<i128> {
    let digits = text.trim_matches([' ', '\t']);
    let number: i128 = digits.parse().ok()?;
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number).then_some(number)
}

fn float(text: &str) -> Option<f64> {
    let text = text.trim_matches([' ', '\t']);
    let bare = text.trim_start_matches(['+', '-']);
    let word = bare.eq_ignore_ascii_case("inf") || bare.eq_ignore_ascii_case("infinity");
    let plain = bare.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    (word || plain).then(|| text.parse().ok())?
}

fn truth(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        return Some(true);
    }
    text.eq_ignore_ascii_case("false").then_some(false)
}

/// Names as pandas makes them: `Unnamed: 2` for none, `a.1` for a second `a`.
fn unique(given: Vec<String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let filled: Vec<String> = given
        .into_iter()
        .enumerate()
        .map(|(place, name)| if name.is_empty() { format!("Unnamed: {place}") } else { name })
        .collect();
    for (place, name) in filled.iter().enumerate() {
        let mut unique = name.clone();
        let mut count = 0;
        while names.contains(&unique) || count > 0 && filled[place..].contains(&unique) {
            count += 1;
            unique = format!("{name}.{count}");
        }
        names.push(unique);
    }
    names
}

/// Cuts bytes into the fields of one record.
struct Split {
    separator: u8,
    quote: Option<u8>,
    fields: Vec<Vec<u8>>,
    field: Vec<u8>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a field.
    Fresh,
    Bare,
    Quoted,
    /// Behind a quotation mark within quotes: the end, or the first half of a doubled one.
    Quote,
}

impl Split {
    fn new(options: &CsvOptions) -> Self {
        Self {
            separator: options.separator,
            quote: options.quote,
            fields: Vec::new(),
            field: Vec::new(),
            state: State::Fresh,
        }
    }

    /// Takes a byte; true if it ends the record.
    fn push(&mut self, byte: u8) -> bool {
        let quote = Some(byte) == self.quote;
        match self.state {
            State::Quoted if quote => self.state = State::Quote,
            State::Quoted => self.field.push(byte),
            State::Fresh if quote => self.state = State::Quoted,
            State::Quote if quote => {
                self.field.push(byte);
                self.state = State::Quoted;
            }
            _ if byte == self.separator => self.close(),
            _ if byte == b'\n' || byte == b'\r' => return true,
            _ => {
                self.field.push(byte);
                self.state = State::Bare;
            }
        }
        false
    }

    fn close(&mut self) {
        self.fields.push(std::mem::take(&mut self.field));
        self.state = State::Fresh;
    }

    /// Closes the last field.
    fn end(&mut self) {
        self.close();
    }

    /// Nothing but blanks: pandas skips such a line.
    fn is_blank(&self) -> bool {
        self.fields.is_empty() && matches!(self.state, State::Fresh | State::Bare) && self.field.trim_ascii().is_empty()
    }
}

struct Reader<'a> {
    path: &'a Path,
    bytes: std::io::Bytes<BufReader<File>>,
    options: &'a CsvOptions,
    at: u64,
    line: u64,
    fields: Vec<Vec<u8>>,
    /// Where the record that was read last begins, and on which line.
    from: u64,
    began: u64,
}

impl<'a> Reader<'a> {
    fn open(path: &'a Path, options: &'a CsvOptions) -> Result<Self, DatasetFault> {
        let mut file = File::open(path).map_err(DatasetFault::disk(path))?;
        let mut mark = Vec::new();
        (&mut file).take(3).read_to_end(&mut mark).map_err(DatasetFault::disk(path))?;
        let at = if mark == b"\xef\xbb\xbf" { 3 } else { 0 };
        std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(at)).map_err(DatasetFault::disk(path))?;
        let bytes = BufReader::with_capacity(1 << 17, file).bytes();
        Ok(Self { path, bytes, options, at, line: 1, fields: Vec::new(), from: at, began: 1 })
    }

    fn fault<T>(&self, reason: impl std::fmt::Display) -> Result<T, DatasetFault> {
        Err(DatasetFault::file(format!("{} line {}", self.path.display(), self.began), reason))
    }

    fn names(&mut self) -> Result<Vec<String>, DatasetFault> {
        if !self.record()? {
            return self.fault("no columns: the file is empty");
        }
        let names = self.fields.iter().map(|name| String::from_utf8(name.clone())).collect::<Result<_, _>>();
        names.map(unique).or_else(|_| self.fault("not UTF-8"))
    }

    /// Reads the next record that is not blank; false at the end.
    fn record(&mut self) -> Result<bool, DatasetFault> {
        loop {
            let mut split = Split::new(self.options);
            (self.from, self.began) = (self.at, self.line);
            let ended = loop {
                let Some(byte) = self.bytes.next() else { break false };
                let byte = byte.map_err(DatasetFault::disk(self.path))?;
                self.at += 1;
                self.line += u64::from(byte == b'\n');
                if self.at - self.from > LARGEST {
                    return self.fault("one row is larger than 256 MiB");
                }
                if split.push(byte) {
                    break true;
                }
            };
            if split.state == State::Quoted {
                return self.fault("the file ends within quotes that begin in this row");
            }
            if !split.is_blank() {
                split.end();
                self.fields = split.fields;
                return Ok(true);
            }
            if !ended {
                return Ok(false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_unique_as_pandas_does() {
        let names = |given: &[&str]| unique(given.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(names(&["a", "a", "", "b"]), ["a", "a.1", "Unnamed: 2", "b"]);
        assert_eq!(names(&["a", "a", "a.1", "a"]), ["a", "a.2", "a.1", "a.3"]);
    }
}
