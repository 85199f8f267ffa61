//! Digests: the record names what is sealed as text, the vault as bytes.

use programme::Sealed;
use record::Commitment;

/// A digest of the record as the vault knows it; nothing where the text is no digest.
pub(crate) fn commitment(sealed: &Sealed) -> Option<Commitment> {
    sealed.0.parse().ok()
}
