//! The room `model` as its users see it.

mod corpus;
mod evidence;
mod folder;
mod gpu;
mod network;
mod tokenizer;
mod train;
mod tune;
