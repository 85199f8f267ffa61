//! No binary floating point where scores and ranks are made.
//!
//! A float that rounds differently on another machine would put another team through. Scores are `Exact`.

use crate::fault::{Fault, assert_none, places};
use crate::source::{self, Source, Token};
use crate::tree;

const EXACT: &[&str] = &["crates/programme/src/", "crates/rulebook/src/"];

/// Parts of the exact rooms that work in floats, and why no rank can hang on them.
const MEASURES: &[(&str, &str)] = &[
    ("crates/programme/src/reliability/", "figures that inform people; they are kept as text and decide nothing"),
    ("crates/programme/src/simulate/", "invents teams and marks to try a rulebook out; no team is in it"),
];

/// Functions that may name a float, and why.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("crates/rulebook/src/exact.rs", "to_f64", "the one way out, for statistics and plots"),
    (
        "crates/rulebook/src/exact.rs",
        "visit_f64",
        "a reader hands a bare decimal over as a float; its shortest text is what was written",
    ),
    ("crates/rulebook/src/shape/number.rs", "decimal", "asks whether a bare decimal would survive such a reader"),
];

fn is_exact(file: &str) -> bool {
    let is_measure = MEASURES.iter().any(|(part, _)| file.starts_with(part));
    source::is_room_code(file) && EXACT.iter().any(|room| file.starts_with(room)) && !is_measure
}

fn is_allowed(file: &str, token: &Token) -> bool {
    ALLOWED.iter().any(|(place, function, _)| *place == file && token.function.as_deref() == Some(function))
}

/// Every token that is or makes a float.
fn floats(source: &Source) -> Vec<&Token> {
    let tokens = source.tokens.iter().enumerate();
    let found = tokens.filter(|(place, token)| {
        // `pair.0.1` reads as a dot and the literal `0.1`.
        let follows_dot = place.checked_sub(1).is_some_and(|before| source.window::<1>(before) == ["."]);
        names_float(&token.text) || (!follows_dot && is_float_literal(&token.text))
    });
    found.map(|(_, token)| token).collect()
}

fn names_float(text: &str) -> bool {
    let is_name = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    is_name && text.split('_').any(|part| part == "f32" || part == "f64")
}

fn is_float_literal(text: &str) -> bool {
    let is_number = text.starts_with(|first: char| first.is_ascii_digit());
    let is_other_base = ["0x", "0b", "0o"].iter().any(|base| text.starts_with(base));
    is_number
        && !is_other_base
        && (text.contains(['.', 'e', 'E']) || text.ends_with("f32") || text.ends_with("f64"))
        && !text.ends_with("size")
}

fn faults(source: &Source) -> Vec<Fault> {
    let found = floats(source).into_iter().filter(|token| !is_allowed(&source.file, token));
    let told = found.map(|token| {
        let wrong = format!("`{}` is a binary float where scores and ranks are made", token.text);
        let mend = "use `Exact`; a figure that no rank hangs on belongs in `programme::reliability`";
        Fault::at(&source.file, token.line, wrong, mend)
    });
    told.collect()
}

/// Allowances that allow nothing any more.
fn idle_allowances(sources: &[Source]) -> Vec<Fault> {
    let is_used = |file: &str, function: &str| {
        let source = sources.iter().find(|source| source.file == file);
        source.is_some_and(|source| floats(source).iter().any(|token| token.function.as_deref() == Some(function)))
    };
    let idle = ALLOWED.iter().filter(|(file, function, _)| !is_used(file, function));
    let told = idle.map(|(file, function, _)| {
        let wrong = format!("the allowance for floats in `{function}` is not needed any more");
        Fault::new(*file, wrong, "strike it from ALLOWED (crates/house/tests/floats.rs)")
    });
    told.collect()
}

#[test]
fn scores_and_ranks_are_exact() {
    let sources = source::select(&tree::root(), is_exact);
    assert!(sources.len() > EXACT.len(), "the exact rooms were not found");
    let mut all: Vec<Fault> = sources.iter().flat_map(faults).collect();
    all.extend(idle_allowances(&sources));
    assert_none(all);
}

#[test]
fn control_a_float_is_found() {
    let planted = "fn a(x: f64) {}\nfn b() { x.to_f64() }\nfn c() -> u8 { 2.5 }\nfn d() { 1e3 }\nfn e() { 3f32 }\n\
                   fn f() { pair.0.1 + 0xfe + 1 }\n/// 1.5 f64\nfn g() { \"f64 1.5\" }\n#[cfg(test)]\nmod tests { fn h() { 1.5 } }\n";
    let faults = faults(&Source::parse("p.rs", planted));
    assert_eq!(places(&faults), ["p.rs:1", "p.rs:2", "p.rs:3", "p.rs:4", "p.rs:5"]);
}

#[test]
fn control_an_allowance_reaches_one_function_of_one_file() {
    let (file, function, _) = ALLOWED[0];
    let planted = format!("fn {function}() -> f64 {{ 1.0 }}\nfn other() -> f64 {{ x }}\n");
    assert_eq!(places(&faults(&Source::parse(file, &planted))), [format!("{file}:2")]);
    assert_eq!(idle_allowances(&[]).len(), ALLOWED.len());
}
