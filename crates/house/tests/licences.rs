//! What the workspace is built from may be given away under the workspace's own licence.

use crate::fault::{Fault, assert_none, places};
use crate::graph::{Graph, Package};
use crate::tree;

const OURS: &str = "Apache-2.0";

/// Licences that ask for no more than a notice, or (MPL-2.0) for the sources of the file itself.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // Data alone: the certificates that browsers trust.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    // A BSD licence under another name.
    "bzip2-1.0.6",
];

/// Whether an expression can be met with allowed licences alone: one side of an `OR`, every side of an `AND`.
fn is_met(expression: &str) -> bool {
    // Older manifests write a stroke for `OR`.
    let expression = expression.replace('/', " OR ");
    let sides = split(&expression, " OR ");
    if sides.len() > 1 {
        return sides.into_iter().any(is_met);
    }
    let sides = split(&expression, " AND ");
    if sides.len() > 1 {
        return sides.into_iter().all(is_met);
    }
    let one = expression.trim();
    match one.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => is_met(inner),
        None => ALLOWED.contains(&one),
    }
}

/// Splits at a word that stands outside brackets.
fn split<'a>(expression: &'a str, word: &str) -> Vec<&'a str> {
    let mut sides = Vec::new();
    let mut start = 0;
    for (place, _) in expression.match_indices(word) {
        let side = &expression[start..place];
        if side.matches('(').count() == side.matches(')').count() {
            sides.push(side);
            start = place + word.len();
        }
    }
    sides.push(&expression[start..]);
    sides
}

fn foreign_faults(graph: &Graph) -> Vec<Fault> {
    let fault = |package: &Package| {
        let licence = package.license.as_deref().unwrap_or("no licence named in its manifest");
        let place = format!("Cargo.lock ({} {})", package.name, package.version);
        Fault::new(place, format!("not on the list: {licence}"), "use another crate, or argue the licence into ALLOWED")
    };
    graph.outsiders().filter(|package| !package.license.as_deref().is_some_and(is_met)).map(fault).collect()
}

fn own_faults(graph: &Graph) -> Vec<Fault> {
    let is_right = |package: &&Package| package.license.as_deref() == Some(OURS) && !package.may_be_published;
    let fault = |package: &Package| {
        let wrong = format!("the manifest must say the licence ({OURS}) and that no registry takes the crate");
        let mend = "write `license.workspace = true` and `publish.workspace = true`";
        Fault::new(format!("crates/{}/Cargo.toml", package.name), wrong, mend)
    };
    graph.members().filter(|package| !is_right(package)).map(fault).collect()
}

fn licence_text_faults(text: &str) -> Vec<Fault> {
    let must_have = ["Apache License", "Version 2.0, January 2004", "END OF TERMS AND CONDITIONS"];
    let missing = must_have.iter().filter(|part| !text.contains(*part));
    let fault = |part: &&str| Fault::new("LICENSE", format!("`{part}` is missing"), "restore the text of Apache-2.0");
    missing.map(fault).collect()
}

#[test]
fn the_licence_is_apache_2() {
    let root = tree::root();
    let mut faults = licence_text_faults(&tree::read(&root, "LICENSE").unwrap_or_default());
    faults.extend(own_faults(&Graph::of_workspace(&root)));
    assert_none(faults);
}

#[test]
fn outside_crates_have_an_allowed_licence() {
    assert_none(foreign_faults(&Graph::of_workspace(&tree::root())));
}

#[test]
fn control_a_licence_off_the_list_is_found() {
    let package = |name: &str, license: Option<&str>| serde_json::json!({ "id": name, "name": name, "version": "1.0.0", "license": license });
    let packages = [
        package("ours", Some("MIT")),
        package("good", Some("MIT")),
        package("bad", Some("GPL-3.0")),
        package("bare", None),
    ];
    let planted = serde_json::json!({ "workspace_members": ["ours"], "packages": packages });
    let graph = Graph::from_json(planted.to_string().as_bytes());
    assert_eq!(places(&foreign_faults(&graph)), ["Cargo.lock (bad 1.0.0)", "Cargo.lock (bare 1.0.0)"]);
    assert_eq!(places(&own_faults(&graph)), ["crates/ours/Cargo.toml"]);
    assert_eq!(licence_text_faults("Apache License").len(), 2);
}

#[test]
fn an_expression_is_met_as_spdx_says() {
    for met in [
        "MIT",
        "MIT/Apache-2.0",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "MIT OR LGPL-2.1-or-later",
        "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        "MIT AND (GPL-3.0 OR BSD-3-Clause)",
    ] {
        assert!(is_met(met), "{met}");
    }
    for unmet in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND GPL-3.0", "", "MIT AND (GPL-3.0 OR AGPL-3.0)"]
    {
        assert!(!is_met(unmet), "{unmet}");
    }
}
