//! What the tests of answering stand on.

pub(crate) mod small;
