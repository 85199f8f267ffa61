//! Eligibility, read out slowly: first whether a condition is met, then, apart from it, why.

use std::collections::BTreeSet;

use programme::{
    ApplicationFacts, Decision, DocumentFacts, Gap, OrganisationFacts, OrganisationId, Reason, Step, StepKind, TeamId,
    Undecided,
};
use rulebook::{DocumentKind, Format, MemberRole, OrganisationCondition, OrganisationKind, Stage, TeamCondition};

use crate::model::{Model, undecided};

/// Met, not met or, where it is nothing, not known.
type Truth = Option<bool>;

pub(crate) fn decide(model: &Model<'_>, stage: &Stage) -> Result<Decision, Undecided> {
    let (mut teams, mut steps) = model.everybody(stage);
    let mut gaps = Vec::new();
    for team in model.standing() {
        if !model.facts.applications.contains_key(team) {
            gaps.push(Gap::NoApplication { team: team.clone() });
        }
    }
    for rule in &model.rulebook.eligibility {
        let clause = format!("eligibility.{}", rule.id);
        let mut failed = BTreeSet::new();
        for team in model.standing() {
            let Some(application) = model.facts.applications.get(team) else { continue };
            let case = Case { model, team, application };
            let why = case.why(&rule.require);
            match case.is_met(&rule.require) {
                Some(true) => {}
                Some(false) => {
                    failed.insert(team.clone());
                    let because = why.into_iter().collect::<Vec<_>>().join("; ");
                    let reason = Reason::NotEligible { clause: clause.clone(), because };
                    teams.get_mut(team).unwrap().reasons.push(reason);
                }
                None => {
                    for unknown in why {
                        gaps.push(Gap::Unknown { rule: rule.id.clone(), team: team.clone(), unknown });
                    }
                }
            }
        }
        steps.push(Step { clause, did: StepKind::Checked { failed } });
    }
    if gaps.is_empty() { Ok(model.finished(teams, vec![], vec![], steps)) } else { Err(undecided(gaps)) }
}

fn all(parts: &[Truth]) -> Truth {
    if parts.contains(&Some(false)) {
        Some(false)
    } else if parts.contains(&None) {
        None
    } else {
        Some(true)
    }
}

fn any(parts: &[Truth]) -> Truth {
    if parts.contains(&Some(true)) {
        Some(true)
    } else if parts.contains(&None) {
        None
    } else {
        Some(false)
    }
}

/// One team's application.
struct Case<'a> {
    model: &'a Model<'a>,
    team: &'a TeamId,
    application: &'a ApplicationFacts,
}

/// The parts of a condition whose truth is the whole's explain it.
fn explain<T>(
    parts: Vec<T>,
    whole: Truth,
    truth: impl Fn(&T) -> Truth,
    why: impl Fn(&T) -> BTreeSet<String>,
) -> BTreeSet<String> {
    parts.iter().filter(|part| truth(part) == whole).flat_map(why).collect()
}

