//! The room `model` as its users see it.

mod folder;
mod network;
