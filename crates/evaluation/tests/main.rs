//! The room against files, servers and other tools.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test stops where it fails and says what it skips"
)]

mod chat_template;
mod info;
mod judged;
mod live;
mod parity;
mod prompt;
mod run;
mod score;
mod server;
mod verdict;
