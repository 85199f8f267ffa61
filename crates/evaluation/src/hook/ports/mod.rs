//! The ports, by what they are for.

mod subjects;

use super::table::Entry;

/// All of them.
pub(super) const ALL: &[&[Entry]] = &[subjects::PORTS];
