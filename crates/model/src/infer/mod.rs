//! A model answers: one pass to score, a cache to write on.
