//! The room `model` as its users see it.

mod cluster;
mod evidence;
mod folder;
mod network;
