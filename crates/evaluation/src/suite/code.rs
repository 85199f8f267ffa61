//! What the task set's code items ask of a sandbox: which program, called how, and what has to come back.
//!
//! `tasks/grading.py` does the same where the tasks run in lm-eval. Here nothing is run: a sandbox takes an [`Exercise`].

use std::fmt::Write as _;

use crate::{Document, Value};

/// A function that a model was asked to write, and how it is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exercise {
    /// The program: what the model wrote, without the text around it.
    pub source: String,
    /// The function that is called.
    pub entry_point: String,
    /// How it is called, and what it has to give.
    pub cases: Vec<Case>,
}

/// One call of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The arguments, a Python tuple as a literal: `([1, 2], 3)`.
    pub arguments: String,
    /// What has to come back, as Python's `repr` writes it: the same value of the same type.
    pub expected: String,
}

/// Why there is no exercise in a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the document's {column} has to be {wanted}")]
pub struct ExerciseFault {
    /// The column.
    pub column: &'static str,
    /// What it has to be.
    pub wanted: &'static str,
}

impl Exercise {
    /// The exercise of a document of `daepyo_code_*` with the answer of a model.
    pub fn new(doc: &Document, response: &str) -> Result<Self, ExerciseFault> {
        let entry_point = doc.get("entry_point").and_then(Value::as_str);
        let entry_point = entry_point.ok_or(ExerciseFault { column: "entry_point", wanted: "a function's name" })?;
        let cases = doc.get("tests").and_then(cases);
        let wanted = "a list of {arguments: literal, expected: literal}, and not empty";
        let cases = cases.filter(|cases| !cases.is_empty()).ok_or(ExerciseFault { column: "tests", wanted })?;
        Ok(Self { source: source(response, entry_point).into(), entry_point: entry_point.into(), cases })
    }

    /// The cases as a program of tests, in the form of HumanEval: a function `check(candidate)` that fails at the first case
    /// whose result is not the same value of the same type. It is to run outside of the candidate's process.
    pub fn tests(&self) -> String {
        let mut text = String::from("def check(candidate):\n");
        for (index, Case { arguments, expected }) in self.cases.iter().enumerate() {
            let number = index + 1;
            let _ = write!(
                text,
                "    got, wanted = candidate(*{arguments}), {expected}\n    assert type(got) is type(wanted) and got == wanted, \"test {number}\"\n"
            );
        }
        text
    }
}

fn cases(tests: &Value) -> Option<Vec<Case>> {
    let text = |test: &Value, key: &str| Some(String::from(test.get(key)?.as_str()?));
    let case = |test: &Value| Some(Case { arguments: text(test, "arguments")?, expected: text(test, "expected")? });
    tests.as_list()?.iter().map(case).collect()
}

/// The program in an answer: the last fenced block that defines the function; without one, the last fenced block; without
/// any, all of it.
pub fn source<'a>(response: &'a str, entry_point: &str) -> &'a str {
    let definition = format!("def {entry_point}");
    let block = |part: &'a str| part.split_once('\n').map_or("", |(_, body)| body);
    let blocks: Vec<&str> = response.split("```").skip(1).step_by(2).map(block).collect();
    let defining = blocks.iter().rfind(|block| block.contains(&definition));
    defining.or(blocks.last()).copied().unwrap_or(response)
}
