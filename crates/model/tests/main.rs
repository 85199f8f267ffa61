//! The room `model` as its users see it.

mod corpus;
mod evidence;
mod folder;
mod network;
mod world;
