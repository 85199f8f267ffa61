//! Metrics that run programs.

use super::fault::PortFault;
use super::rows::{as_text, odd};
use crate::{Dict, Value};

/// A candidate's program and the test that it passes or fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// What the model wrote.
    pub code: String,
    /// What is run on it; it is the task's, so it need not share a process with the candidate.
    pub test: String,
}

/// A metric that runs programs: each candidate with its test is a program that passes or fails.
///
/// It does not run them: [`CodeMetric::programs`] gives them to whoever has a sandbox, [`CodeMetric::score`] makes the score
/// of what passed. The score is the unbiased estimator of pass@k (Chen et al. 2021, *Evaluating Large Language Models
/// Trained on Code*, section 2.1), as Hugging Face's `code_eval` computes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeMetric {
    /// Whether it is pass@1 as a plain number, whatever the arguments say; else a dictionary by the `k` of the arguments.
    pub(super) plain: bool,
}

impl CodeMetric {
    /// The programs of one document: every candidate of the first prediction with the first reference as its test.
    ///
    /// # Errors
    ///
    /// [`PortFault`], if there is no reference or prediction, or one is no text.
    pub fn programs(&self, references: &[Value], predictions: &[Value]) -> Result<Vec<Program>, PortFault> {
        let missing = || PortFault("IndexError: there is no program or no test".into());
        let test = as_text(references.first().ok_or_else(missing)?, "a test")?;
        let candidates = match predictions.first().ok_or_else(missing)? {
            Value::List(candidates) => candidates.as_slice(),
            one @ Value::Str(_) => std::slice::from_ref(one),
            other => return Err(odd(other, "list", "a prediction")),
        };
        let program = |candidate| Ok(Program { code: as_text(candidate, "a program")?.into(), test: test.into() });
        candidates.iter().map(program).collect()
    }

    /// The score of one document, of whose programs `passed` tells which passed. `kwargs` are the metric's arguments.
    ///
    /// # Errors
    ///
    /// [`PortFault`], if the arguments name no `k`.
    pub fn score(&self, passed: &[bool], kwargs: &Dict) -> Result<Value, PortFault> {
        if self.plain {
            return Ok(pass_at(passed, 1).map_or(Value::None, Value::Float));
        }
        let wanted = match kwargs.get("k") {
            Some(Value::List(list)) => list.clone(),
            Some(number @ Value::Int(_)) => vec![number.clone()],
            _ => return Err(PortFault("AssertionError: the metric needs a k".into())),
        };
        let mut scores = Dict::new();
        for number in &wanted {
            let k = number.as_int().and_then(|k| usize::try_from(k).ok()).ok_or_else(|| odd(number, "int", "k"))?;
            if let Some(score) = pass_at(passed, k) {
                scores.insert(format!("pass@{k}").into(), Value::Float(score));
            }
        }
        Ok(Value::Dict(scores))
    }
}

/// 1 - C(n - c, k) / C(n, k) for c of n programs that passed; none if there are fewer than k.
#[expect(clippy::cast_precision_loss, reason = "there are few programs")]
fn pass_at(passed: &[bool], k: usize) -> Option<f64> {
    let (all, right) = (passed.len(), passed.iter().filter(|passed| **passed).count());
    if all < k {
        return None;
    }
    if all - right < k {
        return Some(1.0);
    }
    let product = (all - right + 1..=all).fold(1.0, |product, place| product * (1.0 - k as f64 / place as f64));
    Some(1.0 - product)
}

#[cfg(test)]
mod tests {
    use super::*;

    // `evaluate`'s estimate_pass_at_k gives these.
    #[test]
    fn pass_at_k() {
        let passed = [true, false, false, true, false];
        assert_eq!(pass_at(&passed, 1), Some(0.399_999_999_999_999_9));
        assert_eq!(pass_at(&passed, 2), Some(0.7));
        assert_eq!(pass_at(&passed, 4), Some(1.0));
        assert_eq!(pass_at(&passed, 6), None);
        assert_eq!(pass_at(&[false], 1), Some(0.0));
        assert_eq!(pass_at(&[true], 1), Some(1.0));
    }

    #[test]
    fn programs_have_their_test() {
        let metric = CodeMetric { plain: false };
        let predictions = [Value::List(vec!["a = 1".into(), "a = 2".into()])];
        let programs = metric.programs(&["assert a == 1".into()], &predictions).unwrap();
        let program = |code: &str| Program { code: code.into(), test: "assert a == 1".into() };
        assert_eq!(programs, [program("a = 1"), program("a = 2")]);
        let kwargs: Dict = [("k".into(), Value::List(vec![Value::Int(1), Value::Int(5)]))].into_iter().collect();
        let score = metric.score(&[true, false], &kwargs).unwrap();
        assert_eq!(score, Value::Dict([("pass@1".into(), Value::Float(0.5))].into_iter().collect()));
        assert!(metric.score(&[true], &Dict::new()).is_err());
        assert!(metric.programs(&[], &predictions).is_err());
    }
}
