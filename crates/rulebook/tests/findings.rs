//! What is found in a file: one file a case under `tests/inputs`, with the report as a person would read it.
//!
//! A case says only what it is about; the rest of a small, faultless rulebook is added after it, so that the lines of
//! a report are the lines of the case.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its case should fail loudly")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use rulebook::{Findings, Rulebook};

/// What is added where a case does not say it itself: how to tell, and the words.
const REST: [(&[&str], &str); 5] = [
    (
        &["[programme"],
        "[programme]\nid = \"test\"\nname.en = \"Test\"\noperator.en = \"Office\"\nlanguages = [\"en\"]\n",
    ),
    (&["[calendar"], "[calendar]\ntimezone = \"Asia/Seoul\"\n"),
    (&["[intake"], "[intake.single]\nopens = 2025-06-20T09:00:00\ncloses = 2025-07-21T16:00:00\n"),
    (
        &["[objections"],
        "[objections]\nfile = { days = 10 }\ndecide = { days = 30 }\nreviewers = 3\n\
         ground = [{ id = \"error\", text.en = \"An error\" }]\n",
    ),
    (
        &["[[stage]]", "stage = "],
        "[[stage]]\nid = \"only\"\nname.en = \"Only\"\nkind = \"scored\"\ncut = { keep = 1 }\nties = [\"seed\"]\n\
         score = { id = \"total\", name.en = \"Total\", points = 10, measured = { by.en = \"Lab\", max = 10 } }\n",
    ),
];

fn folder(kind: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/inputs").join(kind)
}

fn read(kind: &str, name: &str) -> String {
    let case = fs::read_to_string(folder(kind).join(format!("{name}.toml"))).unwrap();
    let rest = REST.iter().filter(|(signs, _)| !case.is_empty() && !signs.iter().any(|sign| case.contains(sign)));
    let rest: String = rest.map(|(_, words)| format!("\n{words}")).collect();
    case + &rest
}

/// Everything that is found in a case: errors, or the warnings of a rulebook that has none.
fn found(kind: &str, name: &str) -> Findings {
    let findings = match Rulebook::parse(&read(kind, name)) {
        Ok(checked) => checked.warnings,
        Err(findings) => findings,
    };
    findings.in_file(format!("{name}.toml"))
}

fn refuse(name: &str) {
    let findings = found("refused", name);
    assert!(!findings.is_empty(), "nothing was found");
    for finding in &findings.list {
        assert!(!finding.wrong.is_empty() && !finding.right.is_empty(), "{finding:?} does not say what would be right");
    }
    insta::assert_snapshot!(name, findings.to_string());
}

fn accept(name: &str) {
    let findings = found("accepted", name);
    assert!(findings.is_empty(), "{findings}");
}

macro_rules! cases {
    ($kind:ident, $check:ident: $($name:ident)*) => {
        mod $kind {
            $(#[test]
            fn $name() {
                super::$check(stringify!($name));
            })*

            #[test]
            fn every_file_is_a_test() {
                super::listed(stringify!($kind), &[$(stringify!($name)),*]);
            }
        }
    };
}

fn listed(kind: &str, names: &[&str]) {
    let files = fs::read_dir(folder(kind)).unwrap();
    let files: BTreeSet<_> =
        files.map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(files, names.iter().map(|name| (*name).to_owned()).collect());
}

cases! { refused, refuse:
    aggregation agreement calendar choices clocks compute conditions conduct cuts disclosure disclosure_meaning documents
    documents_meaning empty frontier frontier_half frontier_lax frontier_silent frontier_tasks frontier_unjudged gates intake intake_invited intake_rolling keys kinds korean languages
    leaves lineage lineage_words majorities marks moments numbers objections openness panels patterns points stages
    stages_none syntax ties transforms trims unique unset words
}

cases! { accepted, accept:
    aggregation agreement calendar choices clocks compute conditions conduct cuts disclosure documents frontier frontier_tasks gates
    intake_invited intake_rolling languages lineage majorities marks openness panels stages ties transforms trims
}
