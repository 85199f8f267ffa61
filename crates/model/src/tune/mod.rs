//! A model learns to follow instructions: supervised, then by preferences.
