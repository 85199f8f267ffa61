//! Plain files that anyone can verify without SQLite and without this crate.
//!
//! ```text
//! log.vkey              the verifier key
//! checkpoint            the checkpoint that covers everything below
//! events.jsonl          one canonical event a line
//! tile/<L>/<N>[.p/<W>]  the tree's hashes (C2SP tlog-tiles)
//! ```
//!
//! The hashes lie as a C2SP tiled log serves them. The events do not: a bundle of that format holds entries of 64 KiB at
//! most, and a decision about hundreds of teams is longer.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::folder::{CHECKPOINT, VKEY};
use crate::log::ReadError;
use crate::reader::Reader;
use crate::record::OpenError;
use crate::tree::Tree;

/// How many hashes a full tile holds.
const TILE: u64 = 256;

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// How many events: those that the stored checkpoint covers.
    pub size: u64,
    /// How many came after the checkpoint and were left out.
    pub left_out: u64,
}

/// Why nothing, or not everything, was exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The record does not open.
    #[error("the record could not be opened")]
    Open(#[source] OpenError),
    /// The events could not be read.
    #[error("the events could not be read")]
    Read(#[source] ReadError),
    /// There is something already.
    #[error("{0} is not empty; choose another folder")]
    NotEmpty(PathBuf),
    /// The file system failed.
    #[error("the export could not be written")]
    Storage(#[source] io::Error),
}

/// Writes everything that the stored checkpoint covers into a new or empty folder.
pub fn export(record: &Path, out: &Path) -> Result<Exported, ExportError> {
    let reader = Reader::open(record).map_err(ExportError::Open)?;
    fs::create_dir_all(out).map_err(ExportError::Storage)?;
    if fs::read_dir(out).map_err(ExportError::Storage)?.next().is_some() {
        return Err(ExportError::NotEmpty(out.to_owned()));
    }
    let size = reader.checkpoint().size();
    write_events(&reader, size, out)?;
    reader.with_tree(|tree| write_tiles(tree, size, out)).map_err(ExportError::Storage)?;
    fs::write(out.join(VKEY), format!("{}\n", reader.vkey())).map_err(ExportError::Storage)?;
    // Last, so that a folder with a checkpoint is a whole export.
    fs::write(out.join(CHECKPOINT), reader.checkpoint().text()).map_err(ExportError::Storage)?;
    Ok(Exported { size, left_out: reader.size() - size })
}

fn write_events(reader: &Reader, size: u64, out: &Path) -> Result<(), ExportError> {
    let lines = File::create(out.join("events.jsonl")).map_err(ExportError::Storage)?;
    let mut lines = BufWriter::new(lines);
    for first in (0..size).step_by(TILE as usize) {
        let end = size.min(first + TILE);
        for entry in reader.entries(first..end).map_err(ExportError::Read)? {
            lines.write_all(entry.event.as_bytes()).map_err(ExportError::Storage)?;
            lines.write_all(b"\n").map_err(ExportError::Storage)?;
        }
    }
    lines.flush().map_err(ExportError::Storage)
}

fn write_tiles(tree: &Tree, size: u64, out: &Path) -> io::Result<()> {
    // Level l of the tiles is level 8 l of the tree.
    for (level, height) in (0..u64::BITS).step_by(8).enumerate() {
        let width = size >> height;
        for first in (0..width).step_by(TILE as usize) {
            let end = width.min(first + TILE);
            let hashes = tree.row(height, first, end);
            let tile: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
            let path = out.join(format!("tile/{level}"));
            write_below(&path.join(tile_path(first / TILE, end - first)), &tile)?;
        }
    }
    Ok(())
}

fn write_below(path: &Path, bytes: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, bytes)
}

/// Three digits a folder, all but the last marked with an x; a partial tile says how wide it is.
fn tile_path(mut number: u64, width: u64) -> String {
    let mut path = format!("{:03}", number % 1000);
    while number >= 1000 {
        number /= 1000;
        path = format!("x{:03}/{path}", number % 1000);
    }
    if width < TILE {
        path.push_str(&format!(".p/{width}"));
    }
    path
}
