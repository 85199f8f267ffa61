//! The evaluation room through its front door.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should fail loudly")]

mod verdict;
