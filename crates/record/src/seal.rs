//! The seal: a signed list of every file of a closed folder, with its length and SHA-256.
//!
//! The tree proves what the log says; the seal proves that not one byte of the folder changed
//! since the log was closed, not even one that SQLite does not use. It is a signed note whose
//! text is
//!
//! ```text
//! record seal v1
//! <origin>
//! <part>
//! <sha256, hexadecimal> <length> <path>
//! …
//! ```
//!
//! with the paths in byte order. Its first line holds spaces, which no origin does: a seal can
//! never be passed off as a checkpoint. The private part has a seal of its own, and the folder's
//! seal lists only that one file of it: an auditor's copy without `private/` still verifies, and
//! digests of what is private do not travel.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::checkpoint::parse_decimal;
use crate::durable;
use crate::folder::{PRIVATE, PRIVATE_SEAL, SEAL};
use crate::key::{Signer, VerifierKey};
use crate::note::{self, Note, NoteError};

const FIRST_LINE: &str = "record seal v1";

/// The half of a folder that a seal covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Folder,
    Private,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Folder => "folder",
            Part::Private => PRIVATE,
        }
    }

    pub(crate) fn seal(self) -> &'static str {
        match self {
            Part::Folder => SEAL,
            Part::Private => PRIVATE_SEAL,
        }
    }

    fn covers(self, path: &str) -> bool {
        let private = path.starts_with("private/");
        match self {
            Part::Folder => path != SEAL && (!private || path == PRIVATE_SEAL),
            Part::Private => path != PRIVATE_SEAL && private,
        }
    }
}

/// What a file must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) sha256: String,
    pub(crate) size_bytes: u64,
}

/// Path to content, as sealed.
pub(crate) type Listing = BTreeMap<String, Sealed>;

/// Why a folder could not be sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// A name cannot be written into the list.
    #[error("{0:?} cannot be sealed: give it a name in UTF-8 without control characters")]
    Name(String),
    /// Something in the folder is neither file nor folder.
    #[error("{0:?} cannot be sealed: only plain files can; remove it")]
    NotAFile(String),
    /// The file system failed.
    #[error("the folder could not be read or its seal not written")]
    Storage(#[source] io::Error),
}

