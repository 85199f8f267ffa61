//! The binary, run as a user runs it.

mod decide;
mod house;
mod receipts;
mod rehearsal;
mod rulebooks;
mod tampering;
