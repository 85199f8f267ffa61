//! A file's keys become a [`TaskConfig`], with the defaults of lm-eval's `TaskConfig` and `FewshotConfig`.

use std::path::Path;

use indexmap::IndexMap;

use super::load::{LoadFault, Raw};
use super::pattern::nearest;
use super::read::{At, Reader, tags};
use super::{DataConfig, FewshotConfig, Field, FilterConfig, FilterStep, MetricConfig, OutputType, TaskConfig};
use crate::{Dict, Generation, Value};

/// How many tokens are written where a task says nothing of how to write.
const DEFAULT_MAX_TOKENS: u32 = 256;

/// The keys of a task.
const TASK_KEYS: [&str; 31] = [
    "task",
    "task_alias",
    "tag",
    "custom_dataset",
    "dataset_path",
    "dataset_name",
    "dataset_kwargs",
    "training_split",
    "validation_split",
    "test_split",
    "fewshot_split",
    "process_docs",
    "doc_to_text",
    "doc_to_target",
    "doc_to_image",
    "doc_to_audio",
    "unsafe_code",
    "doc_to_choice",
    "process_results",
    "use_prompt",
    "description",
    "target_delimiter",
    "fewshot_delimiter",
    "fewshot_config",
    "num_fewshot",
    "metric_list",
    "output_type",
    "generation_kwargs",
    "repeats",
    "filter_list",
    "should_decontaminate",
];

/// The keys of a task that come last in lm-eval's own list.
const MORE_TASK_KEYS: [&str; 3] = ["doc_to_decontamination_query", "gen_prefix", "metadata"];

/// Keys of a file that say what it is and are no part of a task.
const STRUCTURE: [&str; 3] = ["tag", "group", "task_list"];

/// The keys of `fewshot_config`.
const FEWSHOT_KEYS: [&str; 11] = [
    "sampler",
    "split",
    "process_docs",
    "fewshot_indices",
    "samples",
    "doc_to_text",
    "doc_to_choice",
    "doc_to_target",
    "gen_prefix",
    "fewshot_delimiter",
    "target_delimiter",
];

/// Keys and values that are put over what a file says.
pub(super) type Overrides = IndexMap<String, Field>;

/// Why a task or group cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveFault {
    /// Its file is not read.
    #[error(transparent)]
    Load(#[from] LoadFault),
    /// A key that there is none of.
    #[error("{at}: `{name}`: there is no key `{key}`; {}", mend(.near.as_deref()))]
    Key {
        /// Where.
        at: At,
        /// The task.
        name: String,
        /// The key.
        key: String,
        /// The key that may be meant.
        near: Option<String>,
    },
    /// A value that does not fit its key.
    #[error("{at}: `{name}`: `{key}` {problem}")]
    Value {
        /// Where.
        at: At,
        /// The task or group.
        name: String,
        /// The key.
        key: String,
        /// What is wrong.
        problem: String,
    },
    /// A task that is a Python class.
    #[error("{at}: `{name}` is a Python class, which is not run here; write it as a task file")]
    Class {
        /// Where.
        at: At,
        /// The task.
        name: String,
    },
    /// A member of a group that is nothing known.
    #[error("{at}: group `{group}`: its member {member} is neither a name nor a dictionary with `task` or `group`")]
    Member {
        /// Where.
        at: At,
        /// The group.
        group: String,
        /// The place of the member, from 1.
        member: usize,
    },
    /// A group that contains itself.
    #[error("{at}: group `{group}` contains itself; take it out of its members")]
    Endless {
        /// Where.
        at: At,
        /// The group.
        group: String,
    },
}

impl ResolveFault {
    /// Where it is.
    pub fn at(&self) -> At {
        match self {
            Self::Load(fault) => fault.at(),
            Self::Key { at, .. }
            | Self::Value { at, .. }
            | Self::Class { at, .. }
            | Self::Member { at, .. }
            | Self::Endless { at, .. } => at.clone(),
        }
    }
}

fn mend(near: Option<&str>) -> String {
    near.map_or_else(|| "take it out".to_owned(), |near| format!("did you mean `{near}`?"))
}

/// Whether a task may have the key.
fn is_task_key(key: &str) -> bool {
    TASK_KEYS.contains(&key) || MORE_TASK_KEYS.contains(&key) || STRUCTURE.contains(&key)
}

/// The key of a task that may be meant by `key`.
fn near_task_key(key: &str) -> Option<&'static str> {
    nearest(key, TASK_KEYS.into_iter().chain(MORE_TASK_KEYS))
}

