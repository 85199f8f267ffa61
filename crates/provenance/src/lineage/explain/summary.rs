//! A report in words.

use serde::Serialize;

use super::words::components;
use crate::Said;
use crate::anatomy::Component;
use crate::lineage::{Comparison, Finding, Report, Tier};

/// A report in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Models that the candidate shares weights or initialisation with, the clearest first.
    pub shared: Vec<Shared>,
    /// Models it was held against.
    pub models: usize,
    /// The sensitivity of the least and of the most sensitive component: mean cosines, the larger first.
    pub sensitivity: Option<(f64, f64)>,
    /// Controls that did not come out as they have to.
    pub failed_controls: usize,
    /// All controls.
    pub controls: usize,
    /// Declared bases that are not in the library, so that nothing was compared with them.
    pub declared_elsewhere: Vec<String>,
    /// Declared bases in the library with which nothing in common was found.
    pub declared_not_found: Vec<String>,
}

/// A model that the candidate shares weights or initialisation with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shared {
    /// Its name.
    pub model: String,
    /// The best tier of the findings.
    pub tier: Tier,
    /// Components of the candidate that depend on it.
    pub components: Vec<Component>,
    /// The least of the adjusted p-values, as log10.
    pub log10_adjusted: f64,
    /// Whether the candidate's card names it as its base.
    pub declared: bool,
}

/// Whether a finding counts: the corroborating ones prove nothing alone.
pub(crate) fn counts(finding: &Finding) -> bool {
    finding.dependent && finding.tier != Tier::Corroborating
}

impl Shared {
    fn of(comparison: &Comparison, declared: &[String]) -> Option<Self> {
        let found: Vec<&Finding> = comparison.findings.iter().filter(|finding| counts(finding)).collect();
        let tier = found.iter().map(|finding| finding.tier).min()?;
        let mut parts: Vec<Component> = found.iter().map(|finding| finding.component).collect();
        parts.sort_unstable();
        parts.dedup();
        let log10_adjusted =
            found.iter().filter_map(|finding| finding.log10_adjusted).fold(0.0_f64, |least, own| least.min(own));
        let model = comparison.model.clone();
        let declared = declared.iter().any(|name| is_same_name(name, &model));
        Some(Self { model, tier, components: parts, log10_adjusted, declared })
    }
}

/// Whether a card's `organisation/model` and a library's name are of one model.
fn is_same_name(declared: &str, model: &str) -> bool {
    let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_lowercase();
    last(declared) == last(model)
}

