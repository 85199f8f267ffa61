//! Fingerprints compared: cheap tests first, each with its null distribution and its controls.

mod report;

pub use self::report::{
    Comparison, Control, Effect, Finding, Grid, Model, Report, Sensitivity, Test, Tier, TokenizerFinding,
    TokenizerRelation,
};
