//! Words for people, in the programme's languages, and names for things.

use std::{borrow::Borrow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A language that Daepyo speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Korean.
    Ko,
    /// English.
    En,
}

/// Words for people, in Korean, English or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// In Korean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ko: Option<String>,
    /// In English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

impl Text {
    /// The words in `language`, or in the other language where they are missing.
    pub fn in_language(&self, language: Language) -> &str {
        let (first, second) = match language {
            Language::Ko => (&self.ko, &self.en),
            Language::En => (&self.en, &self.ko),
        };
        first.as_deref().or(second.as_deref()).unwrap_or_default()
    }

    /// Whether the words stand in `language` itself.
    pub fn has(&self, language: Language) -> bool {
        let words = match language {
            Language::Ko => &self.ko,
            Language::En => &self.en,
        };
        words.as_deref().is_some_and(|words| !words.trim().is_empty())
    }
}

/// The name of a thing inside a rulebook: a stage, panel, criterion, gate, rule or document.
///
/// Lower-case letters, digits and hyphens, at most 64; it stands in events and clauses, so it is never translated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Id(#[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{0,63}$"))] String);

impl Id {
    /// An id of this text; whether it is well formed is for the rulebook's check to say.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the text is an id: `[a-z0-9][a-z0-9-]{0,63}`.
    pub fn is_well_formed(&self) -> bool {
        let mut bytes = self.0.bytes();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        self.0.len() <= 64 && bytes.next().is_some_and(plain) && bytes.all(|byte| plain(byte) || byte == b'-')
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
