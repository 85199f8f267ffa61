//! Files opened by their format, with the options that a task or a card gives.

use std::path::Path;

use super::csv::{CsvFile, CsvOptions};
use super::fault::DatasetFault;
use super::lines::JsonFile;
use super::parquet::ParquetFile;
use super::source::Source;
use super::text::{SampleBy, TextFile};
use super::unpack;
use crate::{Dict, Value};

/// A format that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
    Tsv,
    Parquet,
    Text,
}

/// The ends of names in the order in which `datasets` prefers them when equally many files have them.
const ENDS: [(&str, Option<Format>); 9] = [
    ("parquet", Some(Format::Parquet)),
    ("arrow", None),
    ("jsonl", Some(Format::Json)),
    ("json", Some(Format::Json)),
    ("csv", Some(Format::Csv)),
    ("txt", Some(Format::Text)),
    ("tsv", Some(Format::Tsv)),
    ("zip", None),
    ("ndjson", Some(Format::Json)),
];

impl Format {
    /// The reader that a task names in place of a set.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "parquet" => Some(Self::Parquet),
            "text" => Some(Self::Text),
            _ => None,
        }
    }

    /// By the end of a file's name, before that of a packing.
    pub(super) fn of(path: &str) -> Option<Self> {
        ends(path).find_map(|end| ENDS.iter().find(|(name, _)| *name == end).and_then(|(_, format)| *format))
    }

    /// Which format most files have.
    pub(super) fn most(files: &[String]) -> Option<Self> {
        let count = |end: &str| files.iter().filter(|path| ends(path).any(|own| own == end)).count();
        let counts = ENDS.iter().map(|(end, format)| (count(end), format));
        // The first of the largest, as the list stands in the order of preference.
        counts.filter(|(count, _)| *count > 0).rev().max_by_key(|(count, _)| *count).and_then(|(_, format)| *format)
    }

    /// Whether a file of this format is read along with files of `other`.
    pub(super) fn agrees(self, other: Self) -> bool {
        let table = |format| matches!(format, Self::Csv | Self::Tsv);
        self == other || table(self) && table(other)
    }
}

fn ends(path: &str) -> impl Iterator<Item = String> {
    path.rsplit('/').next().unwrap_or_default().split('.').skip(1).map(str::to_ascii_lowercase)
}

/// How files are opened.
#[derive(Clone, Debug)]
pub(super) struct Opener {
    format: Format,
    csv: CsvOptions,
    field: Option<String>,
    sample_by: SampleBy,
    keep_linebreaks: bool,
}

impl Opener {
    /// Takes the options that mean something to `format`, and refuses those that would change what is read.
    pub(super) fn new(format: Format, options: &Dict) -> Result<Self, DatasetFault> {
        let mut opener =
            Self { format, csv: CsvOptions::default(), field: None, sample_by: SampleBy::Line, keep_linebreaks: false };
        if format == Format::Tsv {
            opener.csv.separator = b'\t';
        }
        for (name, value) in options {
            match format {
                _ if value.is_none() => {}
                Format::Csv | Format::Tsv => opener.csv_option(name, value)?,
                Format::Json if **name == *"field" => opener.field = Some(text(name, value)?.into()),
                Format::Text if **name == *"sample_by" => opener.sample_by = sample_by(name, value)?,
                Format::Text if **name == *"keep_linebreaks" => opener.keep_linebreaks = value.is_truthy(),
                _ => {}
            }
            if matches!(&**name, "features" | "encoding") && !utf8(value) {
                return Err(DatasetFault::option(
                    name,
                    "is not followed here; give the data as UTF-8 with its own types",
                ));
            }
        }
        Ok(opener)
    }

    fn csv_option(&mut self, name: &str, value: &Value) -> Result<(), DatasetFault> {
        match name {
            "sep" | "delimiter" => self.csv.separator = byte(name, value)?,
            "quotechar" => self.csv.quote = Some(byte(name, value)?),
            "quoting" if value.as_int() == Some(3) => self.csv.quote = None,
            "names" | "column_names" => {
                let names = value.as_list().ok_or_else(|| DatasetFault::option(name, "must be a list of texts"))?;
                self.csv.names =
                    Some(names.iter().map(|one| text(name, one).map(str::to_owned)).collect::<Result<_, _>>()?);
            }
            "skiprows" => {
                let count = value.as_int().and_then(|count| usize::try_from(count).ok());
                self.csv.skip = count.ok_or_else(|| DatasetFault::option(name, "must be a number of lines"))?;
            }
            "header" if value.as_int() == Some(0) || value.as_str() == Some("infer") => {}
            "keep_default_na" | "na_filter" => self.csv.missing = value.is_truthy(),
            "header" | "usecols" | "index_col" | "na_values" | "escapechar" | "comment" | "thousands" | "decimal"
            | "skipfooter" | "nrows" | "true_values" | "false_values" | "skipinitialspace" | "lineterminator" => {
                return Err(DatasetFault::option(name, "is not followed here; change the file instead"));
            }
            _ => {}
        }
        Ok(())
    }

    /// Opens a file, unpacked first if it is packed.
    pub(super) fn open(&self, path: &Path, cache: &Path) -> Result<Box<dyn Source>, DatasetFault> {
        let file = unpack::plain(path, cache)?;
        Ok(match self.format {
            Format::Json => Box::new(JsonFile::open(&file, self.field.as_deref())?),
            Format::Csv | Format::Tsv => Box::new(CsvFile::open(&file, self.csv.clone())?),
            Format::Parquet => Box::new(ParquetFile::open(&file, cache)?),
            Format::Text => Box::new(TextFile::open(&file, self.sample_by, self.keep_linebreaks)?),
        })
    }

    /// Whether a file says itself what its columns are, so that other splits need not be looked at.
    pub(super) fn is_typed(&self) -> bool {
        self.format == Format::Parquet
    }
}

fn utf8(value: &Value) -> bool {
    value.as_str().is_some_and(|name| name.to_ascii_lowercase().replace('-', "").starts_with("utf8"))
}

fn text<'a>(name: &str, value: &'a Value) -> Result<&'a str, DatasetFault> {
    value.as_str().ok_or_else(|| DatasetFault::option(name, "must be a text"))
}

fn byte(name: &str, value: &Value) -> Result<u8, DatasetFault> {
    match text(name, value)?.as_bytes() {
        [byte] => Ok(*byte),
        _ => Err(DatasetFault::option(name, "must be one ASCII letter")),
    }
}

fn sample_by(name: &str, value: &Value) -> Result<SampleBy, DatasetFault> {
    match text(name, value)? {
        "line" => Ok(SampleBy::Line),
        "paragraph" => Ok(SampleBy::Paragraph),
        "document" => Ok(SampleBy::Document),
        _ => Err(DatasetFault::option(name, "must be line, paragraph or document")),
    }
}
