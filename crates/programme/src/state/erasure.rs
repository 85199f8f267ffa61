//! Erasure: what lies behind a digest goes, the digest stays.

use std::collections::BTreeSet;

use super::{Inconsistent, StageState, State};
use crate::Sealed;

impl State {
    pub(super) fn erase(&mut self, sealed: &BTreeSet<Sealed>, because: &str) -> Result<(), Inconsistent> {
        if because.trim().is_empty() {
            return Err(Inconsistent::NoReason);
        }
        for digest in sealed {
            if self.is_needed(digest) {
                return Err(Inconsistent::StillNeeded(digest.clone()));
            }
            if !self.erased.insert(digest.clone()) {
                return Err(Inconsistent::twice("erasure", &digest.0));
            }
        }
        Ok(())
    }

    /// Whether a stage or an objection still rests on it: erased too early, a sealed sheet could never be opened, and
    /// the conflicts of an evaluator who sits could not be looked for any more.
    fn is_needed(&self, digest: &Sealed) -> bool {
        let undecided = self.stages.values().filter(|stage| stage.decided.is_none());
        let in_a_stage = undecided.into_iter().any(|stage| stage.needs(digest));
        let heard = self.objections.values().filter(|objection| objection.decided.is_none());
        in_a_stage || heard.into_iter().any(|objection| self.hearing_needs(objection, digest))
    }

    /// An open objection needs its own words, and the names of the panel, who must not hear it.
    fn hearing_needs(&self, objection: &super::Objection, digest: &Sealed) -> bool {
        let contested = self.stages.get(&objection.key);
        objection.text == *digest || contested.is_some_and(|stage| stage.seats_behind(digest))
    }
}

impl StageState {
    fn needs(&self, digest: &Sealed) -> bool {
        let unopened = self.sheets.is_none() && self.sealed.values().any(|sheet| sheet == digest);
        unopened || self.seats_behind(digest)
    }

    /// Whether the digest is of the identity of somebody who sits, or may still be drawn.
    fn seats_behind(&self, digest: &Sealed) -> bool {
        self.pools.iter().any(|(panel, pool)| {
            let seats = self.seats.get(panel);
            let sits = |entry: &crate::PoolEntry| seats.is_none_or(|seats| seats.contains(&entry.evaluator));
            pool.iter().any(|entry| entry.person == *digest && sits(entry))
        })
    }
}
