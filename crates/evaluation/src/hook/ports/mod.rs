//! The ports, by what they are for.

mod agreement;
mod choices;
mod cot;
mod korean;
mod labels;
mod math;
mod multilingual;
mod prompts;
mod spans;
mod subjects;
mod tokens;

use super::table::Entry;

/// All of them.
pub(super) const ALL: &[&[Entry]] = &[
    agreement::PORTS,
    choices::PORTS,
    cot::PORTS,
    korean::click::PORTS,
    korean::csatqa::PORTS,
    korean::hrm8k::PORTS,
    korean::kobest::PORTS,
    korean::kormedmcqa::PORTS,
    labels::PORTS,
    math::hendrycks::PORTS,
    prompts::PORTS,
    spans::PORTS,
    subjects::PORTS,
    tokens::PORTS,
];
