//! The house: the rules this workspace keeps about itself, as ordinary tests.
//!
//! Nothing here is used by a room and there is nothing to call; everything is under `tests/`:
//!
//! - `edges`: which room may know which, and which outside crates a room may stand on;
//! - `purity`: the rooms that decide read no clock, file, network or chance;
//! - `floats`: no binary floating point where scores and ranks are made;
//! - `licences`: what the workspace is built from may be given away under its own licence;
//! - `tidy`: the sizes of functions and files, panics, attributes, text and words.
//!
//! A rule that cannot fail is no rule, so each has a control beside it: a planted fault that must be found.
//! A fault says the place, what is wrong and how to mend it. `ratchet.txt` lists the functions that were too long
//! before the rule came; it may only shrink.