/// The task that a file says, with overrides put over it.
pub(super) fn task_of(mut raw: Raw, file: &Path, overrides: Option<&Overrides>) -> Result<TaskConfig, ResolveFault> {
    let tag = raw.map.get("tag").cloned();
    for (key, field) in overrides.into_iter().flatten() {
        raw.places.shift_remove(key);
        raw.map.insert(key.clone(), field.clone());
    }
    // The tags stay the file's own, whatever a group says.
    match tag {
        Some(tag) => raw.map.insert("tag".to_owned(), tag),
        None => raw.map.shift_remove("tag"),
    };
    if raw.map.contains_key("class") {
        let name = raw.map.get("task").and_then(text).unwrap_or_default().to_owned();
        return Err(ResolveFault::Class { at: At { file: file.to_owned(), line: None }, name });
    }
    resolve(&raw, file)
}

pub(super) fn text(field: &Field) -> Option<&str> {
    match field {
        Field::Value(value) => value.as_str(),
        _ => None,
    }
}

/// Resolves what `raw` says, which `file` says first of all.
pub(super) fn resolve(raw: &Raw, file: &Path) -> Result<TaskConfig, ResolveFault> {
    let name = match raw.map.get("task") {
        Some(Field::Value(Value::Str(name))) => name.to_string(),
        _ => file.display().to_string(),
    };
    let reader = Reader::new(raw, file, &name);
    if !matches!(raw.map.get("task"), Some(Field::Value(Value::Str(_)))) {
        return Err(reader.fault("task", "is missing or is no text; name the task with it"));
    }
    if let Some(key) = raw.map.keys().find(|key| !is_task_key(key)) {
        let near = near_task_key(key).map(str::to_owned);
        return Err(ResolveFault::Key { at: reader.at(key), name, key: key.clone(), near });
    }
    let mut config = read(&reader, file)?;
    config.fewshot = fewshot(&reader, &config)?;
    Ok(config)
}

/// Everything but the few-shot part, which takes from all else.
fn read(reader: &Reader<'_>, file: &Path) -> Result<TaskConfig, ResolveFault> {
    let fewshot_delimiter = reader.text("fewshot_delimiter")?.unwrap_or_else(|| "\n\n".to_owned());
    let output_type = output_type(reader)?;
    Ok(TaskConfig {
        task: reader.text("task")?.unwrap_or_default(),
        alias: reader.name("task_alias")?,
        tags: tags(reader.get("tag")).map_err(|found| reader.fault("tag", format!("takes texts, not a {found}")))?,
        file: file.to_owned(),
        data: data(reader)?,
        process_docs: reader.function("process_docs")?,
        doc_to_text: reader.get("doc_to_text").cloned(),
        doc_to_target: reader.get("doc_to_target").cloned(),
        doc_to_choice: reader.get("doc_to_choice").cloned(),
        media: ["doc_to_image", "doc_to_audio"].into_iter().find(|key| reader.get(key).is_some()),
        unsafe_code: reader.truth("unsafe_code")?.unwrap_or(false),
        process_results: reader.function("process_results")?,
        use_prompt: reader.text("use_prompt")?,
        description: reader.get("description").filter(|field| **field != Field::Value("".into())).cloned(),
        target_delimiter: reader.text("target_delimiter")?.unwrap_or_else(|| " ".to_owned()),
        gen_prefix: reader.text("gen_prefix")?,
        fewshot: FewshotConfig::default(),
        num_fewshot: reader.count("num_fewshot")?,
        metrics: metrics(reader)?,
        generation: generation(reader, output_type, &fewshot_delimiter)?,
        output_type,
        fewshot_delimiter,
        repeats: reader.count("repeats")?.unwrap_or(1),
        filters: filters(reader)?,
        should_decontaminate: reader.truth("should_decontaminate")?.unwrap_or(false),
        doc_to_decontamination_query: match reader.get("doc_to_decontamination_query") {
            // Nothing here looks for contamination, so a function has nothing to do.
            Some(Field::Function(_)) => None,
            _ => reader.text("doc_to_decontamination_query")?,
        },
        metadata: metadata(reader)?,
    })
}

fn output_type(reader: &Reader<'_>) -> Result<OutputType, ResolveFault> {
    match reader.text("output_type")?.as_deref() {
        None | Some("generate_until") => Ok(OutputType::GenerateUntil),
        Some("multiple_choice") => Ok(OutputType::MultipleChoice),
        Some("loglikelihood") => Ok(OutputType::LogLikelihood),
        Some("loglikelihood_rolling") => Ok(OutputType::Rolling),
        Some(other) => Err(reader.fault(
            "output_type",
            format!(
                "is `{other}`; write `generate_until`, `multiple_choice`, `loglikelihood` or `loglikelihood_rolling`"
            ),
        )),
    }
}

fn data(reader: &Reader<'_>) -> Result<DataConfig, ResolveFault> {
    Ok(DataConfig {
        path: reader.text("dataset_path")?,
        name: reader.name("dataset_name")?,
        kwargs: reader.dict("dataset_kwargs")?.unwrap_or_default(),
        custom: reader.function("custom_dataset")?,
        training_split: reader.text("training_split")?,
        validation_split: reader.text("validation_split")?,
        test_split: reader.text("test_split")?,
        fewshot_split: reader.text("fewshot_split")?,
    })
}

