//! Ways to take a grant are worth the same.

use std::collections::BTreeMap;

use crate::{Compute, Exact, Grant, Rulebook, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let Some(compute) = &book.compute else { return };
    let at = Place::root().key("compute");
    for (kind, worth) in &compute.equivalence {
        let here = at.key("equivalence").key(kind.clone());
        if worth.is_zero() || worth.is_negative() {
            problems.error(here, format!("one {kind} is worth {worth}"), "write more than 0");
        } else if *kind == compute.unit && *worth != Exact::one() {
            problems.error(here, format!("{kind} is the unit, so one is worth 1"), "write 1, or leave it out");
        }
    }
    for (index, grant) in compute.grants.iter().enumerate() {
        choices(&at.key("grant").index(index).key("choices"), grant, compute, problems);
    }
}

fn choices(at: &Place, grant: &Grant, compute: &Compute, problems: &mut Problems) {
    if grant.choices.is_empty() {
        problems.error(at.clone(), format!("nothing is granted by `{}`", grant.id), "name at least one way to take it");
    }
    let mut first: Option<Exact> = None;
    for (index, choice) in grant.choices.iter().enumerate() {
        let here = at.index(index);
        amounts(&here, choice, compute, problems);
        let Some(worth) = compute.worth(choice) else { continue };
        let expected = first.get_or_insert_with(|| worth.clone());
        if worth != *expected {
            let wrong = format!("this is worth {worth} {unit}, the first way {expected}", unit = compute.unit);
            problems.error(here, wrong, "change the amounts or the equivalence: all ways are worth the same");
        }
    }
}

fn amounts(at: &Place, choice: &BTreeMap<String, Exact>, compute: &Compute, problems: &mut Problems) {
    if choice.is_empty() {
        problems.error(
            at.clone(),
            "nothing stands in this way to take the grant",
            "write, for example, `{ B200 = 512 }`",
        );
    }
    for (kind, amount) in choice {
        if *kind != compute.unit && !compute.equivalence.contains_key(kind) {
            let right = format!("say it in `[compute.equivalence]`, as `{kind} = 0.5`: so many {}", compute.unit);
            problems.error(at.key(kind.clone()), format!("nothing says what one {kind} is worth"), right);
        }
        if amount.is_zero() || amount.is_negative() {
            problems.error(at.key(kind.clone()), format!("{amount} {kind} is no grant"), "write more than 0");
        }
    }
}
