//! Scores from the likelihood of a text.

use super::Scorer;
use crate::hook::PortFault;
use crate::score::text::count_words;
use crate::{Dict, Item, Value};

/// `loglikelihood`: how likely the target is, and whether the model would have written it.
pub(super) fn single(scorer: &Scorer, results: &[Value]) -> Result<Dict, PortFault> {
    let fault = || PortFault("a log-likelihood and whether it is greedy are needed".into());
    let (sum, greedy) = results.first().and_then(read).ok_or_else(fault)?;
    let mut scores = Dict::new();
    if scorer.uses("perplexity") {
        scores.insert("perplexity".into(), sum.into());
    }
    if scorer.uses("acc") {
        scores.insert("acc".into(), Value::Int(i64::from(greedy)));
    }
    Ok(scores)
}

/// `loglikelihood_rolling`: how likely the document is, with its length in words and bytes.
pub(super) fn rolling(scorer: &Scorer, item: &Item, results: &[Value]) -> Result<Dict, PortFault> {
    let [Value::Float(sum)] = results else {
        return Err(PortFault("one log-likelihood is needed".into()));
    };
    let Some(text) = item.target.as_str() else {
        return Err(PortFault(format!("doc_to_target must be a text, not {}", item.target.type_name())));
    };
    let lengths =
        [("word_perplexity", count_words(text)), ("byte_perplexity", text.len()), ("bits_per_byte", text.len())];
    let used = lengths.into_iter().filter(|(name, _)| scorer.uses(name));
    Ok(used.map(|(name, length)| (name.into(), Value::List(vec![(*sum).into(), whole(length)]))).collect())
}

/// `[log-likelihood, is greedy]`.
pub(super) fn read(value: &Value) -> Option<(f64, bool)> {
    match value.as_list() {
        Some([sum, Value::Bool(greedy)]) => Some((sum.as_f64()?, *greedy)),
        _ => None,
    }
}

fn whole(length: usize) -> Value {
    Value::Int(i64::try_from(length).unwrap_or(i64::MAX))
}
