//! The kernels by name, and how each is launched.

/// One kernel of `kernels/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// `fill`
    Fill,
    /// `cast`
    Cast,
    /// `embed_forward`
    EmbedForward,
    /// `embed_backward`
    EmbedBackward,
    /// `gate_forward`
    GateForward,
    /// `gate_backward`
    GateBackward,
    /// `sum_rows`
    SumRows,
    /// `rms_forward`
    RmsForward,
    /// `rms_backward`
    RmsBackward,
    /// `heads_forward`
    HeadsForward,
    /// `heads_backward`
    HeadsBackward,
    /// `attention_forward`
    AttentionForward,
    /// `attention_delta`
    AttentionDelta,
    /// `attention_backward_kv`
    AttentionBackwardKv,
    /// `attention_backward_q`
    AttentionBackwardQ,
    /// `cross_entropy`
    CrossEntropy,
    /// `square_sum`
    SquareSum,
    /// `adamw`
    Adamw,
    /// `nesterov`
    Nesterov,
    /// `scale_cast`
    ScaleCast,
    /// `muon_apply`
    MuonApply,
}

/// Bytes of a tile of 64 rows of 72 bfloat16.
const TILE: u32 = 64 * 72 * 2;

impl Kernel {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::Fill,
        Self::Cast,
        Self::EmbedForward,
        Self::EmbedBackward,
        Self::GateForward,
        Self::GateBackward,
        Self::SumRows,
        Self::RmsForward,
        Self::RmsBackward,
        Self::HeadsForward,
        Self::HeadsBackward,
        Self::AttentionForward,
        Self::AttentionDelta,
        Self::AttentionBackwardKv,
        Self::AttentionBackwardQ,
        Self::CrossEntropy,
        Self::SquareSum,
        Self::Adamw,
        Self::Nesterov,
        Self::ScaleCast,
        Self::MuonApply,
    ];

    /// The text of all kernels, in CUDA C++ without an include.
    pub const SOURCE: &str = concat!(
        include_str!("kernels/common.cu"),
        include_str!("kernels/elementwise.cu"),
        include_str!("kernels/norm.cu"),
        include_str!("kernels/heads.cu"),
        include_str!("kernels/attention.cu"),
        include_str!("kernels/loss.cu"),
        include_str!("kernels/optimiser.cu"),
    );

    /// Its name in the text.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fill => "fill",
            Self::Cast => "cast",
            Self::EmbedForward => "embed_forward",
            Self::EmbedBackward => "embed_backward",
            Self::GateForward => "gate_forward",
            Self::GateBackward => "gate_backward",
            Self::SumRows => "sum_rows",
            Self::RmsForward => "rms_forward",
            Self::RmsBackward => "rms_backward",
            Self::HeadsForward => "heads_forward",
            Self::HeadsBackward => "heads_backward",
            Self::AttentionForward => "attention_forward",
            Self::AttentionDelta => "attention_delta",
            Self::AttentionBackwardKv => "attention_backward_kv",
            Self::AttentionBackwardQ => "attention_backward_q",
            Self::CrossEntropy => "cross_entropy",
            Self::SquareSum => "square_sum",
            Self::Adamw => "adamw",
            Self::Nesterov => "nesterov",
            Self::ScaleCast => "scale_cast",
            Self::MuonApply => "muon_apply",
        }
    }

    /// Threads of a block.
    #[must_use]
    pub fn threads(self) -> u32 {
        match self {
            Self::AttentionForward | Self::AttentionBackwardKv | Self::AttentionBackwardQ => 128,
            _ => 256,
        }
    }

    /// Bytes of shared memory that a block asks for when it starts.
    #[must_use]
    pub fn shared_bytes(self) -> u32 {
        match self {
            Self::AttentionForward => 4 * TILE,
            Self::AttentionBackwardKv => 7 * TILE,
            Self::AttentionBackwardQ => 6 * TILE,
            _ => 0,
        }
    }
}
