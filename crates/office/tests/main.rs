//! Who tries what at the office, and what comes of it.
//!
//! Every test plays in a small [`world::World`], where each refusal is checked to have changed nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod amendments;
mod applications;
mod clocks;
mod deciding;
mod erasure;
mod objections;
mod panels;
mod permissions;
mod reopen;
mod sheets;
mod world;

/// Asserts that something was refused, and why.
macro_rules! assert_refused {
    ($answer:expr, $why:pat $(if $guard:expr)? $(,)?) => {
        match $answer {
            Err($why) $(if $guard)? => {}
            other => panic!("expected to be refused with {}, not {other:?}", stringify!($why)),
        }
    };
}
pub(crate) use assert_refused;
