//! What transformers makes of our folders.
