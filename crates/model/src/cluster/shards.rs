//! Documents in shards, as the engine reads them.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use serde::Deserialize;

use super::ClusterFault;

/// What the engine needs of a line; others stay as they are.
#[derive(Deserialize)]
struct Document {
    text: String,
}

/// Deals the documents of a file of JSON lines out to `shards` files `{split}-00000-of-00008.jsonl`, one after the other,
/// so that they are of one size; gives the number of documents. Only documents with text are kept.
pub(super) fn deal(from: &Path, folder: &Path, split: &str, shards: usize) -> Result<u64, ClusterFault> {
    let read = |source| ClusterFault::Read { file: from.to_owned(), source };
    let input = BufReader::new(File::open(from).map_err(read)?);
    let names: Vec<_> =
        (0..shards).map(|shard| folder.join(format!("{split}-{shard:05}-of-{shards:05}.jsonl"))).collect();
    let fault = |shard: usize| {
        let file = names[shard].clone();
        move |source| ClusterFault::Write { file, source }
    };
    let mut outputs = Vec::new();
    for (shard, name) in names.iter().enumerate() {
        outputs.push(BufWriter::new(File::create(name).map_err(fault(shard))?));
    }
    let mut documents = 0_u64;
    for (number, line) in input.lines().enumerate() {
        let line = line.map_err(read)?;
        if line.trim().is_empty() {
            continue;
        }
        let document: Document = serde_json::from_str(&line).map_err(|error| ClusterFault::Document {
            file: from.to_owned(),
            line: number + 1,
            what: error.to_string(),
        })?;
        if document.text.is_empty() {
            continue;
        }
        let shard = (documents % shards as u64) as usize;
        writeln!(outputs[shard], "{line}").map_err(fault(shard))?;
        documents += 1;
    }
    for (shard, output) in outputs.iter_mut().enumerate() {
        output.flush().map_err(fault(shard))?;
    }
    if documents < shards as u64 {
        return Err(ClusterFault::TooFewDocuments { file: from.to_owned(), documents, shards });
    }
    Ok(documents)
}
