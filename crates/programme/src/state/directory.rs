//! People and organisations.

use std::collections::BTreeSet;

use super::{Inconsistent, State};
use crate::{Event, OrganisationFacts, OrganisationId, PersonId, Role, Sealed, Tie};

/// A person, as far as the record knows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Name and address, sealed.
    pub profile: Sealed,
    /// How it was proven who the person is; nobody unproven is appointed.
    pub identity: Option<String>,
    /// The roles.
    pub roles: BTreeSet<Role>,
    /// The ties that the person declared.
    pub ties: Vec<Tie>,
    /// Whether the person declared ties at all; none declared is not none.
    pub declared: bool,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its name.
    pub name: String,
    /// What is established about it.
    pub facts: OrganisationFacts,
}

impl State {
    /// The person called this.
    pub fn person(&self, person: &PersonId) -> Result<&Person, Inconsistent> {
        self.people.get(person).ok_or_else(|| Inconsistent::unknown("person", person))
    }

    fn person_mut(&mut self, person: &PersonId) -> Result<&mut Person, Inconsistent> {
        self.people.get_mut(person).ok_or_else(|| Inconsistent::unknown("person", person))
    }

    /// The organisation called this.
    pub fn organisation(&self, organisation: &OrganisationId) -> Result<&Organisation, Inconsistent> {
        self.organisations.get(organisation).ok_or_else(|| Inconsistent::unknown("organisation", organisation))
    }

    pub(super) fn apply_directory(&mut self, event: &Event) -> Result<(), Inconsistent> {
        match event {
            Event::PersonRegistered { person, profile } => self.register_person(person, profile),
            Event::IdentityResolved { person, method } => {
                self.person_mut(person)?.identity = Some(method.clone());
                Ok(())
            }
            Event::RoleGranted { person, role, .. } => self.grant(person, role),
            Event::TiesDeclared { person, ties } => {
                let person = self.person_mut(person)?;
                // What was declared once stays declared: nobody talks a tie away.
                let new: Vec<_> = ties.iter().filter(|tie| !person.ties.contains(tie)).cloned().collect();
                person.ties.extend(new);
                person.declared = true;
                Ok(())
            }
            Event::OrganisationRegistered { organisation, name } => self.register_organisation(organisation, name),
            Event::FactsEstablished { organisation, facts, .. } => {
                let known = self.organisations.get_mut(organisation);
                known.ok_or_else(|| Inconsistent::unknown("organisation", organisation))?.facts = facts.clone();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn register_person(&mut self, person: &PersonId, profile: &Sealed) -> Result<(), Inconsistent> {
        let new = Person {
            profile: profile.clone(),
            identity: None,
            roles: BTreeSet::new(),
            ties: Vec::new(),
            declared: false,
        };
        match self.people.insert(person.clone(), new) {
            Some(_) => Err(Inconsistent::twice("person", person)),
            None => Ok(()),
        }
    }

    fn grant(&mut self, person: &PersonId, role: &Role) -> Result<(), Inconsistent> {
        if let Role::Applicant { organisation } = role {
            self.organisation(organisation)?;
        }
        let roles = &mut self.person_mut(person)?.roles;
        roles.insert(role.clone());
        // Whoever decides about teams does not apply for one, and whoever looks on does not take part.
        let runs = roles.contains(&Role::Officer);
        let looks_on = roles.contains(&Role::Auditor);
        let applies = roles.iter().any(|role| matches!(role, Role::Applicant { .. }));
        if u8::from(runs) + u8::from(looks_on) + u8::from(applies) > 1 {
            return Err(Inconsistent::RolesClash(person.clone()));
        }
        Ok(())
    }

    fn register_organisation(&mut self, organisation: &OrganisationId, name: &str) -> Result<(), Inconsistent> {
        let new = Organisation { name: name.to_owned(), facts: OrganisationFacts::default() };
        match self.organisations.insert(organisation.clone(), new) {
            Some(_) => Err(Inconsistent::twice("organisation", organisation)),
            None => Ok(()),
        }
    }
}
