//! The Korean core sets.

pub(super) mod click;
pub(super) mod csatqa;
pub(super) mod hrm8k;
pub(super) mod kobest;
pub(super) mod kormedmcqa;
