//! The ports, by what they are for.

mod agreement;
mod arabic;
mod blanks;
mod choices;
mod code;
mod cot;
mod drop;
mod endings;
mod exams;
mod filters;
mod groups;
mod korean;
mod labels;
mod likelihood;
mod longbench;
mod math;
mod multilingual;
mod norwegian;
mod overlap;
mod perplexity;
mod prompts;
mod sentences;
mod shipped;
mod shuffled;
mod spans;
mod subjects;
mod tokens;
mod translation;

use super::entry::Entry;

/// All of them.
pub(super) const ALL: &[&[Entry]] = &[
    agreement::PORTS,
    arabic::PORTS,
    blanks::PORTS,
    choices::PORTS,
    code::PORTS,
    cot::PORTS,
    drop::PORTS,
    endings::PORTS,
    exams::PORTS,
    filters::PORTS,
    groups::PORTS,
    korean::click::PORTS,
    korean::csatqa::PORTS,
    korean::hrm8k::PORTS,
    korean::kobest::PORTS,
    korean::kormedmcqa::PORTS,
    labels::PORTS,
    likelihood::PORTS,
    longbench::PORTS,
    math::hendrycks::PORTS,
    norwegian::PORTS,
    perplexity::PORTS,
    prompts::PORTS,
    sentences::PORTS,
    shipped::PORTS,
    shuffled::PORTS,
    spans::PORTS,
    subjects::PORTS,
    tokens::PORTS,
    translation::PORTS,
];

/// The keys of the shipped tasks' functions, which are held against their Python where the tasks are (`suite`).
#[cfg(test)]
pub(super) fn shipped() -> impl Iterator<Item = &'static str> {
    shipped::PORTS.iter().flat_map(|entry| entry.keys.iter().copied())
}
