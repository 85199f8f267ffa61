//! A fault is a typed error. A panic that stays says why it cannot happen.

use super::room_code;
use crate::fault::{Fault, assert_none, places};
use crate::source::Source;

/// Methods that panic, and the lint that lifts each.
const METHODS: &[(&str, &str)] = &[
    ("expect", "expect_used"),
    ("expect_err", "expect_used"),
    ("unwrap", "unwrap_used"),
    ("unwrap_err", "unwrap_used"),
];

/// Macros that panic, and the lint that lifts each; those without one never stay.
const MACROS: &[(&str, Option<&str>)] = &[
    ("panic", Some("panic")),
    ("unreachable", Some("unreachable")),
    ("dbg", None),
    ("todo", None),
    ("unimplemented", None),
];

fn panics(source: &Source) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (place, token) in source.tokens.iter().enumerate() {
        let is_lifted = |lint: Option<&str>| lint.is_some_and(|lint| token.lifted.iter().any(|lifted| lifted == lint));
        let mut tell = |call: String, lint: Option<&str>| {
            let mend = match lint {
                _ if is_lifted(lint) => return,
                Some(lint) => {
                    format!("return an error, or say why it cannot be: `#[expect(clippy::{lint}, reason = \"…\")]`")
                }
                None => "finish it, or take it out".to_owned(),
            };
            faults.push(Fault::at(&source.file, token.line, format!("`{call}` outside tests"), mend));
        };
        // A method is called with a dot or named with a path: `.unwrap()`, `Option::unwrap`.
        match source.window::<3>(place) {
            ["." | ":", name, _] if let Some((name, lint)) = METHODS.iter().find(|(method, _)| *method == name) => {
                tell((*name).to_owned(), Some(lint));
            }
            [name, "!", "(" | "[" | "{"]
                if let Some((name, lint)) = MACROS.iter().find(|(known, _)| *known == name) =>
            {
                tell(format!("{name}!"), *lint);
            }
            _ => {}
        }
    }
    faults
}

#[test]
fn a_panic_outside_tests_gives_its_reason() {
    assert_none(room_code().iter().flat_map(panics).collect());
}

#[test]
fn control_a_panic_without_a_reason_is_found() {
    let text = "fn a() { b.unwrap(); }\n\
                fn b() { assert_eq!(c.expect(\"\"), 1); }\n\
                fn c() { panic!(\"\") }\n\
                #[expect(clippy::todo, reason = \"later\")]\nfn d() { todo!() }\n\
                #[expect(clippy::unwrap_used)]\nfn e() { b.unwrap(); }\n\
                fn f() { b.map(Option::unwrap) }\n";
    let faults = panics(&Source::parse("p.rs", text));
    assert_eq!(places(&faults), ["p.rs:1", "p.rs:2", "p.rs:3", "p.rs:5", "p.rs:7", "p.rs:8"]);
}

#[test]
fn control_a_panic_with_a_reason_may_stay() {
    let text = "#[expect(clippy::unwrap_used, reason = \"never empty\")]\nfn a() { b.unwrap(); }\n\
                fn b() {\n    #[expect(clippy::expect_used, reason = \"never empty\")]\n    let c = d.expect(\"\");\n}\n\
                fn c() { b.unwrap_or(1).expect_it(unwrap) }\n\
                #[test]\nfn d() { b.unwrap(); panic!() }\n";
    assert_eq!(panics(&Source::parse("p.rs", text)), []);
}
