//! The same in Korean and in English.

use std::borrow::Cow;

use serde::Serialize;

/// A language of pages and explanations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Korean.
    Ko,
    /// English.
    En,
}

impl Language {
    /// Its tag, by BCP 47.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::En => "en",
        }
    }
}

/// The same in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// In English.
    pub en: Cow<'static, str>,
    /// In Korean.
    pub ko: Cow<'static, str>,
}

impl Said {
    /// Words that are always the same.
    #[must_use]
    pub const fn new(en: &'static str, ko: &'static str) -> Self {
        Self { en: Cow::Borrowed(en), ko: Cow::Borrowed(ko) }
    }

    /// Words with something put in.
    #[must_use]
    pub const fn made(en: String, ko: String) -> Self {
        Self { en: Cow::Owned(en), ko: Cow::Owned(ko) }
    }

    /// What is the same in every language: a name, a number.
    #[must_use]
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { en: Cow::Owned(text.clone()), ko: Cow::Owned(text) }
    }

    /// In one of the languages.
    #[must_use]
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Ko => &self.ko,
            Language::En => &self.en,
        }
    }

    /// Several, with commas between.
    #[must_use]
    pub fn list(all: &[Self]) -> Self {
        let joined = |language| all.iter().map(|said| said.of(language)).collect::<Vec<_>>().join(", ");
        Self::made(joined(Language::En), joined(Language::Ko))
    }
}
