//! TODO(dataset)
