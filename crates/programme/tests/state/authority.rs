//! An event by a role that cannot cause it has not happened.

use std::mem::discriminant;

use programme::{By, Event, Inconsistent, PersonId, Recorded, Role, State};

use crate::plot::{Play, Plot, applicant, evaluator, officer, reviewer};

/// Why a history is impossible when somebody else is said to have done this.
fn done_by(history: &[Recorded], place: usize, by: By) -> Inconsistent {
    let mut forged = history[..=place].to_vec();
    forged[place].by = by.clone();
    let Err(found) = State::replay(&forged) else { panic!("{by} did {:?}", forged[place].event) };
    found
}

#[test]
fn nobody_does_what_another_role_does() {
    let play = Plot::full().play();
    let roles = [officer(1), applicant(0), By::Evaluator(play.seats()[0].clone()), By::Reviewer(reviewer())];
    for (place, recorded) in play.history.iter().enumerate() {
        for by in roles.iter().filter(|by| discriminant(*by) != discriminant(&recorded.by)) {
            let found = done_by(&play.history, place, by.clone());
            assert_eq!(found, Inconsistent::NotTheirs { who: by.to_string() }, "{:?}", recorded.event);
        }
    }
}

#[test]
fn nobody_acts_in_a_role_that_they_do_not_hold() {
    let history = Plot::full().play().history;
    let nobody: PersonId = "p-nobody".into();
    for (place, recorded) in history.iter().enumerate() {
        let by = match &recorded.by {
            By::Officer(_) => By::Officer(nobody.clone()),
            By::Applicant(_) => By::Applicant(nobody.clone()),
            By::Evaluator(_) => By::Evaluator("e-nobody".into()),
            By::Reviewer(_) => By::Reviewer(nobody.clone()),
            By::Person(_) => By::Person(nobody.clone()),
        };
        let found = done_by(&history, place, by);
        let why = matches!(
            found,
            Inconsistent::NotTheirs { .. } | Inconsistent::EvaluatorIs { .. } | Inconsistent::OneOfficer(_)
        );
        assert!(why, "{:?}: {found}", recorded.event);
    }
}

#[test]
fn no_team_acts_for_another() {
    let history = Plot::full().play().history;
    for (place, recorded) in history.iter().enumerate().filter(|(_, r)| matches!(r.by, By::Applicant(_))) {
        let other = if recorded.by == applicant(1) { applicant(2) } else { applicant(1) };
        assert_eq!(done_by(&history, place, other.clone()), Inconsistent::NotTheirs { who: other.to_string() });
    }
}

#[test]
fn no_evaluator_gives_back_or_steps_aside_for_another() {
    let play = Plot::full().play();
    for (place, recorded) in play.history.iter().enumerate() {
        if let Event::SeatDeclined { .. } | Event::EvaluatorRecused { .. } = recorded.event {
            let other = (0..6).map(evaluator).map(By::Evaluator).find(|by| *by != recorded.by).unwrap();
            assert_eq!(
                done_by(&play.history, place, other.clone()),
                Inconsistent::NotTheirs { who: other.to_string() }
            );
        }
    }
}

#[test]
fn two_found_a_programme_and_the_third_is_made_by_both() {
    let mut play = Play::found();
    let (third, By::Officer(second)) = (PersonId::from("p-third"), officer(2)) else { panic!() };
    let by_third = By::Officer(third.clone());
    let alone = |by: &By| Recorded {
        at: play.state.latest.unwrap(),
        by: by.clone(),
        event: Event::RoleGranted { person: third.clone(), role: Role::Officer, second: None },
    };
    let refused = |state: &State, recorded: &Recorded| state.clone().apply(recorded).expect_err("it was done");
    assert!(matches!(refused(&play.state, &alone(&by_third)), Inconsistent::OneOfficer(_)));
    assert!(matches!(refused(&play.state, &alone(&officer(1))), Inconsistent::OneOfficer(_)));
    play.person(&officer(1), &third);
    let both = Event::RoleGranted { person: third.clone(), role: Role::Officer, second: Some(second) };
    play.does(officer(1), both);
    assert!(play.state.people[&third].roles.contains(&Role::Officer));
}

#[test]
fn everybody_speaks_about_their_own_ties_and_officers_about_anybodys() {
    let play = Plot::full().play();
    let By::Applicant(person) = applicant(0) else { panic!() };
    let says = |by: By| {
        let event = Event::TiesDeclared { person: person.clone(), ties: Vec::new() };
        play.state.clone().apply(&Recorded { at: play.state.latest.unwrap(), by, event })
    };
    assert_eq!(says(applicant(0)), Ok(()));
    assert_eq!(says(officer(1)), Ok(()));
    assert_eq!(says(By::Person(person.clone())), Ok(()));
    assert!(says(By::Person("p-nobody".into())).is_err());
    assert!(says(applicant(1)).is_err());
    assert!(says(By::Reviewer(reviewer())).is_err());
}
