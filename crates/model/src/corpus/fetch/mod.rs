//! Public corpora: recipes that say what they are to the byte, fetched by `git` and `curl` and verified here.

mod commands;
mod verify;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use self::verify::{Verified, VerifyFault, verify};

/// The corpora that this project knows of: their names and recipes.
const SHIPPED: [(&str, &str); 2] = [
    ("korean-statutes", include_str!("../../../corpora/korean-statutes.toml")),
    ("react-documentation-ko", include_str!("../../../corpora/react-documentation-ko.toml")),
];

/// What a public corpus is made of, where it is, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusRecipe {
    /// Its name: the source in a manifest.
    pub name: String,
    /// What it is, in a sentence.
    pub about: String,
    /// Its licence, by SPDX identifiers.
    pub licence: String,
    /// A folder of a git repository, if it is one.
    pub git: Option<GitFolder>,
    /// Single files, if there are any.
    #[serde(default, rename = "file")]
    pub files: Vec<SingleFile>,
}

/// A folder of a commit of a git repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitFolder {
    /// Where the repository is; each is tried in turn.
    pub urls: Vec<String>,
    /// The commit, in full.
    pub commit: String,
    /// The folder within it.
    pub folder: String,
    /// Files in the folder.
    pub files: usize,
    /// Bytes of them all.
    pub bytes: u64,
    /// SHA-256 of the lines `SHA256  PATH` of all files, in the order of their paths as bytes, each ended by a line feed.
    pub sha256: String,
}

/// A file behind an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SingleFile {
    /// Where it is put.
    pub path: String,
    /// Where it is; each is tried in turn.
    pub urls: Vec<String>,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
}

/// Why a recipe cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecipeFault {
    /// It is not of the form.
    #[error("the recipe is not of the form that is read: {0}")]
    Form(#[from] Box<toml::de::Error>),
    /// It would write or read outside its folder.
    #[error("the recipe of {name} names the path `{path}`, which is not a plain path within its folder")]
    Path {
        /// Of which corpus.
        name: String,
        /// The path.
        path: String,
    },
    /// A commit or digest is not written out.
    #[error("the recipe of {name} gives `{digest}`, which is not {wanted} hexadecimal digits in small letters")]
    Digest {
        /// Of which corpus.
        name: String,
        /// What is given.
        digest: String,
        /// How many digits there should be.
        wanted: usize,
    },
    /// An address could be taken for an option, or is of no kind that is fetched.
    #[error("the recipe of {name} gives the address `{url}`: give one that begins with https:// or file://")]
    Address {
        /// Of which corpus.
        name: String,
        /// The address.
        url: String,
    },
}

/// Why a corpus could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchFault {
    /// A file or a folder cannot be written.
    #[error("{path}: {fault}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// A program is not there.
    #[error("`{program}` cannot be run ({fault}): install it, or put the files into the folder and verify them")]
    Program {
        /// Which program.
        program: &'static str,
        /// What the system said.
        fault: io::Error,
    },
    /// A program gave up, at every address.
    #[error("`{program}` failed: {said}; the files can also be put into the folder by hand and verified")]
    Failed {
        /// Which program.
        program: &'static str,
        /// What it said at the last address.
        said: String,
    },
    /// What was fetched is not what the recipe says.
    #[error(transparent)]
    Verify(#[from] VerifyFault),
}

impl CorpusRecipe {
    /// Reads a recipe.
    ///
    /// # Errors
    ///
    /// See [`RecipeFault`].
    pub fn parse(text: &str) -> Result<Self, RecipeFault> {
        let recipe: Self = toml::from_str(text).map_err(Box::new)?;
        let git = recipe.git.iter();
        let paths = git.clone().map(|git| &git.folder).chain(recipe.files.iter().map(|file| &file.path));
        if let Some(path) = paths.clone().chain([&recipe.name]).find(|path| !is_plain(path)) {
            return Err(RecipeFault::Path { name: recipe.name.clone(), path: path.clone() });
        }
        let digests = git.clone().map(|git| &git.sha256).chain(recipe.files.iter().map(|file| &file.sha256));
        let digests = digests.map(|digest| (digest, 64)).chain(git.clone().map(|git| (&git.commit, 40)));
        if let Some((digest, wanted)) = digests.clone().find(|(digest, wanted)| !is_hex(digest, *wanted)) {
            return Err(RecipeFault::Digest { name: recipe.name.clone(), digest: digest.clone(), wanted });
        }
        let urls = git.flat_map(|git| &git.urls).chain(recipe.files.iter().flat_map(|file| &file.urls));
        if let Some(url) = urls.clone().find(|url| !["https://", "file://"].iter().any(|kind| url.starts_with(kind))) {
            return Err(RecipeFault::Address { name: recipe.name.clone(), url: url.clone() });
        }
        Ok(recipe)
    }

    /// A recipe of this project, by its name.
    ///
    /// # Errors
    ///
    /// None for a name in [`CorpusRecipe::names()`].
    pub fn shipped(name: &str) -> Option<Result<Self, RecipeFault>> {
        SHIPPED.iter().find(|(shipped, _)| *shipped == name).map(|(_, text)| Self::parse(text))
    }

    /// The names of the recipes of this project.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }
}

fn is_plain(path: &str) -> bool {
    let parts = Path::new(path).components();
    !path.is_empty() && !path.starts_with('-') && parts.into_iter().all(|part| matches!(part, Component::Normal(_)))
}

fn is_hex(digest: &str, digits: usize) -> bool {
    digest.len() == digits && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Fetches a corpus into a folder by the programs `git` and `curl`, verifies it, and writes a `sources.toml` beside it,
/// so that [`prepare()`](super::prepare()) knows its licence. What is already there and right is not fetched again.
///
/// # Errors
///
/// See [`FetchFault`].
pub fn fetch(recipe: &CorpusRecipe, folder: &Path) -> Result<Verified, FetchFault> {
    if let Ok(verified) = verify(recipe, folder) {
        write_sources(recipe, folder)?;
        return Ok(verified);
    }
    fs::create_dir_all(folder).map_err(|fault| FetchFault::File { path: folder.to_owned(), fault })?;
    if let Some(git) = &recipe.git {
        commands::git_folder(git, folder)?;
    }
    for file in &recipe.files {
        commands::single_file(file, folder)?;
    }
    let verified = verify(recipe, folder)?;
    write_sources(recipe, folder)?;
    Ok(verified)
}

fn write_sources(recipe: &CorpusRecipe, folder: &Path) -> Result<(), FetchFault> {
    let urls = recipe.git.iter().flat_map(|git| git.urls.iter().map(move |url| format!("{url}@{}", git.commit)));
    let urls: BTreeSet<String> = urls.chain(recipe.files.iter().flat_map(|file| file.urls.clone())).collect();
    let from = urls.into_iter().collect::<Vec<_>>().join(" ");
    let mut entry = toml::Table::new();
    entry.insert("licence".to_owned(), recipe.licence.clone().into());
    entry.insert("from".to_owned(), from.into());
    let mut sources = toml::Table::new();
    sources.insert(recipe.name.clone(), entry.into());
    let path = folder.join("sources.toml");
    fs::write(&path, sources.to_string()).map_err(|fault| FetchFault::File { path, fault })
}

#[cfg(test)]
mod tests;
