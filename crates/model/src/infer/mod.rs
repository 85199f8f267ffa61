//! A model answers: one pass to score a text, a cache of keys and values to write one, many texts side by side.
//!
//! What comes out for a text depends on the model and on what was asked, and on nothing else: not, to the bit, on who
//! shares a pass, on how a prompt is cut into pieces, on the number of threads or on the machine. One kernel of fixed
//! order does all products (see `kernel`), so scores and written text also agree with each other to the bit.

mod ask;
mod kernel;
mod matrix;
mod pass;
mod sample;
mod schedule;
mod score;
mod text;
mod weights;

pub use self::ask::{Ask, Completion, Event, Finish, Hearer};
pub use self::matrix::Precision;
pub use self::pass::{Cache, Pass, Segment};
pub use self::sample::Sampling;
pub use self::schedule::{Scheduler, complete};
pub use self::score::{Likely, Scored};
pub(crate) use self::text::Offsets;
pub use self::weights::{Weights, WeightsFault};

#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
pub(crate) use self::tests::small;
