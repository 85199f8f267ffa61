//! TODO(score)
