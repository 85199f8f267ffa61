//! TODO(suite)
