//! The rulebook in force, and what an amendment may reach.

use jiff::{SignedDuration, Timestamp};
use rulebook::{ClockError, Id, Intake, Rulebook, Window};

use super::{Context, Inconsistent, State};
use crate::Event;

/// A rulebook that was adopted, or what an amendment made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// SHA-256 of the file, as lower-case hex.
    pub hash: String,
    /// The rules.
    pub rulebook: Rulebook,
    /// Since when.
    pub at: Timestamp,
    /// Why it was amended; none for the first.
    pub reason: Option<String>,
}

impl State {
    /// The rulebook in force.
    pub fn adopted(&self) -> Result<&Adopted, Inconsistent> {
        self.rulebooks.last().ok_or(Inconsistent::NoRulebook)
    }

    /// The rules in force.
    pub fn rules(&self) -> Result<&Rulebook, Inconsistent> {
        self.adopted().map(|adopted| &adopted.rulebook)
    }

    /// The rulebook of this hash.
    pub(super) fn rulebook_of(&self, hash: &str) -> Result<&Rulebook, Inconsistent> {
        let found = self.rulebooks.iter().find(|adopted| adopted.hash == hash);
        found.map(|adopted| &adopted.rulebook).ok_or_else(|| Inconsistent::unknown("rulebook", hash))
    }

    pub(super) fn apply_rules(&mut self, context: Context<'_>, event: &Event) -> Result<(), Inconsistent> {
        match event {
            Event::RulebookAdopted { hash, text, .. } => {
                if let Some(first) = self.rulebooks.first() {
                    return Err(Inconsistent::twice("rulebook", &first.hash));
                }
                let rulebook = read(hash, text)?;
                self.rulebooks.push(Adopted { hash: hash.clone(), rulebook, at: context.at, reason: None });
                Ok(())
            }
            Event::RulebookAmended { hash, text, reason, .. } => self.amend(context, hash, text, reason),
            _ => Ok(()),
        }
    }

    fn amend(&mut self, context: Context<'_>, hash: &str, text: &str, reason: &str) -> Result<(), Inconsistent> {
        if reason.trim().is_empty() {
            return Err(Inconsistent::NoReason);
        }
        if self.adopted()?.hash == hash {
            return Err(Inconsistent::twice("rulebook", hash));
        }
        let rulebook = read(hash, text)?;
        if let Some(what) = self.opened_parts(&rulebook, context.at)?.into_iter().next() {
            return Err(Inconsistent::AmendsWhatOpened { what });
        }
        let reason = Some(reason.to_owned());
        self.rulebooks.push(Adopted { hash: hash.to_owned(), rulebook, at: context.at, reason });
        Ok(())
    }

    /// The parts that `new` changes although they have opened.
    ///
    /// A stage has opened when it has; what an application must be has opened with the first application, except that
    /// the window may be made longer for all while it is open.
    fn opened_parts(&self, new: &Rulebook, now: Timestamp) -> Result<Vec<String>, Inconsistent> {
        let old = self.rules()?;
        let stages = old.stages.iter().enumerate().filter(|(_, stage)| self.has_opened(&stage.id));
        let stages = stages.filter(|(place, stage)| new.stages.get(*place) != Some(*stage));
        let mut parts: Vec<_> = stages.map(|(_, stage)| format!("stage.{}", stage.id)).collect();
        if self.teams.is_empty() {
            return Ok(parts);
        }
        let mut part = |changed: bool, name: &str| {
            if changed {
                parts.push(name.to_owned());
            }
        };
        part(new.programme.id != old.programme.id, "programme.id");
        part(new.calendar.timezone != old.calendar.timezone, "calendar.timezone");
        part(!only_longer(old, new, now)?, "intake");
        part(new.application != old.application, "application");
        part(new.eligibility != old.eligibility, "eligibility");
        Ok(parts)
    }

    /// Whether the stage has opened in any window.
    fn has_opened(&self, stage: &Id) -> bool {
        self.stages.keys().any(|key| key.stage == *stage)
    }
}

/// Whether the new intake is the old one, or differs only in that a window which is still open closes later. Once it
/// has closed, a later closing would be for those alone who came too late.
fn only_longer(old: &Rulebook, new: &Rulebook, now: Timestamp) -> Result<bool, ClockError> {
    let mut longer = old.intake.clone();
    if let (
        Intake::Single { closes, .. } | Intake::Invited { closes, .. },
        Intake::Single { closes: later, .. } | Intake::Invited { closes: later, .. },
    ) = (&mut longer, &new.intake)
        && *later > *closes
        && now < old.calendar.instant(*closes)?
    {
        *closes = *later;
    }
    Ok(longer == new.intake)
}

/// Reads a rulebook whose hash is claimed.
fn read(hash: &str, text: &str) -> Result<Rulebook, Inconsistent> {
    if rulebook::hash(text) != hash {
        return Err(Inconsistent::WrongHash);
    }
    Rulebook::parse(text).map(|read| read.rulebook).map_err(|findings| Inconsistent::BadRulebook(findings.to_string()))
}

/// The window called `id`, if it has opened by `now`.
pub(super) fn window(rules: &Rulebook, id: &Id, now: Timestamp) -> Result<Option<Window>, Inconsistent> {
    let mut moment = now;
    while let Some(window) = rules.intake.latest_window(&rules.calendar, moment)? {
        if window.id == *id {
            return Ok(Some(window));
        }
        // Windows follow each other: the one before this was the latest just before this one opened.
        moment = just_before(window.opens)?;
    }
    Ok(None)
}

/// The last moment before another.
pub(super) fn just_before(moment: Timestamp) -> Result<Timestamp, ClockError> {
    moment.checked_sub(SignedDuration::from_nanos(1)).map_err(|_| ClockError::OutOfRange)
}
