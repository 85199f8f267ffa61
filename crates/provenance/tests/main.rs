//! The room as its users meet it.
#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

mod contamination;
