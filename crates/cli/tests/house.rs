//! What the tests need: the binary, a rehearsal to look at, and folders.
#![expect(clippy::expect_used, reason = "a helper of tests that fails fails the test")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use tempfile::TempDir;

/// How a run of the binary ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs `daepyo` with these arguments.
pub(crate) fn daepyo<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_daepyo")).args(arguments).output().expect("the binary runs");
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("answers are text"),
        err: String::from_utf8(output.stderr).expect("complaints are text"),
    }
}

/// Runs `daepyo` where it must succeed, and returns what it said.
pub(crate) fn said<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> String {
    let ended = daepyo(arguments);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.out
}

/// One rehearsal that all tests of this process look at and none changes.
pub(crate) fn rehearsal() -> &'static Path {
    static REHEARSAL: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, dir) = REHEARSAL.get_or_init(|| {
        let home = tempfile::tempdir().expect("a temporary folder");
        let dir = home.path().join("rehearsal");
        said(["rehearse", "--json", "--seed", "7", "--out", path(&dir)]);
        (home, dir)
    });
    dir
}

/// A path as an argument.
pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

/// A file of the repository.
pub(crate) fn repository(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)
}

/// A copy of a folder, to be changed.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Every file below a folder, in order.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
