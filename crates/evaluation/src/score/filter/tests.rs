//! Filters where they meet their edges.

use super::*;

fn step(function: &str, kwargs: &[(&str, Value)]) -> FilterStep {
    let kwargs = kwargs.iter().map(|(key, value)| ((*key).to_owned(), Field::Value(value.clone()))).collect();
    FilterStep { function: Field::Value(function.into()), kwargs }
}

fn pipeline(steps: Vec<FilterStep>) -> Result<Pipeline, FilterFault> {
    Pipeline::new(&FilterConfig { name: "test".into(), steps }, &Hooks::default())
}

fn apply(steps: Vec<FilterStep>, repeats: &[&str]) -> Result<State, PortFault> {
    let repeats: Vec<Value> = repeats.iter().map(|text| Value::from(*text)).collect();
    pipeline(steps).unwrap().apply(&repeats, &Document::new())
}

/// Values from lm-eval's filters.
#[test]
fn a_fallback_is_marked_through_the_pipeline() {
    let regex = |pattern: &str| step("regex", &[("regex_pattern", pattern.into())]);
    let first = || step("take_first", &[]);
    let found = apply(vec![regex("(\\d)"), first()], &["x", "7"]).unwrap();
    assert!(found.is_missed());
    assert_eq!(found.into_value(), INVALID.into());
    let voted = vec![regex("(\\d)"), step("majority_vote", &[]), first()];
    let voted = apply(voted, &["x", "7", "7"]).unwrap();
    assert!(!voted.is_missed());
    assert_eq!(voted.into_value(), "7".into());
    let mapped = vec![regex("(\\d)"), step("map", &[("default_value", Value::Int(-1))]), first()];
    let mapped = apply(mapped, &["none"]).unwrap();
    assert!(mapped.is_missed());
    assert_eq!(mapped.into_value(), Value::Int(-1));
}

#[test]
fn groups_that_are_empty() {
    let one = || step("regex", &[("regex_pattern", "a(\\d*)".into())]);
    let two = || step("regex", &[("regex_pattern", "a(\\d*)(x?)".into()), ("fallback", " none ".into())]);
    let first = || step("take_first", &[]);
    let empty = apply(vec![one(), first()], &["a"]).unwrap();
    assert!(!empty.is_missed());
    assert_eq!(empty.into_value(), "".into());
    let missed = apply(vec![two(), first()], &["a"]).unwrap();
    assert!(missed.is_missed());
    assert_eq!(missed.into_value(), "none".into());
    let select = step("regex", &[("regex_pattern", "(\\d)".into()), ("group_select", Value::Int(2))]);
    assert!(apply(vec![select, first()], &["1 2"]).is_err());
}

/// A Python loop over a text sees its characters.
#[test]
fn a_step_after_take_first_sees_characters() {
    let steps = vec![step("take_first", &[]), step("uppercase", &[])];
    let letters = Value::List(vec!["가".into(), "B".into()]);
    assert_eq!(apply(steps, &["가b"]).unwrap().into_value(), letters);
    assert!(apply(vec![step("take_first", &[])], &[]).is_err());
    assert!(apply(vec![step("take_first_k", &[("k", Value::Int(3))])], &["a"]).is_err());
}

#[test]
fn what_is_not_here_is_refused_by_name() {
    let refusal = |name: &str| pipeline(vec![step(name, &[])]).err().unwrap();
    assert_eq!(refusal("argmax"), FilterFault::Unknown("argmax".into()));
    assert_eq!(refusal("decontaminate"), FilterFault::Empty("decontaminate"));
    assert!(refusal("custom").to_string().contains("filter_fn"));
    assert!(refusal("take_first_k").to_string().contains("\"k\""));
    let open = pipeline(vec![step("regex", &[("regex_pattern", "(".into())])]);
    assert!(matches!(open, Err(FilterFault::Pattern { .. })));
    assert!(knows_filter("regex") && !knows_filter("decontaminate"));
}

/// `re.findall("bb|b|", text)` and `re.findall("ab|a", text)` of CPython, by the places of the alternatives.
#[test]
fn alternatives_are_found_as_python_finds_them() {
    assert_eq!(literal::find_all("abba", &["bb", "b", ""]), [2, 0, 2, 2]);
    assert_eq!(literal::find_all("aabx", &["ab", "a"]), [1, 0]);
    assert_eq!(literal::find_all("", &["a"]), [0_usize; 0]);
}
