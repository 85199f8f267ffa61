//! Whether what lies in a folder is what a recipe says, to the byte.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{CorpusRecipe, GitFolder, SingleFile};
use crate::corpus::prepare::digest_of;

/// A corpus that is what its recipe says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Its name.
    pub name: String,
    /// Files.
    pub files: usize,
    /// Bytes of them all.
    pub bytes: u64,
}

/// Why what lies in a folder is not the corpus of a recipe.
#[derive(Debug, thiserror::Error)]
pub enum VerifyFault {
    /// A file or a folder cannot be read.
    #[error("{path}: {fault}: fetch the corpus first, or put its files there")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// A file is not the one.
    #[error("{path} has the SHA-256 {found} and not {wanted}: delete it and fetch it again")]
    Digest {
        /// Which file.
        path: PathBuf,
        /// What it has.
        found: String,
        /// What the recipe says.
        wanted: String,
    },
    /// A folder does not hold what it should.
    #[error(
        "{path} holds {files} files of {bytes} bytes with the digest {found}, and not {wanted_files} files of \
         {wanted_bytes} bytes with {wanted}: delete it and fetch it again"
    )]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// Files found.
        files: usize,
        /// Bytes found.
        bytes: u64,
        /// Digest found.
        found: String,
        /// Files that the recipe says.
        wanted_files: usize,
        /// Bytes that the recipe says.
        wanted_bytes: u64,
        /// Digest that the recipe says.
        wanted: String,
    },
}

/// Holds every file of a corpus against its recipe.
///
/// # Errors
///
/// See [`VerifyFault`].
pub fn verify(recipe: &CorpusRecipe, folder: &Path) -> Result<Verified, VerifyFault> {
    let mut verified = Verified { name: recipe.name.clone(), files: 0, bytes: 0 };
    if let Some(git) = &recipe.git {
        verify_folder(git, folder)?;
        verified.files += git.files;
        verified.bytes += git.bytes;
    }
    for file in &recipe.files {
        verify_file(file, folder)?;
        verified.files += 1;
        verified.bytes += file.bytes;
    }
    Ok(verified)
}

fn verify_file(file: &SingleFile, folder: &Path) -> Result<(), VerifyFault> {
    let path = folder.join(&file.path);
    let (_, found) = digest_of(&path).map_err(|fault| VerifyFault::File { path: path.clone(), fault })?;
    if found == file.sha256 {
        return Ok(());
    }
    Err(VerifyFault::Digest { path, found, wanted: file.sha256.clone() })
}

fn verify_folder(git: &GitFolder, folder: &Path) -> Result<(), VerifyFault> {
    let path = folder.join(&git.folder);
    let mut paths = Vec::new();
    walk(&path, &git.folder, &mut paths).map_err(|fault| VerifyFault::File { path: path.clone(), fault })?;
    paths.sort_unstable();
    let (mut bytes, mut hash) = (0, Sha256::new());
    for inside in &paths {
        let file = folder.join(inside);
        let (size, digest) = digest_of(&file).map_err(|fault| VerifyFault::File { path: file, fault })?;
        bytes += size;
        hash.update(format!("{digest}  {inside}\n").as_bytes());
    }
    let found = hex::encode(hash.finalize());
    if found == git.sha256 {
        return Ok(());
    }
    Err(VerifyFault::Folder {
        path,
        files: paths.len(),
        bytes,
        found,
        wanted_files: git.files,
        wanted_bytes: git.bytes,
        wanted: git.sha256.clone(),
    })
}

/// The files of a folder at any depth, by their paths with `/` between the parts.
fn walk(folder: &Path, inside: &str, paths: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let inside = format!("{inside}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &inside, paths)?;
        } else {
            paths.push(inside);
        }
    }
    Ok(())
}
