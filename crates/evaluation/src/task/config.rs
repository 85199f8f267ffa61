//! A task, resolved: includes merged, overrides applied, functions named but not called.

use std::path::PathBuf;

use indexmap::IndexMap;

use crate::{Dict, Generation, Value};

/// A Python function that a task file points at with `!function module.name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// The Python file, next to the task file in which the tag is written.
    pub file: PathBuf,
    /// The name in it.
    pub name: String,
}

/// A field that is a value (a text is a template), or a function, or a list or dictionary with functions in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// A plain value.
    Value(Value),
    /// A function.
    Function(Function),
    /// A list that has a function somewhere in it.
    List(Vec<Field>),
    /// A dictionary that has a function somewhere in it.
    Dict(IndexMap<String, Field>),
}

/// What kind of question a task asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutputType {
    /// `generate_until`: the model writes.
    GenerateUntil,
    /// `multiple_choice`: which choice does the model find likeliest?
    MultipleChoice,
    /// `loglikelihood`: how likely is the target?
    LogLikelihood,
    /// `loglikelihood_rolling`: how likely is the whole document?
    Rolling,
}

/// A task as its file says it, lm-eval's `TaskConfig`.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskConfig {
    /// The name.
    pub task: String,
    /// What it is called in tables.
    pub alias: Option<String>,
    /// The tags.
    pub tags: Vec<String>,
    /// The file.
    pub file: PathBuf,
    /// Where its documents come from.
    pub data: DataConfig,
    /// Changes documents before anything else.
    pub process_docs: Option<Function>,
    /// The question.
    pub doc_to_text: Option<Field>,
    /// The answer that is right.
    pub doc_to_target: Option<Field>,
    /// The choices.
    pub doc_to_choice: Option<Field>,
    /// Pictures or sound, which only some endpoints take; which field asks for them.
    pub media: Option<&'static str>,
    /// Whether answers are code that is run.
    pub unsafe_code: bool,
    /// Scores a document in place of `metrics`.
    pub process_results: Option<Function>,
    /// A promptsource template; not supported here, but named.
    pub use_prompt: Option<String>,
    /// Stands before everything else.
    pub description: Option<Field>,
    /// Stands between a question and its answer.
    pub target_delimiter: String,
    /// Stands between examples.
    pub fewshot_delimiter: String,
    /// Stands at the beginning of the model's answer.
    pub gen_prefix: Option<String>,
    /// How examples are chosen and written; what it leaves out is the task's own.
    pub fewshot: FewshotConfig,
    /// How many examples; none said is 0.
    pub num_fewshot: Option<usize>,
    /// The metrics; empty is the default of the output type.
    pub metrics: Vec<MetricConfig>,
    /// What kind of question it asks.
    pub output_type: OutputType,
    /// How the model is to write. `until` is already the few-shot delimiter where the file says nothing.
    pub generation: Generation,
    /// How often every document is asked.
    pub repeats: usize,
    /// The filter pipelines; empty is `none: [take_first]`.
    pub filters: Vec<FilterConfig>,
    /// Whether contamination is looked for.
    pub should_decontaminate: bool,
    /// With which text.
    pub doc_to_decontamination_query: Option<String>,
    /// Anything; `version` is shown in tables.
    pub metadata: Dict,
}

impl TaskConfig {
    /// The split that is evaluated: that for testing, or else that for validation.
    pub fn evaluated_split(&self) -> Option<&str> {
        self.data.test_split.as_deref().or(self.data.validation_split.as_deref())
    }

