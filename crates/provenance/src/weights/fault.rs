//! Why weights could not be opened.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::header::MOST_HEADER;

/// Why bytes are no header of a safetensors file.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum HeaderFault {
    /// The file ends before a header could.
    #[error("it has {bytes} bytes where the least safetensors file has ten; fetch the file again")]
    Short {
        /// Bytes of the file.
        bytes: u64,
    },
    /// The length of the header is beyond the file or the format.
    #[error(
        "it says that its header has {says} bytes where at most {most} can be (the format allows {MOST_HEADER}); \
         it is cut off or no safetensors file: fetch it again"
    )]
    Length {
        /// What the first eight bytes say.
        says: u64,
        /// What the file and the format leave room for.
        most: u64,
    },
    /// The header is no JSON object, or is followed by something else than spaces.
    #[error("its header {what}; write the file again with a current safetensors library")]
    Text {
        /// What is wrong with it.
        what: String,
    },
    /// A tensor's bytes do not fit its shape, its neighbours or the file.
    #[error("tensor {tensor}: {what}; fetch the file again, or write it again with a current safetensors library")]
    Tensor {
        /// Its name, cut after 200 characters.
        tensor: String,
        /// What is wrong with it, and what would be right.
        what: String,
    },
    /// Bytes at the end belong to no tensor.
    #[error(
        "{bytes} bytes after the last tensor belong to none; header and data are of different files: fetch it again"
    )]
    Tail {
        /// How many.
        bytes: u64,
    },
}

/// Why a file or folder of weights could not be opened.
#[derive(Debug, Error)]
pub enum OpenFault {
    /// The system does not let a file be read.
    #[error("cannot read {}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Neither a file nor a folder.
    #[error("{} is no ordinary file; name a .safetensors file or a model's folder", file.display())]
    NotAFile {
        /// What was named.
        file: PathBuf,
    },
    /// Weights in another format, which would have to be run or unpacked to be read.
    #[error("{} is {format}, which is not read; {mend}", file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// What it is.
        format: &'static str,
        /// What to do.
        mend: &'static str,
    },
    /// No weights that could be read.
    #[error("{} holds {what}; {mend}", folder.display())]
    NoWeights {
        /// The folder.
        folder: PathBuf,
        /// What is there instead.
        what: String,
        /// What to do.
        mend: &'static str,
    },
    /// A safetensors file is not as the format says.
    #[error("{}: {fault}", file.display())]
    Header {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        fault: HeaderFault,
    },
    /// The index of shards and the shards say different things.
    #[error("{}: {what}; fetch the folder again, or write the index anew", file.display())]
    Index {
        /// The index.
        file: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A file of text beside the weights is not what its name says.
    #[error("{}: {what}", file.display())]
    Text {
        /// The file.
        file: PathBuf,
        /// What is wrong, and what would be right.
        what: String,
    },
}
