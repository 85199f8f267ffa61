//! The weights alone: a strict reader of the safetensors format, and its writer.
//!
//! A file is eight bytes of length (little endian), a header in JSON of that length, and the tensors' bytes side by side.
//! Source: the format of the `safetensors` library, README, section "Format". Strict means: names once, no byte without
//! a tensor and none with two, the length as the shape says it.

mod entries;
mod header;
mod read;
mod write;

pub(super) use self::entries::Entries;
pub use self::header::{Entry, Header, Kind};
pub(super) use self::read::Stream;
pub(super) use self::write::write;
