//! Where a model comes from: whether its weights depend on those of another, and which benchmark items stood in the
//! text it was trained on.
//!
//! Lineage flows one way down this list:
//!
//! - [`weights`]: safetensors files, held to their format before anything of them is read;
//! - [`anatomy`]: which tensor is which part of a model, by a table that users can extend;
//! - [`fingerprint`]: one pass over all weights leaves about a hundredth of them: hashes, moments, norms, sketches;
//! - [`lineage`]: fingerprints are compared, cheap tests first, each with its null distribution and its controls.
//!
//! [`contamination`] looks for benchmark items in corpora, and knows nothing of weights. [`evidence`] is the other half
//! of an audit: a log that a trainer keeps as it trains, and that others can check.
//!
//! What comes out is graded evidence, never a verdict by itself, and never "from scratch".

pub mod anatomy;
pub mod contamination;
pub mod evidence;
pub mod fingerprint;
pub mod lineage;
mod page;
pub mod weights;

pub use self::page::{Language, Said};
