//! A logic of three values: met, not met, not known.
//!
//! `all-of` is not met as soon as one part is not met, and `any-of` is met as soon as one part is met, whatever else is
//! not known; otherwise one part that is not known makes the whole not known (Kleene's strong logic).
//!
//! With its truth a condition gives the statements behind it. A statement says what is so, "`alpha` is established in
//! US", and so explains a condition and its opposite alike.

use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Met,
    NotMet,
    Unknown,
}

/// Whether something is so, and the statements behind that: what is the case or, where it is not known, what that is.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) truth: Truth,
    pub(super) statements: BTreeSet<String>,
}

impl Finding {
    pub(super) fn known(met: bool, statement: String) -> Self {
        Self { truth: if met { Truth::Met } else { Truth::NotMet }, statements: [statement].into() }
    }

    pub(super) fn unknown(what: String) -> Self {
        Self { truth: Truth::Unknown, statements: [what].into() }
    }

    /// Whether `fact`, where it is known, satisfies `test`; `statement` puts it into words.
    pub(super) fn about<T>(
        fact: Option<T>,
        test: impl FnOnce(&T) -> bool,
        statement: impl FnOnce(&T) -> String,
        unknown: impl FnOnce() -> String,
    ) -> Self {
        match fact {
            Some(fact) => Self::known(test(&fact), statement(&fact)),
            None => Self::unknown(unknown()),
        }
    }

    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::combine(parts, Truth::Met, Truth::NotMet)
    }

    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::combine(parts, Truth::NotMet, Truth::Met)
    }

    pub(super) fn opposite(self) -> Self {
        let truth = match self.truth {
            Truth::Met => Truth::NotMet,
            Truth::NotMet => Truth::Met,
            Truth::Unknown => Truth::Unknown,
        };
        Self { truth, ..self }
    }

    /// `start` unless a part is `decisive`, which decides, or not known. The statements are those of the parts that
    /// have the truth that comes out.
    fn combine(parts: impl IntoIterator<Item = Self>, start: Truth, decisive: Truth) -> Self {
        let parts: Vec<Self> = parts.into_iter().collect();
        let has = |truth| parts.iter().any(|part| part.truth == truth);
        let truth = [decisive, Truth::Unknown].into_iter().find(|truth| has(*truth)).unwrap_or(start);
        let statements = parts.into_iter().filter(|part| part.truth == truth).flat_map(|part| part.statements);
        Self { truth, statements: statements.collect() }
    }
}
