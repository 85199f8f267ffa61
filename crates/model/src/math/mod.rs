//! The arithmetic that a transformer is made of, vectorised, on plain slices of `f32`.
//!
//! Matrices stand row by row. A function that works on many rows takes them all at once, because it chooses the
//! machine's instructions once a call. Sums are taken in an order that depends on nothing but their length.

mod activation;
mod exp;
mod lanes;
mod matmul;
mod norm;
mod random;
mod rope;
mod softmax;

pub use self::activation::{gated_silu, gated_silu_backward};
pub use self::exp::exp;
pub use self::lanes::{add, dot};
pub use self::matmul::{View, ViewMut, multiply, multiply_add};
pub use self::norm::{Norm, rms_norm, rms_norm_backward};
pub use self::random::{Normals, stream};
pub use self::rope::Rope;
pub use self::softmax::{cross_entropy, cross_entropy_backward, log_sum_exp, softmax};

pub(crate) use self::lanes::dot_row;
pub(crate) use self::norm::{normalise_row, normalise_row_backward};
pub(crate) use self::softmax::{Causal, causal_softmax, causal_softmax_backward};

/// Runs `work` compiled for the widest instructions that this machine has.
///
/// What `work` calls has to be inlined into it to profit: the row-wise functions of this module are.
#[inline(always)]
pub(crate) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}
