//! Python's `str.format` and the fields of `f"…"`, for plain fields.

use super::build::Told;
use super::fault::PortFault;
use super::rows::get;
use super::source::Template;
use crate::python;
use crate::{Document, Value};

/// A text with fields `{name}` or `{}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Format(Template);

impl Format {
    /// Reads `text`; refused if a field is more than a name.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let (mut texts, mut fields) = (vec![String::new()], Vec::new());
        let mut rest = text;
        while let Some(place) = rest.find(['{', '}']) {
            let odd = || format!("the format {text:?} is not understood");
            let last = texts.last_mut().ok_or_else(odd)?;
            last.push_str(&rest[..place]);
            let brace = &rest[place..=place];
            rest = &rest[place + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                last.push_str(brace);
                rest = after;
                continue;
            }
            let (field, after) = rest.split_once('}').filter(|_| brace == "{").ok_or_else(odd)?;
            if !field.chars().all(|c| c == '_' || c.is_alphanumeric()) {
                return Err(odd());
            }
            let numbered = fields.iter().filter(|field: &&String| field.bytes().all(|b| b.is_ascii_digit())).count();
            fields.push(if field.is_empty() { numbered.to_string() } else { field.to_owned() });
            texts.push(String::new());
            rest = after;
        }
        texts.last_mut().ok_or("there is no text")?.push_str(rest);
        Ok(Self(Template { texts, fields }))
    }

    /// The text with `value` of each field; `{}` fields are called `0`, `1`, ….
    pub(super) fn fill(&self, value: impl FnMut(&str) -> Told<String>) -> Told<String> {
        self.0.fill(value)
    }
}

/// The name of the column that a field such as `doc['name']` stands for.
pub(super) fn column<'a>(field: &'a str, document: &str) -> Option<&'a str> {
    let inner = field.strip_prefix(document)?.strip_prefix('[')?.strip_suffix(']')?;
    let quote = inner.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let name = inner.strip_prefix(quote)?.strip_suffix(quote)?;
    (!name.contains(['"', '\'', '\\', '['])).then_some(name)
}

/// Fills a template whose fields are `doc['column']`, or else are told by `other`.
pub(super) fn fill(template: &Template, doc: &Document, other: impl Fn(&str) -> Option<String>) -> Told<String> {
    template.fill(|field| match column(field, "doc") {
        Some(name) => get(doc, name).map(python::str),
        None => other(field).ok_or_else(|| PortFault(format!("NameError: the port does not know {field:?}"))),
    })
}

/// Fills a template whose fields are all `doc['column']`.
pub(super) fn fill_columns(template: &Template, doc: &Document) -> Told<Value> {
    fill(template, doc, |_| None).map(Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_filled_as_python_fills_them() {
        let format = Format::new("{} {{{name}}} {}").unwrap();
        let filled = format.fill(|field| Ok(format!("<{field}>")));
        assert_eq!(filled.unwrap(), "<0> {<name>} <1>");
        for odd in ["{a.b}", "{a!r}", "{a:>3}", "{", "}", "{a"] {
            assert!(Format::new(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn columns() {
        assert_eq!(column("doc['a b']", "doc"), Some("a b"));
        assert_eq!(column("doc[\"a\"]", "doc"), Some("a"));
        for other in ["doc['a'].strip()", "doc[a]", "x['a']", "doc['a']['b']", "doc"] {
            assert_eq!(column(other, "doc"), None, "{other}");
        }
    }
}
