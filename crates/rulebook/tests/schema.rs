//! The schema beside the shipped rulebooks is the one that the types give.

use std::{env, fs, path::PathBuf};

use serde_json::Value;

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../programmes/rulebook.schema.json")
}

/// With `UPDATE_SCHEMA=1` in the environment this writes the file.
#[test]
fn the_checked_in_schema_is_current() {
    let current = serde_json::to_string_pretty(&rulebook::schema()).unwrap() + "\n";
    if env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(file(), &current).unwrap();
    }
    let stored = fs::read_to_string(file()).unwrap_or_default();
    assert!(stored == current, "programmes/rulebook.schema.json is old; run this test with UPDATE_SCHEMA=1");
}

/// Every schema within the schema.
fn all(schema: &Value) -> Vec<&serde_json::Map<String, Value>> {
    let mut found = Vec::new();
    let mut waiting = vec![schema];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(fields) => {
                found.push(fields);
                waiting.extend(fields.values());
            }
            Value::Array(list) => waiting.extend(list),
            _ => {}
        }
    }
    found
}

#[test]
fn it_is_of_draft_2020_12_and_every_reference_leads_somewhere() {
    let schema = rulebook::schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for part in all(&schema) {
        if let Some(Value::String(reference)) = part.get("$ref") {
            let name = reference.strip_prefix("#/$defs/").unwrap();
            assert!(schema["$defs"].get(name).is_some(), "{reference} leads nowhere");
        }
    }
}

#[test]
fn nothing_may_be_null_because_toml_has_no_null() {
    for part in all(&rulebook::schema()) {
        let null = part
            .get("type")
            .is_some_and(|kind| kind == "null" || kind.as_array().is_some_and(|kinds| kinds.contains(&"null".into())));
        assert!(!null, "{part:?}");
    }
}

#[test]
fn no_table_takes_keys_that_it_does_not_know() {
    for part in all(&rulebook::schema()) {
        if part.get("properties").is_some_and(|keys| keys.as_object().is_some_and(|keys| !keys.contains_key("$ref")))
            && part.get("type") == Some(&"object".into())
        {
            assert_eq!(part.get("additionalProperties"), Some(&Value::Bool(false)), "{part:?}");
        }
    }
}

#[test]
fn an_editor_can_show_what_a_key_means() {
    let schema = rulebook::schema();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            let described = property.get("description").is_some() || property.get("$ref").is_some();
            assert!(described, "`{key}` of {name} has no description");
        }
    }
}
