//! Filters that rewrite every repeat.

use super::{FilterFault, Held};
use crate::hook::PortFault;
use crate::score::text;
use crate::{Dict, Value};

/// Which case.
#[derive(Clone, Copy)]
pub(super) enum Case {
    Lower,
    Upper,
}

/// `remove_whitespace`: none at the ends.
pub(super) fn strip(held: Held) -> Result<Held, PortFault> {
    rewrite(held, "remove_whitespace", |given| text::strip(given).to_owned())
}

/// `lowercase` and `uppercase`.
pub(super) fn change_case(held: Held, case: Case) -> Result<Held, PortFault> {
    match case {
        Case::Lower => rewrite(held, "lowercase", str::to_lowercase),
        Case::Upper => rewrite(held, "uppercase", str::to_uppercase),
    }
}

fn rewrite(held: Held, filter: &str, change: impl Fn(&str) -> String) -> Result<Held, PortFault> {
    let Some(given) = held.value.as_str() else {
        return Err(PortFault(format!("{filter}: a text is needed, not {}", held.value.type_name())));
    };
    Ok(Held { value: change(given).into(), missed: held.missed })
}

/// The arguments of `map`.
pub(super) fn read(kwargs: &Dict) -> Result<(Dict, Value), FilterFault> {
    let map = match kwargs.get("mapping_dict") {
        None | Some(Value::None) => Dict::new(),
        Some(Value::Dict(map)) => map.clone(),
        Some(_) => {
            return Err(FilterFault::Argument { filter: "map", argument: "mapping_dict", what: "a dictionary" });
        }
    };
    Ok((map, kwargs.get("default_value").cloned().unwrap_or_default()))
}

/// `map`: what stands under the repeat, or the default.
pub(super) fn look_up(held: Held, map: &Dict, default: &Value) -> Result<Held, PortFault> {
    if matches!(held.value, Value::List(_) | Value::Dict(_)) {
        return Err(PortFault(format!("map: a {} cannot be looked up", held.value.type_name())));
    }
    let value = held.value.as_str().and_then(|key| map.get(key)).unwrap_or(default).clone();
    Ok(Held { value, missed: held.missed })
}
