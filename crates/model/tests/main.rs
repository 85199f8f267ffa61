//! The room `model` as its users see it.

mod evidence;
mod folder;
mod gpu;
mod network;
