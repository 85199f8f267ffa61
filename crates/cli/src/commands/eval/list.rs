//! `daepyo eval list`: what can be asked for.

use std::path::PathBuf;

use anyhow::Result;
use evaluation::task::{Kind, TaskTree};

use super::tree;
use crate::{Verdict, say};

pub(crate) fn list(include_path: &[PathBuf], containing: Option<&str>) -> Result<Verdict> {
    let tree = TaskTree::scan(&tree::roots(include_path)?)?;
    let is_wanted = |name: &&str| containing.is_none_or(|part| name.contains(part));
    let mut text = String::new();
    for (kind, heading) in [(Kind::Group, "group"), (Kind::Tag, "tag"), (Kind::Task, "task")] {
        for name in tree.names(kind).filter(is_wanted) {
            text.push_str(&format!("{heading}\t{name}\n"));
        }
    }
    say::out(text)?;
    Ok(Verdict::Sound)
}
