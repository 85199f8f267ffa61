//! Levels of openness go from the least to the most open.

use std::collections::BTreeSet;

use crate::{Rulebook, place::Place, problem::Problems, suggest};

pub(super) fn check(book: &Rulebook, problems: &mut Problems) {
    let Some(openness) = &book.openness else { return };
    let at = Place::root().key("openness");
    if openness.levels.is_empty() {
        problems.error(at.key("level"), "there is no level to promise", "add `[[openness.level]]`");
    }
    let ids = || openness.levels.iter().map(|level| level.id.as_str());
    if let Some(minimum) = openness.minimum.as_ref().filter(|minimum| ids().all(|id| id != minimum.as_str())) {
        let wrong = format!("there is no level `{minimum}`");
        problems.error(at.key("minimum"), wrong, suggest::instead(minimum.as_str(), ids()));
    }
    for (index, pair) in openness.levels.windows(2).enumerate() {
        let [less, more] = pair else { continue };
        let (less_released, more_released): (BTreeSet<_>, BTreeSet<_>) =
            (less.releases.iter().collect(), more.releases.iter().collect());
        if !less_released.is_subset(&more_released) || more.licence < less.licence {
            let wrong = format!("`{}` is not more open than `{}` in everything", more.id, less.id);
            problems.warning(at.key("level").index(index + 1), wrong, "put the less open level first");
        }
    }
}
