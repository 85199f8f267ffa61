//! The office: takes commands, and alone writes the record.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use programme::{
    By, EvaluatorId, Event, Inconsistent, ObjectionId, OrganisationId, PersonId, Recorded, Role, StageKey, State,
    TeamId,
};
use record::{Batch, CloseError, CreateError, IdempotencyKey, LogKey, OpenError, Record};

use crate::{
    Actor, ActorRole, Command, Refusal, commands,
    desk::{Desk, Plan},
    digest::commitment,
    entropy::Entropy,
    identities::Identities,
    replay::{ReplayError, replay},
};

/// The office of one programme, over one folder.
///
/// A command is checked for role, second officer, clock, conflict and rule; what passes becomes events that are
/// durable before the answer is given. Time comes in with the command.
#[derive(Clone)]
pub struct Office(Arc<Inner>);

struct Inner {
    record: Record,
    world: Mutex<World>,
}

struct World {
    state: State,
    identities: Identities,
    entropy: Entropy,
}

/// A person who founds a programme as one of its first officers.
#[derive(Clone, Debug)]
pub struct Founder {
    /// The name.
    pub name: String,
    /// An address.
    pub contact: String,
    /// How it was proven who it is.
    pub identity: String,
}

/// What a command did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The places of the events in the record.
    pub events: Vec<u64>,
    /// What was made, if something was.
    pub made: Option<Made>,
}

/// Something that a command made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Made {
    Person(PersonId),
    Organisation(OrganisationId),
    Team(TeamId),
    Objection(ObjectionId),
}

