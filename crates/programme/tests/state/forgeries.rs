//! One thing in a true history is changed; the replay says what is wrong with it.

use programme::{By, EvaluatorId, Event, Inconsistent, Mark, Recorded, SeedPurpose, State};
use rulebook::Exact;

use crate::plot::{Plot, evaluator, key, lead, officer, team};

/// Changes the first event that `change` knows, and returns why the history is impossible.
fn forged(change: impl Fn(&mut Recorded) -> Option<()>) -> Inconsistent {
    let mut history = Plot::full().play().history;
    assert!(history.iter_mut().any(|recorded| change(recorded).is_some()), "nothing was changed");
    State::replay(&history).expect_err("the forgery was not seen")
}

/// A forgery of the event that a pattern finds.
macro_rules! forge {
    ($event:pat => $change:expr) => {
        forged(|recorded| match &mut recorded.event {
            $event => {
                $change;
                Some(())
            }
            _ => None,
        })
    };
}

#[test]
fn a_mark_is_not_changed_after_it_was_sealed() {
    let found = forge!(Event::SheetsRevealed { sheets, .. } => {
        sheets[0].sheet.marks.insert("total".into(), Mark::Given(Exact::from(10)));
    });
    let Inconsistent::WrongSheet { team: of, .. } = found else { panic!("{found}") };
    assert_eq!(of, team(0));
}

#[test]
fn a_sheet_is_not_lost_and_not_counted_twice() {
    let lost = forge!(Event::SheetsRevealed { sheets, .. } => drop(sheets.pop()));
    assert_eq!(lost, Inconsistent::SheetsLeftSealed);
    let twice = forge!(Event::SheetsRevealed { sheets, .. } => sheets.push(sheets[0].clone()));
    assert_eq!(twice, Inconsistent::SheetsLeftSealed);
}

#[test]
fn sheets_are_not_opened_while_one_is_missing() {
    let mut history = Plot::full().play().history;
    let sealed = |recorded: &Recorded| matches!(recorded.event, Event::SheetSealed { .. });
    let last = history.iter().rposition(sealed).unwrap();
    history.remove(last);
    if let Event::SheetsRevealed { sheets, .. } = &mut history[last].event {
        sheets.pop();
    }
    assert_eq!(State::replay(&history), Err(Inconsistent::SheetsMissing { missing: 1 }));
}

#[test]
fn another_seed_draws_another_panel() {
    let found = forge!(Event::SeedFixed { purpose: SeedPurpose::Panel(_), seed, .. } => {
        seed.0[0].value = "8".to_owned();
    });
    assert_eq!(found, Inconsistent::WrongDraw);
}

#[test]
fn a_seed_is_announced_before_and_named_as_announced() {
    let found = forge!(Event::SeedFixed { seed, .. } => seed.0[0].source = "my dice".to_owned());
    assert_eq!(found, Inconsistent::OtherSources);
    let found = forge!(Event::PoolCommitted { pool, .. } => {
        pool.seed.known_from = "2025-07-21T00:00:00Z".parse().unwrap();
    });
    assert_eq!(found, Inconsistent::SeedTooEarly);
    let found = forge!(Event::PoolCommitted { pool, .. } => {
        pool.seed.known_from = "2025-07-23T00:00:00Z".parse().unwrap();
    });
    assert_eq!(found, Inconsistent::SeedTooEarly);
}

#[test]
fn nobody_is_put_on_the_panel_by_hand() {
    let found = forge!(Event::PanelSeated { draw, .. } => {
        let sits = |n: &usize| draw.seated.contains(&evaluator(*n));
        let other = (0..6).find(|n| !sits(n)).unwrap();
        draw.seated[0] = evaluator(other);
    });
    assert_eq!(found, Inconsistent::WrongDraw);
    let found = forge!(Event::PanelSeated { draw, .. } => draw.passed_over.push(programme::PassedOver {
        evaluator: EvaluatorId::from("e-5"),
        because: programme::PassedOverBecause::Declined,
    }));
    assert_eq!(found, Inconsistent::WrongDraw);
}

