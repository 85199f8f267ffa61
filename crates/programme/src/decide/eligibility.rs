//! Eligibility: whether a team meets each rule, in a logic of three values.
//!
//! What is not known is a [`Gap::Unknown`]; it is never held against a team, nor for it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rulebook::{DocumentKind, MemberRole, Rulebook, Stage, TeamCondition};

use super::{
    Clause, Draft, documents, organisation, standing,
    truth::{Finding, Truth},
};
use crate::{ApplicationFacts, Decision, Facts, Gap, OrganisationFacts, OrganisationId, Reason, StepKind, TeamId};

/// Keeps every team that stands and meets every rule.
pub(super) fn decide(rulebook: &Rulebook, stage: &Stage, facts: &Facts) -> Result<Decision, Vec<Gap>> {
    let mut gaps = Vec::new();
    let field = Field::of(rulebook, facts, &mut gaps);
    let mut draft = Draft::new(stage, facts);
    for rule in &rulebook.eligibility {
        let clause = Clause::Rule(&rule.id).to_string();
        let mut failed = BTreeSet::new();
        for (team, application) in &field.applications {
            let finding = field.judge(&rule.require, team, application);
            match finding.truth {
                Truth::Met => {}
                Truth::NotMet => {
                    failed.insert((*team).clone());
                    let because = finding.statements.into_iter().collect::<Vec<_>>().join("; ");
                    draft.hold(team, Reason::NotEligible { clause: clause.clone(), because });
                }
                Truth::Unknown => gaps.extend(finding.statements.into_iter().map(|unknown| Gap::Unknown {
                    rule: rule.id.clone(),
                    team: (*team).clone(),
                    unknown,
                })),
            }
        }
        draft.step(clause, StepKind::Checked { failed });
    }
    if gaps.is_empty() { Ok(draft.finish()) } else { Err(gaps) }
}

/// The applications of a window beside each other.
struct Field<'a> {
    documents: &'a [DocumentKind],
    as_of: Option<Date>,
    applications: BTreeMap<&'a TeamId, &'a ApplicationFacts>,
    /// The teams that an organisation leads, and those it stands in.
    leads: BTreeMap<&'a OrganisationId, BTreeSet<&'a TeamId>>,
    stands_in: BTreeMap<&'a OrganisationId, BTreeSet<&'a TeamId>>,
}

impl<'a> Field<'a> {
    fn of(rulebook: &'a Rulebook, facts: &'a Facts, gaps: &mut Vec<Gap>) -> Self {
        let mut field = Self {
            documents: &rulebook.application.documents,
            as_of: facts.as_of,
            applications: BTreeMap::new(),
            leads: BTreeMap::new(),
            stands_in: BTreeMap::new(),
        };
        for team in standing(facts) {
            let Some(application) = facts.applications.get(team) else {
                gaps.push(Gap::NoApplication { team: team.clone() });
                continue;
            };
            field.applications.insert(team, application);
            field.leads.entry(&application.lead).or_default().insert(team);
            for organisation in organisations(application) {
                field.stands_in.entry(organisation).or_default().insert(team);
            }
        }
        field
    }

    fn judge(&self, condition: &TeamCondition, team: &TeamId, application: &ApplicationFacts) -> Finding {
        let member = |condition, organisation: &OrganisationId| {
            let unknown = OrganisationFacts::default();
            let facts = application.members.get(organisation);
            let of = organisation::Subject {
                organisation,
                facts: facts.unwrap_or(&unknown),
                listed: facts.is_some(),
                as_of: self.as_of,
            };
            of.judge(condition)
        };
        match condition {
            TeamCondition::Lead(condition) => member(condition, &application.lead),
            TeamCondition::EveryMember(condition) => {
                Finding::all(organisations(application).into_iter().map(|organisation| member(condition, organisation)))
            }
            TeamCondition::AnyMember(condition) => {
                Finding::any(organisations(application).into_iter().map(|organisation| member(condition, organisation)))
            }
            TeamCondition::Members { at_least, at_most } => members(*at_least, *at_most, application),
            TeamCondition::CompleteDocuments => documents::complete(self.documents, &application.documents),
            TeamCondition::OneTeamPer(role) => self.one_team_per(*role, team, application),
            TeamCondition::AllOf(parts) => Finding::all(parts.iter().map(|part| self.judge(part, team, application))),
            TeamCondition::AnyOf(parts) => Finding::any(parts.iter().map(|part| self.judge(part, team, application))),
            TeamCondition::Not(part) => self.judge(part, team, application).opposite(),
        }
    }

    /// The lead leads no other team, or no organisation of the team stands in another. A team that withdrew does not
    /// count: withdrawing is how an organisation puts this right.
    fn one_team_per(&self, role: MemberRole, team: &TeamId, application: &ApplicationFacts) -> Finding {
        let (verb, index, own) = match role {
            MemberRole::Lead => ("leads", &self.leads, [&application.lead].into()),
            MemberRole::Any => ("stands in", &self.stands_in, organisations(application)),
        };
        let mut statements = BTreeSet::new();
        for organisation in own {
            let others = index.get(organisation).into_iter().flatten().filter(|other| **other != team);
            statements.extend(others.map(|other| format!("`{organisation}` also {verb} team `{other}`")));
        }
        if statements.is_empty() {
            return Finding::known(true, format!("nobody who {verb} the team {verb} another"));
        }
        Finding { truth: Truth::NotMet, statements }
    }
}

/// The organisations of a team, the lead included.
fn organisations(application: &ApplicationFacts) -> BTreeSet<&OrganisationId> {
    application.members.keys().chain([&application.lead]).collect()
}

fn members(at_least: Option<u32>, at_most: Option<u32>, application: &ApplicationFacts) -> Finding {
    let count = u32::try_from(organisations(application).len()).unwrap_or(u32::MAX);
    let enough = at_least.is_none_or(|least| count >= least);
    let not_too_many = at_most.is_none_or(|most| count <= most);
    Finding::known(enough && not_too_many, format!("the number of organisations is {count}"))
}