impl Case<'_> {
    fn organisations(application: &ApplicationFacts) -> Vec<&OrganisationId> {
        let mut all: BTreeSet<&OrganisationId> = application.members.keys().collect();
        all.insert(&application.lead);
        all.into_iter().collect()
    }

    fn is_met(&self, condition: &TeamCondition) -> Truth {
        let members = Self::organisations(self.application);
        let of_members = |condition| members.iter().map(|who| self.meets(who, condition)).collect::<Vec<_>>();
        let of_parts = |parts: &[TeamCondition]| parts.iter().map(|part| self.is_met(part)).collect::<Vec<_>>();
        let (name, truth) = match condition {
            TeamCondition::Lead(condition) => ("lead", self.meets(&self.application.lead, condition)),
            TeamCondition::EveryMember(condition) => ("every-member", all(&of_members(condition))),
            TeamCondition::AnyMember(condition) => ("any-member", any(&of_members(condition))),
            TeamCondition::Members { at_least, at_most } => {
                let count = members.len() as u32;
                let enough = at_least.is_none_or(|least| count >= least);
                ("members", Some(enough && at_most.is_none_or(|most| count <= most)))
            }
            TeamCondition::CompleteDocuments => {
                let required: Vec<Truth> = self.required().map(|kind| self.is_there(kind)).collect();
                ("complete-documents", all(&required))
            }
            TeamCondition::OneTeamPer(role) => {
                let name = if *role == MemberRole::Lead { "one-team-per/lead" } else { "one-team-per/any" };
                (name, Some(self.elsewhere(*role).is_empty()))
            }
            TeamCondition::AllOf(parts) => ("all-of", all(&of_parts(parts))),
            TeamCondition::AnyOf(parts) => ("any-of", any(&of_parts(parts))),
            TeamCondition::Not(part) => ("not", self.is_met(part).map(|met| !met)),
        };
        self.hit("team", name, truth)
    }

    fn why(&self, condition: &TeamCondition) -> BTreeSet<String> {
        let members = Self::organisations(self.application);
        match condition {
            TeamCondition::Lead(condition) => self.why_organisation(&self.application.lead, condition),
            TeamCondition::EveryMember(each) | TeamCondition::AnyMember(each) => explain(
                members,
                self.is_met(condition),
                |who| self.meets(who, each),
                |who| self.why_organisation(who, each),
            ),
            TeamCondition::Members { .. } => [format!("the number of organisations is {}", members.len())].into(),
            TeamCondition::CompleteDocuments => explain(
                self.required().collect(),
                self.is_met(condition),
                |kind| self.is_there(kind),
                |kind| self.why_document(kind),
            ),
            TeamCondition::OneTeamPer(role) => {
                let verb = if *role == MemberRole::Lead { "leads" } else { "stands in" };
                let elsewhere = self.elsewhere(*role);
                if elsewhere.is_empty() {
                    return [format!("nobody who {verb} the team {verb} another")].into();
                }
                elsewhere.into_iter().map(|(who, team)| format!("`{who}` also {verb} team `{team}`")).collect()
            }
            TeamCondition::AllOf(parts) | TeamCondition::AnyOf(parts) => {
                explain(parts.iter().collect(), self.is_met(condition), |part| self.is_met(part), |part| self.why(part))
            }
            TeamCondition::Not(part) => self.why(part),
        }
    }

    /// Which of the team's organisations stand, or lead, in which other team that has not withdrawn.
    fn elsewhere(&self, role: MemberRole) -> Vec<(OrganisationId, TeamId)> {
        fn stand(application: &ApplicationFacts, role: MemberRole) -> Vec<&OrganisationId> {
            match role {
                MemberRole::Lead => vec![&application.lead],
                MemberRole::Any => Case::organisations(application),
            }
        }
        let mut found = Vec::new();
        for other in self.model.standing().into_iter().filter(|other| *other != self.team) {
            let Some(theirs) = self.model.facts.applications.get(other) else { continue };
            for who in stand(self.application, role) {
                if stand(theirs, role).contains(&who) {
                    found.push((who.clone(), other.clone()));
                }
            }
        }
        found
    }

    fn hit(&self, kind: &str, name: &str, truth: Truth) -> Truth {
        let side = match truth {
            Some(true) => "met",
            Some(false) => "not met",
            None => "unknown",
        };
        self.model.hit(format!("{kind} condition {name}: {side}"));
        truth
    }
}

// ------------------------------------------------------------------ documents

impl Case<'_> {
    fn required(&self) -> impl Iterator<Item = &DocumentKind> {
        self.model.rulebook.application.documents.iter().filter(|kind| kind.required)
    }

    fn copies(&self, kind: &DocumentKind) -> Vec<&DocumentFacts> {
        self.application.documents.iter().filter(|copy| copy.kind == kind.id).collect()
    }

    fn is_there(&self, kind: &DocumentKind) -> Truth {
        any(&self.copies(kind).into_iter().map(|copy| is_taken(kind, copy)).collect::<Vec<_>>())
    }

    fn why_document(&self, kind: &DocumentKind) -> BTreeSet<String> {
        let id = &kind.id;
        if self.copies(kind).is_empty() {
            return [format!("document `{id}` is missing")].into();
        }
        let say = |copy: &&DocumentFacts| {
            let statement = match (kind.formats.contains(&copy.format), kind.max_pages, copy.pages) {
                (true, Some(_), None) => format!("how many pages document `{id}` has"),
                (true, Some(most), Some(pages)) => format!("document `{id}` has {pages} pages, and {most} are taken"),
                _ => format!("document `{id}` is {}", format_noun(copy.format)),
            };
            BTreeSet::from([statement])
        };
        explain(self.copies(kind), self.is_there(kind), |copy| is_taken(kind, copy), say)
    }
}

fn is_taken(kind: &DocumentKind, copy: &DocumentFacts) -> Truth {
    if !kind.formats.contains(&copy.format) {
        return Some(false);
    }
    match kind.max_pages {
        None => Some(true),
        Some(most) => copy.pages.map(|pages| pages <= most),
    }
}

fn format_noun(format: Format) -> &'static str {
    match format {
        Format::Pdf => "a PDF file",
        Format::Hwpx => "an HWPX file",
        Format::Odt => "an ODT file",
        Format::Csv => "a CSV file",
        Format::Json => "a JSON file",
        Format::Text => "a plain text file",
    }
}

// ------------------------------------------------------------------ organisations

