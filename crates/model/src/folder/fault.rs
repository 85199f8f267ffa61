//! Why a folder could not be written or read.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a folder could not be loaded. Each says which file, what in it, and what would be right.
#[derive(Debug, Error)]
pub enum LoadFault {
    /// A file could not be read.
    #[error("cannot read {}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file of text is longer than any real one.
    #[error("{} has {bytes} bytes where at most {most} make sense: it is not the file its name says", file.display())]
    TooLong {
        /// The file.
        file: PathBuf,
        /// Its length.
        bytes: u64,
        /// The longest that is read.
        most: u64,
    },
    /// A file of JSON does not say what it must.
    #[error("{}: {what}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong, and what would be right.
        what: String,
    },
    /// The folder holds a model that is not computed here.
    #[error("{}: {what} is not supported; {mend}", file.display())]
    Unsupported {
        /// The file that says so.
        file: PathBuf,
        /// The thing by its name.
        what: String,
        /// What to do instead.
        mend: &'static str,
    },
    /// The folder holds no weights in safetensors.
    #[error("{} holds neither model.safetensors nor model.safetensors.index.json; {mend}", folder.display())]
    NoWeights {
        /// The folder.
        folder: PathBuf,
        /// What to do.
        mend: &'static str,
    },
    /// A tensor is not as the sizes in `config.json` make it.
    #[error("{}: tensor {tensor}: {what}", file.display())]
    Tensor {
        /// The file.
        file: PathBuf,
        /// Its name.
        tensor: String,
        /// What is wrong, and what would be right.
        what: String,
    },
    /// The tokenizer cannot be used with these weights.
    #[error("{}: {what}", file.display())]
    Tokenizer {
        /// The file.
        file: PathBuf,
        /// What is wrong, and what would be right.
        what: String,
    },
}

/// Why a folder could not be written.
#[derive(Debug, Error)]
pub enum SaveFault {
    /// A file could not be written.
    #[error("cannot write {}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// No known architecture has these features together.
    #[error("no known architecture has {what}; Qwen3 has head norms, Qwen2 biases, Llama neither")]
    NoFamily {
        /// The features.
        what: &'static str,
    },
    /// The sizes make no sense together.
    #[error("the shape cannot be written: {what}")]
    Shape {
        /// What is wrong, and what would be right.
        what: String,
    },
    /// There are more or fewer weights than the shape has.
    #[error(
        "there are {found} weights where the shape has {wanted}; save the weights with the shape they were made for"
    )]
    Count {
        /// Weights given.
        found: usize,
        /// Floats of the layout.
        wanted: usize,
    },
    /// A weight is not a number, or no longer one once it is rounded.
    #[error(
        "tensor {tensor}: the weight at {place} is {value}, which is not finite as {precision}; \
         go back to a checkpoint from before the training broke, or save as f32"
    )]
    NotFinite {
        /// The tensor.
        tensor: String,
        /// Where in it, in floats.
        place: usize,
        /// The weight.
        value: f32,
        /// The format asked for.
        precision: &'static str,
    },
    /// The tokenizer knows more tokens than the embedding has rows.
    #[error(
        "the tokenizer has {tokens} tokens, the embedding only {rows} rows; save them with the model they belong to"
    )]
    Vocabulary {
        /// Tokens.
        tokens: usize,
        /// Rows.
        rows: usize,
    },
}
