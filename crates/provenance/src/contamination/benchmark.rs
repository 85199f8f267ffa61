//! Benchmarks as plain values, and the JSON Lines they are read from.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing a model is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name within the benchmark.
    pub id: String,
    /// What is asked, without options and passage.
    pub question: String,
    /// The right answer in words, not the letter of an option.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// What may be chosen from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// The text that the question is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passage: Option<String>,
}

/// Items under one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Benchmark {
    /// The name that reports use.
    pub name: String,
    /// The items.
    pub items: Vec<Item>,
}

/// Why a file holds no benchmark.
#[derive(Debug, thiserror::Error)]
pub enum BenchmarkFault {
    /// The file could not be read.
    #[error("{path}: {source}")]
    Read {
        /// Which file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A line is not an item.
    #[error(
        "{path}, line {line}: {why}; an item is {{\"id\": …, \"question\": …}} and may have \"answer\", \"options\" and \"passage\""
    )]
    Line {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// Two items bear one name.
    #[error("{path}, line {line}: the id `{id}` was there before: give every item a name of its own")]
    Twice {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: usize,
        /// The name.
        id: String,
    },
    /// There is not one item.
    #[error("{path} holds no item: write one JSON object a line")]
    Empty {
        /// Which file.
        path: String,
    },
}

/// The longest line of a file of items, in bytes.
const LONGEST_LINE: u64 = 16 << 20;

impl Benchmark {
    /// Reads items from JSON Lines. The benchmark is called after the file. An item without an `id` is called after its
    /// line, from 0; `answer` may be a number, and the place of an option where there are options.
    ///
    /// # Errors
    ///
    /// [`BenchmarkFault`]: the first line that is no item.
    pub fn read(path: &Path) -> Result<Self, BenchmarkFault> {
        let shown = path.display().to_string();
        let failed = |source| BenchmarkFault::Read { path: shown.clone(), source };
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        let mut items: Vec<Item> = Vec::new();
        let mut names = std::collections::BTreeSet::new();
        let mut line = String::new();
        for number in 1.. {
            line.clear();
            if file.by_ref().take(LONGEST_LINE).read_line(&mut line).map_err(failed)? == 0 {
                break;
            }
            if line.trim().is_empty() {
                continue;
            }
            let item =
                item(&line, number).map_err(|why| BenchmarkFault::Line { path: shown.clone(), line: number, why })?;
            if !names.insert(item.id.clone()) {
                return Err(BenchmarkFault::Twice { path: shown, line: number, id: item.id });
            }
            items.push(item);
        }
        if items.is_empty() {
            return Err(BenchmarkFault::Empty { path: shown });
        }
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or(&shown);
        let name = name.split_once('.').map_or(name, |(stem, _)| stem).to_owned();
        Ok(Self { name, items })
    }
}

fn item(line: &str, number: usize) -> Result<Item, String> {
    let value: Value = serde_json::from_str(line).map_err(|fault| fault.to_string())?;
    let Value::Object(fields) = value else { return Err("not an object".to_owned()) };
    let text = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(format!("`{name}` is no text")),
    };
    let options: Vec<String> = match fields.get("options") {
        None | Some(Value::Null) => Vec::new(),
        Some(options) => serde_json::from_value(options.clone()).map_err(|_| "`options` is no list of texts")?,
    };
    let id = text("id")?.unwrap_or_else(|| (number - 1).to_string());
    let question = text("question")?.ok_or("there is no `question`")?;
    let answer = match fields.get("answer").and_then(Value::as_u64).map(|place| options.get(place as usize)) {
        Some(Some(option)) => Some(option.clone()),
        _ => text("answer")?,
    };
    Ok(Item { id, question, answer, options, passage: text("passage")? })
}
