//! Models trained and derived to hold the audit of lineage against. No room: nothing of the programme stands on it.
//!
//! - [`train`]: small transformers from several seeds and corpora, trained through the room `model`;
//! - [`mod@derive`]: whatever is done to a model so that another comes of it: tuning, pruning, growing, merging, quantising,
//!   permuting, rescaling, rotating, a new vocabulary, experts, an encoder taken over, a share borrowed;
//! - [`synthetic`]: thousands of cheap models that were never trained but look it, for what must not be found;
//! - [`folder`]: a model as a Hugging Face folder, as the audit reads it;
//! - [`kinds`]: each way to derive a model by its name, and what the audit owes it;
//! - [`evidence`]: the audit run over all of them, as tables.
//!
//! A model here is [`Plain`]: names, shapes and floats, nothing hidden, so that a derivation is a few lines of arithmetic
//! that a reader can check. Where a derivation keeps what the model computes, a test holds its logits to that.

mod chance;
mod fault;
mod matrix;
mod plain;

pub mod derive;
pub mod evidence;
pub mod folder;
pub mod kinds;
pub mod synthetic;
pub mod train;

pub use self::chance::Chance;
pub use self::fault::Fault;
pub use self::plain::{Plain, Tensor};
