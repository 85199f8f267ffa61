//! Several judges.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alpha::{Scale, alpha};
use crate::score::{Interval, mean_interval, mean_stderr};
use crate::{Class, MetricValue, Sample, Value};

/// A judge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judge {
    /// The model.
    pub name: String,
    /// The family it comes from: models of one maker that share data or weights.
    pub family: String,
}

/// Why there is no panel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PanelFault {
    /// Every judge is of a family that is judged.
    #[error("no judge is left: each is of a family that is judged ({0}); add judges of other families")]
    NoneLeft(String),
    /// More judges are needed for a decision than there are.
    #[error("a case needs {quorum} judges and only {judges} have a say; lower the number or add judges")]
    Quorum {
        /// As many are needed.
        quorum: usize,
        /// As many have a say.
        judges: usize,
    },
}

/// Judges of the same cases. Those of a family that is judged have no say.
#[derive(Clone, Debug)]
pub struct Panel {
    judges: Vec<Judge>,
    excluded: Vec<Judge>,
    quorum: usize,
    scale: Scale,
    units: Vec<Vec<Option<f64>>>,
}

/// What a panel came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelResult {
    /// Those that had a say.
    pub judges: Vec<JudgeReport>,
    /// Those that had none, since their family is judged.
    pub excluded: Vec<Judge>,
    /// How many cases there were.
    pub cases: usize,
    /// How many were decided.
    pub decided: usize,
    /// Krippendorff's alpha; none where it is not defined.
    pub alpha: Option<f64>,
    /// The mean over the decided cases of the mean over the judges.
    pub mean: Option<f64>,
    /// Its standard error.
    pub stderr: Option<f64>,
    /// Its interval of 95 %.
    pub interval: Option<Interval>,
}

/// How one judge did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgeReport {
    /// Which.
    #[serde(flatten)]
    pub judge: Judge,
    /// How many cases it gave a verdict on.
    pub valid: usize,
    /// The share of all cases.
    pub coverage: Option<f64>,
    /// The mean of its verdicts.
    pub mean: Option<f64>,
}

impl Panel {
    /// A panel over answers of the families `judged`. A case is decided if at least `quorum` judges gave a verdict.
    /// `scale` is how their verdicts are compared.
    pub fn new(judges: Vec<Judge>, judged: &[&str], quorum: usize, scale: Scale) -> Result<Self, PanelFault> {
        let same = |judge: &Judge| judged.iter().any(|family| family.eq_ignore_ascii_case(&judge.family));
        let (excluded, judges): (Vec<Judge>, Vec<Judge>) = judges.into_iter().partition(same);
        if judges.is_empty() {
            return Err(PanelFault::NoneLeft(judged.join(", ")));
        }
        if quorum > judges.len() {
            return Err(PanelFault::Quorum { quorum, judges: judges.len() });
        }
        Ok(Self { judges, excluded, quorum: quorum.max(1), scale, units: Vec::new() })
    }

    /// Those that have a say, in the order in which their verdicts are given to [`Panel::add`].
    pub fn judges(&self) -> &[Judge] {
        &self.judges
    }

    /// Those that have none, since their family is judged.
    pub fn excluded(&self) -> &[Judge] {
        &self.excluded
    }

    /// Takes the verdicts on one case, one a judge, none where it is unavailable, and returns the panel's: the mean.
    /// What a judge beyond the panel says does not count.
    pub fn add(&mut self, verdicts: &[Option<f64>]) -> Option<f64> {
        let mut unit: Vec<Option<f64>> = verdicts.to_vec();
        unit.resize(self.judges.len(), None);
        let decision = self.decide(&unit);
        self.units.push(unit);
        decision
    }

    fn decide(&self, unit: &[Option<f64>]) -> Option<f64> {
        let valid: Vec<f64> = unit.iter().flatten().copied().collect();
        (valid.len() >= self.quorum).then(|| mean(&valid)).flatten()
    }

    /// What it came to.
    pub fn finish(&self) -> PanelResult {
        let decisions: Vec<f64> = self.units.iter().filter_map(|unit| self.decide(unit)).collect();
        let report = |(place, judge): (usize, &Judge)| {
            let valid: Vec<f64> = self.units.iter().filter_map(|unit| unit.get(place).copied().flatten()).collect();
            let coverage = (!self.units.is_empty()).then(|| float(valid.len()) / float(self.units.len()));
            JudgeReport { judge: judge.clone(), valid: valid.len(), coverage, mean: mean(&valid) }
        };
        PanelResult {
            judges: self.judges.iter().enumerate().map(report).collect(),
            excluded: self.excluded.clone(),
            cases: self.units.len(),
            decided: decisions.len(),
            alpha: alpha(&self.units, self.scale),
            mean: mean(&decisions),
            stderr: mean_stderr(&decisions),
            interval: mean_interval(&decisions),
        }
    }
}

/// Puts a panel's decision on an item into its sample: a value of `metric`, or [`Class::JudgeInvalid`].
///
/// An item that was not answered keeps its class, and so does one in whose answer the task's rules found nothing: judges
/// read the whole answer, so it may have a verdict all the same. What the item earned by the rules stays.
pub fn settle(sample: &mut Sample, metric: &str, decision: Option<f64>) {
    match (sample.class, decision) {
        (Class::Scored | Class::ExtractorFailed, Some(value)) => {
            let filter = Arc::from("none");
            sample.metrics.push(MetricValue { metric: metric.into(), filter, value: Value::Float(value) });
        }
        (Class::Scored, None) => {
            sample.class = Class::JudgeInvalid;
            sample.reason = Some("too few judges gave a verdict that holds".into());
        }
        _ => {}
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / float(values.len()))
}

#[expect(clippy::cast_precision_loss, reason = "counts of cases are far below 2^53")]
fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
