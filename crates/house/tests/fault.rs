//! A broken rule, and how a test tells of it.

use std::fmt;

/// One broken rule: where, what is wrong, how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// A file, with a line where there is one, or a crate.
    pub(crate) place: String,
    pub(crate) wrong: String,
    pub(crate) mend: String,
}

impl Fault {
    pub(crate) fn new(place: impl Into<String>, wrong: impl Into<String>, mend: impl Into<String>) -> Self {
        Fault { place: place.into(), wrong: wrong.into(), mend: mend.into() }
    }

    /// A fault on a line of a file.
    pub(crate) fn at(file: &str, line: usize, wrong: impl Into<String>, mend: impl Into<String>) -> Self {
        Fault::new(format!("{file}:{line}"), wrong, mend)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    mend: {}", self.place, self.wrong, self.mend)
    }
}

/// Passes when there is no fault; otherwise fails with all of them, in order.
pub(crate) fn assert_none(mut faults: Vec<Fault>) {
    faults.sort();
    let told: Vec<String> = faults.iter().map(|fault| format!("  {fault}")).collect();
    assert!(faults.is_empty(), "{} broken:\n{}\n", faults.len(), told.join("\n"));
}

/// What a control uses: the planted faults, and nothing else, were found at these places.
pub(crate) fn places(faults: &[Fault]) -> Vec<&str> {
    faults.iter().map(|fault| fault.place.as_str()).collect()
}

#[test]
#[should_panic(expected = "1 broken")]
fn control_a_fault_fails_the_test() {
    assert_none(vec![Fault::at("a.rs", 3, "is wrong", "put it right")]);
}

#[test]
fn a_fault_reads_as_place_wrong_and_mend() {
    let fault = Fault::at("a.rs", 3, "is wrong", "put it right");
    assert_eq!(fault.to_string(), "a.rs:3: is wrong\n    mend: put it right");
}
