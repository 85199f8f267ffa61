//! What is looked for in a task.

use super::{Checked, Defect, Found, options, wording};
use crate::Value;
use crate::task::{Field, MetricConfig, OutputType};

/// How many stop texts an OpenAI-compatible endpoint takes; lm-eval sends the first so many.
const STOPS: usize = 4;

/// Looks at one task.
pub(super) fn check(task: &Checked<'_>, found: &mut Found) {
    metrics(task, found);
    filters(task, found);
    generation(task, found);
    fewshot(task, found);
    choices(task, found);
    dataset(task, found);
    wording::check(task, found);
    options::check(task, found);
}

/// The metrics that lm-eval computes itself for a type of output; any other in `metric_list` has no value.
fn computed(output: OutputType) -> Option<&'static [&'static str]> {
    match output {
        OutputType::GenerateUntil => None,
        OutputType::MultipleChoice => Some(&[
            "acc",
            "f1",
            "mcc",
            "acc_norm",
            "acc_bytes",
            "exact_match",
            "brier_score",
            "likelihood",
            "acc_mutual_info",
        ]),
        OutputType::LogLikelihood => Some(&["perplexity", "acc"]),
        OutputType::Rolling => Some(&["word_perplexity", "byte_perplexity", "bits_per_byte"]),
    }
}

/// The name of a type of output.
fn output_name(output: OutputType) -> &'static str {
    match output {
        OutputType::GenerateUntil => "generate_until",
        OutputType::MultipleChoice => "multiple_choice",
        OutputType::LogLikelihood => "loglikelihood",
        OutputType::Rolling => "loglikelihood_rolling",
    }
}

fn metrics(task: &Checked<'_>, found: &mut Found) {
    for metric in &task.config.metrics {
        if let Some(name) = metric.metric.as_str() {
            metric_name(task, found, metric, name);
            metric_arguments(task, found, metric, name);
        }
        if let Some(name) = metric.aggregation.as_ref().and_then(Field::as_str)
            && !(task.known.aggregation)(name)
        {
            let message = format!("there is no aggregation `{name}`");
            task.add(found, "metric_list", Defect::UnknownAggregation, (&message, "write `mean`, or name a function"));
        }
    }
}

fn metric_name(task: &Checked<'_>, found: &mut Found, metric: &MetricConfig, name: &str) {
    // With `process_results` any name will do.
    if task.config.process_results.is_some() {
        return;
    }
    if !(task.known.metric)(name) {
        let remote = metric.kwargs.get("hf_evaluate") == Some(&Field::Value(Value::Bool(true)));
        let message = match remote {
            true => format!("the metric `{name}` is fetched from a hub and is code that is run"),
            false => format!("there is no metric `{name}`, so lm-eval looks for one on a hub"),
        };
        let mend = "use a metric that the harness has, or name a function";
        task.add(found, "metric_list", Defect::UnknownMetric, (&message, mend));
        return;
    }
    if let Some(computed) = computed(task.config.output_type)
        && !computed.contains(&name)
    {
        let output = output_name(task.config.output_type);
        let message = format!("`{name}` is never computed with `output_type: {output}`, so it has no value");
        let mend = format!("take it out, or use one of {}", computed.join(", "));
        task.add(found, "metric_list", Defect::DeadMetric, (&message, &mend));
    }
}

fn metric_arguments(task: &Checked<'_>, found: &mut Found, metric: &MetricConfig, name: &str) {
    let output = task.config.output_type;
    let uncalled = computed(output).is_some();
    let processed = task.config.process_results.is_some();
    let dead = |argument: &&String| {
        *argument != "hf_evaluate"
            && (processed || uncalled || (task.known.metric)(name) && !(task.known.metric_argument)(name, argument))
    };
    let arguments: Vec<_> = metric.kwargs.keys().filter(dead).map(|argument| format!("`{argument}`")).collect();
    if arguments.is_empty() {
        return;
    }
    let why = match () {
        () if processed => format!("`process_results` computes `{name}`"),
        () if uncalled => format!("with `output_type: {}` no metric function is called", output_name(output)),
        () => format!("`{name}` does not take this"),
    };
    let message = format!("{} of `{name}` does nothing: {why}", arguments.join(", "));
    let mend = "take it out; if it is meant, it belongs into a function (`aggregation`, `process_results`)";
    task.add(found, "metric_list", Defect::DeadMetricArgument, (&message, mend));
}

