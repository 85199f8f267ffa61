//! Which benchmark items stand in a corpus.
