//! Authority: who may cause which event.
//!
//! The office asks the same before it writes. It is asked again here because a record that somebody else wrote is
//! replayed by this code alone: an event by a role that cannot cause it has not happened.

use super::{Inconsistent, State};
use crate::{By, EvaluatorId, Event, OrganisationId, PersonId, Role, StageKey, TeamId};

/// The most officers that seat themselves: the two founders, before whom there is nobody.
const FOUNDERS: usize = 2;

/// Who may cause an event.
enum Who<'a> {
    /// An officer.
    Officer,
    /// An officer with this officer beside them.
    Officers(&'a PersonId),
    /// One who needs a second officer and names none: only a founder, before there are two.
    Founder,
    /// An officer, or this person about themselves.
    OfficerOr(&'a PersonId),
    /// Whoever acts for the organisation.
    Organisation(&'a OrganisationId),
    /// Whoever acts for the lead of the team.
    Lead(&'a TeamId),
    /// An evaluator with a seat in the stage.
    Seat(&'a StageKey),
    /// This evaluator, with a seat in the stage.
    This(&'a StageKey, &'a EvaluatorId),
    /// A reviewer.
    Reviewer,
}

/// The table: every event, and who may cause it.
fn who(event: &Event) -> Who<'_> {
    use Event as E;
    match event {
        E::PersonRegistered { .. }
        | E::IdentityResolved { .. }
        | E::OrganisationRegistered { .. }
        | E::FactsEstablished { .. }
        | E::SupplementAsked { .. }
        | E::StageOpened { .. }
        | E::PoolCommitted { .. }
        | E::SeedAnnounced { .. }
        | E::SeedFixed { .. }
        | E::PanelSeated { .. }
        | E::SheetsChased { .. }
        | E::SheetsRevealed { .. }
        | E::Measured { .. }
        | E::DecisionProposed { .. }
        | E::DecisionConfirmed { .. }
        | E::NoticeGiven { .. }
        | E::DecisionPublished { .. }
        | E::ReviewersAppointed { .. }
        | E::ObjectionDecided { .. }
        | E::AgreementCountersigned { .. } => Who::Officer,
        E::RoleGranted { role: Role::Officer, second: None, .. } => Who::Founder,
        E::RoleGranted { second: Some(second), .. } => Who::Officers(second),
        E::RoleGranted { second: None, .. } => Who::Officer,
        E::TiesDeclared { person, .. } => Who::OfficerOr(person),
        E::RulebookAdopted { second, .. }
        | E::RulebookAmended { second, .. }
        | E::PanelNamed { second, .. }
        | E::EvaluatorExcused { second, .. }
        | E::ReviewExtended { second, .. }
        | E::FindingEntered { second, .. }
        | E::Erased { second, .. } => Who::Officers(second),
        E::ApplicationStarted { lead, .. } => Who::Organisation(lead),
        E::MemberConsented { organisation, .. } => Who::Organisation(organisation),
        E::MemberInvited { team, .. }
        | E::DocumentAdded { team, .. }
        | E::ApplicationSubmitted { team }
        | E::ApplicationRefused { team, .. }
        | E::TeamWithdrew { team }
        | E::ObjectionFiled { team, .. }
        | E::AgreementSigned { team, .. } => Who::Lead(team),
        E::PledgeSigned { key } | E::SheetSealed { key, .. } => Who::Seat(key),
        E::SeatDeclined { key, evaluator, .. } | E::EvaluatorRecused { key, evaluator, .. } => {
            Who::This(key, evaluator)
        }
        E::ObjectionReviewed { .. } => Who::Reviewer,
    }
}

impl State {
    /// Whether `by` may cause the event.
    pub(super) fn authorised(&self, by: &By, event: &Event) -> Result<(), Inconsistent> {
        if self.founds(by, event) {
            return Ok(());
        }
        let allowed = match (who(event), by) {
            (Who::Officer | Who::OfficerOr(_), By::Officer(person)) => self.holds(person, &Role::Officer),
            (Who::Officers(second), By::Officer(first)) if first == second => {
                return Err(Inconsistent::OneOfficer(first.clone()));
            }
            (Who::Officers(second), By::Officer(first)) => {
                self.holds(first, &Role::Officer) && self.holds(second, &Role::Officer)
            }
            (Who::Founder, By::Officer(alone)) => return Err(Inconsistent::OneOfficer(alone.clone())),
            (Who::OfficerOr(person), By::Applicant(own) | By::Reviewer(own) | By::Person(own)) => own == person,
            (Who::Organisation(organisation), By::Applicant(person)) => self.acts_for(person, organisation),
            (Who::Lead(team), By::Applicant(person)) => self.acts_for(person, &self.team(team)?.lead),
            (Who::Seat(key), By::Evaluator(evaluator)) => self.is_seated(key, evaluator).map(|_| true)?,
            (Who::This(key, named), By::Evaluator(evaluator)) if named == evaluator => {
                self.is_seated(key, evaluator).map(|_| true)?
            }
            (Who::Reviewer, By::Reviewer(person)) => self.holds(person, &Role::Reviewer),
            _ => false,
        };
        if allowed { Ok(()) } else { Err(Inconsistent::NotTheirs { who: by.to_string() }) }
    }

    /// Whether this is a founder who seats themselves: while there are fewer officers than founders, and only that.
    fn founds(&self, by: &By, event: &Event) -> bool {
        let (Event::PersonRegistered { person, .. }
        | Event::IdentityResolved { person, .. }
        | Event::RoleGranted { person, role: Role::Officer, second: None }) = event
        else {
            return false;
        };
        let officers = self.people.values().filter(|known| known.roles.contains(&Role::Officer)).count();
        officers < FOUNDERS && *by == By::Officer(person.clone())
    }

    fn holds(&self, person: &PersonId, role: &Role) -> bool {
        self.people.get(person).is_some_and(|known| known.roles.contains(role))
    }

    fn acts_for(&self, person: &PersonId, organisation: &OrganisationId) -> bool {
        self.holds(person, &Role::Applicant { organisation: organisation.clone() })
    }
}
