//! TODO(judge)
