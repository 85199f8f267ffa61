//! LaTeX brought into one form, as the MATH data set's equivalence does it (Hendrycks et al. 2021).

use crate::python::text as py;

/// The one form of `text`; none where Python's code would raise on it (a `\sqrt` or `\frac` with nothing behind it, two
/// units).
pub(in crate::hook::ports) fn canonical(text: &str) -> Option<String> {
    let mut text = text.replace('\n', "").replace("\\!", "").replace("\\\\", "\\");
    text = text.replace("tfrac", "frac").replace("dfrac", "frac").replace("\\left", "").replace("\\right", "");
    text = text.replace("^{\\circ}", "").replace("^\\circ", "").replace("\\$", "");
    text = without_units(text)?;
    text = text.replace("\\%", "").replace(" .", " 0.").replace("{.", "{0.");
    if text.is_empty() {
        return Some(text);
    }
    if text.starts_with('.') {
        text.insert(0, '0');
    }
    text = without_name(text);
    text = with_braced_roots(&text)?.replace(' ', "");
    text = with_braced_fractions(&text)?;
    if text == "0.5" {
        text = "\\frac{1}{2}".into();
    }
    Some(slash_as_fraction(text))
}

/// Units stand behind `\text{ `.
fn without_units(text: String) -> Option<String> {
    let mut parts = text.split("\\text{ ");
    let first = parts.next()?.to_owned();
    match parts.count() {
        0 => Some(text),
        1 => Some(first),
        _ => None,
    }
}

/// `k = 3` is `3`.
fn without_name(text: String) -> String {
    let parts: Vec<&str> = text.split('=').collect();
    match parts[..] {
        [name, value] if name.chars().count() <= 2 => value.to_owned(),
        _ => text,
    }
}

/// `\sqrt3` is `\sqrt{3}`.
fn with_braced_roots(text: &str) -> Option<String> {
    let mut parts = text.split("\\sqrt");
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let first = part.chars().next()?;
        if first == '{' {
            out.push_str(&format!("\\sqrt{part}"));
        } else {
            out.push_str(&format!("\\sqrt{{{first}}}{}", &part[first.len_utf8()..]));
        }
    }
    Some(out)
}

/// `\frac1b` is `\frac{1}{b}`. What has too little behind it leaves the whole text as it is; nothing at all is a fault.
fn with_braced_fractions(text: &str) -> Option<String> {
    let mut parts = text.split("\\frac");
    let mut out = parts.next()?.to_owned();
    for part in parts {
        out.push_str("\\frac");
        let mut letters = part.chars();
        let first = letters.next()?;
        if first == '{' {
            out.push_str(part);
            continue;
        }
        let Some(second) = letters.next() else { return Some(text.to_owned()) };
        let rest = letters.as_str();
        if second == '{' {
            out.push_str(&format!("{{{first}}}{second}{rest}"));
        } else {
            out.push_str(&format!("{{{first}}}{{{second}}}{rest}"));
        }
    }
    Some(out)
}

/// `1/2` is `\frac{1}{2}`, where both are whole numbers written plainly.
fn slash_as_fraction(text: String) -> String {
    let parts: Vec<&str> = text.split('/').collect();
    match parts[..] {
        [above, below] if is_plain(above) && is_plain(below) => format!("\\frac{{{above}}}{{{below}}}"),
        _ => text,
    }
}

/// Whether a whole number is written as Python would write it.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain && (text == "0" || !digits.starts_with('0')) && py::strip(text, None) == text
}
