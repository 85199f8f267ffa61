//! Conflicts of interest: a pure query over everything that is known, run at appointment, at scoring and at decision.

use jiff::civil::Date;
use rulebook::{ClockError, Conflicts, LocalDate, TieKind};

use crate::{OrganisationId, Party, PersonId, Role, Tie, state::State, state::Team};

/// One tie that makes a person too close to a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Of what kind.
    pub kind: TieKind,
    /// Whose word it rests on: who declared the tie, or holds the role.
    pub known_from: PersonId,
    /// With whom of the team.
    pub with: Party,
    /// What it is.
    pub what: String,
    /// When it ended, if it has.
    pub ended: Option<Date>,
}

impl std::fmt::Display for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let with = match &self.with {
            Party::Organisation(organisation) => organisation.as_str(),
            Party::Person(person) => person.as_str(),
        };
        let kind = match self.kind {
            TieKind::Money => "money",
            TieKind::Duty => "duty",
            TieKind::Person => "person",
        };
        write!(f, "{kind}: {} with `{with}`", self.what)?;
        match self.ended {
            Some(day) => write!(f, ", ended {day}"),
            None => write!(f, ", not ended"),
        }
    }
}

/// Every tie between `person` and `team` that counts on the day `on`, however it is known: declared by the person, by
/// somebody of the team about the person, or because the person acts for an organisation of the team.
pub fn conflicts(
    state: &State,
    rule: &Conflicts,
    person: &PersonId,
    team: &Team,
    on: Date,
) -> Result<Vec<Conflict>, ClockError> {
    let since = LocalDate(on).years_before(rule.years)?.0;
    let counts =
        |conflict: &Conflict| rule.kinds.contains(&conflict.kind) && conflict.ended.is_none_or(|ended| ended >= since);
    let own = declared(state, person).filter(|tie| touches(state, team, &tie.with));
    let own = own.map(|tie| Conflict::from_tie(person, tie, tie.with.clone()));
    let theirs = people_of(state, team).flat_map(|other| {
        let about = declared(state, other).filter(|tie| tie.with == Party::Person(person.clone()));
        about.map(|tie| Conflict::from_tie(other, tie, Party::Person(other.clone())))
    });
    let acting = organisations_of(state, person).filter(|organisation| team.members.contains_key(*organisation));
    let acting = acting.map(|organisation| Conflict {
        kind: TieKind::Duty,
        known_from: person.clone(),
        with: Party::Organisation(organisation.clone()),
        what: "acts for it".to_owned(),
        ended: None,
    });
    Ok(own.chain(theirs).chain(acting).filter(counts).collect())
}

impl Conflict {
    fn from_tie(known_from: &PersonId, tie: &Tie, with: Party) -> Self {
        Self { kind: tie.kind, known_from: known_from.clone(), with, what: tie.what.clone(), ended: tie.ended }
    }
}

fn declared<'a>(state: &'a State, person: &PersonId) -> impl Iterator<Item = &'a Tie> {
    state.people.get(person).into_iter().flat_map(|person| &person.ties)
}

/// The organisations that a person acts for.
fn organisations_of<'a>(state: &'a State, person: &PersonId) -> impl Iterator<Item = &'a OrganisationId> {
    let roles = state.people.get(person).into_iter().flat_map(|person| &person.roles);
    roles.filter_map(|role| match role {
        Role::Applicant { organisation } => Some(organisation),
        _ => None,
    })
}

/// The people who act for an organisation of the team.
fn people_of<'a>(state: &'a State, team: &'a Team) -> impl Iterator<Item = &'a PersonId> {
    let acts =
        |person: &PersonId| organisations_of(state, person).any(|organisation| team.members.contains_key(organisation));
    state.people.keys().filter(move |person| acts(person))
}

/// Whether a party is of the team.
fn touches(state: &State, team: &Team, party: &Party) -> bool {
    match party {
        Party::Organisation(organisation) => team.members.contains_key(organisation),
        Party::Person(person) => people_of(state, team).any(|other| other == person),
    }
}
