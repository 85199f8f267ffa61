//! Making people and organisations.

use office::{Actor, Candidate, Command, Made};
use programme::{OrganisationId, PersonId, Role, Tie};

use super::{Entrant, World};

impl World {
    /// A person of whom only an address is known.
    pub(crate) fn stranger(&self, name: &str) -> PersonId {
        let contact = "nobody@test.invalid".to_owned();
        match self.as_officer(Command::RegisterPerson { name: name.to_owned(), contact }).unwrap().made {
            Some(Made::Person(person)) => person,
            made => panic!("no person was made: {made:?}"),
        }
    }

    /// A person whose identity is resolved.
    pub(crate) fn person(&self, name: &str) -> PersonId {
        let person = self.stranger(name);
        let method = "face to face".to_owned();
        self.as_officer(Command::ResolveIdentity { person: person.clone(), method }).unwrap();
        person
    }

    /// A person whose identity is resolved and who declared these ties.
    pub(crate) fn person_with(&self, name: &str, ties: Vec<Tie>) -> PersonId {
        let person = self.person(name);
        self.as_officer(Command::DeclareTies { person: person.clone(), ties }).unwrap();
        person
    }

    pub(crate) fn organisation(&self, name: &str) -> OrganisationId {
        match self.as_officer(Command::RegisterOrganisation { name: name.to_owned() }).unwrap().made {
            Some(Made::Organisation(organisation)) => organisation,
            made => panic!("no organisation was made: {made:?}"),
        }
    }

    pub(crate) fn grant(&self, person: &PersonId, role: Role) {
        self.as_officer(Command::GrantRole { person: person.clone(), role }).unwrap();
    }

    /// Somebody who acts for an organisation.
    pub(crate) fn acts_for(&self, organisation: &OrganisationId, name: &str) -> PersonId {
        let person = self.person(name);
        self.grant(&person, Role::Applicant { organisation: organisation.clone() });
        person
    }

    /// A candidate evaluator of an institute of their own.
    pub(crate) fn candidate(&self, name: &str, ties: Vec<Tie>) -> Candidate {
        let organisation = self.organisation(&format!("Institute of {name}"));
        Candidate { person: self.person_with(name, ties), organisation, field: None }
    }

    /// A team that has begun, and whose member has been invited and has not answered.
    pub(crate) fn begin(&self, name: &str) -> Entrant {
        let lead = self.organisation(&format!("Lead of {name}"));
        let member = self.organisation(&format!("Member of {name}"));
        let applicant = self.acts_for(&lead, &format!("Applicant of {name}"));
        let dean = self.acts_for(&member, &format!("Dean of {name}"));
        let actor = Actor::Applicant(applicant.clone());
        let start = Command::StartApplication { name: name.to_owned(), lead: lead.clone() };
        let team = match self.ask(&actor, start).unwrap().made {
            Some(Made::Team(team)) => team,
            made => panic!("no team was made: {made:?}"),
        };
        let invite = Command::InviteMember { team: team.clone(), organisation: member.clone() };
        self.ask(&actor, invite).unwrap();
        Entrant { team, lead, member, applicant, dean }
    }

    /// A team that is complete and has not submitted.
    pub(crate) fn complete(&mut self, name: &str) -> usize {
        let entrant = self.begin(name);
        let consent = Command::Consent { team: entrant.team.clone(), organisation: entrant.member.clone() };
        self.ask(&Actor::Applicant(entrant.dean.clone()), consent).unwrap();
        self.teams.push(entrant);
        let team = self.teams.len() - 1;
        self.as_applicant(team, self.plan(team)).unwrap();
        team
    }
}
