//! The source of a function: what it is made of, found in its file, and its hash.
//!
//! The source of a function is its *closure*: its own definition, and every top-level definition, assignment and import
//! that it names, and those that these name, and so on; over the edge of the file where an import stays within the task
//! tree (`from .utils import f`, `from lm_eval.tasks.x.utils import f`). What is imported from elsewhere (`re`, `numpy`)
//! counts as the line that imports it.
//!
//! The hash is SHA-256 over the tokens of the closure in the order in which they are found. Comments, white space, line
//! endings, brackets' line breaks, and statements that are only a text (docstrings) do not count, nor does where the file
//! lies or what the function is called; everything else does. It is told as its first 16 hexadecimal digits.

mod closure;
mod literal;
mod module;
mod template;
mod token;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use self::module::{Import, Module};

pub(super) use self::closure::Source;
pub(super) use self::template::Template;

/// The files that were read; each is read once.
#[derive(Debug, Default)]
pub(super) struct Library {
    modules: Mutex<BTreeMap<PathBuf, Result<Arc<Module>, String>>>,
}

/// No file of functions is larger, in bytes.
const LARGEST: u64 = 16 << 20;

impl Library {
    /// The file at `path`, or why it cannot be read.
    fn module(&self, path: &Path) -> Result<Arc<Module>, String> {
        let path = tidy(path);
        let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        modules.entry(path.clone()).or_insert_with(|| read(path).map(Arc::new)).clone()
    }
}

fn read(path: PathBuf) -> Result<Module, String> {
    let size = std::fs::metadata(&path).map_err(|fault| format!("the file cannot be read: {fault}"))?.len();
    if size > LARGEST {
        return Err(format!("the file has {size} bytes, more than {LARGEST}"));
    }
    let text = std::fs::read_to_string(&path).map_err(|fault| format!("the file cannot be read: {fault}"))?;
    Module::parse(path, &text).map_err(|fault| format!("the file is not Python that is understood here: {fault}"))
}

/// The path without `.` and `x/..`.
fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if tidied.file_name().is_some() => {
                tidied.pop();
            }
            part => tidied.push(part),
        }
    }
    tidied
}

/// The package of lm-eval that holds its task tree.
const TREE: &str = "lm_eval.tasks";

/// The files that `import`, written in the file at `from`, may mean, likeliest first; none if it leads out of the tree.
fn candidates(from: &Path, import: &Import) -> Vec<PathBuf> {
    let inner = import.module.strip_prefix(TREE).map(|rest| rest.trim_start_matches('.'));
    let mut bases = Vec::new();
    match (import.level, inner) {
        (0, None) => {}
        (0, Some(inner)) => {
            let tree = from.ancestors().filter(|folder| folder.file_name().is_some_and(|name| name == "tasks"));
            bases.extend(tree.map(|folder| below(folder, inner)));
        }
        (level, _) => bases.extend(from.ancestors().nth(level).map(|folder| below(folder, &import.module))),
    }
    let name = import.name.as_deref().unwrap_or_default();
    let files = bases.into_iter().flat_map(|base| {
        [base.with_extension("py"), base.join(format!("{name}.py")), base.join("__init__.py")].into_iter()
    });
    files.filter(|file| file.is_file()).collect()
}

fn below(folder: &Path, dotted: &str) -> PathBuf {
    dotted.split('.').filter(|part| !part.is_empty()).fold(folder.to_owned(), |path, part| path.join(part))
}

#[cfg(test)]
mod tests;
