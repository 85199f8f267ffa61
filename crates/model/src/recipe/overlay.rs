//! A recipe file laid over what the dial gives: unknown keys and wrong types are told with their place.

use toml::{Table, Value};

use super::{Dial, Lanes, Recipe, RecipeFault, require};
use crate::{RopeScaling, Shape};

/// Reads a file, in the order in which values follow from each other: dial, sizes, lanes, rates.
pub(super) fn read(text: &str) -> Result<Recipe, RecipeFault> {
    let file: Table = text.parse().map_err(|fault: toml::de::Error| RecipeFault::Toml(one_line(&fault)))?;
    let dial = dial(&file)?;
    let shape: Shape = section(&file, "shape", &dial.shape()?)?;
    let plain = dial.recipe(shape, None);
    let lanes: Lanes = section(&file, "lanes", &plain.lanes)?;
    // A batch is cut into lanes: they must be sound before it is made.
    require(lanes.lanes > 0, "lanes.lanes", lanes.lanes, "write a whole number above 0")?;
    require(lanes.rows > 0, "lanes.rows", lanes.rows, "write a whole number above 0")?;
    let mut recipe = dial.recipe(plain.shape, Some(lanes));
    steps_follow_the_batch(&file, &dial, &mut recipe)?;
    let mut all = table(&recipe);
    lay_over(&mut all, &file, "")?;
    Value::Table(all).try_into().map_err(|fault| RecipeFault::Toml(one_line(&fault)))
}

/// What the top of a file says of the dial.
fn dial(file: &Table) -> Result<Dial, RecipeFault> {
    let told = |key: &str| file.get(key).and_then(Value::as_integer).and_then(|number| usize::try_from(number).ok());
    let depth = match file.get("depth") {
        None => Err(type_fault("depth", "not there", "`depth = 4`, or another number of blocks")),
        Some(value) => told("depth").ok_or_else(|| type_fault("depth", kind_of(value), "a whole number above 0")),
    }?;
    let vocab_size = file.get("tokenizer").and_then(|part| part.get("vocab_size")).and_then(Value::as_integer);
    let ratio = file.get("tokens_per_parameter").and_then(number);
    let plain = Dial::new(depth);
    Ok(Dial {
        vocab_size: vocab_size.and_then(|size| usize::try_from(size).ok()),
        tokens_per_parameter: ratio.unwrap_or(plain.tokens_per_parameter),
        ..plain
    })
}

/// A batch of another size takes another number of steps to the same tokens.
fn steps_follow_the_batch(file: &Table, dial: &Dial, recipe: &mut Recipe) -> Result<(), RecipeFault> {
    let told = |key: &str| file.get("schedule").and_then(|part| part.get(key)).and_then(Value::as_integer);
    if let Some(batch) = told("batch_tokens") {
        let batch = usize::try_from(batch).unwrap_or_default();
        let remedy = "write a multiple of `lanes.lanes` · `lanes.rows` · `shape.context`, above 0";
        require(batch > 0, "schedule.batch_tokens", batch, remedy)?;
        recipe.schedule = super::dial::schedule(&recipe.shape, batch, dial.tokens_per_parameter);
    }
    if let Some(steps) = told("steps").and_then(|steps| u64::try_from(steps).ok()) {
        recipe.schedule.set_steps(steps);
    }
    Ok(())
}

/// One section of the file over what was there.
fn section<T>(file: &Table, name: &'static str, plain: &T) -> Result<T, RecipeFault>
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let mut all = table(plain);
    match file.get(name) {
        None => {}
        Some(Value::Table(told)) => lay_over(&mut all, told, name)?,
        Some(other) => return Err(type_fault(name, kind_of(other), &format!("a section `[{name}]`"))),
    }
    Value::Table(all).try_into().map_err(|fault| RecipeFault::Toml(format!("in `[{name}]`: {}", one_line(&fault))))
}

#[expect(clippy::expect_used, reason = "structs of numbers and names are TOML")]
fn table<T: serde::Serialize>(plain: &T) -> Table {
    Table::try_from(plain).expect("a struct of numbers and names is a table")
}

/// Replaces values by told ones of the same type, section by section.
fn lay_over(plain: &mut Table, told: &Table, section: &str) -> Result<(), RecipeFault> {
    for (key, value) in told {
        let place = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
        match (plain.get_mut(key), value) {
            // The one field that may be missing; its own fields are checked as it is read.
            (_, Value::Table(_)) if place == "shape.rope_scaling" => {
                let scaling: RopeScaling = value.clone().try_into().map_err(|fault: toml::de::Error| {
                    RecipeFault::Toml(format!("in `[{place}]`: {}", one_line(&fault)))
                })?;
                plain.insert(key.clone(), Value::Table(table(&scaling)));
            }
            (None, _) => return Err(unknown(place, plain, section)),
            (Some(Value::Table(inner)), Value::Table(value)) => lay_over(inner, value, &place)?,
            (Some(slot), _) => *slot = same_type(slot, value, &place)?,
        }
    }
    Ok(())
}

fn same_type(slot: &Value, told: &Value, place: &str) -> Result<Value, RecipeFault> {
    match (slot, told) {
        (Value::Float(_), _) if number(told).is_some() => Ok(Value::Float(number(told).unwrap_or_default())),
        (Value::Integer(_), Value::Integer(number)) if *number < 0 => {
            Err(type_fault(place, &number.to_string(), "a whole number, 0 or above"))
        }
        _ if slot.same_type(told) => Ok(told.clone()),
        _ => Err(type_fault(place, kind_of(told), kind_of(slot))),
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

fn unknown(key: String, plain: &Table, section: &str) -> RecipeFault {
    let keys: Vec<&str> = plain.keys().map(String::as_str).collect();
    let whose = if section.is_empty() { "a recipe".to_owned() } else { format!("`[{section}]`") };
    RecipeFault::UnknownKey { key, known: format!("{whose} knows {}", keys.join(", ")) }
}

fn type_fault(key: &str, found: &str, expected: &str) -> RecipeFault {
    RecipeFault::Type { key: key.to_owned(), found: found.to_owned(), expected: expected.to_owned() }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
    }
}

fn one_line(fault: &toml::de::Error) -> String {
    fault.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
