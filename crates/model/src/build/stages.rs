//! What was made already: each step leaves a note of what it was made from.

use std::fs;
use std::path::{Path, PathBuf};

use super::BuildFault;
use super::fault::{file, write};
use provenance::evidence::sha256;

/// The notes of a folder. A step's key holds the key of the step before, so that what changes early is made anew to the
/// end.
#[derive(Debug)]
pub(super) struct Stages {
    folder: PathBuf,
    before: String,
}

impl Stages {
    pub(super) fn open(work: &Path) -> Result<Self, BuildFault> {
        let folder = work.join("made");
        fs::create_dir_all(&folder).map_err(file(&folder))?;
        Ok(Self { folder, before: String::new() })
    }

    /// Makes something from `inputs` unless it was made from the same before, and tells whether it was.
    pub(super) fn make(
        &mut self,
        name: &str,
        inputs: &str,
        make: impl FnOnce() -> Result<(), BuildFault>,
    ) -> Result<(), BuildFault> {
        let (note, key) = (self.folder.join(name), self.key(name, inputs));
        if !is_made(&note, &key) {
            make()?;
            write(&note, &key)?;
        }
        self.before = key;
        Ok(())
    }

    /// Whether the step would be passed over.
    pub(super) fn is_made(&self, name: &str, inputs: &str) -> bool {
        is_made(&self.folder.join(name), &self.key(name, inputs))
    }

    fn key(&self, name: &str, inputs: &str) -> String {
        sha256(format!("{}\n{name}\n{inputs}", self.before).as_bytes())
    }
}

fn is_made(note: &Path, key: &str) -> bool {
    fs::read_to_string(note).is_ok_and(|found| found == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks two steps, the first from `inputs`, and names those that were made.
    fn walk(folder: &Path, inputs: &str) -> Vec<&'static str> {
        let mut stages = Stages::open(folder).unwrap();
        let mut made = Vec::new();
        for (name, inputs) in [("text", inputs), ("tokens", "the same")] {
            let was_made = stages.is_made(name, inputs);
            let before = made.len();
            stages
                .make(name, inputs, || {
                    made.push(name);
                    Ok(())
                })
                .unwrap();
            assert_eq!(was_made, made.len() == before, "{name}");
        }
        made
    }

    #[test]
    fn what_changes_early_is_made_anew_to_the_end() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(walk(folder.path(), "a"), ["text", "tokens"]);
        assert!(walk(folder.path(), "a").is_empty());
        assert_eq!(walk(folder.path(), "b"), ["text", "tokens"]);
    }

    #[test]
    fn what_failed_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut stages = Stages::open(folder.path()).unwrap();
        stages.make("text", "a", || Err(BuildFault::Stopped { steps: 0 })).unwrap_err();
        assert!(!stages.is_made("text", "a"));
    }
}
