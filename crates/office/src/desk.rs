//! The desk: where a command becomes a plan. It sees one moment, one actor and the state, and changes nothing itself.

use jiff::{Timestamp, civil::Date};
use programme::{
    By, Conflict, EvaluatorId, Event, Inconsistent, PersonId, Sealed, StageKey, State, Team, TeamId, conflicts,
};
use record::{Commitment, Opening, Vault};
use serde::Serialize;

use crate::{Actor, Command, Made, Refusal, actor::Unmasked, entropy::Entropy, identities::Identities};

/// What a command needs to become a plan.
pub(crate) struct Desk<'a> {
    pub(crate) at: Timestamp,
    pub(crate) actor: &'a Actor,
    pub(crate) second: Option<&'a PersonId>,
    pub(crate) state: &'a State,
    pub(crate) identities: &'a Identities,
    pub(crate) entropy: &'a mut Entropy,
    pub(crate) vault: &'a Vault,
}

/// What will be true when a command is carried out.
pub(crate) struct Plan {
    /// By whom the events are.
    pub(crate) by: By,
    /// The events, in order.
    pub(crate) events: Vec<Event>,
    /// What goes into the vault before them.
    pub(crate) blobs: Vec<Opening>,
    /// What leaves the vault after them.
    pub(crate) erase: Vec<Commitment>,
    /// Pseudonyms that come to stand for somebody.
    pub(crate) unmasked: Vec<Unmasked>,
    /// What is made.
    pub(crate) made: Option<Made>,
    /// What the actor is told all the same: the refusal is what the events note.
    pub(crate) refusal: Option<Refusal>,
}

impl Plan {
    pub(crate) fn by(by: By) -> Self {
        let nothing = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (events, blobs, erase, unmasked) = nothing;
        Self { by, events, blobs, erase, unmasked, made: None, refusal: None }
    }

    /// Seals bytes: they will lie in the vault, and what is returned may stand in an event.
    pub(crate) fn seal(&mut self, entropy: &mut Entropy, bytes: &[u8]) -> Result<Sealed, Refusal> {
        let opening = Opening { salt: entropy.salt()?, bytes: bytes.to_vec() };
        let sealed = Sealed(Commitment::of(&opening).to_string());
        self.blobs.push(opening);
        Ok(sealed)
    }
}

impl Desk<'_> {
    /// The person who acts.
    pub(crate) fn person(&self) -> Result<&PersonId, Refusal> {
        let nobody = || Refusal::Rules(Inconsistent::NotTheirs { who: "nobody in particular".to_owned() });
        self.actor.person().ok_or_else(nobody)
    }

    /// A plan by the person in their role. An evaluator acts under the pseudonym of a stage, through [`Self::seated`].
    pub(crate) fn blank(&self) -> Result<Plan, Refusal> {
        let person = self.person()?.clone();
        match self.actor {
            Actor::Officer(_) => Ok(Plan::by(By::Officer(person))),
            Actor::Applicant(_) => Ok(Plan::by(By::Applicant(person))),
            Actor::Reviewer(_) => Ok(Plan::by(By::Reviewer(person))),
            Actor::Evaluator(_) | Actor::Auditor(_) | Actor::Public => {
                Err(Refusal::Rules(Inconsistent::NotTheirs { who: person.to_string() }))
            }
        }
    }

    /// A plan of one event.
    pub(crate) fn event(&self, event: Event) -> Result<Plan, Refusal> {
        let mut plan = self.blank()?;
        plan.events.push(event);
        Ok(plan)
    }

    /// The second officer, whom the permission table has asked for already.
    pub(crate) fn second(&self, command: &Command) -> Result<PersonId, Refusal> {
        self.second.cloned().ok_or(Refusal::TakesTwoOfficers(command.kind()))
    }

    /// The pseudonym under which the actor sits in a stage.
    pub(crate) fn seated(&self, key: &StageKey) -> Result<EvaluatorId, Refusal> {
        let person = self.person()?;
        let seat = self.identities.seat(self.state, key, person);
        seat.ok_or_else(|| Refusal::NoSeat { person: person.clone() })
    }

    /// A new name.
    pub(crate) fn name(&mut self, prefix: &str) -> Result<String, Refusal> {
        self.entropy.name(prefix)
    }

    /// The wall clock's date of the programme.
    pub(crate) fn today(&self) -> Result<Date, Refusal> {
        Ok(self.state.rules()?.calendar.date(self.at).map_err(Inconsistent::Clock)?.0)
    }

    /// A moment as the programme's wall clock shows it.
    pub(crate) fn shown(&self, moment: Timestamp) -> Result<String, Refusal> {
        let calendar = &self.state.rules()?.calendar;
        let zone = calendar.zone().map_err(Inconsistent::Clock)?;
        Ok(format!("{} ({})", zone.to_datetime(moment).strftime("%Y-%m-%d %H:%M:%S"), calendar.timezone))
    }

    /// The ties that make a person too close to a team today, by the rules under which the stage opened.
    pub(crate) fn conflicts(&self, key: &StageKey, person: &PersonId, team: &Team) -> Result<Vec<Conflict>, Refusal> {
        let rule = &self.state.rules_of(key)?.conflicts;
        Ok(conflicts(self.state, rule, person, team, self.today()?).map_err(Inconsistent::Clock)?)
    }

    /// Whether the actor acts for the team's lead.
    pub(crate) fn leads(&self, team: &TeamId) -> Result<&Team, Refusal> {
        let known = self.state.team(team)?;
        self.acts_for(team, &known.lead)?;
        Ok(known)
    }

    /// Whether the actor acts for the organisation.
    pub(crate) fn acts_for(&self, team: &TeamId, organisation: &programme::OrganisationId) -> Result<(), Refusal> {
        let person = self.person()?;
        let role = programme::Role::Applicant { organisation: organisation.clone() };
        if self.state.person(person)?.roles.contains(&role) {
            return Ok(());
        }
        Err(Refusal::NotYourTeam { person: person.clone(), team: team.clone() })
    }
}

/// What lies in the vault of a person.
#[derive(Serialize)]
struct Profile<'a> {
    name: &'a str,
    contact: &'a str,
}

/// A person's profile as bytes.
pub(crate) fn profile(name: &str, contact: &str) -> Vec<u8> {
    // Two strings always have a canonical form.
    programme::canonical(&Profile { name, contact }).unwrap_or_default()
}
