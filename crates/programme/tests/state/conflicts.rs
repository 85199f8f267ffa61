//! Conflicts: which ties make a person too close to a team, and on which day no more.

use jiff::civil::Date;
use programme::{By, Conflict, Event, Party, PersonId, Role, Tie, conflicts};
use rulebook::{Conflicts, TieKind};

use crate::plot::{Play, applicant, lead, officer, team};

const ON: &str = "2025-07-22";

/// A world of two teams, and somebody about whom the test is.
fn world() -> (Play, PersonId) {
    let mut play = Play::found();
    play.apply_all(2);
    let expert = PersonId::from("p-expert");
    play.person(&officer(1), &expert);
    (play, expert)
}

fn found(play: &Play, person: &PersonId, of: usize, rule: &Conflicts, on: &str) -> Vec<Conflict> {
    conflicts(&play.state, rule, person, &play.state.teams[&team(of)], on.parse().unwrap()).unwrap()
}

fn tie(kind: TieKind, with: Party, ended: Option<&str>) -> Tie {
    Tie { kind, with, ended: ended.map(|day| day.parse::<Date>().unwrap()), what: "adviser".to_owned() }
}

fn declare(play: &mut Play, person: &PersonId, ties: Vec<Tie>) {
    play.does(officer(1), Event::TiesDeclared { person: person.clone(), ties });
}

#[test]
fn three_years_end_on_their_day() {
    let table = [
        ("2025-07-22", "2022-07-21", false),
        ("2025-07-22", "2022-07-22", true),
        ("2025-07-22", "2022-07-23", true),
        ("2025-07-22", "2025-07-22", true),
        ("2025-07-22", "2026-01-01", true),
        // Three years before 29 February there is none: its place is the 28th.
        ("2028-02-29", "2025-02-27", false),
        ("2028-02-29", "2025-02-28", true),
        ("2028-03-01", "2025-02-28", false),
        ("2028-03-01", "2025-03-01", true),
        ("2027-02-28", "2024-02-27", false),
        ("2027-02-28", "2024-02-28", true),
        ("2027-02-28", "2024-02-29", true),
        ("2027-03-01", "2024-02-29", false),
    ];
    let rule = Conflicts::default();
    for (on, ended, counts) in table {
        let (mut play, expert) = world();
        declare(&mut play, &expert, vec![tie(TieKind::Duty, Party::Organisation(lead(0)), Some(ended))]);
        assert_eq!(found(&play, &expert, 0, &rule, on).len(), usize::from(counts), "ended {ended}, on {on}");
    }
}

#[test]
fn a_tie_that_goes_on_always_counts_and_only_with_its_own_team() {
    let (mut play, expert) = world();
    declare(&mut play, &expert, vec![tie(TieKind::Money, Party::Organisation(lead(0)), None)]);
    let rule = Conflicts::default();
    let [conflict] = &found(&play, &expert, 0, &rule, "2099-01-01")[..] else { panic!("one conflict") };
    assert_eq!(conflict.to_string(), "money: adviser with `o-0`, not ended");
    assert_eq!(conflict.known_from, expert);
    assert!(found(&play, &expert, 1, &rule, ON).is_empty());
}

#[test]
fn a_kind_that_the_rulebook_does_not_count_does_not_count() {
    let (mut play, expert) = world();
    declare(&mut play, &expert, vec![tie(TieKind::Person, Party::Organisation(lead(0)), None)]);
    let rule = Conflicts { years: 3, kinds: [TieKind::Money, TieKind::Duty].into() };
    assert!(found(&play, &expert, 0, &rule, ON).is_empty());
    let none = Conflicts { years: 0, kinds: [TieKind::Person].into() };
    assert_eq!(found(&play, &expert, 0, &none, ON).len(), 1, "with no years, what goes on still counts");
}

#[test]
fn a_tie_with_any_organisation_of_the_consortium_counts() {
    let (mut play, expert) = world();
    let member = Party::Organisation("o-member-0".into());
    declare(&mut play, &expert, vec![tie(TieKind::Duty, member.clone(), None)]);
    let [conflict] = &found(&play, &expert, 0, &Conflicts::default(), ON)[..] else { panic!("one conflict") };
    assert_eq!(conflict.with, member);
}

#[test]
fn a_tie_with_somebody_who_acts_for_the_team_counts() {
    let (mut play, expert) = world();
    let (By::Applicant(of_the_team), stranger) = (applicant(0), Party::Person("p-stranger".into())) else { panic!() };
    let ties = vec![tie(TieKind::Person, Party::Person(of_the_team), None), tie(TieKind::Person, stranger, None)];
    declare(&mut play, &expert, ties);
    assert_eq!(found(&play, &expert, 0, &Conflicts::default(), ON).len(), 1);
}

#[test]
fn the_word_of_the_other_side_counts_as_much() {
    let (mut play, expert) = world();
    let By::Applicant(other) = applicant(0) else { panic!() };
    declare(&mut play, &other, vec![tie(TieKind::Person, Party::Person(expert.clone()), None)]);
    let [conflict] = &found(&play, &expert, 0, &Conflicts::default(), ON)[..] else { panic!("one conflict") };
    assert_eq!((&conflict.known_from, &conflict.with), (&other, &Party::Person(other.clone())));
    assert!(found(&play, &expert, 1, &Conflicts::default(), ON).is_empty());
}

#[test]
fn whoever_acts_for_an_organisation_of_the_team_is_too_close() {
    let (mut play, expert) = world();
    play.grant(&expert, Role::Applicant { organisation: "o-member-1".into() });
    let [conflict] = &found(&play, &expert, 1, &Conflicts::default(), ON)[..] else { panic!("one conflict") };
    assert_eq!((conflict.kind, conflict.ended), (TieKind::Duty, None));
    assert!(found(&play, &expert, 0, &Conflicts::default(), ON).is_empty());
}

#[test]
fn somebody_without_ties_and_somebody_unknown_have_no_conflicts() {
    let (play, expert) = world();
    assert!(found(&play, &expert, 0, &Conflicts::default(), ON).is_empty());
    assert!(found(&play, &"p-unknown".into(), 0, &Conflicts::default(), ON).is_empty());
}