/// As lm-eval keeps it: what is no dictionary stands under `_metadata`.
fn metadata(reader: &Reader<'_>) -> Result<Dict, ResolveFault> {
    match reader.get("metadata") {
        Some(Field::Value(Value::Dict(dict))) => Ok(dict.clone()),
        Some(Field::Value(other)) => Ok(Dict::from_iter([("_metadata".into(), other.clone())])),
        Some(_) => Err(reader.fault("metadata", "takes plain values, not functions")),
        None => Ok(Dict::new()),
    }
}

fn metrics(reader: &Reader<'_>) -> Result<Vec<MetricConfig>, ResolveFault> {
    const KEY: &str = "metric_list";
    let Some(list) = reader.get(KEY) else { return Ok(Vec::new()) };
    let mut metrics = Vec::new();
    for item in reader.items(KEY, list)? {
        let mut kwargs = reader.entries(KEY, &item)?;
        let metric = match kwargs.shift_remove("metric") {
            Some(metric @ (Field::Function(_) | Field::Value(Value::Str(_)))) => metric,
            Some(_) => return Err(reader.fault(KEY, "takes a name or a function as `metric`")),
            None => return Err(reader.fault(KEY, "has an entry without `metric`; name the metric")),
        };
        let aggregation = kwargs.shift_remove("aggregation").filter(|field| *field != Field::Value(Value::None));
        let higher_is_better = match kwargs.shift_remove("higher_is_better") {
            None | Some(Field::Value(Value::None)) => None,
            Some(Field::Value(value)) => Some(value.is_truthy()),
            Some(_) => return Err(reader.fault(KEY, "takes true or false as `higher_is_better`")),
        };
        metrics.push(MetricConfig { metric, aggregation, higher_is_better, kwargs });
    }
    Ok(metrics)
}

fn filters(reader: &Reader<'_>) -> Result<Vec<FilterConfig>, ResolveFault> {
    const KEY: &str = "filter_list";
    let Some(list) = reader.get(KEY) else { return Ok(Vec::new()) };
    let mut filters = Vec::new();
    for item in reader.items(KEY, list)? {
        let mut entries = reader.entries(KEY, &item)?;
        let Some(Field::Value(Value::Str(name))) = entries.get("name") else {
            return Err(reader.fault(KEY, "has an entry without `name`; name the pipeline"));
        };
        let name = name.to_string();
        let Some(steps) = entries.shift_remove("filter") else {
            return Err(reader.fault(KEY, format!("has no `filter` in `{name}`; list its steps there")));
        };
        let steps = reader.items(KEY, &steps)?;
        let steps = steps.iter().map(|step| filter_step(reader, &name, step)).collect::<Result<_, _>>()?;
        filters.push(FilterConfig { name, steps });
    }
    Ok(filters)
}

fn filter_step(reader: &Reader<'_>, name: &str, step: &Field) -> Result<FilterStep, ResolveFault> {
    const KEY: &str = "filter_list";
    let mut kwargs = reader.entries(KEY, step)?;
    match kwargs.shift_remove("function") {
        Some(function @ (Field::Function(_) | Field::Value(Value::Str(_)))) => Ok(FilterStep { function, kwargs }),
        _ => Err(reader.fault(KEY, format!("has a step without `function` in `{name}`; name the filter"))),
    }
}

/// What `generation_kwargs` say; `until` is the few-shot delimiter where they do not say it.
fn generation(reader: &Reader<'_>, output: OutputType, delimiter: &str) -> Result<Generation, ResolveFault> {
    const KEY: &str = "generation_kwargs";
    let Some(mut more) = reader.dict(KEY)? else {
        return Ok(match output {
            OutputType::GenerateUntil => Generation {
                until: vec![delimiter.to_owned()],
                max_tokens: Some(DEFAULT_MAX_TOKENS),
                do_sample: Some(false),
                temperature: Some(0.0),
                more: Dict::new(),
            },
            _ => Generation::default(),
        });
    };
    let until = match more.shift_remove("until") {
        None => vec![delimiter.to_owned()],
        Some(Value::None) => Vec::new(),
        Some(Value::Str(text)) => vec![text.to_string()],
        Some(Value::List(texts)) => {
            let texts = texts.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<_>>();
            texts.ok_or_else(|| reader.fault(KEY, "takes texts in `until`"))?
        }
        Some(_) => return Err(reader.fault(KEY, "takes a text or a list of texts as `until`")),
    };
    let temperature = match more.shift_remove("temperature") {
        None => None,
        Some(Value::Str(text)) => {
            let number = text.trim().parse().ok();
            Some(number.ok_or_else(|| reader.fault(KEY, format!("has `{text}` as `temperature`; write a number")))?)
        }
        Some(value) => {
            let number = value.as_f64();
            Some(number.ok_or_else(|| reader.fault(KEY, "takes a number as `temperature`"))?)
        }
    };
    let do_sample = match more.shift_remove("do_sample") {
        None | Some(Value::None) => None,
        Some(value) => Some(value.is_truthy()),
    };
    // lm-eval's order: the first of these that is given counts.
    let mut max_tokens = None;
    for name in ["max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens"] {
        if let Some(value) = more.shift_remove(name).filter(|value| !value.is_none()) {
            let count = tokens(&value).ok_or_else(|| reader.fault(KEY, format!("takes a whole number as `{name}`")))?;
            max_tokens = max_tokens.or(Some(count));
        }
    }
    Ok(Generation { until, max_tokens, do_sample, temperature, more })
}

