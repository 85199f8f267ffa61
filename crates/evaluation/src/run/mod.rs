//! TODO(run)
