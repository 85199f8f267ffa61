//! `generate_until`: what the model wrote.

use super::Scorer;
use crate::hook::PortFault;
use crate::score::aggregate::Aggregation;
use crate::score::metric::{Function, Metric};
use crate::{Dict, Item, Value};

pub(super) fn score(scorer: &Scorer, item: &Item, results: &[Value]) -> Result<Dict, PortFault> {
    let result = results.first().cloned().ok_or_else(|| PortFault("there is no answer".into()))?;
    let many = scorer.has_multiple_targets(item);
    let gold = gold(scorer, item, &result)?;
    let mut state = State { scorer, gold, written: result.clone(), result, scores: Dict::new() };
    for (index, metric) in scorer.metrics.iter().enumerate() {
        if many { state.against_any(metric)? } else { state.against_one(index, metric)? }
    }
    Ok(state.scores)
}

/// The right answer, made ready to be compared with `result`.
fn gold(scorer: &Scorer, item: &Item, result: &Value) -> Result<Value, PortFault> {
    let gold = &item.target;
    if scorer.has_choices {
        return choice(item, gold);
    }
    if scorer.has_multiple_targets(item) {
        return listed(gold);
    }
    let same_type = std::mem::discriminant(gold) == std::mem::discriminant(result);
    let keeps = same_type || scorer.uses("bypass") || result.as_list().is_some();
    if keeps { Ok(gold.clone()) } else { cast(gold, result) }
}

/// The choice that the target is the number of.
fn choice(item: &Item, gold: &Value) -> Result<Value, PortFault> {
    let choices = item.choices.as_deref().unwrap_or_default();
    let number = match gold {
        Value::Bool(truth) => Some(i64::from(*truth)),
        other => other.as_int(),
    };
    let count = i64::try_from(choices.len()).unwrap_or(i64::MAX);
    let place = number.map(|number| if number < 0 { number + count } else { number });
    let found = place.and_then(|place| usize::try_from(place).ok()).and_then(|place| choices.get(place));
    found
        .map(|choice| choice.as_str().into())
        .ok_or_else(|| PortFault(format!("doc_to_target gives {gold:?}, which is no number of the {count} choices")))
}

/// Python's `list(gold)`: a text falls into its characters.
fn listed(gold: &Value) -> Result<Value, PortFault> {
    match gold {
        Value::List(_) => Ok(gold.clone()),
        Value::Str(text) => Ok(Value::List(text.chars().map(|character| character.to_string().into()).collect())),
        Value::Dict(dict) => Ok(Value::List(dict.keys().map(|key| key.clone().into()).collect())),
        other => Err(PortFault(format!("several right answers were expected, not {}", other.type_name()))),
    }
}

/// Python's `type(result)(gold)`.
fn cast(gold: &Value, result: &Value) -> Result<Value, PortFault> {
    let fault = || PortFault(format!("the right answer {gold:?} cannot be made a {}", result.type_name()));
    match result {
        Value::Str(_) => Ok(crate::python::str(gold).into()),
        Value::Bool(_) => Ok(gold.is_truthy().into()),
        Value::Int(_) => whole(gold).map(Value::Int).ok_or_else(fault),
        Value::Float(_) => {
            let number = gold.as_f64().or_else(|| gold.as_str()?.trim().parse().ok());
            number.map(Value::Float).ok_or_else(fault)
        }
        _ => Err(fault()),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "Python's int() cuts off what is behind the point")]
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Str(text) => text.trim().parse().ok(),
        Value::Float(number) if number.is_finite() => Some(number.trunc() as i64),
        Value::Bool(truth) => Some(i64::from(*truth)),
        other => other.as_int(),
    }
}

struct State<'a> {
    scorer: &'a Scorer,
    gold: Value,
    /// What the model wrote.
    written: Value,
    /// What the next metric sees of it.
    result: Value,
    scores: Dict,
}

impl State<'_> {
    fn against_one(&mut self, index: usize, metric: &Metric) -> Result<(), PortFault> {
        let gold = std::slice::from_ref(&self.gold);
        match metric.function.call(&metric.name, gold, std::slice::from_ref(&self.result))? {
            Value::Dict(scores) => {
                for name in scores.keys().filter(|name| !self.scorer.uses(name)) {
                    self.scorer.given().entry(name.clone()).or_insert(index);
                }
                self.scores.extend(scores);
            }
            score => {
                self.scores.insert(metric.name.clone(), score);
            }
        }
        Ok(())
    }

    /// 1 where any of the right answers earns something.
    ///
    /// A measure over a corpus takes all of them as references; lm-eval fails there.
    fn against_any(&mut self, metric: &Metric) -> Result<(), PortFault> {
        let gold = self.gold.as_list().unwrap_or_default();
        let keeps = matches!(metric.function, Function::Keep);
        let score = if keeps && matches!(metric.aggregation, Aggregation::Corpus(_)) {
            Value::List(vec![self.gold.clone(), self.written.clone()])
        } else if matches!(metric.function, Function::ExactMatch(_)) {
            let results = vec![self.result.clone(); gold.len()];
            let score = metric.function.call(&metric.name, gold, &results)?;
            // lm-eval leaves the list in place for the metrics that come after.
            self.result = Value::List(results);
            truth(score.as_f64().is_some_and(|score| score > 0.0))
        } else {
            let mut any = false;
            for option in gold {
                let result = std::slice::from_ref(&self.result);
                let score = metric.function.call(&metric.name, std::slice::from_ref(option), result)?;
                any |= match score.as_dict() {
                    None => score.is_truthy(),
                    Some(scores) => scores.get(&*metric.name).is_some_and(Value::is_truthy),
                };
            }
            truth(any)
        };
        self.scores.insert(metric.name.clone(), score);
        Ok(())
    }
}

fn truth(right: bool) -> Value {
    Value::Float(f64::from(u8::from(right)))
}
