//! A model from scratch: made, tuned, served, asked.

mod build;
mod corpus;
mod curve;
mod evidence;
mod ladder;
mod machine;
mod progress;
mod recipe;
mod say;
mod serve;
mod tune;
mod world;

pub(crate) use self::{
    build::{build, program},
    corpus::{corpus, fetch},
    evidence::evidence,
    ladder::ladder,
    recipe::recipe,
    say::say,
    serve::serve,
    tune::tune,
    world::world,
};
