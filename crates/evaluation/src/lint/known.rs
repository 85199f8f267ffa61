//! Which metrics, aggregations and filters there are.

/// Answers by which [`super::lint`] and [`super::coverage()`] know what there is.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Whether there is a metric of that name.
    pub metric: &'a (dyn Fn(&str) -> bool + Sync),
    /// Whether a metric takes an argument.
    pub metric_argument: &'a (dyn Fn(&str, &str) -> bool + Sync),
    /// Whether there is an aggregation of that name.
    pub aggregation: &'a (dyn Fn(&str) -> bool + Sync),
    /// Whether there is a filter of that name.
    pub filter: &'a (dyn Fn(&str) -> bool + Sync),
}

/// What lm-eval 0.4.13 itself registers.
pub const HARNESS: Known<'static> = Known {
    metric: &|name| crate::score::METRICS.contains(&name),
    metric_argument: &|metric, argument| metric == "exact_match" && EXACT_MATCH.contains(&argument),
    aggregation: &|name| AGGREGATIONS.contains(&name),
    // One that lm-eval names and does not carry out; it is refused when a task is made ready.
    filter: &|name| name == "decontaminate" || crate::score::knows_filter(name),
};

const EXACT_MATCH: [&str; 4] = ["regexes_to_ignore", "ignore_case", "ignore_punctuation", "ignore_numbers"];

const AGGREGATIONS: [&str; 14] = [
    "bits_per_byte",
    "bleu",
    "brier_score",
    "bypass",
    "chrf",
    "chrf++",
    "f1",
    "matthews_corrcoef",
    "mean",
    "median",
    "nanmean",
    "perplexity",
    "ter",
    "weighted_perplexity",
];
