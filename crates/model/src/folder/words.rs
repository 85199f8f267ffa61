//! The small files of text beside the weights.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use super::{LoadFault, SaveFault};

/// The longest file of text that is read: the largest tokenizers have some thirty megabytes.
const MOST_TEXT: u64 = 256 << 20;

pub(super) fn read_text(path: &Path) -> Result<String, LoadFault> {
    let read = |source| LoadFault::Read { file: path.to_owned(), source };
    let file = File::open(path).map_err(read)?;
    let bytes = file.metadata().map_err(read)?.len();
    if bytes > MOST_TEXT {
        return Err(LoadFault::TooLong { file: path.to_owned(), bytes, most: MOST_TEXT });
    }
    let mut text = String::new();
    file.take(MOST_TEXT).read_to_string(&mut text).map_err(read)?;
    Ok(text)
}

/// Writes a file whole or not at all.
pub(super) fn write_text(path: &Path, text: &str) -> Result<(), SaveFault> {
    let fault = |source| SaveFault::Write { file: path.to_owned(), source };
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let mut file = File::create(&partial).map_err(fault)?;
    file.write_all(text.as_bytes()).map_err(fault)?;
    file.sync_all().map_err(fault)?;
    std::fs::rename(&partial, path).map_err(fault)
}