    /// Every function that the task needs, with the key that names it; one that two keys name stands there once.
    pub fn functions(&self) -> Vec<(&'static str, &Function)> {
        let mut found: Vec<(&'static str, &Function)> = Vec::new();
        let whole = [
            ("custom_dataset", &self.data.custom),
            ("process_docs", &self.process_docs),
            ("process_results", &self.process_results),
            ("fewshot_config.process_docs", &self.fewshot.process_docs),
        ];
        found.extend(whole.into_iter().filter_map(|(key, function)| Some((key, function.as_ref()?))));
        let fields = [
            ("description", &self.description),
            ("doc_to_text", &self.doc_to_text),
            ("doc_to_target", &self.doc_to_target),
            ("doc_to_choice", &self.doc_to_choice),
            ("fewshot_config.samples", &self.fewshot.samples),
            ("fewshot_config.doc_to_text", &self.fewshot.doc_to_text),
            ("fewshot_config.doc_to_target", &self.fewshot.doc_to_target),
            ("fewshot_config.doc_to_choice", &self.fewshot.doc_to_choice),
        ];
        for (key, field) in fields {
            found.extend(field.iter().flat_map(Field::functions).map(|function| (key, function)));
        }
        for metric in &self.metrics {
            // With `process_results` a metric is only a name.
            let own = self.process_results.is_none().then_some(&metric.metric);
            let fields = own.into_iter().chain(&metric.aggregation).chain(metric.kwargs.values());
            found.extend(fields.flat_map(Field::functions).map(|function| ("metric_list", function)));
        }
        for step in self.filters.iter().flat_map(|filter| &filter.steps) {
            let fields = std::iter::once(&step.function).chain(step.kwargs.values());
            found.extend(fields.flat_map(Field::functions).map(|function| ("filter_list", function)));
        }
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|(_, function)| seen.insert(*function));
        found
    }
}

impl Field {
    /// Every function in it.
    pub fn functions(&self) -> Vec<&Function> {
        match self {
            Self::Value(_) => Vec::new(),
            Self::Function(function) => vec![function],
            Self::List(items) => items.iter().flat_map(Self::functions).collect(),
            Self::Dict(entries) => entries.values().flat_map(Self::functions).collect(),
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Value(value) => value.as_str(),
            _ => None,
        }
    }
}

/// Where documents come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataConfig {
    /// A name on the hub, a folder, or a reader such as `json` or `parquet` with `data_files` in `kwargs`.
    pub path: Option<String>,
    /// The configuration of that set.
    pub name: Option<String>,
    /// Anything else for the reader: `data_files`, `data_dir`, `revision`, …
    pub kwargs: Dict,
    /// A function that makes the set.
    pub custom: Option<Function>,
    /// The split for training.
    pub training_split: Option<String>,
    /// The split for validation.
    pub validation_split: Option<String>,
    /// The split for testing.
    pub test_split: Option<String>,
    /// The split that examples come from.
    pub fewshot_split: Option<String>,
}

/// How few-shot examples are chosen and written: lm-eval's `FewshotConfig`, with what the task gives filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FewshotConfig {
    /// `default` (drawn) or `first_n`.
    pub sampler: String,
    /// The split.
    pub split: Option<String>,
    /// Changes examples before anything else.
    pub process_docs: Option<Function>,
    /// Only these rows.
    pub indices: Option<Vec<usize>>,
    /// The examples themselves: a list of documents, or a function that makes it.
    pub samples: Option<Field>,
    /// The question.
    pub doc_to_text: Option<Field>,
    /// The choices.
    pub doc_to_choice: Option<Field>,
    /// The answer.
    pub doc_to_target: Option<Field>,
    /// Stands at the beginning of the answer.
    pub gen_prefix: Option<String>,
    /// Stands between examples.
    pub fewshot_delimiter: String,
    /// Stands between a question and its answer.
    pub target_delimiter: String,
}

/// One metric of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricConfig {
    /// A name, or a function.
    pub metric: Field,
    /// How items become one number: a name, or a function; the metric's own unless said.
    pub aggregation: Option<Field>,
    /// Whether more is better; the metric's own unless said.
    pub higher_is_better: Option<bool>,
    /// Everything else, handed to the metric.
    pub kwargs: IndexMap<String, Field>,
}

/// One filter pipeline of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct FilterConfig {
    /// The name.
    pub name: String,
    /// The steps, in order.
    pub steps: Vec<FilterStep>,
}

/// One step of a filter pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct FilterStep {
    /// The filter's name, or `custom`, or a class.
    pub function: Field,
    /// What it is given.
    pub kwargs: IndexMap<String, Field>,
}
