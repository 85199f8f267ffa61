//! The shape of a file: keys, types and words, checked against the schema so that every slip is reported at once.
//!
//! This interprets the part of JSON Schema that [`crate::schema()`] uses; a test walks the schema and fails on a keyword
//! that stands here unread.

use serde_json::{Map, Value};
use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

use crate::{Id, place::Place, problem::Problems, suggest};

mod moment;
mod number;

/// What the shape check has learned.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// What is wrong.
    pub(crate) problems: Problems,
    /// Where words for people stand.
    pub(crate) texts: Vec<Place>,
}

/// Checks a file's tree against the schema.
pub(crate) fn check(root: &Spanned<DeValue<'_>>, schema: &Value) -> Shape {
    let empty = Map::new();
    let definitions = schema.get("$defs").and_then(Value::as_object).unwrap_or(&empty);
    let mut walker = Walker { definitions, shape: Shape::default() };
    walker.value(&Place::root(), root, schema);
    walker.shape
}

struct Walker<'s> {
    definitions: &'s Map<String, Value>,
    shape: Shape,
}

/// What a value is, for people.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The first sentence of the schema's description, for people.
fn description(schema: &Value) -> Option<&str> {
    let text = schema.get("description")?.as_str()?;
    let sentence = text.split_once(['\n']).map_or(text, |(first, _)| first);
    Some(sentence.trim_end_matches('.'))
}

impl<'s> Walker<'s> {
    /// The schema that a reference leads to, and its name.
    fn resolve(&self, schema: &'s Value) -> (&'s Value, &'s str) {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return (schema, "") };
        let name = reference.rsplit('/').next().unwrap_or_default();
        (self.definitions.get(name).unwrap_or(&Value::Null), name)
    }

    fn value(&mut self, place: &Place, value: &Spanned<DeValue<'_>>, schema: &'s Value) {
        let (resolved, name) = self.resolve(schema);
        if name == "Text" {
            self.shape.texts.push(place.clone());
        }
        if resolved.get("oneOf").is_some() || resolved.get("enum").is_some() {
            return self.choice(place, value.get_ref(), resolved);
        }
        match (resolved.get("type").and_then(Value::as_str), value.get_ref()) {
            (Some("object"), DeValue::Table(table)) => self.table(place, table, resolved),
            (Some("array"), DeValue::Array(list)) => self.list(place, list, resolved),
            (Some("string"), DeValue::Datetime(found)) if resolved.get("format").is_some() => {
                moment::check(place, found, resolved, &mut self.shape.problems);
            }
            (Some("string"), DeValue::String(text)) if resolved.get("format").is_none() => {
                self.text(place, text, resolved);
            }
            (Some("integer"), DeValue::Integer(number)) => {
                number::whole(place, number, resolved, &mut self.shape.problems);
            }
            (Some("boolean"), DeValue::Boolean(_)) => {}
            // Of all types only an exact number may be written in two ways.
            (None, found) if resolved.get("type").is_some_and(Value::is_array) => {
                number::exact(place, found, &mut self.shape.problems);
            }
            (wanted, found) => self.wrong_type(place, wanted, found, schema, resolved),
        }
    }

    fn wrong_type(&mut self, place: &Place, wanted: Option<&str>, found: &DeValue<'_>, outer: &Value, inner: &Value) {
        let wanted = match (wanted, inner.get("format").and_then(Value::as_str)) {
            (Some("object"), _) => "a table",
            (Some("array"), _) => "a list",
            (Some("string"), Some("date")) => "a date without quotes, as 2025-07-21",
            (Some("string"), Some("time")) => "a time without quotes, as 18:00:00",
            (Some("string"), Some(_)) => "a date and time without quotes, as 2025-07-21T16:00:00",
            (Some("string"), None) => "text in quotes",
            (Some("integer"), _) => "a whole number",
            (Some("boolean"), _) => "true or false",
            _ => "something else",
        };
        let meaning = description(outer).or_else(|| description(inner));
        let right = match meaning {
            Some(meaning) => format!("write {wanted}: {}", lower_first(meaning)),
            None => format!("write {wanted}"),
        };
        self.shape.problems.error(place.clone(), format!("{} cannot stand here", kind(found)), right);
    }

