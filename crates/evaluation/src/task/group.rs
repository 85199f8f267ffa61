//! A group: its members, and how their results become one.

use indexmap::IndexMap;

use super::read::Reader;
use super::{Field, ResolveFault};
use crate::{Dict, Value};

/// The keys of a group; any other is an override of every member.
pub(super) const GROUP_KEYS: [&str; 5] = ["group", "group_alias", "task", "aggregate_metric_list", "metadata"];

/// A group as its file says it, lm-eval's `GroupConfig`, with its members found.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupConfig {
    /// The name; a group written inside another is `outer::inner`.
    pub name: String,
    /// What it is called in tables.
    pub alias: Option<String>,
    /// The names of its members, tasks and groups, in order, each once.
    pub members: Vec<String>,
    /// How the results of the members become results of the group; empty is not at all.
    pub aggregate_metrics: Vec<AggregateMetric>,
    /// Anything; `version` is shown in tables.
    pub metadata: Dict,
}

/// How one metric of the members becomes one of the group.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregateMetric {
    /// The metric.
    pub metric: String,
    /// The filter pipelines; none is every one that a member has.
    pub filters: Option<Vec<String>>,
    /// `mean`, or a function.
    pub aggregation: Field,
    /// Whether a member counts by its number of documents, rather than as one.
    pub weight_by_size: bool,
}

/// Reads what a group says of itself; its members are found later.
pub(super) fn read(name: &str, reader: &Reader<'_>) -> Result<GroupConfig, ResolveFault> {
    let aggregate_metrics = match reader.get("aggregate_metric_list") {
        None => Vec::new(),
        Some(list @ (Field::Dict(_) | Field::Value(Value::Dict(_)))) => vec![aggregate(list, reader)?],
        Some(list) => reader
            .items("aggregate_metric_list", list)?
            .iter()
            .map(|item| aggregate(item, reader))
            .collect::<Result<_, _>>()?,
    };
    Ok(GroupConfig {
        name: name.to_owned(),
        alias: reader.name("group_alias")?,
        members: Vec::new(),
        aggregate_metrics,
        metadata: reader.dict("metadata")?.unwrap_or_default(),
    })
}

fn aggregate(item: &Field, reader: &Reader<'_>) -> Result<AggregateMetric, ResolveFault> {
    const KEY: &str = "aggregate_metric_list";
    let entries: IndexMap<String, Field> = reader.entries(KEY, item)?;
    if let Some(unknown) =
        entries.keys().find(|key| !["metric", "filter_list", "aggregation", "weight_by_size"].contains(&key.as_str()))
    {
        return Err(reader.fault(KEY, format!("has an entry with `{unknown}`, which is not known; take it out")));
    }
    let metric = match entries.get("metric") {
        Some(Field::Value(Value::Str(metric))) => metric.to_string(),
        // A task's metric that is a function goes by the function's name.
        Some(Field::Function(function)) => function.name.clone(),
        _ => return Err(reader.fault(KEY, "has an entry without `metric`; name the metric")),
    };
    let filters = match entries.get("filter_list") {
        None | Some(Field::Value(Value::None)) => None,
        Some(Field::Value(Value::Str(filter))) => Some(vec![filter.to_string()]),
        Some(Field::Value(Value::List(filters))) => {
            let text = |filter: &Value| filter.as_str().map(str::to_owned);
            let filters = filters.iter().map(text).collect::<Option<Vec<_>>>();
            Some(filters.ok_or_else(|| reader.fault(KEY, "takes names of filter pipelines as `filter_list`"))?)
        }
        Some(_) => return Err(reader.fault(KEY, "takes names of filter pipelines as `filter_list`")),
    };
    let aggregation = entries.get("aggregation").cloned().unwrap_or_else(|| Field::Value("mean".into()));
    if !matches!(&aggregation, Field::Function(_)) && aggregation != Field::Value("mean".into()) {
        return Err(reader.fault(KEY, "takes `mean` or a function as `aggregation`"));
    }
    let weight_by_size = match entries.get("weight_by_size") {
        None => true,
        Some(Field::Value(value)) => value.is_truthy(),
        Some(_) => return Err(reader.fault(KEY, "takes true or false as `weight_by_size`")),
    };
    Ok(AggregateMetric { metric, filters, aggregation, weight_by_size })
}
