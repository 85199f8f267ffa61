//! Metrics: what an answer earns.
//!
//! Most metrics of lm-eval are computed from log-likelihoods or over the whole corpus; for one item they only keep what
//! is needed (`[gold, predicted]`, `[log-likelihood, words]`, …). Those that do compute something on a text are here.

mod exact_match;
mod registered;
mod single;

use std::sync::Arc;

use indexmap::IndexMap;

use self::exact_match::ExactMatch;
pub(crate) use self::registered::defaults;
pub(crate) use self::registered::registered;
pub use self::registered::{METRICS, knows_metric};
use self::single::Single;
use super::aggregate::{Aggregation, AggregationFault};
use super::filter::FilterFault;
use crate::hook::{CodeMetric, Hooks, MetricPort, Port, PortFault, Program, Refusal};
use crate::task::{Field, MetricConfig};
use crate::{Dict, Value};

/// Why a metric cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetricFault {
    /// There is no such metric here.
    #[error("there is no metric {0:?} here; use one of lm-eval's own metrics, or leave it out")]
    Unknown(String),
    /// It says neither how it is aggregated nor does its name.
    #[error("the metric {0:?} has no aggregation of its own; add \"aggregation\"")]
    NoAggregation(String),
    /// Its aggregation cannot be used.
    #[error("the aggregation of {metric:?}: {fault}")]
    Aggregation {
        /// The metric.
        metric: String,
        /// What is wrong.
        fault: AggregationFault,
    },
    /// One of its patterns cannot be read.
    #[error(transparent)]
    Pattern(#[from] FilterFault),
    /// A Python function has no port.
    #[error(transparent)]
    Hook(#[from] Refusal),
    /// A Python function has a port, but not of a metric.
    #[error("the port of {0:?} is not a metric")]
    Port(String),
}

/// A metric of a task.
pub(crate) struct Metric {
    pub(crate) name: Arc<str>,
    pub(crate) function: Function,
    pub(crate) aggregation: Aggregation,
    pub(crate) higher_is_better: Option<bool>,
}

/// Runs programs and says of each whether it passed, or why none could be run.
pub type RunPrograms = Arc<dyn Fn(&[Program]) -> Result<Vec<bool>, String> + Send + Sync>;

/// What a metric does with one answer.
pub(crate) enum Function {
    /// Keeps `[reference, prediction]` for the aggregation.
    Keep,
    /// Nothing.
    Bypass,
    /// lm-eval's `exact_match`.
    ExactMatch(ExactMatch),
    /// A metric of the `evaluate` library on one pair.
    Single(Single),
    /// A port.
    Port { port: MetricPort, kwargs: Dict },
    /// A port whose answers are programs, and who runs them.
    Code { metric: CodeMetric, kwargs: Dict, run: Option<RunPrograms> },
}

impl Metric {
    /// A metric of a task file. lm-eval calls it only for what a model wrote, and not where `process_results` is a
    /// function; where it is not called, it only says how its values are aggregated.
    pub(crate) fn new(config: &MetricConfig, is_called: bool, hooks: &Hooks) -> Result<Self, MetricFault> {
        let name: Arc<str> = match &config.metric {
            Field::Value(Value::Str(name)) => Arc::clone(name),
            Field::Function(function) => function.name.as_str().into(),
            other => return Err(MetricFault::Unknown(format!("{other:?}"))),
        };
        let function = if is_called { Function::new(config, &name, hooks)? } else { Function::Keep };
        let own = registered(&name);
        let fault = |fault| MetricFault::Aggregation { metric: name.as_ref().into(), fault };
        let aggregation = match (&config.aggregation, &own) {
            (Some(field), _) => Aggregation::new(field, hooks).map_err(fault)?,
            (None, Some(own)) => own.aggregation.clone(),
            (None, None) => return Err(MetricFault::NoAggregation(name.as_ref().into())),
        };
        let higher_is_better = config.higher_is_better.or(own.map(|own| own.higher_is_better));
        Ok(Self { name, function, aggregation, higher_is_better })
    }

    /// A metric of an output type's default list.
    pub(crate) fn of(name: &str) -> Result<Self, MetricFault> {
        let metric = Field::Value(name.into());
        let config = MetricConfig { metric, aggregation: None, higher_is_better: None, kwargs: IndexMap::new() };
        Self::new(&config, true, &Hooks::default())
    }
}

impl Function {
    fn new(config: &MetricConfig, name: &str, hooks: &Hooks) -> Result<Self, MetricFault> {
        let kwargs: Dict = config
            .kwargs
            .iter()
            .filter_map(|(key, field)| match field {
                Field::Value(value) if key != "hf_evaluate" => Some((key.as_str().into(), value.clone())),
                _ => None,
            })
            .collect();
        if let Field::Function(function) = &config.metric {
            return match hooks.find(function)? {
                Port::Metric(port) => Ok(Self::Port { port, kwargs }),
                Port::Code(metric) => Ok(Self::Code { metric, kwargs, run: None }),
                _ => Err(MetricFault::Port(function.name.clone())),
            };
        }
        let from_library = matches!(config.kwargs.get("hf_evaluate"), Some(Field::Value(Value::Bool(true))));
        let known = !from_library && registered(name).is_some();
        Ok(match name {
            "exact_match" => Self::ExactMatch(ExactMatch::new(&kwargs)?),
            "bypass" if known => Self::Bypass,
            _ if known => Self::Keep,
            _ => Self::Single(Single::new(name, &kwargs).ok_or_else(|| MetricFault::Unknown(name.into()))?),
        })
    }

    /// What `predictions` earn against `references`, pair by pair, as lm-eval calls the metric.
    pub(crate) fn call(&self, name: &str, references: &[Value], predictions: &[Value]) -> Result<Value, PortFault> {
        match self {
            Self::Keep => Ok(Value::List(vec![
                references.first().cloned().unwrap_or_default(),
                predictions.first().cloned().unwrap_or_default(),
            ])),
            Self::Bypass => Ok(Value::None),
            Self::ExactMatch(metric) => metric.score(references, predictions).map(Value::Float),
            Self::Single(metric) => {
                let score = metric.score(references, predictions)?;
                Ok(Value::Dict(std::iter::once((name.into(), Value::Float(score))).collect()))
            }
            Self::Port { port, kwargs } => port(references, predictions, kwargs),
            Self::Code { metric, kwargs, run } => {
                let programs = metric.programs(references, predictions)?;
                let none = || PortFault("the answers are programs, and there is no sandbox that runs them".into());
                let passed = run.as_ref().ok_or_else(none)?(&programs).map_err(PortFault)?;
                metric.score(&passed, kwargs)
            }
        }
    }
}

#[cfg(test)]
mod tests;
