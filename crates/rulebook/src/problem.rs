//! Problems, before they are found in the file: what the checks collect.

use std::ops::Range;

use crate::{Finding, Severity, place::Place, place::Tree};

/// Something wrong at a place.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    severity: Severity,
    place: Place,
    /// The key that the problem is about, where it is the key and not its value.
    key: Option<String>,
    wrong: String,
    right: String,
}

/// What a check has found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn error(&mut self, place: Place, wrong: impl Into<String>, right: impl Into<String>) {
        self.push(Severity::Error, place, None, wrong.into(), right.into());
    }

    pub(crate) fn warning(&mut self, place: Place, wrong: impl Into<String>, right: impl Into<String>) {
        self.push(Severity::Warning, place, None, wrong.into(), right.into());
    }

    /// An error about the key `key` in the table at `place`, not about its value.
    pub(crate) fn key_error(&mut self, place: Place, key: &str, wrong: impl Into<String>, right: impl Into<String>) {
        self.push(Severity::Error, place, Some(key.to_owned()), wrong.into(), right.into());
    }

    fn push(&mut self, severity: Severity, place: Place, key: Option<String>, wrong: String, right: String) {
        self.0.push(Problem { severity, place, key, wrong, right });
    }

    /// Whether any of them is an error.
    pub(crate) fn has_errors(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Error)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The findings for these problems, in the order of the file.
    pub(crate) fn locate(self, text: &str, tree: &Tree<'_>) -> Vec<Finding> {
        let mut findings: Vec<_> = self.0.into_iter().map(|problem| problem.locate(text, tree)).collect();
        findings.sort_by_key(|finding| (finding.span.start, finding.severity));
        findings
    }
}

impl Problem {
    fn locate(self, text: &str, tree: &Tree<'_>) -> Finding {
        let (span, path): (Range<usize>, String) = match &self.key {
            Some(key) => (tree.key_span(&self.place, key), tree.name(&self.place.key(key.clone()))),
            None => (tree.span(&self.place), tree.name(&self.place)),
        };
        Finding { path, wrong: self.wrong, right: self.right, ..Finding::at(text, span, self.severity) }
    }
}