/// Why an office does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each says what it is")]
pub enum OfficeError {
    #[error("the record cannot be made")]
    Create(#[from] CreateError),
    #[error("the record cannot be opened")]
    Open(#[from] OpenError),
    #[error("what the record holds cannot have happened")]
    Replay(#[from] ReplayError),
    #[error("the programme cannot be founded")]
    Found(#[from] Refusal),
}

impl Office {
    /// Founds a programme in an empty folder. `origin` names its record for good, for example `example.kr/k-ai-2025`.
    pub fn found(
        dir: &Path,
        origin: &str,
        key: LogKey,
        mut entropy: Entropy,
        at: Timestamp,
        founders: &[Founder; 2],
    ) -> Result<(Self, [PersonId; 2]), OfficeError> {
        let record = Record::create(dir, origin, key)?;
        let officers = [
            PersonId::new(entropy.name("p").map_err(OfficeError::Found)?),
            PersonId::new(entropy.name("p").map_err(OfficeError::Found)?),
        ];
        let world = World { state: State::default(), identities: Identities::default(), entropy };
        let office = Self(Arc::new(Inner { record, world: Mutex::new(world) }));
        for (founder, person) in founders.iter().zip(&officers) {
            office.seat_founder(at, founder, person)?;
        }
        Ok((office, officers))
    }

    /// Opens a programme that was founded.
    pub fn open(dir: &Path, entropy: Entropy) -> Result<Self, OfficeError> {
        let record = Record::open(dir)?;
        let entries = record.entries(0..record.size()).map_err(ReplayError::Read)?;
        let state = replay(&entries)?;
        // An erasure that a crash cut short is carried out now.
        for commitment in state.erased.iter().filter_map(commitment) {
            record.vault().erase(&commitment).map_err(ReplayError::Vault)?;
        }
        let identities = Identities::read(&state, record.vault())?;
        Ok(Self(Arc::new(Inner { record, world: Mutex::new(World { state, identities, entropy }) })))
    }

    /// Closes the programme's folder and seals it.
    pub fn close(self) -> Result<(), CloseError> {
        self.0.record.clone().close()
    }

    /// The record, to read from.
    pub fn record(&self) -> &Record {
        &self.0.record
    }

    /// A copy of the state as it is now.
    pub fn state(&self) -> State {
        self.world().state.clone()
    }

    /// The pseudonym under which a person sits in a stage; for that person alone to know.
    pub fn seat_of(&self, key: &StageKey, person: &PersonId) -> Option<EvaluatorId> {
        let world = self.world();
        world.identities.seat(&world.state, key, person)
    }

    /// Does what one actor asks.
    pub fn execute(&self, now: Timestamp, actor: &Actor, command: Command) -> Result<Done, Refusal> {
        self.run(now, actor, None, command)
    }

    /// Does what two officers ask together.
    pub fn execute_with(
        &self,
        now: Timestamp,
        first: &Actor,
        second: &Actor,
        command: Command,
    ) -> Result<Done, Refusal> {
        self.run(now, first, Some(second), command)
    }

    fn world(&self) -> MutexGuard<'_, World> {
        // The state is only replaced as a whole, so a thread that died while it held the lock left it sound.
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, now: Timestamp, actor: &Actor, second: Option<&Actor>, command: Command) -> Result<Done, Refusal> {
        let mut world = self.world();
        permitted(&world.state, actor, second, &command)?;
        // Clocks on machines step back; the record's time does not.
        let at = world.state.latest.map_or(now, |latest| latest.max(now));
        let World { state, identities, entropy } = &mut *world;
        let second = second.and_then(Actor::person);
        let mut desk = Desk { at, actor, second, state, identities, entropy, vault: self.0.record.vault() };
        let plan = commands::plan(&mut desk, command)?;
        self.carry_out(&mut world, at, plan)
    }

    /// Makes a plan true: first in a copy of the state, then in the record, then for everybody.
    fn carry_out(&self, world: &mut World, at: Timestamp, plan: Plan) -> Result<Done, Refusal> {
        let mut state = world.state.clone();
        let recorded = plan.events.into_iter().map(|event| Recorded { at, by: plan.by.clone(), event });
        let recorded: Vec<_> = recorded.collect();
        recorded.iter().try_for_each(|event| state.apply(event))?;
        for blob in &plan.blobs {
            self.0.record.vault().put_with_salt(&blob.bytes, blob.salt)?;
        }
        let places = self.write(world, &recorded)?;
        world.state = state;
        world.identities.learn(plan.unmasked);
        for commitment in &plan.erase {
            self.0.record.vault().erase(commitment)?;
        }
        match plan.refusal {
            Some(refusal) => Err(refusal),
            None => Ok(Done { events: places, made: plan.made }),
        }
    }

    fn write(&self, world: &mut World, recorded: &[Recorded]) -> Result<Vec<u64>, Refusal> {
        let events: Result<Vec<_>, _> = recorded.iter().map(record::Event::from_value).collect();
        let key = IdempotencyKey::new(world.entropy.name("c")?).map_err(|_| Refusal::NoRandomness)?;
        let batch = Batch { key, expect_size: Some(world.state.events), events: events? };
        match self.0.record.append(batch) {
            Ok(appended) => Ok(appended.into_iter().map(|appended| appended.index).collect()),
            Err(error) => {
                self.read_again(world);
                Err(error.into())
            }
        }
    }

    /// After an append of which nobody knows whether it was made, the record says what is so. Where it cannot be read
    /// either, the old state stays and every command is refused as stale until it can.
    fn read_again(&self, world: &mut World) {
        let record = &self.0.record;
        let state = record.entries(0..record.size()).ok().and_then(|entries| replay(&entries).ok());
        let known = state.and_then(|state| Identities::read(&state, record.vault()).ok().map(|known| (state, known)));
        if let Some((state, identities)) = known {
            (world.state, world.identities) = (state, identities);
        }
    }

    fn seat_founder(&self, at: Timestamp, founder: &Founder, person: &PersonId) -> Result<(), Refusal> {
        let mut world = self.world();
        let mut plan = Plan::by(By::Officer(person.clone()));
        let profile = plan.seal(&mut world.entropy, &crate::desk::profile(&founder.name, &founder.contact))?;
        let (person, method) = (person.clone(), founder.identity.clone());
        plan.events.extend([
            Event::PersonRegistered { person: person.clone(), profile },
            Event::IdentityResolved { person: person.clone(), method },
            Event::RoleGranted { person, role: Role::Officer, second: None },
        ]);
        self.carry_out(&mut world, at, plan).map(|_| ())
    }
}

/// Whether the actors hold the roles that they act in and the roles may ask for this.
fn permitted(state: &State, actor: &Actor, second: Option<&Actor>, command: &Command) -> Result<(), Refusal> {
    let (kind, role) = (command.kind(), actor.role());
    if !kind.roles().contains(&role) {
        return Err(Refusal::NotYourRole { command: kind, role });
    }
    holds(state, actor)?;
    match (command.takes_two(), second) {
        (false, _) => Ok(()),
        (true, Some(second @ Actor::Officer(other))) if actor.person() != Some(other) => holds(state, second),
        (true, _) => Err(Refusal::TakesTwoOfficers(kind)),
    }
}

/// Whether a person holds the role they act in. A seat is no role: the desk looks for it where it is needed.
fn holds(state: &State, actor: &Actor) -> Result<(), Refusal> {
    let Some(person) = actor.person() else { return Ok(()) };
    let known = state.person(person)?;
    let held = match actor.role() {
        ActorRole::Officer => known.roles.contains(&Role::Officer),
        ActorRole::Reviewer => known.roles.contains(&Role::Reviewer),
        ActorRole::Auditor => known.roles.contains(&Role::Auditor),
        ActorRole::Applicant => known.roles.iter().any(|role| matches!(role, Role::Applicant { .. })),
        ActorRole::Evaluator | ActorRole::Public => true,
    };
    let refuse = || Refusal::RoleNotHeld { person: person.clone(), role: actor.role() };
    if held { Ok(()) } else { Err(refuse()) }
}

impl From<Inconsistent> for OfficeError {
    fn from(inconsistent: Inconsistent) -> Self {
        Self::Found(Refusal::Rules(inconsistent))
    }
}
