//! "As good as the frontier" can be measured.

use crate::{Exact, Rulebook, place::Place, problem::Problems};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let Some(frontier) = &book.frontier else { return };
    let at = Place::root().key("frontier");
    if frontier.window_months == 0 {
        problems.error(at.key("window_months"), "no model is ever the frontier", "write 1 month or more");
    }
    if frontier.margin <= Exact::zero() || frontier.margin > Exact::one() {
        let right = "write a share above 0 and at most 1, as 0.95";
        problems.error(at.key("margin"), format!("{} is no share of the frontier", frontier.margin), right);
    }
    if frontier.alpha <= Exact::zero() || frontier.alpha >= Exact::one() {
        let right = "write a chance above 0 and below 1, as 0.05";
        problems.error(at.key("alpha"), format!("{} is no chance of error", frontier.alpha), right);
    } else if frontier.alpha > Exact::ratio(1, 4) {
        let right = "write a smaller chance, as 0.05";
        problems.warning(at.key("alpha"), "\"reached\" would often be said wrongly", right);
    }
}
