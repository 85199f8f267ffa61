//! The room `model` as its users see it.

mod corpus;
mod evidence;
mod folder;
mod gpu;
mod infer;
mod network;
mod serve;
mod train;
mod tune;
