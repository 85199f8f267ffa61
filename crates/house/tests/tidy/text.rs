//! What may stand in a file: its first line, its blanks, its size, nothing left for later.

use std::fs;
use std::path::Path;

use crate::fault::{Fault, assert_none, places};
use crate::tree;

/// In two halves, so that this file may stay in the tree.
const FOR_LATER: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

const MOST_BYTES: u64 = 256 * 1024;

/// Files that people write.
const WRITTEN: &[&str] = &[".css", ".html", ".js", ".md", ".py", ".rs", ".sh", ".sql", ".toml", ".txt", ".yml"];

/// Files in which a tab is an accident.
const WITHOUT_TABS: &[&str] = &[".md", ".rs", ".toml"];

fn has_ending(file: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| file.ends_with(ending))
}

fn is_written(file: &str) -> bool {
    has_ending(file, WRITTEN) || file.starts_with("scripts/") || file.starts_with(".ci/")
}

fn line_faults(file: &str, line: &str) -> Vec<(String, &'static str)> {
    let mut faults = Vec::new();
    if let Some(sign) = line.chars().find(|sign| sign.is_control() && *sign != '\t') {
        faults.push((
            format!("holds the control character U+{:04X}", u32::from(sign)),
            "take it out, or write it escaped",
        ));
    }
    if line.contains('\t') && has_ending(file, WITHOUT_TABS) {
        faults.push(("holds a tab".to_owned(), "use blanks"));
    }
    if line.trim_end_matches([' ', '\t']) != line {
        faults.push(("ends in blanks".to_owned(), "take them out"));
    }
    let words = || line.split(|sign: char| !sign.is_alphanumeric());
    if let Some(word) = FOR_LATER.iter().find(|word| words().any(|written| written == **word)) {
        faults.push((format!("says {word}"), "do it, or write down elsewhere that it is not done"));
    }
    faults
}

fn text_faults(file: &str, text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    if file.ends_with(".rs") && !text.starts_with("//! ") {
        faults.push(Fault::at(file, 1, "does not start with what it is for", "begin with a `//! …` sentence"));
    }
    // Not `lines()`, which would swallow a carriage return.
    for (place, line) in text.split('\n').enumerate() {
        let told = line_faults(file, line).into_iter();
        faults.extend(told.map(|(wrong, mend)| Fault::at(file, place + 1, wrong, mend)));
    }
    faults
}

fn size_fault(root: &Path, file: &str) -> Option<Fault> {
    let bytes = fs::metadata(root.join(file)).ok()?.len();
    let wrong = format!("{bytes} bytes; the most for a file of the tree is {MOST_BYTES}");
    let mend = "make it when it is needed, or keep a smaller one: what is once in the history stays there";
    (bytes > MOST_BYTES).then(|| Fault::new(file, wrong, mend))
}

fn all_faults(root: &Path) -> Vec<Fault> {
    let files = tree::files(root);
    let written = files.iter().filter(|file| is_written(file));
    let texts = written.filter_map(|file| tree::read(root, file).map(|text| (file, text)));
    let mut faults: Vec<Fault> = texts.flat_map(|(file, text)| text_faults(file, &text)).collect();
    faults.extend(files.iter().filter_map(|file| size_fault(root, file)));
    faults
}

#[test]
fn files_are_tidy() {
    assert_none(all_faults(&tree::root()));
}

#[test]
fn control_untidy_files_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let later = FOR_LATER.join(", ");
    let planted = [
        ("bare.rs", "fn a() {}\n".to_owned()),
        ("blank.md", "one\ntwo \n".to_owned()),
        ("control.toml", "one\u{7}\n".to_owned()),
        ("good.rs", "//! Good, and a Todo is no fault.\n".to_owned()),
        ("later.rs", format!("//! {later}\n")),
        ("return.md", "one\r\n".to_owned()),
        ("tab.toml", "\tone\n".to_owned()),
        ("weights.bin", "\t".repeat(256 * 1024 + 1)),
    ];
    for (file, text) in &planted {
        fs::write(folder.path().join(file), text).unwrap();
    }
    let faults = all_faults(folder.path());
    let expected =
        ["bare.rs:1", "blank.md:2", "control.toml:1", "later.rs:1", "return.md:1", "tab.toml:1", "weights.bin"];
    assert_eq!(places(&faults), expected);
}
