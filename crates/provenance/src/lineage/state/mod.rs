//! The state of one model in the channels of another: found on the tokens that both have, applied to what reads it.
//!
//! Who exchanges, turns or rotates the channels of a model changes no output, and no test in the channels of the file
//! sees through it. What tokens are stays, so the embedding says which channels went where. An alignment that is learnt
//! from what tokens mean also aligns what two independent models have both learnt about them; so nothing here is exact.

mod map;
mod polar;
mod weights;

pub(crate) use self::map::{Map, rotation, signed_permutation};
pub use self::weights::{FromCheckpoint, RawWeights};
pub(crate) use self::weights::{gains, units};