/// A number of tokens as Python's `int` makes it.
fn tokens(value: &Value) -> Option<u32> {
    match value {
        Value::Int(number) => u32::try_from(*number).ok(),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, and cut as Python cuts")]
        Value::Float(number) => (0.0..4_294_967_295.0).contains(number).then_some(*number as u32),
        Value::Str(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The few-shot part: what it says itself, `null` included, and else what the task says.
fn fewshot(reader: &Reader<'_>, task: &TaskConfig) -> Result<FewshotConfig, ResolveFault> {
    const KEY: &str = "fewshot_config";
    let entries = match reader.get(KEY) {
        Some(field) => reader.entries(KEY, field)?,
        None => IndexMap::new(),
    };
    if let Some(key) = entries.keys().find(|key| !FEWSHOT_KEYS.contains(&key.as_str())) {
        let near = nearest(key, FEWSHOT_KEYS.into_iter()).map(str::to_owned);
        let (at, name) = (reader.at(KEY), task.task.clone());
        return Err(ResolveFault::Key { at, name, key: format!("{KEY}.{key}"), near });
    }
    let raw = Raw { map: entries, ..Raw::default() };
    let at = reader.at(KEY);
    let inner = Reader::new(&raw, &at.file, &task.task);
    let given = |key: &str| raw.map.contains_key(key);
    let field = |key: &str, own: &Option<Field>| {
        if given(key) { inner.get(key).cloned() } else { own.clone() }
    };
    let within = |fault| match fault {
        ResolveFault::Value { name, key, problem, .. } => {
            ResolveFault::Value { at: at.clone(), name, key: format!("{KEY}.{key}"), problem }
        }
        other => other,
    };
    Ok(FewshotConfig {
        sampler: inner.text("sampler").map_err(within)?.unwrap_or_else(|| "default".to_owned()),
        split: if given("split") { inner.text("split").map_err(within)? } else { task.data.fewshot_split.clone() },
        process_docs: match given("process_docs") {
            true => inner.function("process_docs").map_err(within)?,
            false => task.process_docs.clone(),
        },
        indices: indices(&inner).map_err(within)?,
        samples: samples(&inner).map_err(within)?,
        doc_to_text: field("doc_to_text", &task.doc_to_text),
        doc_to_choice: field("doc_to_choice", &task.doc_to_choice),
        doc_to_target: field("doc_to_target", &task.doc_to_target),
        gen_prefix: match given("gen_prefix") {
            true => inner.text("gen_prefix").map_err(within)?,
            false => task.gen_prefix.clone(),
        },
        fewshot_delimiter: inner
            .text("fewshot_delimiter")
            .map_err(within)?
            .unwrap_or_else(|| task.fewshot_delimiter.clone()),
        target_delimiter: inner
            .text("target_delimiter")
            .map_err(within)?
            .unwrap_or_else(|| task.target_delimiter.clone()),
    })
}

fn indices(reader: &Reader<'_>) -> Result<Option<Vec<usize>>, ResolveFault> {
    const KEY: &str = "fewshot_indices";
    let Some(list) = reader.get(KEY) else { return Ok(None) };
    let index = |item: &Field| match item {
        Field::Value(Value::Int(number)) => usize::try_from(*number).ok(),
        _ => None,
    };
    let indices = reader.items(KEY, list)?.iter().map(index).collect::<Option<_>>();
    indices.map(Some).ok_or_else(|| reader.fault(KEY, "takes whole numbers from 0"))
}

fn samples(reader: &Reader<'_>) -> Result<Option<Field>, ResolveFault> {
    match reader.get("samples") {
        None => Ok(None),
        Some(samples @ (Field::Function(_) | Field::Value(Value::List(_)))) => Ok(Some(samples.clone())),
        Some(_) => Err(reader.fault("samples", "takes a list of documents or a function that makes one")),
    }
}
