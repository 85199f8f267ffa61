//! Names of the parties, as the record holds them: opaque, so that a name says nothing.

use std::{borrow::Borrow, fmt};

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The name that this text is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    )*};
}

names! {
    /// A team: a consortium of one lead organisation and members.
    TeamId,
    /// An organisation.
    OrganisationId,
    /// A person, whoever it is; who that is stands outside the record.
    PersonId,
    /// An evaluator within one stage: a pseudonym that cannot be joined with another stage's.
    EvaluatorId,
    /// An objection.
    ObjectionId,
}
