//! The rules of the house. `src/lib.rs` says what each module holds.

#[cfg(test)]
mod edges;
#[cfg(test)]
mod fault;
#[cfg(test)]
mod floats;
#[cfg(test)]
mod graph;
#[cfg(test)]
mod licences;
#[cfg(test)]
mod purity;
#[cfg(test)]
mod source;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod tree;
