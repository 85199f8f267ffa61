//! A language model from scratch: from a folder of text to a folder that other people's engines load, on two cores and
//! with nothing of anybody else's in it.
//!
//! Data flows one way down this list:
//!
//! - [`recipe`]: one dial (`depth`) becomes every size and rate; anything can be overridden;
//! - [`corpus`]: text is read, normalised, freed of repeats and of test items, and written down in a manifest;
//!   [`world`] makes a small closed world whose every fact is known;
//! - [`tokenizer`]: byte-level BPE, trained and applied;
//! - [`math`], [`network`]: the transformer by hand, forward and backward; [`gpu`] is the same graph on a GPU;
//! - [`train`]: the optimisers, the loop, checkpoints that resume to the same bits; [`provenance::evidence`] writes
//!   down what happened so that others can check it; [`tune`] makes the model follow instructions;
//! - [`folder`]: the model as a Hugging Face folder, written and read;
//! - [`infer`], [`serve`]: the model answers, over an OpenAI-compatible interface;
//! - [`card`]: what the model is and can do, in figures;
//! - [`cluster`]: the same recipe for many machines, in the form another engine reads;
//! - [`build`]: all of it in one walk.

mod layout;
mod shape;

pub mod build;
pub mod card;
pub mod cluster;
pub mod corpus;
pub mod folder;
pub mod gpu;
pub mod infer;
pub mod math;
pub mod network;
pub mod recipe;
pub mod serve;
pub mod tokenizer;
pub mod train;
pub mod tune;
pub mod world;

pub use self::layout::{Kind, Layout, Place};
pub use self::recipe::Recipe;
pub use self::shape::{RopeScaling, Shape};
pub use self::tokenizer::Tokenizer;
