//! TODO(lint)
