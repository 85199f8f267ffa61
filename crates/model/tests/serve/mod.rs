//! The server as its clients see it.

mod chat;
mod completions;
mod faults;
mod load;
mod peers;
mod server;
pub(crate) mod tiny;
mod tokens;
