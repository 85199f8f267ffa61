//! Templates of Python (`f"…"`), taken apart.

use super::literal::unquote;
use super::token::Kind;

/// A template: the texts around its replacement fields, and the fields as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::hook) struct Template {
    /// One more than fields.
    pub(in crate::hook) texts: Vec<String>,
    /// What stands between the braces.
    pub(in crate::hook) fields: Vec<String>,
}

impl Template {
    /// Reads `"…" f"…"`; none if a brace stands in a field.
    pub(super) fn parse<'a>(words: impl Iterator<Item = (Kind, &'a str)>) -> Option<Self> {
        let mut template = Self { texts: vec![String::new()], fields: Vec::new() };
        for (kind, word) in words {
            if kind == Kind::Text {
                template.texts.last_mut()?.push_str(&unquote(word)?);
            } else {
                template.read(&unquote(&word.replacen(['f', 'F'], "", 1))?)?;
            }
        }
        Some(template)
    }

    fn read(&mut self, mut rest: &str) -> Option<()> {
        while let Some(place) = rest.find(['{', '}']) {
            let text = self.texts.last_mut()?;
            text.push_str(&rest[..place]);
            let brace = &rest[place..=place];
            rest = &rest[place + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                text.push_str(brace);
                rest = after;
                continue;
            }
            let (field, after) = rest.split_once('}').filter(|(field, _)| brace == "{" && !field.contains('{'))?;
            self.fields.push(field.trim().to_owned());
            self.texts.push(String::new());
            rest = after;
        }
        self.texts.last_mut()?.push_str(rest);
        Some(())
    }

    /// The text with `value` of each field in its place.
    pub(in crate::hook) fn fill<E>(&self, mut value: impl FnMut(&str) -> Result<String, E>) -> Result<String, E> {
        let mut filled = self.texts.first().cloned().unwrap_or_default();
        for (field, text) in self.fields.iter().zip(self.texts.iter().skip(1)) {
            filled.push_str(&value(field)?);
            filled.push_str(text);
        }
        Ok(filled)
    }
}
