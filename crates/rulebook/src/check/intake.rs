//! Every window opens before it closes.

use std::collections::BTreeSet;

use crate::{Intake, LocalDateTime, Rulebook, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let at = Place::root().key("intake");
    match &book.intake {
        Intake::Single { opens, closes, max_teams } => {
            window(&at.key("single"), *opens, *closes, problems);
            if *max_teams == Some(0) {
                problems.error(
                    at.key("single").key("max_teams"),
                    "nobody may apply",
                    "write 1 or more, or leave it out",
                );
            }
        }
        Intake::Invited { teams, opens, closes } => {
            let at = at.key("invited");
            window(&at, *opens, *closes, problems);
            invited(&at.key("teams"), teams, problems);
        }
        Intake::Rolling { first, every_months, until } => {
            let at = at.key("rolling");
            if *every_months == 0 || *every_months > 120 {
                problems.error(at.key("every_months"), "a window has no length", "write 1 to 120 months");
            }
            if until.is_some_and(|until| until.0 <= first.0.date()) {
                problems.error(
                    at.key("until"),
                    "no window ever opens",
                    format!("write a day after {}", first.0.date()),
                );
            }
        }
    }
}

fn window(at: &Place, opens: LocalDateTime, closes: LocalDateTime, problems: &mut Problems) {
    if closes <= opens {
        let wrong = format!("the window closes at {closes}, before it opens");
        problems.error(at.key("closes"), wrong, format!("write a moment after {opens}"));
    }
}

fn invited(at: &Place, teams: &[crate::Id], problems: &mut Problems) {
    if teams.is_empty() {
        problems.error(at.clone(), "nobody is invited", "name the teams, or use another intake");
    }
    let mut seen = BTreeSet::new();
    for (index, team) in teams.iter().enumerate() {
        if !seen.insert(team) {
            problems.error(at.index(index), format!("`{team}` is invited twice"), "leave it out");
        }
    }
}
