//! What a task file leaves to Python, ported by hand and keyed by the hash of its source.
//!
//! A port stands in only for exactly the source it was written from: its hash covers the function and everything
//! in its file that it uses. Any other source is refused by name.
//!
//! What a function says (prompts, names of languages, lists of subjects) is not copied here: a port reads it from the source
//! whose hash it knows. What a `partial` binds to the function itself is no part of the hash, so that one port serves all
//! subjects.

mod build;
mod code;
mod entry;
pub(crate) mod fault;
mod format;
mod port;
mod ports;
mod rows;
mod source;
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

pub use self::code::{CodeMetric, Program};
pub use self::fault::PortFault;
pub use self::port::{
    AggregationPort, DatasetPort, DocsPort, FieldPort, FilterPort, MetricPort, Port, ResultsPort, SamplesPort,
};
use self::source::{Library, Source};
use crate::task::Function;

/// The ports there are. Clones share what was read: every file is read once, every function looked up once.
#[derive(Clone, Default)]
pub struct Hooks {
    library: Arc<Library>,
    found: Arc<Mutex<BTreeMap<Function, Result<Port, Refusal>>>>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hooks").finish_non_exhaustive()
    }
}

impl Hooks {
    /// The port of `function`, if there is one for exactly its source. Where the place it is named in needs another kind of
    /// port than comes back, [`Refusal::misplaced`] says so.
    ///
    /// # Errors
    ///
    /// [`Refusal`], if the source cannot be read, or there is no port of exactly this source.
    pub fn find(&self, function: &Function) -> Result<Port, Refusal> {
        let known = self.found.lock().unwrap_or_else(PoisonError::into_inner).get(function).cloned();
        known.unwrap_or_else(|| {
            let found = self.look_up(function);
            let mut cache = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            cache.insert(function.clone(), found.clone());
            found
        })
    }

    /// The hash of the source of `function`, with which a port of it would be keyed.
    ///
    /// # Errors
    ///
    /// [`Refusal`], if the source cannot be read.
    pub fn hash(&self, function: &Function) -> Result<String, Refusal> {
        let refuse = |reason| Refusal { function: function.clone(), reason };
        let source = Source::find(&self.library, function).map_err(refuse)?;
        Ok(source.hash())
    }

    fn look_up(&self, function: &Function) -> Result<Port, Refusal> {
        let refuse = |reason| Refusal { function: function.clone(), reason };
        let source = Source::find(&self.library, function).map_err(refuse)?;
        match table::find(&source) {
            Some(entry) => (entry.make)(&source)
                .map_err(|fault| refuse(format!("the port of {} is of no use: {fault}", entry.what))),
            None => Err(refuse(format!(
                "there is no port of exactly this source (hash {}); write what it does as a template or use another task, \
                 or run the task with lm-eval",
                source.hash()
            ))),
        }
    }
}

/// Why a function of a task file is not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} in {}: {reason}", .function.name, .function.file.display())]
pub struct Refusal {
    /// The function.
    pub function: Function,
    /// What is wrong, and how to mend it.
    pub reason: String,
}

impl Refusal {
    /// `function` has a port, but it was written for another place than `place`.
    pub fn misplaced(function: &Function, port: &Port, place: &str) -> Self {
        let reason = format!("it stands for {place}, but its port is one for {}; name it there", port.place());
        Self { function: function.clone(), reason }
    }
}

#[cfg(test)]
mod tests;