fn filters(task: &Checked<'_>, found: &mut Found) {
    for step in task.config.filters.iter().flat_map(|filter| &filter.steps) {
        if let Some(name) = step.function.as_str()
            && !(task.known.filter)(name)
        {
            let message = format!("there is no filter `{name}`; lm-eval knows it only if a Python file registers it");
            task.add(found, "filter_list", Defect::UnknownFilter, (&message, "name a filter that the harness has"));
        }
    }
}

fn generation(task: &Checked<'_>, found: &mut Found) {
    let config = task.config;
    if config.output_type != OutputType::GenerateUntil {
        if task.raw.map.get("generation_kwargs").is_some_and(|field| *field != Field::Value(Value::None)) {
            let output = output_name(config.output_type);
            let message = format!("with `output_type: {output}` nothing is generated, so this does nothing");
            task.add(found, "generation_kwargs", Defect::GenerationUnused, (&message, "take it out"));
        }
        return;
    }
    let stops = config.generation.until.len();
    if stops > STOPS {
        let message = format!("`until` has {stops} texts; endpoints take {STOPS}, and lm-eval sends the first {STOPS}");
        task.add(found, "generation_kwargs", Defect::TooManyStops, (&message, "keep the four that matter, first"));
    }
}

fn fewshot(task: &Checked<'_>, found: &mut Found) {
    let config = task.config;
    let (Some(split), Some(evaluated)) = (config.fewshot.split.as_deref(), config.evaluated_split()) else { return };
    if split != evaluated {
        return;
    }
    let own = if config.data.test_split.as_deref() == Some(split) {
        "the document itself is left out, but its neighbours are shown with their answers"
    } else {
        "lm-eval leaves a document out of its own examples only in `test_split`, so it can be shown with its answer"
    };
    let message = format!("examples come from `{split}`, which is the split that is evaluated: {own}");
    let key = if task.raw.map.contains_key("fewshot_split") { "fewshot_split" } else { "fewshot_config" };
    task.add(
        found,
        key,
        Defect::FewshotFromEvaluated,
        (&message, "take examples from another split, or write them down"),
    );
}

fn choices(task: &Checked<'_>, found: &mut Found) {
    let config = task.config;
    // A function that scores looks for its target itself.
    if config.process_results.is_some() {
        return;
    }
    let index = match &config.doc_to_target {
        Some(Field::Value(Value::Int(index))) => Some(*index),
        _ => None,
    };
    let listed = match &config.doc_to_choice {
        Some(Field::Value(Value::List(choices))) => Some(choices.len()),
        Some(Field::Value(Value::Dict(choices))) => Some(choices.len()),
        _ => None,
    };
    let message = match (&config.doc_to_choice, index, listed) {
        (None, Some(index), _) => format!("the target is {index}, an index, and there is no `doc_to_choice`"),
        (None, None, _) if config.output_type == OutputType::MultipleChoice => {
            "`multiple_choice` without `doc_to_choice`: there is nothing to choose from".to_owned()
        }
        (Some(_), Some(index), Some(listed)) if usize::try_from(index).is_ok_and(|index| index >= listed) => {
            format!("the target is {index}, and there are only {listed} choices, counted from 0")
        }
        _ => return,
    };
    task.add(
        found,
        "doc_to_target",
        Defect::IndexWithoutChoices,
        (&message, "say in `doc_to_choice` what the choices are"),
    );
}

fn dataset(task: &Checked<'_>, found: &mut Found) {
    if task.config.data.kwargs.get("trust_remote_code").is_some_and(Value::is_truthy) {
        let message = "`trust_remote_code`: the data set was a Python script, which `datasets` 4 and later do not run";
        let mend = "point `dataset_path` at a copy in Parquet or JSON, and take it out";
        task.add(found, "dataset_kwargs", Defect::DatasetScript, (message, mend));
    }
}