    fn text(&mut self, place: &Place, text: &str, schema: &Value) {
        let Some(pattern) = schema.get("pattern").and_then(Value::as_str) else { return };
        if let Some(right) = mismatch(pattern, text) {
            self.shape.problems.error(place.clone(), format!("`{}` is not well formed", short(text)), right);
        }
    }

    fn list(&mut self, place: &Place, list: &DeArray<'_>, schema: &'s Value) {
        let unique = schema.get("uniqueItems") == Some(&Value::Bool(true));
        for (index, element) in list.iter().enumerate() {
            let here = place.index(index);
            if unique && list.iter().take(index).any(|earlier| same(earlier.get_ref(), element.get_ref())) {
                self.shape.problems.error(here.clone(), "this stands in the list twice", "leave it out");
            }
            if let Some(items) = schema.get("items") {
                self.value(&here, element, items);
            }
        }
    }

    fn table(&mut self, place: &Place, table: &DeTable<'_>, schema: &'s Value) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let keys = |word: &str| {
            let possible = properties.into_iter().flatten().map(|(key, _)| key.as_str());
            suggest::instead(word, possible.filter(|key| !table.contains_key(*key)))
        };
        for (key, value) in table {
            let key = key.get_ref().as_ref();
            let here = place.key(key.to_owned());
            match (properties.and_then(|properties| properties.get(key)), schema.get("additionalProperties")) {
                (Some(property), _) => self.value(&here, value, property),
                (None, Some(open @ Value::Object(_))) => {
                    self.key_word(place, key, schema);
                    self.value(&here, value, open);
                }
                (None, _) => {
                    let wrong = format!("`{}` is no key here", short(key));
                    self.shape.problems.key_error(place.clone(), key, wrong, keys(key));
                }
            }
        }
        self.missing(place, table, schema);
    }

    /// A key of a map whose keys are words of an enumeration.
    fn key_word(&mut self, place: &Place, key: &str, schema: &'s Value) {
        let Some(names) = schema.get("propertyNames") else { return };
        let (names, _) = self.resolve(names);
        let words: Vec<_> = variants(names).map(|variant| variant.word).collect();
        if !words.contains(&key) {
            let wrong = format!("`{}` is no key here", short(key));
            self.shape.problems.key_error(place.clone(), key, wrong, suggest::instead(key, words));
        }
    }

    fn missing(&mut self, place: &Place, table: &DeTable<'_>, schema: &Value) {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for key in required.filter_map(Value::as_str).filter(|key| !table.contains_key(*key)) {
            let meaning = schema.get("properties").and_then(|keys| keys.get(key)).and_then(description);
            let right = format!("add `{key}`: {}", lower_first(meaning.unwrap_or("it has no default")));
            self.shape.problems.error(place.clone(), format!("`{key}` is missing"), right);
        }
    }

    /// One of several words, or a table with one of several keys.
    fn choice(&mut self, place: &Place, value: &DeValue<'_>, schema: &'s Value) {
        let all: Vec<_> = variants(schema).collect();
        let words = || all.iter().map(|variant| variant.word);
        let chosen = match value {
            DeValue::String(word) => Some((word.as_ref(), None)),
            DeValue::Table(table) if table.len() == 1 => {
                table.iter().next().map(|(key, value)| (key.get_ref().as_ref(), Some(value)))
            }
            _ => None,
        };
        let Some((word, body)) = chosen else {
            let right = format!("write one of {}", suggest::list(&words().collect::<Vec<_>>()));
            let wrong = format!("{} cannot stand here", of_choice(value));
            return self.shape.problems.error(place.clone(), wrong, right);
        };
        let variant = all.iter().find(|variant| variant.word == word);
        match (variant, body) {
            (None, _) => {
                let wrong = format!("`{}` is not possible here", short(word));
                self.shape.problems.error(place.clone(), wrong, suggest::instead(word, words()));
            }
            (Some(Variant { body: Some(schema), .. }), Some(value)) => {
                self.value(&place.key(word.to_owned()), value, schema);
            }
            (Some(Variant { body: None, .. }), None) => {}
            (Some(Variant { body: Some(_), .. }), None) => {
                let right = format!("write `{{ {word} = … }}`");
                self.shape.problems.error(place.clone(), format!("`{word}` needs to say more"), right);
            }
            (Some(Variant { body: None, .. }), Some(_)) => {
                let right = format!("write `\"{word}\"`");
                self.shape.problems.error(place.clone(), format!("`{word}` has nothing more to say"), right);
            }
        }
    }
}

