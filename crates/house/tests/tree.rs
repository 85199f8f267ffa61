//! The files of the workspace: those git tracks or would track, or a walk where there is no git.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("crates/house lies two folders under the root").to_path_buf()
}

/// The files under `root`, as paths from it with `/`, sorted.
pub(crate) fn files(root: &Path) -> Vec<String> {
    let mut files = from_git(root).unwrap_or_else(|| walked(root));
    // A file deleted but not yet committed is still in git's list.
    files.retain(|file| root.join(file).is_file());
    files.sort();
    files.dedup();
    files
}

/// The names of the folders in `crates/`: the rooms and the house.
pub(crate) fn crates(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root.join("crates")).expect("`crates/` can be listed");
    let folders = entries.flatten().map(|entry| entry.path()).filter(|path| path.join("Cargo.toml").is_file());
    let mut names: Vec<String> =
        folders.filter_map(|path| path.file_name().map(|name| name.to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

/// The text of a file that the list names; nothing when it was removed since or is not text.
pub(crate) fn read(root: &Path, file: &str) -> Option<String> {
    fs::read_to_string(root.join(file)).ok()
}

/// Git's list, or nothing when git is missing, will not speak here or knows no file (an unpacked archive).
fn from_git(root: &Path) -> Option<Vec<String>> {
    if !root.join(".git").exists() {
        return None;
    }
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let names = String::from_utf8_lossy(&listed.stdout);
    let files: Vec<String> = names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    (!files.is_empty()).then_some(files)
}

/// Every file under `root` but what a build leaves behind.
fn walked(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && !is_left_behind(&path) {
                folders.push(path);
            } else if !is_folder {
                files.extend(path.strip_prefix(root).ok().map(|file| file.to_string_lossy().replace('\\', "/")));
            }
        }
    }
    files
}

fn is_left_behind(folder: &Path) -> bool {
    let is_named = ["target", ".git", "__pycache__"].iter().any(|name| folder.ends_with(name));
    // Cargo signs every target folder with this file, whatever its name.
    is_named || folder.join("CACHEDIR.TAG").is_file()
}

#[test]
fn control_a_walk_finds_files_and_leaves_the_target_folder() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["crates/a/src/lib.rs", "target/debug/a.rs", "other/CACHEDIR.TAG", "README.md"] {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    assert_eq!(files(folder.path()), ["README.md", "crates/a/src/lib.rs"]);
}

#[test]
fn control_the_list_holds_this_file() {
    let files = files(&root());
    assert!(files.iter().any(|file| file == "crates/house/tests/tree.rs"), "{} files listed", files.len());
    assert!(crates(&root()).iter().any(|name| name == "house"));
}
