//! Which tensor is which part of a model, by a table that users can extend.
//!
//! The table is data ([`Families`], `families.toml`); [`Layout`] holds a checkpoint's tensors against it and says where the
//! weights of each part are: fused tensors cut into several parts, stacks of experts into one part an expert.

mod families;
mod layout;
mod packed;
mod pattern;
mod place;
mod sizes;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::families::{Families, FamiliesFault};
pub use self::layout::{Layout, LayoutFault};
pub use self::place::{Place, Runs, Scale};
pub use self::sizes::Sizes;

/// Which network within a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tower {
    /// The language model.
    Language,
    /// The encoder of pictures.
    Vision,
    /// The encoder of sound.
    Audio,
    /// What joins an encoder to the language model.
    Connector,
    /// Further heads that predict several tokens at once.
    Prediction,
}

/// Where within a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spot {
    /// Before the blocks: of tokens, patches or positions.
    Embedding,
    /// A block, counted from 0.
    Block(u32),
    /// After the blocks: the last norm, a projection.
    End,
    /// From the last state to the vocabulary.
    Head,
}

/// A part of a model that is audited for itself: the embedding, one block, the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Component {
    /// Which network.
    pub tower: Tower,
    /// Where in it.
    pub spot: Spot,
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tower = match self.tower {
            Tower::Language => "",
            Tower::Vision => "vision ",
            Tower::Audio => "audio ",
            Tower::Connector => "connector ",
            Tower::Prediction => "prediction ",
        };
        match self.spot {
            Spot::Embedding => write!(f, "{tower}embedding"),
            Spot::Block(block) => write!(f, "{tower}block {block}"),
            Spot::End => write!(f, "{tower}end"),
            Spot::Head => write!(f, "{tower}head"),
        }
    }
}

/// What a tensor does in its component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Token id to state. Units: tokens.
    TokenEmbedding,
    /// Patch of a picture, or frame of sound, to state. Units: output channels.
    PatchEmbedding,
    /// Position to state.
    PositionEmbedding,
    /// Queries. Units: rows, in heads.
    Query,
    /// Keys. Units: rows, in key-value heads.
    Key,
    /// Values. Units: rows, in key-value heads.
    Value,
    /// From the heads back to the state. Units: columns, in heads.
    Output,
    /// A latent projection of attention (down to or up from a low rank).
    Latent,
    /// The gate of a feed-forward network. Units: rows.
    Gate,
    /// Up to the hidden units. Units: rows.
    Up,
    /// Down from the hidden units. Units: columns.
    Down,
    /// Which experts see a token. Units: rows, one an expert.
    Router,
    /// Gains of a norm. Positive, near 1: no evidence of anything.
    Norm,
    /// Additive terms.
    Bias,
    /// State to vocabulary. Units: tokens.
    Head,
    /// A projection outside the blocks, as a connector's.
    Projection,
    /// Named by no rule of the table; hashed and measured, compared as it stands.
    Unknown,
}

/// Which expert of a mixture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expert {
    /// One that the router chooses, counted from 0.
    Routed(u32),
    /// One that every token sees, counted from 0.
    Shared(u32),
}

/// Along which axis of a matrix its units lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// A unit is a row: `[units, width]`.
    Rows,
    /// A unit is a column: `[width, units]`.
    Columns,
}
