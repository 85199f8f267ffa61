//! Why an endpoint cannot be spoken to.

use std::path::PathBuf;

use super::address::AddressFault;

/// Why an endpoint cannot be spoken to at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientFault {
    /// Its URL is none.
    #[error(transparent)]
    Address(#[from] AddressFault),
    /// A header cannot be sent.
    #[error("the header `{name}` cannot be sent: {reason}")]
    Header {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of certificates cannot be used.
    #[error("the certificates in {} cannot be used: {reason}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {reason}")]
    Tls {
        /// What is wrong.
        reason: String,
    },
}