/// What a value is, where one of several words is wanted.
fn of_choice(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Table(table) if table.is_empty() => "an empty table".to_owned(),
        DeValue::Table(table) => format!("a table with {} keys", table.len()),
        other => kind(other).to_owned(),
    }
}

/// One of several words, with what it says more.
struct Variant<'s> {
    word: &'s str,
    body: Option<&'s Value>,
}

/// The words of a `oneOf` or an `enum`.
fn variants(schema: &Value) -> impl Iterator<Item = Variant<'_>> {
    let options = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    options.chain([schema]).flat_map(|option| {
        let constant = option.get("const").into_iter();
        let several = option.get("enum").and_then(Value::as_array).into_iter().flatten();
        let words = constant.chain(several).filter_map(Value::as_str).map(|word| Variant { word, body: None });
        let tables = option.get("properties").and_then(Value::as_object).into_iter().flatten();
        words.chain(tables.map(|(word, body)| Variant { word, body: Some(body) }))
    })
}

/// Whether two elements of a list of words or dates are the same.
fn same(one: &DeValue<'_>, other: &DeValue<'_>) -> bool {
    match (one, other) {
        (DeValue::String(one), DeValue::String(other)) => one == other,
        (DeValue::Datetime(one), DeValue::Datetime(other)) => one == other,
        _ => false,
    }
}

/// What would match `pattern`, where `text` does not.
fn mismatch(pattern: &str, text: &str) -> Option<String> {
    let (matches, right) = match pattern {
        ID => {
            (Id::new(text).is_well_formed(), "write 1 to 64 lower-case letters, digits and hyphens, as `expert-users`")
        }
        COUNTRY => {
            let upper = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
            (upper, "write the country's two capital letters (ISO 3166-1), as `KR`")
        }
        _ => (true, ""),
    };
    (!matches).then(|| right.to_owned())
}

const ID: &str = r"^[a-z0-9][a-z0-9-]{0,63}$";
const COUNTRY: &str = r"^[A-Z]{2}$";

/// A word as a message quotes it: what is long is cut.
fn short(text: &str) -> String {
    const SHOWN: usize = 48;
    let cut: String = text.chars().take(SHOWN).map(|char| if char.is_control() { '�' } else { char }).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_lowercase().to_string());
    format!("{}{}", first.unwrap_or_default(), chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every keyword of the schema is read here, means nothing for a file's shape, or is a pattern known by heart.
    #[test]
    fn no_keyword_of_the_schema_stands_unread() {
        let schema = crate::schema();
        let mut waiting = vec![&schema];
        while let Some(Value::Object(schema)) = waiting.pop() {
            for (keyword, value) in schema {
                match keyword.as_str() {
                    "$defs" | "properties" => waiting.extend(value.as_object().unwrap().values()),
                    "items" | "propertyNames" => waiting.push(value),
                    "additionalProperties" if value.is_boolean() => assert_eq!(value, false),
                    "additionalProperties" => waiting.push(value),
                    "oneOf" => waiting.extend(value.as_array().unwrap()),
                    "pattern" => {
                        let pattern = value.as_str().unwrap();
                        let exact = schema["type"].is_array();
                        assert!(exact || mismatch(pattern, "§").is_some(), "pattern {pattern} is not known");
                    }
                    "format" => {
                        let known = ["uint32", "date", "time", "date-time-local"];
                        assert!(known.contains(&value.as_str().unwrap()), "format {value} is not known");
                    }
                    "$schema" | "title" | "description" | "default" => {}
                    "type" | "$ref" | "required" | "const" | "enum" | "minimum" | "maximum" | "uniqueItems" => {}
                    other => panic!("the schema uses `{other}`, which the shape check does not read"),
                }
            }
        }
    }
}