impl Case<'_> {
    fn known(&self, who: &OrganisationId) -> OrganisationFacts {
        self.application.members.get(who).cloned().unwrap_or_default()
    }

    fn meets(&self, who: &OrganisationId, condition: &OrganisationCondition) -> Truth {
        let known = self.known(who);
        let of_parts =
            |parts: &[OrganisationCondition]| parts.iter().map(|part| self.meets(who, part)).collect::<Vec<_>>();
        let (name, truth) = match condition {
            OrganisationCondition::EstablishedIn(countries) => {
                ("established-in", known.established_in.map(|country| countries.contains(&country)))
            }
            OrganisationCondition::ControlledFrom(countries) => {
                ("controlled-from", known.controlled_from.map(|country| countries.contains(&country)))
            }
            OrganisationCondition::Kind(kinds) => ("kind", known.kind.map(|kind| kinds.contains(&kind))),
            OrganisationCondition::TrainedParametersBillion(fewest) => {
                ("trained-parameters", known.trained_parameters_billion.map(|trained| trained >= *fewest))
            }
            OrganisationCondition::StudentsTakePart => ("students", known.students_take_part),
            OrganisationCondition::NotBarred => ("not-barred", known.barred.map(|barred| !barred)),
            OrganisationCondition::Certificate(id) => {
                let listed = self.application.members.contains_key(who);
                let truth = match (known.certificates.get(id), self.model.facts.as_of) {
                    (Some(last), Some(day)) => Some(self.model.rules.certificate_holds(*last, day)),
                    (Some(_), None) => None,
                    (None, _) => listed.then_some(false),
                };
                ("certificate", truth)
            }
            OrganisationCondition::AllOf(parts) => ("all-of", all(&of_parts(parts))),
            OrganisationCondition::AnyOf(parts) => ("any-of", any(&of_parts(parts))),
            OrganisationCondition::Not(part) => ("not", self.meets(who, part).map(|met| !met)),
        };
        self.hit("organisation", name, truth).or(self.model.rules.unknown())
    }

    fn why_organisation(&self, who: &OrganisationId, condition: &OrganisationCondition) -> BTreeSet<String> {
        let known = self.known(who);
        let say = |known: Option<String>, unknown: String| BTreeSet::from([known.unwrap_or(unknown)]);
        match condition {
            OrganisationCondition::EstablishedIn(_) => say(
                known.established_in.map(|country| format!("`{who}` is established in {}", country.as_str())),
                format!("where `{who}` is established"),
            ),
            OrganisationCondition::ControlledFrom(_) => say(
                known.controlled_from.map(|country| format!("`{who}` is controlled from {}", country.as_str())),
                format!("from where `{who}` is controlled"),
            ),
            OrganisationCondition::Kind(_) => say(
                known.kind.map(|kind| format!("`{who}` is {}", kind_noun(kind))),
                format!("the kind of organisation of `{who}`"),
            ),
            OrganisationCondition::TrainedParametersBillion(_) => say(
                known
                    .trained_parameters_billion
                    .map(|trained| format!("the largest model that `{who}` trained has {trained} billion parameters")),
                format!("the largest model that `{who}` trained"),
            ),
            OrganisationCondition::StudentsTakePart => say(
                known.students_take_part.map(|they_do| match they_do {
                    true => format!("students take part at `{who}`"),
                    false => format!("students do not take part at `{who}`"),
                }),
                format!("whether students take part at `{who}`"),
            ),
            OrganisationCondition::NotBarred => say(
                known.barred.map(|barred| match barred {
                    true => format!("`{who}` is barred from public programmes"),
                    false => format!("`{who}` is not barred from public programmes"),
                }),
                format!("whether `{who}` is barred from public programmes"),
            ),
            OrganisationCondition::Certificate(id) => {
                let listed = self.application.members.contains_key(who);
                match (known.certificates.get(id), self.model.facts.as_of) {
                    (Some(last), Some(_)) => [format!("certificate `{id}` of `{who}` is valid until {last}")].into(),
                    (Some(_), None) => ["the day on which eligibility is judged".to_owned()].into(),
                    (None, _) if listed => [format!("`{who}` holds no certificate `{id}`")].into(),
                    (None, _) => [format!("which certificates `{who}` holds")].into(),
                }
            }
            OrganisationCondition::AllOf(parts) | OrganisationCondition::AnyOf(parts) => explain(
                parts.iter().collect(),
                self.meets(who, condition),
                |part| self.meets(who, part),
                |part| self.why_organisation(who, part),
            ),
            OrganisationCondition::Not(part) => self.why_organisation(who, part),
        }
    }
}

fn kind_noun(kind: OrganisationKind) -> &'static str {
    match kind {
        OrganisationKind::LargeFirm => "a large firm",
        OrganisationKind::MidFirm => "a firm of middle size",
        OrganisationKind::SmallFirm => "a small firm or start-up",
        OrganisationKind::University => "a university",
        OrganisationKind::ResearchInstitute => "a public research institute",
        OrganisationKind::Other => "neither a firm, a university nor a public research institute",
    }
}
