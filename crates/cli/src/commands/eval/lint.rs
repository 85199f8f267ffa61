//! `daepyo eval lint` and `daepyo eval coverage`: what is wrong in task files, and how much of a tree runs here.

use std::path::{Path, PathBuf};

use anyhow::Result;
use evaluation::dataset::Datasets;
use evaluation::hook::Hooks;
use evaluation::lint::{self as room, HARNESS, Lint, LintOptions};
use evaluation::task::TaskTree;

use super::asked;
use crate::args::eval::DataArgs;
use crate::{Verdict, say};

/// Looks at task files, or at all in folders, and at documents that are on this machine.
pub(crate) fn lint(paths: &[PathBuf], data: &DataArgs, json: bool) -> Result<Verdict> {
    let documents = Datasets::new(asked::local(data));
    let options = LintOptions { known: HARNESS, documents: Some(&documents), groups_must_aggregate: true };
    let mut told = Lint { findings: Vec::new(), unseen: Vec::new() };
    for path in paths {
        let is_file = path.is_file();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let root = if is_file { folder } else { path };
        let tree = TaskTree::scan(&[root.to_owned()])?;
        let Lint { findings, unseen } = if is_file {
            room::lint_files(&tree, std::slice::from_ref(path), &options)
        } else {
            room::lint(&tree, &options)
        };
        told.findings.extend(findings);
        told.unseen.extend(unseen);
    }
    if json {
        say::json(&told)?;
    } else {
        let lines: String = told.findings.iter().map(|finding| format!("{finding}\n")).collect();
        say::out(lines)?;
        say_unseen(&told);
        let count = told.findings.len();
        say::note(&if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") });
    }
    Ok(if told.findings.is_empty() { Verdict::Sound } else { Verdict::Unsound })
}

/// Says what was not looked at: nobody is to take silence for a good word.
fn say_unseen(told: &Lint) {
    let tasks: usize = told.unseen.iter().map(|unseen| unseen.names.len()).sum();
    if tasks == 0 {
        return;
    }
    let of = if tasks == 1 { "a multiple-choice task".to_owned() } else { format!("{tasks} multiple-choice tasks") };
    say::note(&format!("whether the prompts of {of} show the options is not known:"));
    for unseen in &told.unseen {
        say::note(&format!("  {unseen}"));
    }
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
