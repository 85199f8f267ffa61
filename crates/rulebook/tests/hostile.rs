//! Hostile files: whatever stands in a file, reading it ends with a rulebook or with findings.

#![expect(clippy::unwrap_used, reason = "a shipped rulebook that cannot be read should fail loudly")]

use proptest::prelude::*;
use rulebook::Rulebook;

const SHIPPED: [&str; 3] = [
    include_str!("../../../programmes/kr-2025-call.toml"),
    include_str!("../../../programmes/kr-2026-01-phase.toml"),
    include_str!("../../../programmes/sg-declared-lineage.toml"),
];

/// What a slip of the hand, or a hand that means harm, puts into a file.
const SCRAPS: [&str; 20] = [
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    "=",
    ".",
    "\n",
    "#",
    "-1",
    "0",
    "1e999",
    "nan",
    "\"\"",
    "\u{0}",
    "가",
    "\u{202e}",
    "[[stage]]\n",
    "9999999999999999999999",
];

/// Reads, and shows what was found: no finding may point outside the file.
fn read(text: &str) -> Result<(), TestCaseError> {
    match Rulebook::parse(text) {
        Ok(checked) => {
            prop_assert!(checked.warnings.errors().next().is_none());
            prop_assert!(!rulebook::explain(&checked.rulebook, rulebook::Language::Ko).is_empty());
            prop_assert!(!rulebook::explain(&checked.rulebook, rulebook::Language::En).is_empty());
        }
        Err(findings) => {
            prop_assert!(findings.errors().next().is_some());
            for finding in &findings.list {
                prop_assert!(finding.span.start <= finding.span.end && finding.span.end <= text.len());
                prop_assert!(!finding.wrong.is_empty() && !finding.right.is_empty());
            }
            prop_assert!(findings.to_string().contains("-->"));
        }
    }
    Ok(())
}

/// `text` with `scrap` in place of the characters from one share of its length to another.
fn spliced(text: &str, from: usize, length: usize, scrap: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let from = from % (chars.len() + 1);
    let to = (from + length).min(chars.len());
    let (before, after) = (chars.get(..from).unwrap(), chars.get(to..).unwrap());
    before.iter().chain(scrap.chars().collect::<Vec<_>>().iter()).chain(after).collect()
}

/// `text` without one line, or with two lines swapped.
fn reordered(text: &str, one: usize, other: usize) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let (one, other) = (one % lines.len(), other % lines.len());
    if one == other {
        lines.remove(one);
    } else {
        lines.swap(one, other);
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_slip_anywhere_ends_in_findings_or_a_rulebook(
        file in 0..SHIPPED.len(),
        slips in prop::collection::vec((any::<usize>(), 0_usize..12, 0..SCRAPS.len()), 1..4),
    ) {
        let mut text = SHIPPED[file].to_owned();
        for (from, length, scrap) in slips {
            text = spliced(&text, from, length, SCRAPS[scrap]);
        }
        read(&text)?;
    }

    #[test]
    fn lines_lost_or_swapped_end_in_findings_or_a_rulebook(file in 0..SHIPPED.len(), one: usize, other: usize) {
        read(&reordered(SHIPPED[file], one, other))?;
    }

    #[test]
    fn any_text_ends_in_findings(text in ".{0,200}") {
        read(&text)?;
        prop_assert!(Rulebook::parse(&text).is_err());
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let deep = 100_000;
    for text in [
        format!("x = {}1", "[".repeat(deep)),
        format!("{}x = 1", "a.".repeat(deep)),
        format!("[[{}x]]", "a.".repeat(deep)),
        format!("eligibility = [{{ require = {}1", "{ not = ".repeat(deep)),
    ] {
        assert!(Rulebook::parse(&text).is_err());
    }
}

#[test]
fn conditions_as_deep_as_toml_allows_are_read() {
    for depth in [5, 30, 60, 75, 79, 90] {
        let condition = format!("{}\"complete-documents\"{}", "{ not = ".repeat(depth), " }".repeat(depth));
        let rule = format!(
            "\n[[eligibility]]\nid = \"deep\"\ntext.en = \"Deep\"\ntext.ko = \"깊이\"\nrequire = {condition}\n"
        );
        read(&(SHIPPED[0].to_owned() + &rule)).unwrap();
    }
}

#[test]
fn a_file_that_is_too_long_is_not_read() {
    let findings = Rulebook::parse(&"#\n".repeat(600_000)).unwrap_err();
    assert_eq!(findings.list.len(), 1);
}

#[test]
fn a_thousand_faults_are_not_all_reported() {
    let faults: String = (0..1000).map(|number| format!("key-{number} = 1\n")).collect();
    let findings = Rulebook::parse(&faults).unwrap_err();
    // A thousand keys that are none, and four that are missing.
    assert_eq!((findings.list.len(), findings.left_out), (100, 904));
    assert!(findings.to_string().ends_with(", and 904 more"));
}
