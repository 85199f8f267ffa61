//! A small set of tasks written for this project, Korean and English, in the binary itself, so that everything can be
//! tried with no download. What it holds and what it is good for stands in its own `README.md`.

pub mod code;
mod files;
pub mod instructions;
pub mod ports;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use sha2::{Digest as _, Sha256};

pub use self::files::FILES;

/// The groups that measure something together, in the order in which they are told.
pub const GROUPS: [&str; 5] = ["daepyo_core", "daepyo_ko", "daepyo_en", "daepyo_choice_ll", "daepyo_coding"];

/// Why the task set could not be written out.
#[derive(Debug, thiserror::Error)]
pub enum MaterialiseFault {
    /// The file system would not.
    #[error("{}: {source}; name a folder that can be written to", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A file is no longer what it was written as.
    #[error("{} was changed since it was written; copy the folder elsewhere to edit it, and remove this one", .0.display())]
    Changed(PathBuf),
}

/// The SHA-256 of the whole set, in hexadecimal: of every file's name and content, each after its length.
pub fn digest() -> String {
    let mut hash = Sha256::new();
    for (name, content) in FILES {
        for part in [name, content] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Writes the set into a folder under `dir` that is named after its digest, and gives that folder.
///
/// A folder that is there already is used if every file in it is as it was written. Several processes may do this at the
/// same time: each writes a folder of its own, and the first to move it into place wins.
pub fn materialise(dir: &Path) -> Result<PathBuf, MaterialiseFault> {
    let digest = digest();
    let folder = dir.join(format!("daepyo-tasks-{}", &digest[..16]));
    if folder.is_dir() {
        return unchanged(&folder).map(|()| folder);
    }
    let mut mark = [0; 8];
    getrandom::fill(&mut mark).map_err(|fault| io_fault(dir, io::Error::other(fault.to_string())))?;
    let fresh = dir.join(format!(".daepyo-tasks-{}", hex::encode(mark)));
    write_all(&fresh)?;
    match fs::rename(&fresh, &folder) {
        Ok(()) => Ok(folder),
        Err(fault) => {
            // Best effort: what is left over is hidden and harmless.
            let _ = fs::remove_dir_all(&fresh);
            if folder.is_dir() { unchanged(&folder).map(|()| folder) } else { Err(io_fault(&folder, fault)) }
        }
    }
}

fn write_all(folder: &Path) -> Result<(), MaterialiseFault> {
    for (name, content) in FILES {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|fault| io_fault(parent, fault))?;
        fs::write(&path, content).map_err(|fault| io_fault(&path, fault))?;
    }
    Ok(())
}

fn unchanged(folder: &Path) -> Result<(), MaterialiseFault> {
    for (name, content) in FILES {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(found) if found == content.as_bytes() => {}
            Ok(_) => return Err(MaterialiseFault::Changed(path)),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Err(MaterialiseFault::Changed(path)),
            Err(fault) => return Err(io_fault(&path, fault)),
        }
    }
    Ok(())
}

fn io_fault(path: &Path, source: io::Error) -> MaterialiseFault {
    MaterialiseFault::Io { path: path.into(), source }
}

#[cfg(test)]
mod tests;
