//! Conditions on one organisation.

use jiff::civil::Date;
use rulebook::{Country, Id, OrganisationCondition, OrganisationKind};

use super::truth::Finding;
use crate::{OrganisationFacts, OrganisationId};

/// An organisation and what is known of it on the day of judgement.
pub(super) struct Subject<'a> {
    pub(super) organisation: &'a OrganisationId,
    pub(super) facts: &'a OrganisationFacts,
    /// Whether it is listed at all; an organisation that is not may hold certificates that nobody wrote down.
    pub(super) listed: bool,
    pub(super) as_of: Option<Date>,
}

impl Subject<'_> {
    pub(super) fn judge(&self, condition: &OrganisationCondition) -> Finding {
        let (who, facts) = (self.organisation, self.facts);
        match condition {
            OrganisationCondition::EstablishedIn(countries) => Finding::about(
                facts.established_in.as_ref(),
                |country| countries.contains(*country),
                |country| format!("`{who}` is established in {}", country.as_str()),
                || format!("where `{who}` is established"),
            ),
            OrganisationCondition::ControlledFrom(countries) => Finding::about(
                facts.controlled_from.as_ref(),
                |country: &&Country| countries.contains(*country),
                |country| format!("`{who}` is controlled from {}", country.as_str()),
                || format!("from where `{who}` is controlled"),
            ),
            OrganisationCondition::Kind(kinds) => Finding::about(
                facts.kind,
                |kind| kinds.contains(kind),
                |kind| format!("`{who}` is {}", noun(*kind)),
                || format!("the kind of organisation of `{who}`"),
            ),
            OrganisationCondition::TrainedParametersBillion(fewest) => Finding::about(
                facts.trained_parameters_billion,
                |trained| trained >= fewest,
                |trained| format!("the largest model that `{who}` trained has {trained} billion parameters"),
                || format!("the largest model that `{who}` trained"),
            ),
            OrganisationCondition::StudentsTakePart => Finding::about(
                facts.students_take_part,
                |take_part| *take_part,
                |take_part| format!("students {} part at `{who}`", if *take_part { "take" } else { "do not take" }),
                || format!("whether students take part at `{who}`"),
            ),
            OrganisationCondition::Certificate(id) => self.certificate(id),
            OrganisationCondition::NotBarred => Finding::about(
                facts.barred,
                |barred| !barred,
                |barred| format!("`{who}` is {}barred from public programmes", if *barred { "" } else { "not " }),
                || format!("whether `{who}` is barred from public programmes"),
            ),
            OrganisationCondition::AllOf(parts) => Finding::all(parts.iter().map(|part| self.judge(part))),
            OrganisationCondition::AnyOf(parts) => Finding::any(parts.iter().map(|part| self.judge(part))),
            OrganisationCondition::Not(part) => self.judge(part).opposite(),
        }
    }

    /// A certificate holds on its last valid day. One that is not written down of a listed organisation is not held.
    fn certificate(&self, id: &Id) -> Finding {
        let who = self.organisation;
        match (self.facts.certificates.get(id), self.as_of) {
            (None, _) if self.listed => Finding::known(false, format!("`{who}` holds no certificate `{id}`")),
            (None, _) => Finding::unknown(format!("which certificates `{who}` holds")),
            (Some(_), None) => Finding::unknown("the day on which eligibility is judged".to_owned()),
            (Some(last), Some(day)) => {
                Finding::known(*last >= day, format!("certificate `{id}` of `{who}` is valid until {last}"))
            }
        }
    }
}

fn noun(kind: OrganisationKind) -> &'static str {
    match kind {
        OrganisationKind::LargeFirm => "a large firm",
        OrganisationKind::MidFirm => "a firm of middle size",
        OrganisationKind::SmallFirm => "a small firm or start-up",
        OrganisationKind::University => "a university",
        OrganisationKind::ResearchInstitute => "a public research institute",
        OrganisationKind::Other => "neither a firm, a university nor a public research institute",
    }
}
