//! The room `model` as its users see it.

mod tokenizer;
