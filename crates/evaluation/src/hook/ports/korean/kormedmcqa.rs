//! KorMedMCQA (Kweon et al. 2024): the letter of an answer, found by the paper's four patterns in turn.

use std::sync::Arc;

use crate::Value;
use crate::hook::build::{Made, each_answer};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::source::Source;
use crate::python::regex::{Flags, Regex};

pub(in crate::hook::ports) const PORTS: &[Entry] =
    &[Entry { keys: &["b3bf0b8cb28bf6e7"], what: "the letter of an answer (KorMedMCQA)", make: extract }];

/// The patterns stand in the list `CHOICE_PATTERNS`; the last match of the first that matches counts.
fn extract(source: &Source) -> Made {
    let flags = Flags { ignore_case: true, ..Flags::default() };
    let new = |index| source.text("CHOICE_PATTERNS", index).map(|pattern| Regex::new(&pattern, flags));
    let patterns = [new(0)?, new(1)?, new(2)?, new(3)?].into_iter().collect::<Result<Vec<Regex>, _>>();
    let patterns = Arc::new(patterns.map_err(|fault| fault.to_string())?);
    each_answer(move |answer| {
        for pattern in patterns.iter() {
            let found = pattern.find_all(answer).map_err(|fault| PortFault(fault.to_string()))?;
            if let Some(last) = found.last().and_then(Value::as_str) {
                return Ok(last.to_uppercase().into());
            }
        }
        Ok("".into())
    })
}
