//! Journals of several machines become one.

use std::path::Path;

use super::{Journal, JournalFault, record, segment};

/// What a merge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Records that were added.
    pub added: u64,
    /// Records that were known already, or weaker than what was known.
    pub known: u64,
    /// Lines that were damaged and left out.
    pub damaged: u64,
}

impl Journal {
    /// Adds all records of the journal in `from` that this one lacks. An answer takes the place of a failure, and never the
    /// other way round; of two answers to one question the one that is here stays.
    pub fn merge(&self, from: &Path) -> Result<Merged, JournalFault> {
        let mut merged = Merged::default();
        for path in segment::all(from)? {
            let (mut added, mut known) = (0, 0);
            let damaged = segment::each_line(&path, |line| {
                let Some((key, is_answered)) = record::glance(line) else { return Ok(()) };
                let place = self.state().index.get(&key.short()).copied();
                if place.is_some_and(|place| place.is_answered() || !is_answered) {
                    known += 1;
                    return Ok(());
                }
                added += 1;
                self.append(|lines| {
                    lines.add(&key, is_answered, |target| {
                        target.extend_from_slice(line);
                        target.push(b'\n');
                        Ok(())
                    })
                })
            })?;
            merged.added += added;
            merged.known += known;
            merged.damaged += damaged;
        }
        Ok(merged)
    }
}
