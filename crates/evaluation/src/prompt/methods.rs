//! Python's methods on texts and lists, for templates: those whose rules differ from the ones the engine brings along, and
//! those it lacks.

use minijinja::value::{Kwargs, ValueKind, from_args};
use minijinja::{Error, ErrorKind, State, Value};

use super::view;
use crate::python::text;

type Made = Result<Value, Error>;

/// A method that the engine does not know: ours first, then those of `minijinja-contrib`.
pub(super) fn call(state: &mut State<'_, '_>, value: &Value, method: &str, args: &[Value]) -> Made {
    let found = match (value.as_str(), value.kind()) {
        (Some(text), _) => on_text(text, method, args),
        (None, ValueKind::Seq | ValueKind::Iterable) => on_list(value, method, args),
        _ => None,
    };
    match found {
        Some(made) => made,
        None => minijinja_contrib::pycompat::unknown_method_callback(state, value, method, args),
    }
}

fn fault(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

fn on_text(value: &str, method: &str, args: &[Value]) -> Option<Made> {
    Some(match method {
        "strip" => chars(args).map(|chars| Value::from(text::strip(value, chars))),
        "lstrip" => chars(args).map(|chars| Value::from(text::lstrip(value, chars))),
        "rstrip" => chars(args).map(|chars| Value::from(text::rstrip(value, chars))),
        "split" | "rsplit" => split(value, args, method == "rsplit"),
        "splitlines" => from_args(args)
            .map(|(keep,): (Option<bool>,)| text::splitlines(value, keep.unwrap_or(false)).into_iter().collect()),
        "partition" => parts(value, args, text::partition, false),
        "rpartition" => parts(value, args, text::rpartition, true),
        "index" => place(args, |part| text::find(value, part)),
        "rindex" => place(args, |part| text::rfind(value, part)),
        "removeprefix" => one(args).map(|part| value.strip_prefix(part).unwrap_or(value).into()),
        "removesuffix" => one(args).map(|part| value.strip_suffix(part).unwrap_or(value).into()),
        "count" => one(args).map(|part| text::count(value, part).into()),
        "zfill" => from_args(args).map(|(width,): (usize,)| text::zfill(value, width).into()),
        "join" => join(value, args),
        _ => return plain(value, method).map(|made| from_args(args).map(|()| made)),
    })
}

/// The methods that are given nothing.
fn plain(value: &str, method: &str) -> Option<Value> {
    let all = |of: fn(char) -> bool| Value::from(!value.is_empty() && value.chars().all(of));
    Some(match method {
        "capitalize" => text::capitalize(value).into(),
        "title" => text::title(value).into(),
        "swapcase" => text::swapcase(value).into(),
        "isdigit" => text::is_digit(value).into(),
        "isdecimal" => text::is_decimal(value).into(),
        "islower" => text::is_lower(value).into(),
        "isupper" => text::is_upper(value).into(),
        "isspace" => all(text::is_space),
        "isalpha" => all(text::is_alpha),
        "isalnum" => all(text::is_alnum),
        _ => return None,
    })
}

fn one(args: &[Value]) -> Result<&str, Error> {
    from_args(args).map(|(part,): (&str,)| part)
}

fn chars(args: &[Value]) -> Result<Option<&str>, Error> {
    let (chars,): (Option<&Value>,) = from_args(args)?;
    match chars {
        Some(value) if !value.is_none() => value.as_str().map(Some).ok_or_else(|| fault("strip takes a text")),
        _ => Ok(None),
    }
}

fn split(value: &str, args: &[Value], from_end: bool) -> Made {
    let (separator, most, kwargs): (Option<Value>, Option<i64>, Kwargs) = from_args(args)?;
    let separator = separator.or(kwargs.get("sep")?).filter(|separator| !separator.is_none());
    let most = most.or(kwargs.get("maxsplit")?).and_then(|most| usize::try_from(most).ok());
    kwargs.assert_all_used()?;
    let parts = match &separator {
        None if from_end && most.is_some() => return Err(fault("rsplit at white space with a limit is not supported")),
        None => text::split_whitespace(value, most),
        Some(separator) => match separator.as_str() {
            None => return Err(fault("the separator must be a text")),
            Some("") => return Err(fault("empty separator")),
            Some(separator) if from_end => text::rsplit(value, separator, most),
            Some(separator) => text::split(value, separator, most),
        },
    };
    Ok(parts.into_iter().collect())
}

fn parts(
    value: &str,
    args: &[Value],
    cut: for<'text> fn(&'text str, &str) -> Option<(&'text str, &'text str)>,
    last: bool,
) -> Made {
    let separator = one(args)?;
    let parts = match cut(value, separator) {
        Some((before, after)) => [before, separator, after],
        None if last => ["", "", value],
        None => [value, "", ""],
    };
    Ok(parts.into_iter().collect())
}

fn place(args: &[Value], find: impl Fn(&str) -> Option<usize>) -> Made {
    find(one(args)?).map(Value::from).ok_or_else(|| fault("substring not found"))
}

fn join(value: &str, args: &[Value]) -> Made {
    let (items,): (&Value,) = from_args(args)?;
    let mut joined = String::new();
    for (count, item) in items.try_iter()?.checked().enumerate() {
        let item = item?;
        if count > 0 {
            joined.push_str(value);
        }
        joined.push_str(item.as_str().ok_or_else(|| fault(format!("sequence item {count}: expected a text")))?);
    }
    Ok(joined.into())
}

fn on_list(value: &Value, method: &str, args: &[Value]) -> Option<Made> {
    (method == "index").then(|| {
        let (what,): (&Value,) = from_args(args)?;
        for (place, item) in value.try_iter()?.checked().enumerate() {
            if item? == *what {
                return Ok(Value::from(place));
            }
        }
        Err(fault(format!("{} is not in list", crate::python::repr(&view::to_value(what)?))))
    })
}
