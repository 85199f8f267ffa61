//! Plain text: the column `text`, one row a line, a paragraph or the whole file, as the `text` reader of `datasets`.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use super::fault::DatasetFault;
use super::shape::{Columns, Shape};
use super::source::{Pieces, Source};
use crate::{Dict, Document, Value};

/// What a row is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SampleBy {
    #[default]
    Line,
    Paragraph,
    Document,
}

/// A text file: where its rows begin and end.
pub(super) struct TextFile {
    pieces: Pieces,
    bounds: Vec<(u64, u64)>,
    columns: Columns,
    by: SampleBy,
    keep_linebreaks: bool,
}

impl TextFile {
    pub(super) fn open(path: &Path, by: SampleBy, keep_linebreaks: bool) -> Result<Self, DatasetFault> {
        let mut file = BufReader::with_capacity(1 << 17, File::open(path).map_err(DatasetFault::disk(path))?);
        let (mut bounds, mut number, mut line) = (Bounds::new(by), 0, Vec::new());
        while file.read_until(b'\n', &mut line).map_err(DatasetFault::disk(path))? > 0 {
            number += 1;
            if std::str::from_utf8(&line).is_err() {
                return Err(DatasetFault::file(format!("{} line {number}", path.display()), "not UTF-8"));
            }
            let blank = line.iter().all(|byte| matches!(byte, b'\n' | b'\r'));
            pieces(&line).for_each(|piece| bounds.line(piece as u64, blank));
            line.clear();
        }
        let columns = Columns::from_iter([("text".into(), Shape::Str)]);
        Ok(Self { pieces: Pieces::open(path)?, bounds: bounds.finish(), columns, by, keep_linebreaks })
    }
}

/// Collects where rows begin and end.
struct Bounds {
    by: SampleBy,
    found: Vec<(u64, u64)>,
    from: u64,
    at: u64,
    /// Line breaks in a row; the beginning of a file is not one, and yet a blank line there ends no paragraph.
    breaks: usize,
    text: bool,
}

impl Bounds {
    fn new(by: SampleBy) -> Self {
        Self { by, found: Vec::new(), from: 0, at: 0, breaks: 1, text: false }
    }

    fn line(&mut self, len: u64, blank: bool) {
        self.at += len;
        self.breaks = if blank { self.breaks + 1 } else { 0 };
        self.text |= !blank;
        let cut = match self.by {
            SampleBy::Line => true,
            SampleBy::Paragraph => blank && self.breaks % 2 == 1,
            SampleBy::Document => false,
        };
        if cut {
            if self.text || self.by == SampleBy::Line {
                self.found.push((self.from, self.at));
            }
            self.from = self.at;
            self.text = false;
        }
    }

    fn finish(mut self) -> Vec<(u64, u64)> {
        if self.from < self.at {
            self.found.push((self.from, self.at));
        }
        self.found
    }
}

/// The lengths of the lines that \r alone cuts out of what stands before one \n.
fn pieces(line: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let body = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line);
    let tail = line.len() - body.len();
    let parts = body.split_inclusive(|byte| *byte == b'\r');
    let whole = body.last() == Some(&b'\r') && tail > 0 || body.is_empty();
    let mut lens: Vec<usize> = parts.map(<[u8]>::len).collect();
    if whole {
        lens.push(tail);
    } else if let Some(last) = lens.last_mut() {
        *last += tail;
    }
    lens.into_iter().filter(|len| *len > 0)
}

impl Source for TextFile {
    fn len(&self) -> usize {
        self.bounds.len()
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn row(&self, index: usize) -> Result<Document, String> {
        let (from, to) = self.bounds[index];
        let text = String::from_utf8(self.pieces.read(from, to)?).map_err(|_| "not UTF-8".to_owned())?;
        let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
        let end = match self.by {
            SampleBy::Line if !self.keep_linebreaks => text.strip_suffix('\n'),
            SampleBy::Paragraph => text.strip_suffix("\n\n"),
            SampleBy::Line | SampleBy::Document => None,
        };
        text.truncate(end.map_or(text.len(), str::len));
        Ok(Dict::from_iter([("text".into(), Value::from(text))]))
    }
}
