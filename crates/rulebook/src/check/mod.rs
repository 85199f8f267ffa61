//! What a rulebook's parts must mean together: one rule a file.
//!
//! A check never stops at the first fault and never fails itself: it adds what it finds. Order is of no account, the
//! findings are sorted by their place in the file.

mod aggregation;
mod agreement;
mod calendar;
mod choices;
mod clocks;
mod compute;
mod conditions;
mod conflicts;
mod cuts;
mod development;
mod disclosure;
mod documents;
mod frontier;
mod gates;
mod intake;
mod languages;
mod leaves;
mod lineage;
mod majorities;
mod marks;
mod objections;
mod openness;
mod panels;
mod points;
mod stages;
mod ties;
mod transforms;
mod trims;
mod unique;
mod unset;
mod walk;

use crate::{
    Rulebook,
    place::{Place, Tree},
    problem::Problems,
};

/// Every check that needs the typed rulebook alone.
const CHECKS: [fn(&Rulebook, &mut Problems); 28] = [
    aggregation::check,
    agreement::check,
    calendar::check,
    clocks::check,
    compute::check,
    conditions::check,
    conflicts::check,
    cuts::check,
    development::check,
    disclosure::check,
    documents::check,
    frontier::check,
    gates::check,
    intake::check,
    leaves::check,
    lineage::check,
    majorities::check,
    marks::check,
    objections::check,
    openness::check,
    panels::check,
    points::check,
    stages::check,
    ties::check,
    transforms::check,
    trims::check,
    unique::check,
    unset::check,
];

/// Checks all of `book`; `texts` are the places of words for people.
pub(crate) fn all(book: &Rulebook, tree: &Tree<'_>, texts: &[Place], problems: &mut Problems) {
    for check in CHECKS {
        check(book, problems);
    }
    choices::check(book, tree, problems);
    languages::check(book, tree, texts, problems);
}
