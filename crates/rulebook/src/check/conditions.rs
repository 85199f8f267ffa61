//! An eligibility condition can be met.

use crate::{OrganisationCondition, Rulebook, TeamCondition, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let list = Place::root().key("eligibility");
    for (index, rule) in book.eligibility.iter().enumerate() {
        team(&list.index(index).key("require"), &rule.require, book, problems);
    }
}

fn team(at: &Place, condition: &TeamCondition, book: &Rulebook, problems: &mut Problems) {
    match condition {
        TeamCondition::Lead(inner) => organisation(&at.key("lead"), inner, problems),
        TeamCondition::EveryMember(inner) => organisation(&at.key("every-member"), inner, problems),
        TeamCondition::AnyMember(inner) => organisation(&at.key("any-member"), inner, problems),
        TeamCondition::Members { at_least, at_most } => members(&at.key("members"), *at_least, *at_most, problems),
        TeamCondition::CompleteDocuments if book.application.documents.is_empty() => {
            let right = "add `[[application.document]]`, or leave the rule out";
            problems.warning(at.clone(), "an application holds no documents that could be complete", right);
        }
        TeamCondition::CompleteDocuments | TeamCondition::OneTeamPer(_) => {}
        TeamCondition::AllOf(list) => all(&at.key("all-of"), list, problems, |at, inner, problems| {
            team(at, inner, book, problems);
        }),
        TeamCondition::AnyOf(list) => all(&at.key("any-of"), list, problems, |at, inner, problems| {
            team(at, inner, book, problems);
        }),
        TeamCondition::Not(inner) => team(&at.key("not"), inner, book, problems),
    }
}

fn organisation(at: &Place, condition: &OrganisationCondition, problems: &mut Problems) {
    match condition {
        OrganisationCondition::EstablishedIn(countries) => {
            some(at.key("established-in"), countries.is_empty(), problems);
        }
        OrganisationCondition::ControlledFrom(countries) => {
            some(at.key("controlled-from"), countries.is_empty(), problems);
        }
        OrganisationCondition::Kind(kinds) => some(at.key("kind"), kinds.is_empty(), problems),
        OrganisationCondition::TrainedParametersBillion(_)
        | OrganisationCondition::StudentsTakePart
        | OrganisationCondition::Certificate(_)
        | OrganisationCondition::NotBarred => {}
        OrganisationCondition::AllOf(list) => all(&at.key("all-of"), list, problems, organisation),
        OrganisationCondition::AnyOf(list) => all(&at.key("any-of"), list, problems, organisation),
        OrganisationCondition::Not(inner) => organisation(&at.key("not"), inner, problems),
    }
}

/// Checks each condition of a list, and that there is one.
fn all<C>(at: &Place, list: &[C], problems: &mut Problems, check: impl Fn(&Place, &C, &mut Problems)) {
    some(at.clone(), list.is_empty(), problems);
    for (index, inner) in list.iter().enumerate() {
        check(&at.index(index), inner, problems);
    }
}

fn some(at: Place, empty: bool, problems: &mut Problems) {
    if empty {
        problems.error(at, "an empty list says nothing", "name at least one, or leave the condition out");
    }
}

fn members(at: &Place, at_least: Option<u32>, at_most: Option<u32>, problems: &mut Problems) {
    match (at_least, at_most) {
        (None, None) => problems.error(at.clone(), "no number is said", "add `at_least`, `at_most` or both"),
        (_, Some(0)) => {
            problems.error(at.key("at_most"), "a team has at least its lead", "write 1 or more");
        }
        (Some(least), Some(most)) if least > most => {
            problems.error(at.clone(), format!("no team has at least {least} and at most {most}"), "swap the two");
        }
        _ => {}
    }
}
