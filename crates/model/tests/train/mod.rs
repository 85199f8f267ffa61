//! Training: steps as torch takes them, the same bits on any number of threads and after any number of kills.

mod kill;
mod optimiser;
mod text;
mod walk;
