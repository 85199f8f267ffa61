//! Which files go into a corpus.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::read::format_of;
use super::sources::{Sources, SourcesFault};
use super::{PrepareFault, Source};

/// A file to read.
pub(super) struct Input {
    pub path: PathBuf,
    /// Its path, from what was given on.
    pub told: String,
    pub source: String,
    pub entry: Source,
}

/// All files to read, and the names of those that are no corpus.
#[derive(Default)]
pub(super) struct Gathered {
    pub inputs: Vec<Input>,
    pub passed_over: Vec<String>,
}

/// Finds the files of folders, by their names in order, and takes files that are named as they are. What lies in `out`
/// is not taken, nor what begins with a dot; folders behind links are not entered.
pub(super) fn gather(given: &[PathBuf], out: &Path) -> Result<Gathered, PrepareFault> {
    let mut gathered = Gathered::default();
    let out = out.canonicalize().map_err(|fault| PrepareFault::File { path: out.to_owned(), fault })?;
    for root in given {
        let fault = |fault| PrepareFault::File { path: root.clone(), fault };
        let root = root.canonicalize().map_err(fault)?;
        let folder = if root.is_dir() { &root } else { root.parent().unwrap_or(&root) };
        let walk = Walk { folder, sources: Sources::read(folder).map_err(sources_fault)?, out: &out };
        if root.is_dir() {
            walk.enter(&root, &mut gathered).map_err(fault)?;
        } else if format_of(&root).is_none() {
            return Err(PrepareFault::Form { path: root });
        } else {
            walk.take(&root, &mut gathered);
        }
    }
    Ok(gathered)
}

fn sources_fault(fault: SourcesFault) -> PrepareFault {
    PrepareFault::Sources(fault)
}

struct Walk<'a> {
    folder: &'a Path,
    sources: Sources,
    out: &'a Path,
}

impl Walk<'_> {
    fn enter(&self, folder: &Path, gathered: &mut Gathered) -> io::Result<()> {
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') || path == self.out {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.enter(&path, gathered)?;
            } else if path.is_file() && entry.file_name() != "sources.toml" {
                self.take(&path, gathered);
            }
        }
        Ok(())
    }

    fn take(&self, path: &Path, gathered: &mut Gathered) {
        let inside = path.strip_prefix(self.folder).unwrap_or(path);
        let told = inside.to_string_lossy().into_owned();
        if format_of(path).is_none() {
            gathered.passed_over.push(told);
            return;
        }
        let unknown = Source { licence: "unknown".to_owned(), from: String::new(), files: Vec::new() };
        let named = self.sources.of(inside).map(|(name, entry)| (name.to_owned(), entry.clone()));
        // Without a word about it, the folder is the source.
        let folder = || self.folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let (source, entry) = named.unwrap_or_else(|| (folder(), unknown));
        gathered.inputs.push(Input { path: path.to_owned(), told, source, entry });
    }
}
