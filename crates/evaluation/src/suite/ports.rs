//! Native ports of the task set's own Python functions, with the signatures of [`Port`](crate::hook::Port).

use super::code::Exercise;
use super::instructions::Constraint;
use crate::hook::fault::PortFault;
use crate::sandbox::grade::{Problem, Verdict, grade};
use crate::sandbox::{Limits, Sandbox};
use crate::{Dict, Document, Value};

/// `instructions.check`, for `process_results`: `prompt_acc` is 1 if all constraints are kept, `instruction_acc` is the
/// share of them that is.
pub fn check_instructions(doc: &Document, results: &[Value]) -> Result<Dict, PortFault> {
    let fault = |fault: &dyn std::fmt::Display| PortFault(fault.to_string());
    let constraints = Constraint::of(doc).map_err(|f| fault(&f))?;
    let answer = results.first().and_then(Value::as_str);
    let answer = answer.ok_or_else(|| PortFault("the answer is not a text".into()))?;
    let mut kept = 0_u32;
    let mut all = 0_u32;
    for constraint in &constraints {
        kept += u32::from(constraint.is_kept(answer).map_err(|f| fault(&f))?);
        all += 1;
    }
    if all == 0 {
        return Err(PortFault("division by zero: the document has no constraint".into()));
    }
    let share = f64::from(kept) / f64::from(all);
    let whole = f64::from(u8::from(kept == all));
    Ok(Dict::from([("prompt_acc".into(), Value::Float(whole)), ("instruction_acc".into(), Value::Float(share))]))
}

/// `grading.grade`, for `process_results`: `pass` is 1 if the function gives what it has to in every case, tried in a sandbox.
pub fn grade_exercise(doc: &Document, results: &[Value]) -> Result<Dict, PortFault> {
    let answer = results.first().and_then(Value::as_str);
    let answer = answer.ok_or_else(|| PortFault("the answer is not a text".into()))?;
    let exercise = Exercise::new(doc, answer).map_err(|fault| PortFault(fault.to_string()))?;
    let sandbox = Sandbox::shared().map_err(|fault| PortFault(fault.to_string()))?;
    let (tests, limits) = (exercise.tests(), Limits::default());
    let (code, entry_point) = (&*exercise.source, &*exercise.entry_point);
    let problem = Problem { code, prelude: "", tests: &tests, entry_point, limits };
    let verdict = grade(sandbox, &problem).map_err(|fault| PortFault(fault.to_string()))?;
    let passed = f64::from(u8::from(verdict == Verdict::Passed));
    Ok(Dict::from([("pass".into(), Value::Float(passed))]))
}
