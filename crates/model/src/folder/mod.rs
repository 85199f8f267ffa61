//! A model as a Hugging Face folder, written and read.
