//! Units as the tests see them: which parts share one relabelling, and their sketches side by side.

mod bank;
mod layers;

pub(crate) use self::bank::{Bank, Fit, Plan};
pub(crate) use self::layers::{Group, Key, Layers, layers};
