//! What Python would have raised.

/// Why a port could not do its work on a document: what Python would have raised.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PortFault(pub String);
