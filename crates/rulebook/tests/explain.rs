//! The promise in plain words, as a citizen reads it.

#![expect(clippy::unwrap_used, reason = "a shipped rulebook that cannot be read should fail loudly")]

use rulebook::{Language, Rulebook, explain};
use unicode_width::UnicodeWidthStr;

const CALL: &str = include_str!("../../../programmes/kr-2025-call.toml");
const JANUARY: &str = include_str!("../../../programmes/kr-2026-01-phase.toml");
const AUGUST: &str = include_str!("../../../programmes/kr-2026-08-phase.toml");
const ADDITIONAL: &str = include_str!("../../../programmes/kr-2026-02-additional.toml");
const EUROPE: &str = include_str!("../../../programmes/eu-frontier-2026.toml");
const INDIA: &str = include_str!("../../../programmes/in-2025-rolling.toml");
const SINGAPORE: &str = include_str!("../../../programmes/sg-declared-lineage.toml");

fn said(text: &str, language: Language) -> String {
    explain(&Rulebook::parse(text).unwrap().rulebook, language)
}

#[test]
fn the_2025_call_in_korean() {
    insta::assert_snapshot!(said(CALL, Language::Ko));
}

#[test]
fn the_2025_call_in_english() {
    insta::assert_snapshot!(said(CALL, Language::En));
}

#[test]
fn the_january_evaluation_in_korean() {
    insta::assert_snapshot!(said(JANUARY, Language::Ko));
}

#[test]
fn a_rolling_call_without_points_in_english() {
    insta::assert_snapshot!(said(INDIA, Language::En));
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    for text in [CALL, JANUARY, AUGUST, ADDITIONAL, EUROPE, INDIA, SINGAPORE] {
        for language in [Language::Ko, Language::En] {
            for line in said(text, language).lines() {
                assert!(line.width() <= 80, "{line}");
                assert_eq!(line, line.trim_end());
            }
        }
    }
}

#[test]
fn the_numbers_of_the_promise_are_said() {
    let words = said(JANUARY, Language::En);
    for number in ["Benchmarks: 40 points", "Experts: 35 points", "Users: 25 points", "4 highest totals"] {
        assert!(words.contains(number), "{number}");
    }
    assert!(said(ADDITIONAL, Language::Ko).contains("아무도 남기지 않을 수 있습니다"));
    assert!(said(EUROPE, Language::En).contains("controlled from AT, BE"));
}

#[test]
fn what_is_unset_is_said_last() {
    let text = CALL.replace("seats = 7\nquorum = 6\n", "");
    let text = text.replace("about = \"stage.written.panel.experts.seats\"", "about = \"stage.written.kind\"");
    let text = text.replace("about = \"stage.written.panel.experts.quorum\"", "about = \"stage.written.id\"");
    let words = said(&text, Language::En);
    assert!(words.ends_with("- stage.written.panel.experts.seats\n"), "{words}");
}

#[test]
fn what_a_verdict_is_computed_from_is_said() {
    let verdict = "[frontier.verdict]\ngate = \"composite\"\nlooks = 1\ntruncation_tolerance = 0.01\n\
                   extraction_tolerance = 0.02\n\n[[frontier.task]]\ntask = \"questions\"\nmetric = \"exact_match\"\n\
                   filter = \"none\"\nweight = 1\nchance = 0.25\ncluster = { column = \"passage\" }\nleast_items = 1000\n";
    let text = format!("{CALL}\n{verdict}");
    let unwrapped = |language| said(&text, language).split_whitespace().collect::<Vec<_>>().join(" ");
    let (korean, english) = (unwrapped(Language::Ko), unwrapped(Language::En));
    for words in ["exact_match (none)", "weight 1", "1000 items at least", "guessing earns 25 %", "asked once"] {
        assert!(english.contains(words), "{words} in {english}");
    }
    for words in ["가중치 1", "최소 1000문항", "찍어서 얻는 점수 25%", "passage 값이 같은 문항", "한 번만"]
    {
        assert!(korean.contains(words), "{words} in {korean}");
    }
    assert!(said(CALL, Language::En).contains("No verdict is computed by this rule"));
}
