//! Filters: what is taken out of an answer before it is scored.
//!
//! A pipeline is a list of steps; it starts from the list of an item's repeats. A step such as `regex` works on every
//! member of the list; `take_first` puts its first member in place of the list. As in lm-eval, a step that comes after
//! `take_first` works on the *characters* of the text, as iterating a Python string does.
//!
//! Every value carries a mark that says whether an extracting step found nothing and put its fallback in its place. The
//! mark lets the scorer tell a wrong answer from none.

mod choice;
mod literal;
mod map;
mod pattern;
mod select;
mod span;

use indexmap::IndexMap;

use self::choice::ChoiceRegex;
use self::map::Case;
pub(crate) use self::pattern::Pattern;
use self::pattern::{PosTags, Regex};
use self::span::Spans;
use crate::hook::{FilterPort, Hooks, Port, PortFault, Refusal};
use crate::task::{Field, FilterConfig, FilterStep};
use crate::{Dict, Document, Value};

/// The text that lm-eval puts where an extraction found nothing.
pub const INVALID: &str = "[invalid]";

/// The filters of lm-eval that are known by name.
pub const FILTERS: [&str; 12] = [
    "custom",
    "format_span",
    "lowercase",
    "majority_vote",
    "map",
    "multi_choice_regex",
    "regex",
    "regex_pos",
    "remove_whitespace",
    "take_first",
    "take_first_k",
    "uppercase",
];

/// Whether a task file may name this filter.
pub fn knows_filter(name: &str) -> bool {
    FILTERS.contains(&name)
}

/// Why a filter cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterFault {
    /// There is no such filter.
    #[error("there is no filter {0:?}; mend the name, or leave the pipeline out")]
    Unknown(String),
    /// It exists in lm-eval, where it does nothing.
    #[error("the filter {0:?} gives no answers at all, in lm-eval either; leave it out")]
    Empty(&'static str),
    /// An argument is missing or of another type.
    #[error("the filter {filter:?} needs {what} as {argument:?}")]
    Argument {
        /// The filter.
        filter: &'static str,
        /// The argument.
        argument: &'static str,
        /// What it should be.
        what: &'static str,
    },
    /// A pattern cannot be read.
    #[error("the pattern {pattern:?} cannot be read: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A Python function or class has no port.
    #[error(transparent)]
    Hook(#[from] Refusal),
    /// A Python function or class has a port, but not of a filter.
    #[error("the port of {0:?} is not a filter")]
    Port(String),
}

/// A value on its way through a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Held {
    /// The value.
    pub(crate) value: Value,
    /// Whether it is a fallback: an extraction found nothing.
    pub(crate) missed: bool,
}

impl Held {
    pub(crate) fn found(value: impl Into<Value>) -> Self {
        Self { value: value.into(), missed: false }
    }
}

/// What a pipeline has in hand: a list, or what `take_first` left of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// A list of repeats.
    Many(Vec<Held>),
    /// One value.
    One(Held),
}

impl State {
    /// The members that a Python loop over it would see.
    pub(crate) fn members(self) -> Result<Vec<Held>, PortFault> {
        let one = match self {
            Self::Many(many) => return Ok(many),
            Self::One(one) => one,
        };
        let missed = one.missed;
        let held = |value| Held { value, missed };
        match one.value {
            Value::Str(text) => Ok(text.chars().map(|character| held(character.to_string().into())).collect()),
            Value::List(list) => Ok(list.into_iter().map(held).collect()),
            Value::Dict(dict) => Ok(dict.into_keys().map(|key| held(key.into())).collect()),
            other => Err(PortFault(format!("a filter needs a list or a text, not {}", other.type_name()))),
        }
    }

    /// Every member changed.
    fn each(self, change: impl Fn(Held) -> Result<Held, PortFault>) -> Result<Self, PortFault> {
        Ok(Self::Many(self.members()?.into_iter().map(change).collect::<Result<_, _>>()?))
    }

    /// Whether there is nothing in it but fallbacks.
    pub(crate) fn is_missed(&self) -> bool {
        match self {
            Self::Many(many) => !many.is_empty() && many.iter().all(|held| held.missed),
            Self::One(one) => one.missed,
        }
    }

    /// As a value.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Many(many) => Value::List(many.into_iter().map(|held| held.value).collect()),
            Self::One(one) => one.value,
        }
    }
}

/// A named list of steps.
pub(crate) struct Pipeline {
    pub(crate) name: std::sync::Arc<str>,
    steps: Vec<Step>,
}

impl Pipeline {
    /// The pipeline of a task file.
    pub(crate) fn new(config: &FilterConfig, hooks: &Hooks) -> Result<Self, FilterFault> {
        let steps = config.steps.iter().map(|step| Step::new(step, hooks)).collect::<Result<_, _>>()?;
        Ok(Self { name: config.name.as_str().into(), steps })
    }

    /// `none: [take_first]`.
    pub(crate) fn plain() -> Self {
        Self { name: "none".into(), steps: vec![Step::First] }
    }

    /// Whether it takes an answer out of a text, so that it can find none.
    pub(crate) fn extracts(&self) -> bool {
        self.steps.iter().any(Step::extracts)
    }

