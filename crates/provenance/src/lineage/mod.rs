//! Fingerprints compared: cheap tests first, each with its null distribution and its controls.

pub mod explain;
pub mod html;
mod report;

pub use self::report::{
    Comparison, Control, Effect, Finding, Grid, Model, Report, Sensitivity, Test, Tier, TokenizerFinding,
    TokenizerRelation,
};
