//! The play: an office, its people, and a clock that the story moves.

use std::{cell::RefCell, rc::Rc};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Timestamp;
use office::{Actor, Command, Done, Made, Office, Refusal};
use programme::{OrganisationId, PersonId, StageKey, State, TeamId};
use rulebook::{Id, LocalDateTime, Rulebook};

use super::{
    cast::Character,
    narrator::{Line, Narrator},
};

/// A rehearsal that is going on.
pub(crate) struct Play {
    pub(crate) office: Office,
    pub(crate) officers: [PersonId; 2],
    /// The rulebook as it was adopted; where amendments matter, the state is asked.
    pub(crate) rulebook: Rulebook,
    pub(crate) seed: u64,
    pub(crate) teams: Vec<Troupe>,
    pub(crate) now: Timestamp,
    narrator: Rc<RefCell<dyn Narrator>>,
}

/// A team and those who act for it.
#[derive(Clone, Debug)]
pub(crate) struct Troupe {
    pub(crate) character: Character,
    pub(crate) team: TeamId,
    pub(crate) lead: OrganisationId,
    pub(crate) university: OrganisationId,
    pub(crate) applicant: PersonId,
    /// How good its work is, in thousandths; the same in every stage.
    pub(crate) quality: i64,
}

impl Play {
    pub(crate) fn new(
        office: Office,
        officers: [PersonId; 2],
        rulebook: Rulebook,
        seed: u64,
        narrator: Rc<RefCell<dyn Narrator>>,
    ) -> Result<Self> {
        let now = office.state().latest.context("the programme is founded")?;
        Ok(Self { office, officers, rulebook, seed, teams: Vec::new(), now, narrator })
    }

    /// Moves the clock to a moment of the programme's wall clock.
    pub(crate) fn at(&mut self, moment: &str) -> Result<()> {
        let local = LocalDateTime(moment.parse().with_context(|| format!("`{moment}` is a moment"))?);
        let instant = self.rulebook.calendar.instant(local)?;
        ensure!(instant >= self.now, "the story runs back at {moment}");
        self.now = instant;
        Ok(())
    }

    /// Moves the clock a little.
    pub(crate) fn minutes(&mut self, minutes: i64) -> Result<()> {
        self.now = self.now.checked_add(jiff::SignedDuration::from_mins(minutes))?;
        Ok(())
    }

    /// Tells what happened.
    pub(crate) fn tell(&self, text: impl Into<String>) -> Result<()> {
        let zone = self.rulebook.calendar.zone()?;
        let when = zone.to_datetime(self.now).strftime("%m-%d %H:%M").to_string();
        self.narrator.borrow_mut().line(&Line { when, text: text.into() });
        Ok(())
    }

    /// Begins a part of the play.
    pub(crate) fn heading(&self, text: &str) {
        self.narrator.borrow_mut().heading(text);
    }

    /// Shows a finished table or paragraph.
    pub(crate) fn show(&self, text: &str) {
        self.narrator.borrow_mut().block(text);
    }

    /// The first officer.
    pub(crate) fn officer(&self) -> Actor {
        Actor::Officer(self.officers[0].clone())
    }

    /// The second officer.
    pub(crate) fn second(&self) -> Actor {
        Actor::Officer(self.officers[1].clone())
    }

    /// Has an actor ask for something that must be done.
    pub(crate) fn ask(&self, actor: &Actor, command: Command) -> Result<Done> {
        let kind = command.kind();
        self.office.execute(self.now, actor, command).with_context(|| format!("{kind:?} at {}", self.now))
    }

    /// Has the first officer ask.
    pub(crate) fn officer_asks(&self, command: Command) -> Result<Done> {
        self.ask(&self.officer(), command)
    }

    /// Has both officers ask together.
    pub(crate) fn officers_ask(&self, command: Command) -> Result<Done> {
        let kind = command.kind();
        let done = self.office.execute_with(self.now, &self.officer(), &self.second(), command);
        done.with_context(|| format!("{kind:?} at {}", self.now))
    }

    /// Has an actor ask for something that must be refused, and returns why.
    pub(crate) fn is_refused(&self, actor: &Actor, command: Command) -> Result<Refusal> {
        let kind = command.kind();
        match self.office.execute(self.now, actor, command) {
            Err(refusal) => Ok(refusal),
            Ok(_) => bail!("{kind:?} was done, and it should have been refused"),
        }
    }

    /// Registers a person whose identity is resolved.
    pub(crate) fn person(&self, name: &str) -> Result<PersonId> {
        let person = self.stranger(name)?;
        let method = "face to face, with an identity card".to_owned();
        self.officer_asks(Command::ResolveIdentity { person: person.clone(), method })?;
        Ok(person)
    }

    /// Registers a person of whom nobody knows who it is.
    pub(crate) fn stranger(&self, name: &str) -> Result<PersonId> {
        let contact = "nobody@rehearsal.invalid".to_owned();
        match self.officer_asks(Command::RegisterPerson { name: name.to_owned(), contact })?.made {
            Some(Made::Person(person)) => Ok(person),
            _ => bail!("no person was made"),
        }
    }

    /// Registers an organisation.
    pub(crate) fn organisation(&self, name: &str) -> Result<OrganisationId> {
        match self.officer_asks(Command::RegisterOrganisation { name: name.to_owned() })?.made {
            Some(Made::Organisation(organisation)) => Ok(organisation),
            _ => bail!("no organisation was made"),
        }
    }

    /// The stage of the single window.
    pub(crate) fn key(&self, stage: &str) -> StageKey {
        StageKey { window: Id::from("call"), stage: Id::from(stage) }
    }

    /// The state.
    pub(crate) fn state(&self) -> State {
        self.office.state()
    }

    /// The team's name, for people.
    pub(crate) fn name(&self, team: &TeamId) -> String {
        self.troupe(team).map_or_else(|_| team.to_string(), |troupe| troupe.character.name())
    }

    /// The troupe of a team.
    pub(crate) fn troupe(&self, team: &TeamId) -> Result<&Troupe> {
        self.teams.iter().find(|troupe| troupe.team == *team).context("the team is of the cast")
    }
}
