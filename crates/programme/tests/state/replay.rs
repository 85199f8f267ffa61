//! A state is what its history makes, and nothing else.

use programme::{Event, Inconsistent, Recorded, State};
use proptest::prelude::*;

use crate::plot::Plot;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_replay_makes_the_state_that_was_lived(plot in Plot::any()) {
        let play = plot.play();
        prop_assert!(State::replay(&play.history).unwrap() == play.state);
    }

    #[test]
    fn a_history_survives_being_written_down(plot in Plot::any()) {
        let play = plot.play();
        let text = serde_json::to_string(&play.history).unwrap();
        let read: Vec<Recorded> = serde_json::from_str(&text).unwrap();
        prop_assert!(read == play.history);
    }

    #[test]
    fn nothing_can_be_left_out_unseen(plot in Plot::any(), place in any::<prop::sample::Index>()) {
        let play = plot.play();
        let place = place.index(play.history.len());
        prop_assert!(is_seen_to_miss(&play.history, &play.state, place), "{:?}", play.history[place]);
    }

    #[test]
    fn the_order_of_events_is_the_order_of_time(plot in Plot::any(), place in any::<prop::sample::Index>()) {
        let mut history = plot.play().history;
        let place = place.index(history.len() - 1);
        history.swap(place, place + 1);
        prop_assert!(State::replay(&history).is_err());
    }
}

#[test]
fn no_event_of_a_full_history_can_be_left_out_unseen() {
    let play = Plot::full().play();
    for place in 0..play.history.len() {
        assert!(is_seen_to_miss(&play.history, &play.state, place), "{:?}", play.history[place]);
    }
}

/// Whether a history without this event is impossible, or makes another state.
fn is_seen_to_miss(history: &[Recorded], lived: &State, place: usize) -> bool {
    let mut shorter = history.to_vec();
    let missing = shorter.remove(place);
    match State::replay(&shorter) {
        Err(_) => true,
        Ok(mut state) => {
            // The number of events alone would tell; what is asked is whether anything else does.
            (state.events, state.latest) = (lived.events, lived.latest);
            state != *lived || leaves_nothing_behind(&missing.event, lived)
        }
    }
}

/// A reminder, and the publication of a decision that was set aside afterwards.
fn leaves_nothing_behind(event: &Event, lived: &State) -> bool {
    match event {
        Event::SheetsChased { .. } => true,
        Event::DecisionPublished { key } => !lived.stages[key].set_aside.is_empty(),
        _ => false,
    }
}

#[test]
fn time_does_not_run_back() {
    let mut history = Plot::full().play().history;
    let last = history.len() - 1;
    history[last].at = history[last - 1].at - jiff::SignedDuration::from_nanos(1);
    assert_eq!(State::replay(&history), Err(Inconsistent::TimeRunsBack));
    let mut swapped = Plot::full().play().history;
    for place in 0..swapped.len() - 1 {
        swapped.swap(place, place + 1);
        assert!(State::replay(&swapped).is_err());
        swapped.swap(place, place + 1);
    }
}

#[test]
fn what_happens_once_does_not_happen_twice() {
    let history = Plot::full().play().history;
    for place in 0..history.len() {
        let mut longer = history.clone();
        longer.insert(place, history[place].clone());
        let twice = State::replay(&longer);
        assert!(twice.is_err() || may_be_said_again(&history[place]), "{:?}", history[place]);
    }
}

/// What says how something is, rather than that something happened: said again, it is so all the same.
fn may_be_said_again(recorded: &Recorded) -> bool {
    use Event as E;
    matches!(
        recorded.event,
        E::IdentityResolved { .. }
            | E::RoleGranted { .. }
            | E::FactsEstablished { .. }
            | E::MemberConsented { .. }
            | E::ApplicationSubmitted { .. }
            | E::SheetSealed { .. }
            | E::SheetsChased { .. }
            | E::DecisionProposed { .. }
            | E::ReviewersAppointed { .. }
            | E::ObjectionReviewed { .. }
    )
}