#[test]
fn a_decision_is_what_the_rules_make_of_the_facts() {
    let found = forge!(Event::DecisionProposed { decision, .. } => drop(decision.kept.pop_first()));
    assert_eq!(found, Inconsistent::WrongDecision);
    let found = forged(|recorded| match &mut recorded.event {
        Event::DecisionProposed { key: of, cut_line, .. } if *of == key("written") => cut_line.take().map(drop),
        _ => None,
    });
    assert_eq!(found, Inconsistent::WrongCutLine);
}

#[test]
fn the_second_officer_is_not_the_first() {
    let By::Officer(first) = officer(1) else { panic!() };
    let confirmed = forged(|recorded| match recorded.event {
        Event::DecisionConfirmed { .. } => {
            recorded.by = officer(1);
            Some(())
        }
        _ => None,
    });
    assert_eq!(confirmed, Inconsistent::OneOfficer(first.clone()));
    let adopted = forge!(Event::RulebookAdopted { second, .. } => *second = first.clone());
    assert_eq!(adopted, Inconsistent::OneOfficer(first));
    let adopted = forge!(Event::RulebookAdopted { second, .. } => *second = "p-nobody".into());
    assert_eq!(adopted, Inconsistent::NotTheirs { who: officer(1).to_string() });
}

#[test]
fn the_rulebook_is_the_one_that_was_promised() {
    let found = forge!(Event::RulebookAdopted { text, .. } => text.push('\n'));
    assert_eq!(found, Inconsistent::WrongHash);
    let found = forge!(Event::StageOpened { rulebook, .. } => *rulebook = rulebook::hash("another"));
    assert_eq!(found, Inconsistent::WrongHash);
}

#[test]
fn a_stage_opens_for_those_who_stand_in_it() {
    let found = forge!(Event::StageOpened { candidates, .. } => drop(candidates.pop_first()));
    assert_eq!(found, Inconsistent::WrongCandidates { stage: "check".into() });
    let found = forge!(Event::StageOpened { candidates, .. } => assert!(candidates.insert(team(9))));
    assert_eq!(found, Inconsistent::WrongCandidates { stage: "check".into() });
}

#[test]
fn an_objection_is_decided_as_its_reviewers_advise() {
    let found = forge!(Event::ObjectionDecided { upheld, .. } => *upheld = !*upheld);
    let is = "is not decided as most of its reviewers advise";
    assert_eq!(found, Inconsistent::ObjectionIs { objection: "j-1".into(), is });
}

#[test]
fn an_application_is_of_its_own_lead_and_in_its_window() {
    let found = forge!(Event::ApplicationStarted { lead: of, .. } => *of = lead(1));
    assert!(matches!(found, Inconsistent::NotTheirs { .. }), "{found}");
    let found = forge!(Event::ApplicationStarted { window, .. } => *window = "2025-06".into());
    assert_eq!(found, Inconsistent::Unknown { what: "open window", name: "2025-06".to_owned() });
}

#[test]
fn a_pool_does_not_grow_a_favourite_after_the_draw() {
    let found = forge!(Event::PoolCommitted { pool, .. } => {
        let mut favourite = pool.entries[0].clone();
        favourite.evaluator = "e-0".into();
        pool.entries.push(favourite);
    });
    assert_eq!(found, Inconsistent::Twice { what: "evaluator", name: "e-0".to_owned() });
}

#[test]
fn notice_follows_the_decision() {
    let mut history = Plot::full().play().history;
    let confirmed = history.iter().position(|r| matches!(r.event, Event::DecisionConfirmed { .. })).unwrap();
    let (first, second) = (history[confirmed].clone(), history[confirmed + 1].clone());
    history[confirmed] = Recorded { at: first.at, ..second.clone() };
    history[confirmed + 1] = Recorded { at: second.at, ..first };
    let is = "is not decided";
    assert_eq!(State::replay(&history), Err(Inconsistent::StageIs { stage: "check".into(), is }));
}
