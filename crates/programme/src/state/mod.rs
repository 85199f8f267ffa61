//! State: a fold over events.
//!
//! [`State::apply`] is the one place that says which histories are possible. Commands are refused by it before they
//! are recorded, and a verifier runs it over a record that somebody else wrote: a draw that does not follow from its
//! seed, a sheet that is not the one that was sealed, a decision that the rules do not make of the facts, an act by a
//! role that cannot do it, all end here. Nothing in it reads a clock, a file or a random number.

mod agreement;
mod application;
mod authority;
mod deciding;
mod directory;
mod erasure;
mod inconsistent;
mod objection;
mod panel;
mod rules;
mod stage;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use self::{
    agreement::Agreed,
    application::Team,
    deciding::{Decided, Proposal},
    directory::{Organisation, Person},
    inconsistent::Inconsistent,
    objection::{Objection, Opinion},
    rules::Adopted,
    stage::StageState,
};
use crate::{By, Event, ObjectionId, OrganisationId, PersonId, Recorded, Sealed, StageKey, TeamId};

/// Everything that the events so far make true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// How many events were applied.
    pub events: u64,
    /// When the latest happened.
    pub latest: Option<Timestamp>,
    /// The rulebook and its amendments, the one in force last.
    pub rulebooks: Vec<Adopted>,
    /// The people.
    pub people: BTreeMap<PersonId, Person>,
    /// The organisations.
    pub organisations: BTreeMap<OrganisationId, Organisation>,
    /// The teams.
    pub teams: BTreeMap<TeamId, Team>,
    /// The stages that have opened, by window.
    pub stages: BTreeMap<StageKey, StageState>,
    /// The objections.
    pub objections: BTreeMap<ObjectionId, Objection>,
    /// The agreements.
    pub agreements: BTreeMap<TeamId, Agreed>,
    /// What was erased outside the record.
    pub erased: BTreeSet<Sealed>,
}

/// What a handler needs of the event's envelope.
#[derive(Clone, Copy)]
struct Context<'a> {
    at: Timestamp,
    by: &'a By,
}

impl State {
    /// Folds all of `events`.
    pub fn replay<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Result<Self, Inconsistent> {
        let mut state = Self::default();
        events.into_iter().try_for_each(|event| state.apply(event))?;
        Ok(state)
    }

    /// Makes one more event true, or says why it cannot have happened. On an error the state is spoilt: apply to a
    /// copy where it must survive.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), Inconsistent> {
        if self.latest.is_some_and(|latest| recorded.at < latest) {
            return Err(Inconsistent::TimeRunsBack);
        }
        let context = Context { at: recorded.at, by: &recorded.by };
        self.authorised(&recorded.by, &recorded.event)?;
        self.latest = Some(recorded.at);
        self.events += 1;
        self.dispatch(context, &recorded.event)
    }

    /// Each event to the file that knows it.
    fn dispatch(&mut self, context: Context<'_>, event: &Event) -> Result<(), Inconsistent> {
        use Event as E;
        match event {
            E::PersonRegistered { .. }
            | E::IdentityResolved { .. }
            | E::RoleGranted { .. }
            | E::TiesDeclared { .. }
            | E::OrganisationRegistered { .. }
            | E::FactsEstablished { .. } => self.apply_directory(event),
            E::RulebookAdopted { .. } | E::RulebookAmended { .. } => self.apply_rules(context, event),
            E::ApplicationStarted { .. }
            | E::MemberInvited { .. }
            | E::MemberConsented { .. }
            | E::DocumentAdded { .. }
            | E::ApplicationSubmitted { .. }
            | E::ApplicationRefused { .. }
            | E::TeamWithdrew { .. }
            | E::SupplementAsked { .. } => self.apply_application(context, event),
            E::StageOpened { key, rulebook, candidates } => self.open_stage(context, key, rulebook, candidates),
            E::PoolCommitted { .. }
            | E::PanelNamed { .. }
            | E::SeedAnnounced { .. }
            | E::SeedFixed { .. }
            | E::PanelSeated { .. }
            | E::SeatDeclined { .. }
            | E::PledgeSigned { .. }
            | E::EvaluatorRecused { .. }
            | E::EvaluatorExcused { .. } => self.apply_panel(context, event),
            E::SheetSealed { .. }
            | E::SheetsChased { .. }
            | E::ReviewExtended { .. }
            | E::SheetsRevealed { .. }
            | E::Measured { .. }
            | E::FindingEntered { .. } => self.apply_stage(context, event),
            E::DecisionProposed { .. }
            | E::DecisionConfirmed { .. }
            | E::NoticeGiven { .. }
            | E::DecisionPublished { .. } => self.apply_deciding(context, event),
            E::ObjectionFiled { .. }
            | E::ReviewersAppointed { .. }
            | E::ObjectionReviewed { .. }
            | E::ObjectionDecided { .. } => self.apply_objection(context, event),
            E::AgreementSigned { .. } | E::AgreementCountersigned { .. } => self.apply_agreement(context, event),
            E::Erased { sealed, because, .. } => self.erase(sealed, because),
        }
    }
}
