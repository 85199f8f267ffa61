//! The few products and functions that a transformer is made of, and the only place that trusts a pointer.
