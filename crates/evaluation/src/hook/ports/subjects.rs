//! Documents of one subject, where a data set holds those of many.

use std::sync::Arc;

use crate::hook::build::{Made, Told, picked};
use crate::hook::entry::Entry;
use crate::hook::rows::{get, list, text};
use crate::hook::source::Source;
use crate::{Document, Value};

pub(super) const PORTS: &[Entry] = &[
    Entry {
        keys: &["6d65c34471d474b5"],
        what: "rows whose subject is one of a list (Global-MMLU)",
        make: |source| of_list(source, "SUBJECTS", "subject", |subject| subject.to_owned()),
    },
    Entry {
        keys: &["c792341b448edec4"],
        what: "rows whose category is one of a list (Global-MMLU lite)",
        make: |source| of_list(source, "CATEGORIES", "subject_category", |name| name.to_lowercase().replace(' ', "_")),
    },
    Entry {
        keys: &["6cf9ec945a3f18eb"],
        what: "rows whose domain is one of a list (INCLUDE)",
        make: |source| {
            of_list(source, "CATEGORIES", "domain", |name| name.to_lowercase().replace(" & ", "_").replace(' ', "_"))
        },
    },
    Entry { keys: &["daf8eb164e59ffcd"], what: "rows whose subject is in a file (MMMLU)", make: of_file },
    Entry {
        keys: &["ed3ce0fe8c7d79e3"],
        what: "rows of the category that a partial binds (MMLU-Pro)",
        make: |source| rows_with("category", source.bound("subject")?.clone()),
    },
    Entry {
        keys: &[
            "c0c1dd1da7583bbe",
            "2f2364be538deb06",
            "7c4003abbcd9295d",
            "f5b53cbb7f3c131b",
            "4068c69d82591b9d",
            "5a50d1c5854c7a65",
            "0214022fe1c1bb32",
        ],
        what: "rows of the sub-task that a partial binds (Llama's multilingual MMLU)",
        make: of_subtask,
    },
    Entry {
        keys: &["0138a4a6c0cedbbd"],
        what: "rows with choices (BIG-bench)",
        make: |_| picked(|doc| Ok(!list(doc, "multiple_choice_targets")?.is_empty())),
    },
    Entry {
        keys: &["b58262845f68e4bc"],
        what: "rows with an answer and with candidates (EusExams)",
        make: |_| picked(has_candidates),
    },
    Entry {
        keys: &["44f802643d074fdd"],
        what: "rows with a fact (NorOpenBookQA)",
        make: |_| picked(|doc| Ok(!text(doc, "fact")?.is_empty())),
    },
];

/// Rows whose `column` is exactly `wanted`.
fn rows_with(column: &'static str, wanted: Value) -> Made {
    picked(move |doc| Ok(*get(doc, column)? == wanted))
}

/// The file makes `process_NAME` for every item of a constant, with a name that `slug` makes of it.
fn of_list(source: &Source, constant: &str, column: &'static str, slug: impl Fn(&str) -> String) -> Made {
    let name = &source.function().name;
    // The last one stands, as in a Python dictionary.
    let item = source.texts(constant)?.into_iter().rfind(|item| *name == format!("process_{}", slug(item)));
    rows_with(column, Value::Str(item.ok_or_else(|| format!("{constant} has nothing that makes {name}"))?))
}

/// The subjects stand in `subjects.json`, one folder up.
fn of_file(source: &Source) -> Made {
    let name = &source.function().name;
    let file = source.folder().and_then(|folder| folder.parent()).ok_or("it lies in no folder")?.join("subjects.json");
    let told = std::fs::read_to_string(&file).map_err(|fault| format!("{}: {fault}", file.display()))?;
    let subjects: Value = serde_json::from_str(&told).map_err(|fault| format!("{}: {fault}", file.display()))?;
    let subjects: Vec<Arc<str>> = match &subjects {
        Value::Dict(subjects) => subjects.keys().cloned().collect(),
        other => other.as_list().unwrap_or_default().iter().filter_map(Value::as_str).map(Arc::from).collect(),
    };
    let subject = subjects.into_iter().find(|subject| *name == format!("process_{subject}"));
    let subject = subject.ok_or_else(|| format!("{} has nothing that makes {name}", file.display()))?;
    picked(move |doc| Ok(get(doc, "Subject")?.as_str().is_some_and(|told| plain_subject(told) == &*subject)))
}

/// Some rows name a file of a subject instead: `NAME_test.csv…`.
fn plain_subject(told: &str) -> &str {
    let marker = ["_test.csv", "_test-"].iter().find_map(|marker| told.find(marker));
    marker.map_or(told, |place| &told[..place])
}

/// The prefix of the sub-task stands in the source, the rest is bound.
fn of_subtask(source: &Source) -> Made {
    let subtask = source.bound("subtask")?.as_str().ok_or("the sub-task is no text")?;
    let wanted = source.template("process_docs", 0)?.fill(|_| Ok::<_, String>(subtask.to_owned()))?;
    rows_with("subtask_name", wanted.into())
}

fn has_candidates(doc: &Document) -> Told<bool> {
    let answered = get(doc, "answer")?.as_f64().is_some_and(|answer| [0.0, 1.0, 2.0, 3.0].contains(&answer));
    let empty = [(); 4].map(|()| Value::from(""));
    Ok(answered && get(doc, "candidates")?.as_list() != Some(&empty))
}
