//! The audit held against models whose lineage is known.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod derived;
mod trained;
