//! Whether an answer is scored only if it is worded in one way.

use std::collections::BTreeSet;

use super::{Checked, Defect, Found};
use crate::task::{Field, FilterConfig, OutputType};

/// Stop texts that end the first sentence, or the first word.
const CUTS: [&str; 6] = [".", ",", " ", "。", "،", "۔"];

/// Filters that take nothing out of a sentence.
const PLAIN: [&str; 5] = ["take_first", "take_first_k", "remove_whitespace", "lowercase", "uppercase"];

/// A run of so many letters is a wording.
const WORD: usize = 2;

/// Looks at how the answer is taken out of what a model writes.
pub(super) fn check(task: &Checked<'_>, found: &mut Found) {
    let config = task.config;
    let exact = config.metrics.is_empty() || config.metrics.iter().all(|m| m.metric.as_str() == Some("exact_match"));
    if config.output_type != OutputType::GenerateUntil || config.process_results.is_some() || !exact {
        return;
    }
    let plain = |filter: &FilterConfig| {
        filter.steps.iter().all(|step| step.function.as_str().is_some_and(|name| PLAIN.contains(&name)))
    };
    let cut = config.generation.until.iter().find(|stop| CUTS.contains(&stop.as_str()));
    if let Some(cut) = cut.filter(|_| config.filters.iter().all(plain)) {
        let message = format!("the answer ends at `{cut}` and is compared whole, so an answer in a sentence scores 0");
        let mend = "take the answer out with a filter, and stop at the end of the turn";
        task.add(found, "generation_kwargs", Defect::NarrowExtraction, (&message, mend));
    }
    let wordings: Option<BTreeSet<String>> = config.filters.iter().map(wording).collect();
    if let Some(wordings) = wordings.filter(|wordings| !wordings.is_empty()) {
        let wordings = wordings.into_iter().collect::<Vec<_>>().join(" or ");
        let message = format!("an answer without the words {wordings} is not found and scores 0");
        let mend = "add a pipeline that takes other wordings, or say in the prompt how to answer";
        task.add(found, "filter_list", Defect::NarrowExtraction, (&message, mend));
    }
}

/// The words without which a pipeline finds nothing; none if it finds other wordings too.
fn wording(filter: &FilterConfig) -> Option<String> {
    let patterns = filter.steps.iter().filter(|step| step.function.as_str() == Some("regex"));
    patterns
        .filter_map(|step| step.kwargs.get("regex_pattern").and_then(Field::as_str))
        .find_map(|pattern| needed(pattern).map(|words| format!("`{words}`")))
}

/// The longest run of letters that every match of `pattern` has.
fn needed(pattern: &str) -> Option<String> {
    let characters: Vec<char> = pattern.chars().collect();
    let mut at = 0;
    sequence(&characters, &mut at).filter(|run| run.chars().filter(|c| c.is_alphabetic()).count() >= WORD)
}

/// Reads alternatives up to a closing bracket or the end; the run that all of them have, if there is but one.
fn sequence(pattern: &[char], at: &mut usize) -> Option<String> {
    let (mut longest, mut run, mut alternatives) = (String::new(), String::new(), 1);
    let longer = |longest: &mut String, run: &str| {
        if run.trim().chars().count() > longest.chars().count() {
            *longest = run.trim().to_owned();
        }
    };
    while let Some(&character) = pattern.get(*at) {
        *at += 1;
        let mut inner = None;
        let mut literal = None;
        match character {
            ')' => break,
            '|' => alternatives += 1,
            '(' => inner = group(pattern, at),
            '[' => skip_class(pattern, at),
            '\\' => {
                let escaped = pattern.get(*at).copied();
                *at += 1;
                literal = escaped.filter(|escaped| !escaped.is_alphanumeric());
            }
            '.' | '^' | '$' | '*' | '+' | '?' | '{' | '}' => {}
            other => literal = Some(other),
        }
        if optional(pattern, at) {
            (inner, literal) = (None, None);
        }
        match literal {
            Some(literal) => run.push(literal),
            None => {
                longer(&mut longest, &run);
                run.clear();
            }
        }
        longer(&mut longest, inner.as_deref().unwrap_or_default());
    }
    longer(&mut longest, &run);
    (alternatives == 1 && !longest.is_empty()).then_some(longest)
}

/// Reads a group whose bracket is open; what must stand in it.
fn group(pattern: &[char], at: &mut usize) -> Option<String> {
    let rest: String = pattern[*at..].iter().take(3).collect();
    let negative = rest.starts_with("?!") || rest.starts_with("?<!");
    if rest.starts_with('?') {
        // The marks of the group: `?:`, `?=`, `?<=`, `?P<name>`, `?i`.
        while let Some(&mark) = pattern.get(*at) {
            if mark == ')' {
                break;
            }
            *at += 1;
            let named = mark == '<' && !matches!(pattern.get(*at), Some('=' | '!'));
            if named {
                while pattern.get(*at).is_some_and(|c| *c != '>') {
                    *at += 1;
                }
            }
            if matches!(mark, ':' | '=' | '!') || named {
                *at += usize::from(named);
                break;
            }
        }
    }
    let inner = sequence(pattern, at);
    inner.filter(|_| !negative)
}

/// Skips a class whose bracket is open.
fn skip_class(pattern: &[char], at: &mut usize) {
    *at += usize::from(pattern.get(*at) == Some(&'^'));
    *at += usize::from(pattern.get(*at) == Some(&']'));
    while let Some(&character) = pattern.get(*at) {
        *at += if character == '\\' { 2 } else { 1 };
        if character == ']' {
            break;
        }
    }
}

/// Skips a repetition; whether it allows none.
fn optional(pattern: &[char], at: &mut usize) -> bool {
    let none = match pattern.get(*at) {
        Some('?' | '*') => true,
        Some('+') => false,
        Some('{') => matches!(pattern.get(*at + 1), Some('0' | ',')),
        _ => return false,
    };
    match pattern.get(*at) {
        Some('{') => *at += pattern[*at..].iter().position(|character| *character == '}').unwrap_or(0) + 1,
        _ => *at += 1,
    }
    // A lazy or possessive mark.
    *at += usize::from(matches!(pattern.get(*at), Some('?' | '+')));
    none
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_a_pattern_needs_are_found() {
        for (pattern, words) in [
            ("(?<=정답은)\\s*[(]?(A|B|C|D)[)]?.*(?=입니다.)", Some("정답은")),
            ("The answer is (\\-?[0-9\\.\\,]+)", Some("The answer is")),
            ("(?i)answer: ?([A-D])", Some("answer:")),
            ("#### (\\-?[0-9\\.\\,]+)", None),
            ("(-?[$0-9.,]{2,})|(-?[0-9]+)", None),
            ("answer is (.*)|final: (.*)", None),
            ("(?:the answer is )?([A-D])", None),
            ("(?:Answer|Result)\\s*:\\s*(.*)", None),
            ("((?<=The answer is )(.*)(?=.)|(?<=answer is )(.*)(?=.))", None),
            ("(?!wrong)([A-D])", None),
            ("(?P<word>[A-D])", None),
            ("[Tt]he best answer is ([A-Z])", Some("he best answer is")),
            ("\\\\boxed\\{(.*)\\}", Some("\\boxed{")),
            ("(", None),
            ("a{2", None),
        ] {
            assert_eq!(needed(pattern).as_deref(), words, "{pattern}");
        }
    }
}
