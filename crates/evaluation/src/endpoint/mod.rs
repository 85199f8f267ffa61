//! TODO(endpoint)
