//! The room `model` as its users see it.

mod evidence;
mod folder;
mod infer;
mod network;
mod serve;
