//! Where in a text the answer stands: in a box, between dollar signs, behind an equals sign, or the last number.

use std::sync::LazyLock;

use crate::Value;
use crate::hook::build::Told;
use crate::hook::fault::PortFault;
use crate::python::regex::{Flags, Regex, RegexFault};
use crate::python::text as py;

static DOLLARS: LazyLock<Result<Regex, RegexFault>> = LazyLock::new(|| Regex::new(r"\$(.*)\$", Flags::default()));
static NUMBERS: LazyLock<Result<Regex, RegexFault>> =
    LazyLock::new(|| Regex::new(r"(?:\$)?\d+(?:\.\d+)?(?![\w\d])", Flags::default()));

/// The last box (`\boxed{…}`, or `\fbox{…}` where there is none) with its braces closed.
pub(in crate::hook::ports) fn last_box(text: &str) -> Option<&str> {
    let start = text.rfind("\\boxed").or_else(|| text.rfind("\\fbox"))?;
    let mut open = 0_i64;
    for (place, letter) in text[start..].char_indices() {
        match letter {
            '{' => open += 1,
            '}' => {
                open -= 1;
                if open == 0 {
                    return Some(&text[start..=start + place]);
                }
            }
            _ => {}
        }
    }
    None
}

/// What is between the braces of a box.
pub(in crate::hook::ports) fn unboxed(text: &str) -> Option<&str> {
    text.strip_prefix("\\boxed{")?.strip_suffix('}')
}

/// What stands behind the last equals sign.
fn behind_equals(text: &str) -> &str {
    text.rsplit('=').next().unwrap_or(text).trim_start_matches(' ')
}

/// HRM8K's `parse_math_answer`.
pub(in crate::hook::ports) fn find(text: &str) -> Told<Option<String>> {
    if text.contains("\\boxed") {
        let inner = last_box(text).and_then(unboxed);
        return Ok(inner.map(|inner| if inner.contains('=') { behind_equals(inner) } else { inner }.to_owned()));
    }
    let between = last_of(&DOLLARS, text)?;
    let between = between.map(|found| if found.contains('=') { behind_equals(&found).to_owned() } else { found });
    match between.filter(|found| !found.is_empty()) {
        Some(found) => Ok(Some(found)),
        None => without_dollars(text),
    }
}

fn without_dollars(text: &str) -> Told<Option<String>> {
    if !text.contains('=') {
        return last_of(&NUMBERS, text);
    }
    let behind = behind_equals(text).trim_end_matches('.');
    Ok(py::split(behind, "\\n", None).first().map(|first| (*first).to_owned()))
}

fn last_of(pattern: &LazyLock<Result<Regex, RegexFault>>, text: &str) -> Told<Option<String>> {
    let fault = |fault: &RegexFault| PortFault(fault.to_string());
    let found = pattern.as_ref().map_err(fault)?.find_all(text).map_err(|other| fault(&other))?;
    Ok(found.last().and_then(Value::as_str).map(str::to_owned))
}