/// Why a seal is not believed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealFault {
    #[error("the seal could not be read")]
    Unreadable(#[source] io::Error),
    #[error("the seal is not the log's")]
    Note(#[source] NoteError),
    #[error("the seal's list is malformed")]
    Form,
}

/// Seals both parts, the private one first, as the other lists its seal.
pub(crate) fn seal(dir: &Path, signer: &Signer) -> Result<(), SealError> {
    sync_all(dir).map_err(SealError::Storage)?;
    for part in [Part::Private, Part::Folder] {
        let text = list(dir, part, signer.vkey())?;
        let note = note::sign(&text, signer);
        durable::write_file(&dir.join(part.seal()), note.as_bytes()).map_err(SealError::Storage)?;
    }
    Ok(())
}

/// What the seal lists must not come back from a power cut as it was before: neither the caller's
/// own files, nor the names that files had on their way in.
fn sync_all(dir: &Path) -> io::Result<()> {
    let walk = walk(dir)?;
    for file in walk.files.iter().filter(|file| file.is_plain) {
        durable::sync_file(&dir.join(&file.path))?;
    }
    walk.folders.iter().try_for_each(|folder| durable::sync_folder(&dir.join(folder)))
}

/// Takes the seals off, durably, before anything else is written.
pub(crate) fn break_seals(dir: &Path) -> io::Result<()> {
    durable::remove_file(&dir.join(SEAL))?;
    durable::remove_file(&dir.join(PRIVATE_SEAL))?;
    Ok(())
}

fn list(dir: &Path, part: Part, vkey: &VerifierKey) -> Result<String, SealError> {
    let mut text = format!("{FIRST_LINE}\n{}\n{}\n", vkey.name(), part.name());
    for file in walk(dir).map_err(SealError::Storage)?.files {
        if !part.covers(&file.path) {
            continue;
        }
        if file.path.contains(char::is_control) || file.path.contains(char::REPLACEMENT_CHARACTER) {
            return Err(SealError::Name(file.path));
        }
        if !file.is_plain {
            return Err(SealError::NotAFile(file.path));
        }
        let sealed = digest(&dir.join(&file.path)).map_err(SealError::Storage)?;
        text.push_str(&format!("{} {} {}\n", sealed.sha256, sealed.size_bytes, file.path));
    }
    Ok(text)
}

pub(crate) fn digest(path: &Path) -> io::Result<Sealed> {
    let (hash, size_bytes) = durable::digest_file(path)?;
    Ok(Sealed { sha256: hex::encode(hash.as_bytes()), size_bytes })
}

/// The list that a part's seal signs; `None` if the part is not sealed.
pub(crate) fn read(dir: &Path, part: Part, vkey: &VerifierKey) -> Result<Option<Listing>, SealFault> {
    let text = durable::read_text(&dir.join(part.seal())).map_err(SealFault::Unreadable)?;
    let Some(text) = text else { return Ok(None) };
    let note = Note::parse(&text).map_err(SealFault::Note)?;
    let text = note.signed_only_by(vkey).map_err(SealFault::Note)?;
    let mut lines = text.lines();
    let heading = [lines.next(), lines.next(), lines.next()];
    if heading != [Some(FIRST_LINE), Some(vkey.name()), Some(part.name())] {
        return Err(SealFault::Form);
    }
    lines.map(sealed_line).collect::<Option<Listing>>().map(Some).ok_or(SealFault::Form)
}

fn sealed_line(line: &str) -> Option<(String, Sealed)> {
    let (sha256, rest) = line.split_once(' ')?;
    let (size, path) = rest.split_once(' ')?;
    let size_bytes = parse_decimal(size)?;
    Some((path.to_owned(), Sealed { sha256: sha256.to_owned(), size_bytes }))
}

/// What lies in a folder, at any depth.
#[derive(Default)]
pub(crate) struct Walk {
    /// Everything that is not itself a folder, in byte order of the paths.
    pub(crate) files: Vec<Found>,
    /// The folders, each with a slash at its end; the first is the root, which is empty.
    pub(crate) folders: Vec<String>,
}

/// Something found in a folder.
pub(crate) struct Found {
    /// Relative, with slashes.
    pub(crate) path: String,
    /// A regular file, not a link and not a device.
    pub(crate) is_plain: bool,
}

pub(crate) fn walk(dir: &Path) -> io::Result<Walk> {
    let mut walk = Walk::default();
    let mut waiting = vec![String::new()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(dir.join(&folder))? {
            let entry = entry?;
            let path = format!("{folder}{}", entry.file_name().to_string_lossy());
            // Does not follow links.
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push(path + "/");
            } else {
                walk.files.push(Found { path, is_plain: kind.is_file() });
            }
        }
        walk.folders.push(folder);
    }
    walk.files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(walk)
}

/// What differs between a part of a folder and its seal.
pub(crate) enum Difference {
    Changed(String),
    Missing(String),
    Unknown(String),
    NotAFile(String),
    Unreadable(String, io::Error),
}

/// Compares every file of a part with its seal.
pub(crate) fn compare(dir: &Path, part: Part, listing: &Listing) -> io::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    let mut missing: BTreeMap<&str, &Sealed> = listing.iter().map(|(path, sealed)| (path.as_str(), sealed)).collect();
    for file in walk(dir)?.files {
        if !part.covers(&file.path) && file.is_plain {
            continue;
        }
        let expected = missing.remove(file.path.as_str());
        let difference = match expected {
            _ if !file.is_plain => Some(Difference::NotAFile(file.path)),
            None => Some(Difference::Unknown(file.path)),
            Some(expected) => match digest(&dir.join(&file.path)) {
                Ok(found) if found == *expected => None,
                Ok(_) => Some(Difference::Changed(file.path)),
                Err(error) => Some(Difference::Unreadable(file.path, error)),
            },
        };
        differences.extend(difference);
    }
    differences.extend(missing.into_keys().map(|path| Difference::Missing(path.to_owned())));
    Ok(differences)
}