    /// Applies it to the repeats of one request.
    pub(crate) fn apply(&self, repeats: &[Value], doc: &Document) -> Result<State, PortFault> {
        let start = State::Many(repeats.iter().cloned().map(Held::found).collect());
        self.steps.iter().try_fold(start, |state, step| step.apply(state, doc))
    }
}

enum Step {
    First,
    FirstOf(usize),
    Majority,
    Strip,
    Case(Case),
    Map { map: Dict, default: Value },
    Regex(Box<Regex>),
    ChoiceRegex(Box<ChoiceRegex>),
    PosTags(PosTags),
    Spans(Box<Spans>),
    Port { port: FilterPort, kwargs: Dict },
}

impl Step {
    fn new(step: &FilterStep, hooks: &Hooks) -> Result<Self, FilterFault> {
        let name = match &step.function {
            Field::Value(Value::Str(name)) => name,
            Field::Function(function) => return Self::port(function, &step.kwargs, hooks),
            other => return Err(FilterFault::Unknown(format!("{other:?}"))),
        };
        let kwargs = plain(&step.kwargs);
        Ok(match name.as_ref() {
            "take_first" => Self::First,
            "take_first_k" => Self::FirstOf(select::count(&kwargs)?),
            "majority_vote" => Self::Majority,
            "remove_whitespace" => Self::Strip,
            "lowercase" => Self::Case(Case::Lower),
            "uppercase" => Self::Case(Case::Upper),
            "map" => map::read(&kwargs).map(|(map, default)| Self::Map { map, default })?,
            "regex" => Self::Regex(Box::new(Regex::new(&kwargs)?)),
            "multi_choice_regex" => Self::ChoiceRegex(Box::new(ChoiceRegex::new(&kwargs)?)),
            "regex_pos" => Self::PosTags(PosTags::new(&kwargs)?),
            "format_span" => Self::Spans(Box::new(Spans::new()?)),
            "custom" => match step.kwargs.get("filter_fn") {
                Some(Field::Function(function)) => return Self::port(function, &step.kwargs, hooks),
                _ => {
                    let what = "a function";
                    return Err(FilterFault::Argument { filter: "custom", argument: "filter_fn", what });
                }
            },
            "decontaminate" => return Err(FilterFault::Empty("decontaminate")),
            other => return Err(FilterFault::Unknown(other.into())),
        })
    }

    fn port(
        function: &crate::task::Function,
        kwargs: &IndexMap<String, Field>,
        hooks: &Hooks,
    ) -> Result<Self, FilterFault> {
        match hooks.find(function)? {
            Port::Filter(port) => Ok(Self::Port { port, kwargs: plain(kwargs) }),
            _ => Err(FilterFault::Port(function.name.clone())),
        }
    }

    fn extracts(&self) -> bool {
        matches!(self, Self::Regex(_) | Self::ChoiceRegex(_) | Self::PosTags(_) | Self::Port { .. })
    }

    fn apply(&self, state: State, doc: &Document) -> Result<State, PortFault> {
        match self {
            Self::First => select::first(state),
            Self::FirstOf(count) => select::first_of(state, *count),
            Self::Majority => select::majority(state),
            Self::Strip => state.each(map::strip),
            Self::Case(case) => state.each(|held| map::change_case(held, *case)),
            Self::Map { map, default } => state.each(|held| map::look_up(held, map, default)),
            Self::Regex(regex) => state.each(|held| regex.apply(held)),
            Self::ChoiceRegex(regex) => regex.apply(state, doc),
            Self::PosTags(tags) => state.each(|held| tags.apply(&held)),
            Self::Spans(spans) => state.each(|held| spans.apply(held)),
            Self::Port { port, kwargs } => {
                let values: Vec<Value> = state.members()?.into_iter().map(|held| held.value).collect();
                Ok(ported(port(&values, doc, kwargs)?))
            }
        }
    }
}

/// What a port gave. It has no mark of its own, so lm-eval's word for "found nothing" is taken for one.
fn ported(value: Value) -> State {
    let held = |value: Value| Held { missed: value.as_str() == Some(INVALID), value };
    match value {
        Value::List(list) => State::Many(list.into_iter().map(held).collect()),
        other => State::One(held(other)),
    }
}

/// The arguments that are plain values.
fn plain(kwargs: &IndexMap<String, Field>) -> Dict {
    let value = |field: &Field| match field {
        Field::Value(value) => Some(value.clone()),
        _ => None,
    };
    kwargs.iter().filter_map(|(key, field)| Some((key.as_str().into(), value(field)?))).collect()
}

/// What Python's `list[index]` takes: a negative index counts from the end.
fn at<T>(list: &[T], index: i64) -> Result<&T, PortFault> {
    let place = if index < 0 { index + i64::try_from(list.len()).unwrap_or(i64::MAX) } else { index };
    let found = usize::try_from(place).ok().and_then(|place| list.get(place));
    found.ok_or_else(|| PortFault(format!("there is no match {index}; there are {}", list.len())))
}

#[cfg(test)]
mod tests;
