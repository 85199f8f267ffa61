//! The audit held against models whose lineage is known.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop, and prints the table it holds to its bounds"
)]

mod derived;
mod independent;
mod kinds;
mod shares;
mod trained;
