//! A model behind an OpenAI-compatible interface.
