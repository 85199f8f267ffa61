//! Amendments: what differs between two rulebooks.

#![expect(clippy::unwrap_used, reason = "a shipped rulebook that cannot be read should fail loudly")]

use rulebook::{Change, Id, Rulebook, changes};

fn call() -> Rulebook {
    Rulebook::parse(include_str!("../../../programmes/kr-2025-call.toml")).unwrap().rulebook
}

fn words(found: &[Change]) -> Vec<String> {
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn a_rulebook_does_not_differ_from_itself() {
    assert_eq!(changes(&call(), &call()), []);
}

#[test]
fn comments_and_blanks_are_no_change() {
    let text = include_str!("../../../programmes/kr-2025-call.toml").replace("\n\n", "\n\n# a remark\n\n");
    assert_eq!(changes(&call(), &Rulebook::parse(&text).unwrap().rulebook), []);
}

#[test]
fn a_stage_that_says_something_else_is_named() {
    let mut new = call();
    new.stages[2].cut.as_mut().unwrap().keep = Some(4);
    let found = changes(&call(), &new);
    assert_eq!(words(&found), ["stage `presentation` changed"]);
    assert_eq!(found[0].stage(), Some(&Id::from("presentation")));
}

#[test]
fn sections_are_named_as_in_the_file() {
    let mut new = call();
    new.choices.pop();
    new.objections.as_mut().unwrap().file.days = 7;
    new.frontier = None;
    let found = changes(&call(), &new);
    assert_eq!(words(&found), ["`choice` changed", "`objections` changed", "`frontier` changed"]);
    assert!(found.iter().all(|change| change.stage().is_none()));
}

#[test]
fn a_stage_that_is_added_or_removed_moves_no_other() {
    let mut new = call();
    let mut extra = new.stages[1].clone();
    extra.id = Id::from("interview");
    new.stages.insert(1, extra);
    assert_eq!(words(&changes(&call(), &new)), ["stage `interview` was added"]);
    assert_eq!(words(&changes(&new, &call())), ["stage `interview` was removed"]);
}

#[test]
fn stages_that_swap_places_both_move() {
    let mut new = call();
    new.stages.swap(1, 2);
    assert_eq!(words(&changes(&call(), &new)), ["stage `presentation` moved", "stage `written` moved"]);
}

#[test]
fn a_renamed_stage_is_removed_and_added() {
    let mut new = call();
    new.stages[1].id = Id::from("paper");
    assert_eq!(words(&changes(&call(), &new)), ["stage `written` was removed", "stage `paper` was added"]);
}
