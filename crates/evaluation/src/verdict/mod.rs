//! TODO(verdict)
