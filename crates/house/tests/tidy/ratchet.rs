//! The list of functions that were too long before the limit came. It may only shrink.

use super::functions::Function;
use crate::fault::{Fault, places};

/// Where the list is.
pub(super) const FILE: &str = "crates/house/ratchet.txt";

/// How many entries the list may have. Lower it when an entry goes; it never rises.
const MOST_ENTRIES: usize = 0;

/// The entries: file, function, the most lines it may have.
pub(super) struct Ratchet(Vec<(String, String, usize)>);

impl Ratchet {
    /// Reads `<file> <function> <lines>`, one a line; `#` starts a remark.
    pub(super) fn read(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let entries = lines.map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [file, function, lines] => {
                    let lines = lines.parse().unwrap_or_else(|_| panic!("{FILE}: `{line}` does not end in a number"));
                    ((*file).to_owned(), (*function).to_owned(), lines)
                }
                _ => panic!("{FILE}: `{line}` is not `<file> <function> <lines>`"),
            }
        });
        Ratchet(entries.collect())
    }

    pub(super) fn limit_for(&self, file: &str, function: &str) -> Option<usize> {
        let entry = self.0.iter().find(|(place, name, _)| place == file && name == function);
        entry.map(|(_, _, lines)| *lines)
    }

    /// Entries that are higher than they need be, and a list that grew.
    pub(super) fn faults(&self, functions: &[Function], most_lines: usize) -> Vec<Fault> {
        let mut faults: Vec<Fault> = self.0.iter().filter_map(|entry| slack(entry, functions, most_lines)).collect();
        if self.0.len() > MOST_ENTRIES {
            let wrong = format!("the list has {} entries; it may have {MOST_ENTRIES}", self.0.len());
            faults.push(Fault::new(FILE, wrong, "shorten the new function instead of listing it"));
        }
        faults
    }
}

fn slack((file, name, listed): &(String, String, usize), functions: &[Function], most_lines: usize) -> Option<Fault> {
    let same = functions.iter().filter(|function| function.file == *file && function.name == *name);
    let longest = same.filter_map(|function| function.lines).max().unwrap_or_default();
    let tell = |wrong: String, mend: String| Some(Fault::new(FILE, wrong, mend));
    match longest {
        fits if fits <= most_lines => tell(
            format!("`{name}` of {file} fits now, or is gone"),
            format!("strike its line and lower MOST_ENTRIES to {}", MOST_ENTRIES.saturating_sub(1)),
        ),
        shorter if shorter < *listed => {
            tell(format!("`{name}` of {file} is down to {shorter} lines"), format!("lower its figure to {shorter}"))
        }
        _ => None,
    }
}

#[test]
fn control_a_ratchet_with_slack_is_found() {
    let function = |name: &str, lines: usize| Function {
        file: "p.rs".to_owned(),
        name: name.to_owned(),
        lines: Some(lines),
        ..Function::default()
    };
    let functions = [function("long", 74), function("short", 10)];
    let faults = |list: &str| Ratchet::read(list).0.iter().filter_map(|entry| slack(entry, &functions, 70)).collect();
    let tight: Vec<Fault> = faults("p.rs long 74\n");
    assert_eq!(tight, []);
    let slack: Vec<Fault> = faults("p.rs long 80\np.rs short 75\np.rs gone 90\n");
    assert_eq!(places(&slack), [FILE, FILE, FILE]);
}

#[test]
fn control_a_ratchet_that_grew_is_found() {
    let list: String = (0..=MOST_ENTRIES).map(|place| format!("p.rs f{place} 71\n")).collect();
    let faults = Ratchet::read(&list).faults(&[], 70);
    assert!(faults.iter().any(|fault| fault.wrong.contains("may have")));
}
