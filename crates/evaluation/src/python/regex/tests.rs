//! Patterns held against what CPython makes of them.

use super::*;

fn flags(names: &str) -> Flags {
    Flags {
        ignore_case: names.contains('i'),
        multi_line: names.contains('m'),
        dot_all: names.contains('s'),
        verbose: names.contains('x'),
        ascii: names.contains('a'),
    }
}

/// The file was written by CPython 3.11.7: what `re.findall`, `sub`, `split`, `match` and `fullmatch` gave.
#[test]
fn patterns_do_what_cpython_does() {
    let cases: Value = serde_json::from_str(include_str!("../../../tests/data/python/regex.json")).unwrap();
    let cases = cases.as_list().unwrap();
    assert!(cases.len() > 40);
    for case in cases {
        let (pattern, text) =
            (case.get("pattern").unwrap().as_str().unwrap(), case.get("text").unwrap().as_str().unwrap());
        let regex = Regex::new(pattern, flags(case.get("flags").unwrap().as_str().unwrap())).unwrap();
        let group = |found: Option<Match<'_>>| found.map_or(Value::None, |found| Value::from(found.whole()));
        let got = [
            ("findall", Value::List(regex.find_all(text).unwrap())),
            ("sub", Value::from(regex.sub(r"<\g<0>>", text, 0).unwrap())),
            ("split", Value::List(regex.split(text, 0).unwrap())),
            ("match", group(regex.match_start(text).unwrap())),
            ("fullmatch", group(regex.full_match(text).unwrap())),
        ];
        for (name, value) in got {
            assert_eq!(Some(&value), case.get(name), "{name} of {pattern:?} on {text:?}: {}", regex.translated);
        }
    }
}

#[test]
fn replacements_are_filled_as_in_cpython() {
    let regex = Regex::new(r"(a)(?P<n>b)?", Flags::default()).unwrap();
    assert_eq!(regex.sub(r"[\1|\g<n>|\2|\\|\n|\.|\101]", "ab a", 0).unwrap(), "[a|b|b|\\|\n|\\.|A] [a|||\\|\n|\\.|A]");
    assert_eq!(Regex::new("a", Flags::default()).unwrap().sub("b", "aaa", 2).unwrap(), "bba");
    assert!(matches!(regex.sub(r"\3", "a", 0), Err(RegexFault::Template { .. })));
    assert!(matches!(regex.sub(r"\q", "a", 0), Err(RegexFault::Template { .. })));
    assert_eq!(escape("a.b c-한_#"), r"a\.b\ c\-한_\#");
}

#[test]
fn bad_patterns_and_endless_searches_are_faults() {
    for pattern in ["(", ")", "[a", r"\q", "(?z)a", "*", r"\"] {
        assert!(matches!(Regex::new(pattern, Flags::default()), Err(RegexFault::Pattern { .. })), "{pattern}");
    }
    let regex = Regex::new(r"(x+x+)+(?=y)(?<!z)", Flags::default()).unwrap();
    assert!(matches!(regex.search(&"x".repeat(60)), Err(RegexFault::Search { .. })));
}
