//! TODO(extract)
