//! Eligibility conditions in words: what is checked, as the decision will check it.

use super::{
    page::{Page, say},
    words,
};
use crate::{Country, MemberRole, OrganisationCondition, TeamCondition};

pub(super) fn team(page: &Page, condition: &TeamCondition) -> String {
    match condition {
        TeamCondition::Lead(inner) => {
            let inner = organisation(page, inner);
            say!(page, "주관기관: {inner}", "the lead: {inner}")
        }
        TeamCondition::EveryMember(inner) => {
            let inner = organisation(page, inner);
            say!(page, "모든 기관: {inner}", "every organisation: {inner}")
        }
        TeamCondition::AnyMember(inner) => {
            let inner = organisation(page, inner);
            say!(page, "적어도 한 기관: {inner}", "at least one organisation: {inner}")
        }
        TeamCondition::Members { at_least, at_most } => members(page, *at_least, *at_most),
        TeamCondition::CompleteDocuments => {
            say!(page, "필수 서류의 유무, 형식, 분량", "each required document, its format, its length")
        }
        TeamCondition::OneTeamPer(MemberRole::Lead) => {
            say!(page, "같은 기관이 주관하는 신청은 한 접수 기간에 하나", "one application a window for each lead")
        }
        TeamCondition::OneTeamPer(MemberRole::Any) => say!(
            page,
            "같은 기관이 참여하는 신청은 한 접수 기간에 하나",
            "one application a window for each organisation"
        ),
        TeamCondition::AllOf(list) => joined(page, list, team, true),
        TeamCondition::AnyOf(list) => joined(page, list, team, false),
        TeamCondition::Not(inner) => {
            let inner = team(page, inner);
            say!(page, "아님({inner})", "not ({inner})")
        }
    }
}

fn organisation(page: &Page, condition: &OrganisationCondition) -> String {
    match condition {
        OrganisationCondition::EstablishedIn(countries) => {
            let countries = list(countries);
            say!(page, "설립지 {countries}", "established in {countries}")
        }
        OrganisationCondition::ControlledFrom(countries) => {
            let countries = list(countries);
            say!(page, "지배 소재지 {countries}", "controlled from {countries}")
        }
        OrganisationCondition::Kind(kinds) => {
            let kinds: Vec<_> = kinds.iter().map(|kind| words::organisation(page, *kind)).collect();
            let kinds = kinds.join(" / ");
            say!(page, "유형 {kinds}", "kind {kinds}")
        }
        OrganisationCondition::TrainedParametersBillion(count) => {
            let tens = u64::from(*count) * 10;
            say!(
                page,
                "매개변수 {tens}억 개 이상의 모델을 학습한 경험",
                "has trained a model of {count} thousand million parameters or more"
            )
        }
        OrganisationCondition::StudentsTakePart => say!(page, "학생 참여", "students take part"),
        OrganisationCondition::Certificate(id) => {
            say!(page, "마감일에 유효한 인증 {id}", "certificate {id}, valid at the close")
        }
        OrganisationCondition::NotBarred => {
            say!(page, "마감일에 참여제한을 받지 않음", "not barred from public programmes at the close")
        }
        OrganisationCondition::AllOf(list) => joined(page, list, organisation, true),
        OrganisationCondition::AnyOf(list) => joined(page, list, organisation, false),
        OrganisationCondition::Not(inner) => {
            let inner = organisation(page, inner);
            say!(page, "아님({inner})", "not ({inner})")
        }
    }
}

fn joined<C>(page: &Page, list: &[C], one: fn(&Page, &C) -> String, all: bool) -> String {
    let parts: Vec<_> = list.iter().map(|inner| one(page, inner)).collect();
    match all {
        true => parts.join(&say!(page, ", 그리고 ", ", and ")),
        false => format!("({})", parts.join(&say!(page, ", 또는 ", ", or "))),
    }
}

fn list(countries: &std::collections::BTreeSet<Country>) -> String {
    let codes: Vec<_> = countries.iter().map(Country::as_str).collect();
    codes.join(", ")
}

fn members(page: &Page, at_least: Option<u32>, at_most: Option<u32>) -> String {
    match (at_least, at_most) {
        (Some(least), Some(most)) => say!(page, "기관 {least}곳에서 {most}곳", "{least} to {most} organisations"),
        (Some(least), None) => say!(page, "기관 {least}곳 이상", "{least} organisations or more"),
        (None, Some(most)) => say!(page, "기관 {most}곳 이하", "{most} organisations at most"),
        (None, None) => say!(page, "기관 수 제한 없음", "any number of organisations"),
    }
}
