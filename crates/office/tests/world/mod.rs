//! A small programme that does not exist: five teams, a drawn panel of three, a named jury, two officers.
//!
//! Its acts build on each other: [`World::applied`], [`World::checked`], [`World::seated`], [`World::noticed`] … each
//! plays everything before it, so that a test says only what it is about.

mod acts;
mod asking;
mod people;

use std::path::Path;

use jiff::Timestamp;
use office::{Entropy, Founder, Office};
use programme::{EvaluatorId, OrganisationId, PersonId, StageKey, State, TeamId};
use record::LogKey;
use rulebook::{LocalDateTime, Rulebook};
use tempfile::TempDir;

pub(crate) use self::{
    acts::{announced, thrown},
    asking::marks,
};

/// The rules of the small programme.
pub(crate) const RULEBOOK: &str = include_str!("../rulebook.toml");

/// The name of its record.
pub(crate) const ORIGIN: &str = "test.invalid/small-call";

/// The programme, its people, and a clock that the test moves.
pub(crate) struct World {
    pub(crate) office: Office,
    pub(crate) dir: TempDir,
    pub(crate) officers: [PersonId; 2],
    pub(crate) teams: Vec<Entrant>,
    /// Candidates of the written stage's pool.
    pub(crate) pool: Vec<office::Candidate>,
    /// Who sits in the written stage, in the order of their pseudonyms.
    pub(crate) panel: Vec<PersonId>,
    pub(crate) reviewers: Vec<PersonId>,
    pub(crate) now: Timestamp,
}

/// A team, its organisations and those who act for them.
#[derive(Clone, Debug)]
pub(crate) struct Entrant {
    pub(crate) team: TeamId,
    pub(crate) lead: OrganisationId,
    pub(crate) member: OrganisationId,
    /// Acts for the lead.
    pub(crate) applicant: PersonId,
    /// Acts for the member.
    pub(crate) dean: PersonId,
}

/// The key of the small programme's log.
pub(crate) fn log_key() -> LogKey {
    LogKey::from_seed([7; 32])
}

/// A moment of the wall clock in Seoul.
pub(crate) fn seoul(moment: &str) -> Timestamp {
    let rules = Rulebook::parse(RULEBOOK).unwrap().rulebook;
    rules.calendar.instant(LocalDateTime(moment.parse().unwrap())).unwrap()
}

/// A stage of the single window.
pub(crate) fn key(stage: &str) -> StageKey {
    StageKey { window: "call".into(), stage: stage.into() }
}

impl World {
    /// Two founders, and nothing else.
    pub(crate) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = seoul("2025-06-16T09:00:00");
        let founders = ["First", "Second"].map(|name| Founder {
            name: name.to_owned(),
            contact: "nobody@test.invalid".to_owned(),
            identity: "appointed".to_owned(),
        });
        let folder = dir.path().join("programme");
        let (office, officers) =
            Office::found(&folder, ORIGIN, log_key(), Entropy::rehearsal(1), now, &founders).unwrap();
        let nobody = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (teams, pool, panel, reviewers) = nobody;
        Self { office, dir, officers, teams, pool, panel, reviewers, now }
    }

    pub(crate) fn folder(&self) -> std::path::PathBuf {
        self.dir.path().join("programme")
    }

    /// Closes the office and opens it again, as after a night.
    pub(crate) fn reopen(mut self) -> Self {
        self.office.clone().close().unwrap();
        let folder = self.folder();
        // The lock on the folder goes with the last handle.
        self.office = reopened(self.office, &folder);
        self
    }

    /// The clock shows this moment, in Seoul.
    pub(crate) fn at(&mut self, moment: &str) -> &mut Self {
        self.now = seoul(moment);
        self
    }

    pub(crate) fn state(&self) -> State {
        self.office.state()
    }

    /// The team that applied as the `n`th.
    pub(crate) fn team(&self, n: usize) -> TeamId {
        self.teams[n].team.clone()
    }

    /// The pseudonym of the `n`th evaluator in the written stage.
    pub(crate) fn pseudonym(&self, n: usize) -> EvaluatorId {
        self.office.seat_of(&key("written"), &self.panel[n]).unwrap()
    }
}

fn reopened(office: Office, folder: &Path) -> Office {
    drop(office);
    Office::open(folder, Entropy::rehearsal(2)).unwrap()
}
