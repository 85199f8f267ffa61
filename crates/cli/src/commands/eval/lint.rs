//! `daepyo eval lint` and `daepyo eval coverage`: what is wrong in task files, and how much of a tree runs here.

use std::path::{Path, PathBuf};

use anyhow::Result;
use evaluation::hook::Hooks;
use evaluation::lint::{self as room, HARNESS, LintOptions};
use evaluation::task::TaskTree;

use crate::{Verdict, say};

/// Looks at task files, or at all in folders.
pub(crate) fn lint(paths: &[PathBuf], json: bool) -> Result<Verdict> {
    let options = LintOptions { known: HARNESS, groups_must_aggregate: true };
    let mut found = Vec::new();
    for path in paths {
        let is_file = path.is_file();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let root = if is_file { folder } else { path };
        let tree = TaskTree::scan(&[root.to_owned()])?;
        found.extend(if is_file {
            room::lint_files(&tree, std::slice::from_ref(path), &options)
        } else {
            room::lint(&tree, &options)
        });
    }
    if json {
        say::json(&found)?;
    } else {
        let lines: String = found.iter().map(|finding| format!("{finding}\n")).collect();
        say::out(lines)?;
        say::note(&if found.len() == 1 { "1 finding".to_owned() } else { format!("{} findings", found.len()) });
    }
    Ok(if found.is_empty() { Verdict::Sound } else { Verdict::Unsound })
}

/// Says how much of a tree runs here.
pub(crate) fn coverage(dir: &Path, json: bool) -> Result<Verdict> {
    let tree = TaskTree::scan(&[dir.to_owned()])?;
    let coverage = room::coverage(&tree, &Hooks::default(), &HARNESS);
    if json {
        say::json(&coverage)?
    } else {
        say::line(coverage.to_string().trim_end())?
    }
    Ok(Verdict::Sound)
}
