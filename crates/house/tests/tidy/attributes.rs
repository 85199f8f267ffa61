//! A lint that is switched off says why.

use crate::fault::{Fault, assert_none, places};
use crate::source::{self, Attribute, Source};
use crate::tree;

/// The fault of an attribute, in a room's own code or elsewhere.
fn fault(source: &Source, attribute: &Attribute) -> Option<Fault> {
    let calls = |name: &str| attribute.words.windows(2).any(|pair| pair == [name, "("]);
    let has_reason = source::gives_reason(&attribute.words);
    let tell = |wrong: &str, mend: &str| Some(Fault::at(&source.file, attribute.line, wrong, mend));
    if calls("allow") && source::is_room_code(&source.file) {
        return tell("`allow` stays when its cause is gone", "write `#[expect(…, reason = \"…\")]`");
    }
    if (calls("allow") || calls("expect")) && !has_reason {
        return tell("a lint is switched off without a reason", "add `reason = \"…\"`");
    }
    None
}

fn faults(source: &Source) -> Vec<Fault> {
    // `#[should_panic(expect…)]` and the like are not about lints.
    let about_lints = |attribute: &&Attribute| {
        attribute.words.first().is_some_and(|first| ["allow", "expect", "cfg_attr"].contains(&first.as_str()))
    };
    source.attributes.iter().filter(about_lints).filter_map(|attribute| fault(source, attribute)).collect()
}

#[test]
fn a_lint_switched_off_says_why() {
    assert_none(source::select(&tree::root(), |_| true).iter().flat_map(faults).collect());
}

#[test]
fn control_a_silent_attribute_is_found() {
    let text = "#![allow(dead_code, reason = \"r\")]\n\
                #[expect(dead_code)]\nfn a() {}\n\
                #[cfg_attr(unix, allow(dead_code))]\nfn b() {}\n\
                #[cfg(test)]\nmod tests {\n    #[allow(dead_code)]\n    fn c() {}\n}\n\
                #[expect(dead_code, reason = \"r\")]\nfn d() {}\n";
    let in_a_room = faults(&Source::parse("crates/a/src/p.rs", text));
    let lines = [1, 2, 4, 8].map(|line| format!("crates/a/src/p.rs:{line}"));
    assert_eq!(places(&in_a_room), lines);
    let in_a_test = faults(&Source::parse("p.rs", text));
    assert_eq!(places(&in_a_test), ["p.rs:2", "p.rs:4", "p.rs:8"]);
}
