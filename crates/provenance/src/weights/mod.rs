//! Safetensors files, held to their format before anything of them is read.
//!
//! A file is eight bytes of length (little endian), a header in JSON of that length, and the tensors' bytes side by side
//! (README of the `safetensors` library, section "Format"). [`Header`] is read from bytes alone and refuses what is not
//! exactly that; [`Checkpoint`] opens one file, or a folder of shards with their index.

mod checkpoint;
mod dtype;
mod entries;
mod fault;
mod folder;
mod header;
mod read;

pub use self::checkpoint::{Checkpoint, Tensor};
pub use self::dtype::Dtype;
pub use self::fault::{HeaderFault, OpenFault};
pub use self::header::{Entry, Header, MOST_DIMENSIONS, MOST_HEADER, MOST_TENSORS};

pub(crate) use self::folder::read_text;
pub(crate) use self::read::{Aligned, Reader};
