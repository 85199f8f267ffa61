//! Texts as they stand in a `documents.*.jsonl`: one JSON object a line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Language;

/// A text to learn from, one line of a `documents.*.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The text.
    pub text: String,
    /// Where it is from: the name of a source in the manifest.
    pub source: String,
    /// Its language.
    pub language: Language,
}

/// Why documents could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DocumentsFault {
    /// The file cannot be read or written.
    #[error("{path}: {fault}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// A line is not a document.
    #[error("{path}, line {line}: {fault}; a line is {{\"text\": …, \"source\": …, \"language\": \"ko\"}}")]
    Line {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong in it.
        fault: serde_json::Error,
    },
}

/// The documents of a JSONL file, one after another.
///
/// # Errors
///
/// [`DocumentsFault`] at once if the file cannot be opened, and in place of a document that cannot be read.
pub fn read_documents(
    path: &Path,
) -> Result<impl Iterator<Item = Result<Document, DocumentsFault>> + use<>, DocumentsFault> {
    let told = path.to_owned();
    let file = File::open(path).map_err(|fault| DocumentsFault::File { path: told.clone(), fault })?;
    let lines = BufReader::new(file).lines().enumerate();
    Ok(lines.map(move |(at, line)| {
        let line = line.map_err(|fault| DocumentsFault::File { path: told.clone(), fault })?;
        serde_json::from_str(&line).map_err(|fault| DocumentsFault::Line { path: told.clone(), line: at + 1, fault })
    }))
}

/// Writes anything that has a JSON form into a JSONL file, a line each, and says how many lines it has.
///
/// # Errors
///
/// [`DocumentsFault::File`] if the file cannot be written.
pub fn write_lines<T: Serialize>(path: &Path, items: impl IntoIterator<Item = T>) -> Result<usize, DocumentsFault> {
    let fault = |fault| DocumentsFault::File { path: path.to_owned(), fault };
    let mut file = BufWriter::new(File::create(path).map_err(fault)?);
    let mut lines = 0;
    for item in items {
        serde_json::to_writer(&mut file, &item).map_err(|error| fault(error.into()))?;
        file.write_all(b"\n").map_err(fault)?;
        lines += 1;
    }
    file.flush().map_err(fault)?;
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_back_as_they_were_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("documents.jsonl");
        let documents = [("가나다\n라", Language::Korean), ("a \"b\"", Language::English)]
            .map(|(text, language)| Document { text: text.to_owned(), source: "here".to_owned(), language });
        assert_eq!(write_lines(&path, &documents).expect("writes"), 2);
        let read: Vec<Document> = read_documents(&path).expect("opens").map(|line| line.expect("reads")).collect();
        assert_eq!(read, documents);
    }

    #[test]
    fn a_line_that_is_no_document_is_told_with_its_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("documents.jsonl");
        std::fs::write(&path, "{\"text\":\"a\",\"source\":\"b\",\"language\":\"ko\"}\n{\"text\":1}\n").expect("writes");
        let last = read_documents(&path).expect("opens").last().expect("has lines");
        let told = last.expect_err("the second line is no document").to_string();
        assert!(told.contains("line 2") && told.contains("documents.jsonl"), "{told}");
    }
}
