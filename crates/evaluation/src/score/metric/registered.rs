//! The metrics that lm-eval 0.4.13 registers.

use crate::score::aggregate::Aggregation;
use crate::score::corpus::Corpus;
use crate::task::OutputType;

/// The metrics of lm-eval that are known by name.
pub const METRICS: [&str; 19] = [
    "acc",
    "acc_all",
    "acc_bytes",
    "acc_mutual_info",
    "acc_norm",
    "bits_per_byte",
    "bleu",
    "brier_score",
    "bypass",
    "byte_perplexity",
    "chrf",
    "chrf++",
    "exact_match",
    "f1",
    "likelihood",
    "mcc",
    "perplexity",
    "ter",
    "word_perplexity",
];

/// Whether a task file may name this metric without a function: lm-eval's own, and the few of the `evaluate` library
/// that are here (`accuracy`, `f1`, `wer`).
pub fn knows_metric(name: &str) -> bool {
    METRICS.contains(&name) || matches!(name, "accuracy" | "wer")
}

/// What a registered metric is by itself.
pub(crate) struct Registered {
    pub(crate) aggregation: Aggregation,
    pub(crate) higher_is_better: bool,
}

/// The registered metric of that name.
pub(crate) fn registered(name: &str) -> Option<Registered> {
    let (aggregation, higher_is_better) = match name {
        "acc" | "acc_all" | "acc_bytes" | "acc_mutual_info" | "acc_norm" | "exact_match" | "likelihood" => {
            (Aggregation::Mean, true)
        }
        "bits_per_byte" => (Aggregation::BitsPerByte, false),
        "bleu" => (Aggregation::Corpus(Corpus::Bleu), true),
        "brier_score" => (Aggregation::Brier, false),
        "bypass" => (Aggregation::Bypass, true),
        "byte_perplexity" | "word_perplexity" => (Aggregation::WeightedPerplexity, false),
        "chrf" => (Aggregation::Corpus(Corpus::Chrf), true),
        "chrf++" => (Aggregation::Corpus(Corpus::ChrfPlus), true),
        "f1" => (Aggregation::F1, true),
        "mcc" => (Aggregation::Matthews, true),
        "perplexity" => (Aggregation::Perplexity, false),
        "ter" => (Aggregation::Corpus(Corpus::Ter), false),
        _ => return None,
    };
    Some(Registered { aggregation, higher_is_better })
}

/// The metrics of a task that names none.
pub(crate) fn defaults(output_type: OutputType) -> &'static [&'static str] {
    match output_type {
        OutputType::LogLikelihood => &["perplexity", "acc"],
        OutputType::Rolling => &["word_perplexity", "byte_perplexity", "bits_per_byte"],
        OutputType::MultipleChoice => &["acc", "acc_norm"],
        OutputType::GenerateUntil => &["exact_match"],
    }
}
