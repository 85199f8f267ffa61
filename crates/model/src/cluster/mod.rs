//! The same recipe for many machines.
