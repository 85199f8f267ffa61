//! Texts as they come: files of text, JSON and Parquet, plain or compressed.

#[cfg(feature = "parquet")]
mod parquet;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde_json::Value;

/// A text, or why there is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Where in the file it is, such as `line 12`; empty for a file that is one text.
    pub place: String,
    pub text: Result<String, String>,
}

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Lines,
    Json,
    Parquet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zstandard,
}

/// The form of a file by its name; none for a file that is no corpus.
pub(super) fn format_of(path: &Path) -> Option<Format> {
    let (name, _) = unpacked(path)?;
    let (_, ending) = name.rsplit_once('.')?;
    match ending {
        "txt" | "md" => Some(Format::Text),
        "jsonl" | "ndjson" => Some(Format::Lines),
        "json" => Some(Format::Json),
        "parquet" => Some(Format::Parquet),
        _ => None,
    }
}

/// The name without the ending of its packing.
fn unpacked(path: &Path) -> Option<(String, Packing)> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    let packings = [(".gz", Packing::Gzip), (".zst", Packing::Zstandard)];
    let packed = packings.iter().find_map(|(ending, packing)| Some((name.strip_suffix(ending)?.to_owned(), *packing)));
    Some(packed.unwrap_or((name, Packing::Plain)))
}

/// Takes a record; stops the reading with what it gives.
pub(super) type Taker<'a, Stop> = dyn FnMut(Record) -> Result<(), Stop> + 'a;

/// Reads the records of a file, one in memory at a time where the form of the file lets it. What cannot be read is a
/// record without a text, and the rest is read on, as far as it can be.
///
/// # Errors
///
/// What `take` stops with.
pub(super) fn read<Stop>(path: &Path, field: &str, take: &mut Taker<'_, Stop>) -> Result<(), Stop> {
    match format_of(path) {
        #[cfg(feature = "parquet")]
        Some(Format::Parquet) => parquet::read(path, field, take),
        #[cfg(not(feature = "parquet"))]
        Some(Format::Parquet) => take(broken("", "this build does not read Parquet: build with the feature `parquet`")),
        Some(format) => match open(path) {
            Ok(mut bytes) => match format {
                Format::Lines => lines(&mut bytes, field, take),
                Format::Json => json(&mut bytes, field, take),
                Format::Text | Format::Parquet => whole(&mut bytes, take),
            },
            Err(fault) => take(broken("", fault)),
        },
        None => Ok(()),
    }
}

pub(super) fn broken(place: &str, why: impl ToString) -> Record {
    Record { place: place.to_owned(), text: Err(why.to_string()) }
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let file = File::open(path)?;
    let packing = unpacked(path).map_or(Packing::Plain, |(_, packing)| packing);
    Ok(match packing {
        Packing::Plain => Box::new(BufReader::new(file)),
        Packing::Gzip => Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(file))),
        Packing::Zstandard => Box::new(BufReader::new(zstd::stream::read::Decoder::new(file)?)),
    })
}

fn whole<Stop>(bytes: &mut dyn BufRead, take: &mut Taker<'_, Stop>) -> Result<(), Stop> {
    let mut all = Vec::new();
    let text = match bytes.read_to_end(&mut all) {
        Ok(_) => decoded(all),
        Err(fault) => Err(fault.to_string()),
    };
    take(Record { place: String::new(), text })
}

fn decoded(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|fault| {
        let at = fault.utf8_error().valid_up_to();
        format!("byte {at} is not UTF-8: convert the file first, e.g. `iconv -f CP949 -t UTF-8`")
    })
}

fn lines<Stop>(bytes: &mut dyn BufRead, field: &str, take: &mut Taker<'_, Stop>) -> Result<(), Stop> {
    let mut line = Vec::new();
    for number in 1.. {
        let place = format!("line {number}");
        line.clear();
        match bytes.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) if line.trim_ascii().is_empty() => {}
            Ok(_) => {
                let text = decoded(std::mem::take(&mut line)).and_then(|line| {
                    let value = serde_json::from_str(&line).map_err(|fault| fault.to_string())?;
                    text_of(&value, field)
                });
                take(Record { place, text })?;
            }
            // What is packed cannot be read on after a fault.
            Err(fault) => return take(broken(&place, fault)),
        }
    }
    Ok(())
}

fn json<Stop>(bytes: &mut dyn BufRead, field: &str, take: &mut Taker<'_, Stop>) -> Result<(), Stop> {
    let mut all = Vec::new();
    let value = match bytes.read_to_end(&mut all) {
        Ok(_) => serde_json::from_slice(&all).map_err(|fault| fault.to_string()),
        Err(fault) => Err(fault.to_string()),
    };
    match value {
        Ok(Value::Array(values)) => values.iter().enumerate().try_for_each(|(at, value)| {
            take(Record { place: format!("item {}", at + 1), text: text_of(value, field) })
        }),
        Ok(value) => take(Record { place: String::new(), text: text_of(&value, field) }),
        Err(fault) => take(broken("", fault)),
    }
}

fn text_of(value: &Value, field: &str) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Object(fields) => match fields.get(field) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(format!("`{field}` is no text")),
            None => Err(format!("there is no `{field}`: name the field that holds the text")),
        },
        _ => Err("neither a text nor an object".to_owned()),
    }
}

#[cfg(test)]
mod tests;