impl Summary {
    /// Puts a report in short.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let mut shared: Vec<Shared> =
            report.comparisons.iter().filter_map(|comparison| Shared::of(comparison, &report.declared)).collect();
        shared.sort_by(|one, other| one.log10_adjusted.total_cmp(&other.log10_adjusted));
        let cosines = report.sensitivity.iter().map(|one| one.cosine).filter(|cosine| cosine.is_finite());
        let sensitivity = cosines.fold(None, |so_far: Option<(f64, f64)>, own| {
            Some(so_far.map_or((own, own), |(most, least)| (most.max(own), least.min(own))))
        });
        let controls = || report.comparisons.iter().flat_map(|one| &one.findings).flat_map(|finding| &finding.controls);
        let is_in_library = |name: &String| report.library.iter().any(|model| is_same_name(name, &model.name));
        let is_shared = |name: &String| shared.iter().any(|one| is_same_name(name, &one.model));
        let declared = |is_wanted: &dyn Fn(&String) -> bool| -> Vec<String> {
            report.declared.iter().filter(|name| is_wanted(name)).cloned().collect()
        };
        Self {
            models: report.library.len(),
            sensitivity,
            failed_controls: controls().filter(|control| !control.passed).count(),
            controls: controls().count(),
            declared_elsewhere: declared(&|name| !is_in_library(name)),
            declared_not_found: declared(&|name| is_in_library(name) && !is_shared(name)),
            shared,
        }
    }

    /// The summary in words: the finding first, then what belongs to it.
    #[must_use]
    pub fn sentences(&self, candidate: &str) -> Vec<Said> {
        let mut said: Vec<Said> = self.shared.iter().map(|shared| shared.sentence(candidate)).collect();
        let rest = self.models - self.shared.len();
        if rest > 0 || self.models == 0 {
            said.push(self.nothing(rest));
        }
        if self.failed_controls > 0 {
            said.push(Said::made(
                format!(
                    "{} of {} controls did not come out as they have to; findings beside them must not be relied on.",
                    self.failed_controls, self.controls
                ),
                format!(
                    "대조 {}건 가운데 {}건이 어긋났습니다. 그 옆의 결과에는 기대지 말아야 합니다.",
                    self.controls, self.failed_controls
                ),
            ));
        }
        said.extend(self.on_declared());
        if !self.shared.is_empty() {
            said.push(Said::new(
                "This says that weights or a random initialisation are shared, not who had them first, nor whether that was \
                 allowed.",
                "가중치나 난수 초기값을 공유한다는 뜻입니다. 누가 먼저인지, 허용된 일인지는 말하지 않습니다.",
            ));
        }
        said
    }

    fn nothing(&self, rest: usize) -> Said {
        let (other, ko_other) = if self.shared.is_empty() { ("", "") } else { ("other ", "다른 ") };
        let models = if rest == 1 { "model" } else { "models" };
        match self.sensitivity {
            Some((most, least)) => Said::made(
                format!(
                    "No dependence found on {rest} {other}{models} at sensitivity {most:.4}: a mean cosine of units of \
                     {most:.4} or more would have been found in every component, and of {least:.4} in the most sensitive."
                ),
                format!(
                    "민감도 {most:.4}에서 {ko_other}모델 {rest}개에 대한 의존성을 찾지 못했습니다. 유닛 평균 코사인이 {most:.4} 이상이었다면 어느 \
                     부위에서든, {least:.4} 이상이었다면 가장 민감한 부위에서 찾아냈을 것입니다."
                ),
            ),
            None => Said::made(
                format!("No dependence found on {rest} {other}{models}; the sensitivity was not measured."),
                format!("{ko_other}모델 {rest}개에 대한 의존성을 찾지 못했습니다. 민감도는 재지 않았습니다."),
            ),
        }
    }

    fn on_declared(&self) -> Vec<Said> {
        let mut said = Vec::new();
        if !self.declared_elsewhere.is_empty() {
            let names = self.declared_elsewhere.join(", ");
            said.push(Said::made(
                format!("Declared as a base but not in the library, so not compared: {names}."),
                format!("기반으로 신고했으나 라이브러리에 없어 비교하지 못한 모델: {names}."),
            ));
        }
        if !self.declared_not_found.is_empty() {
            let names = self.declared_not_found.join(", ");
            said.push(Said::made(
                format!("Declared as a base, and no dependence found: {names}."),
                format!("기반으로 신고했으나 의존성을 찾지 못한 모델: {names}."),
            ));
        }
        said
    }
}

impl Shared {
    fn sentence(&self, candidate: &str) -> Said {
        let (parts, model) = (Said::list(&components(&self.components)), &self.model);
        let (tier, ko_tier) = match self.tier {
            Tier::Exact => ("by exact tests", "정확 검정"),
            _ => ("by calibrated tests alone", "보정 검정만으로"),
        };
        let (declared, ko_declared) =
            if self.declared { ("; declared as a base", ", 기반으로 신고됨") } else { ("", "") };
        Said::made(
            format!("{candidate} shares weights or initialisation with {model} in: {} ({tier}{declared}).", parts.en),
            format!(
                "{candidate}: {model}과(와) 가중치 또는 초기값을 공유하는 부위 – {} ({ko_tier}{ko_declared}).",
                parts.ko
            ),
        )
    }
}
