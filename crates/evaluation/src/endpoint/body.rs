//! Request bodies in a canonical form: keys sorted, so that equal requests are equal bytes.

use serde::{Serialize, Serializer};

use crate::{Message, Value};

/// A value of a body, borrowed.
pub(crate) enum Part<'a> {
    Text(&'a str),
    Texts(Vec<&'a str>),
    Number(u64),
    Real(f64),
    Truth(bool),
    Messages(&'a [Message]),
    Value(&'a Value),
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Texts(texts) => serializer.collect_seq(texts),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Real(number) => serializer.serialize_f64(*number),
            Self::Truth(truth) => serializer.serialize_bool(*truth),
            Self::Messages(messages) => serializer.collect_seq(*messages),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}

/// A body in the making.
#[derive(Default)]
pub(crate) struct Body<'a> {
    parts: Vec<(&'a str, Part<'a>)>,
}

impl<'a> Body<'a> {
    /// Puts a value under a key, over what stands there.
    pub(crate) fn set(&mut self, key: &'a str, part: Part<'a>) {
        match self.parts.binary_search_by_key(&key, |(known, _)| known) {
            Ok(place) => self.parts[place].1 = part,
            Err(place) => self.parts.insert(place, (key, part)),
        }
    }

    /// Takes a key out.
    pub(crate) fn remove(&mut self, key: &str) {
        self.parts.retain(|(known, _)| *known != key);
    }
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.parts.iter().map(|(key, part)| (key, part)))
    }
}
