//! The room `model` as its users see it.

mod build;
mod cluster;
mod corpus;
mod evidence;
mod folder;
mod gpu;
mod infer;
mod network;
mod serve;
mod tokenizer;
mod train;
mod tune;
mod world;
