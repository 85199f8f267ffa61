//! Documents of one group, which the function itself names.

use crate::hook::build::{Told, picked, picked_and_mapped};
use crate::hook::entry::Entry;
use crate::hook::rows::{dict, get, text};
use crate::{Dict, Document, Value};

pub(super) const PORTS: &[Entry] = &[
    Entry {
        keys: &[
            "0f017a6ba005531d",
            "167a09a964ed4ebc",
            "1bb087baf711c335",
            "29413529bbbe724e",
            "3077a4fa54acaff2",
            "39dba9fe94c057b4",
            "572e436516fe38c2",
            "59a5c89981493254",
            "5c417dd651c0c5f0",
            "96f2bcb144d93300",
        ],
        what: "rows whose kind of bias begins with a word (CrowS-Pairs)",
        make: |source| {
            let word = source.text("_", 0)?;
            picked(move |doc| Ok(text(doc, "bias_type")?.starts_with(&*word)))
        },
    },
    Entry {
        keys: &[
            "002c453e81ddd64f",
            "1ab5d9084284579f",
            "1b5931d6e1323a6c",
            "1c629decd818a20a",
            "20a6701623e36cf2",
            "2d82d5c143dfad1a",
            "3390cb1bba4a9e1a",
            "47ee5330ca5c160f",
            "531475a26cc1675b",
            "5f5c4c76b168c2ff",
            "65af39a18032a55e",
            "7b4684492143bf18",
            "a30aea571bf76275",
            "a45c95faa2989e34",
            "fe34096cd5b6afd3",
        ],
        what: "rows of one category (Uncheatable Eval)",
        make: |source| {
            let word = Value::Str(source.text("_", 0)?);
            picked(move |doc| Ok(*get(doc, "category")? == word))
        },
    },
    Entry {
        keys: &["06ab1ab039d5ac6f", "6fe2867211815471", "8728218d6f234b35"],
        what: "rows of one gender (Winogender)",
        make: |source| {
            let word = Value::Str(source.text("_", 0)?);
            picked(move |doc| Ok(*get(doc, "gender")? == word))
        },
    },
    Entry {
        keys: &["8ce87286f451797d", "9f5eec16d59f0b8f"],
        what: "rows whose language begins with a word (Glianorex)",
        make: |source| {
            let word = source.text("_", 0)?;
            picked(move |doc| Ok(text(doc, "language")?.starts_with(&*word)))
        },
    },
    Entry {
        keys: &[
            "16c9c51cc7006a3e",
            "4703e862df165719",
            "5fa73528e7c9a367",
            "738bf5f78d1f49bb",
            "8590fc472eda4078",
            "8a99f728645bd44b",
            "9696eb15d730b534",
            "eaed21bfb1b4b97f",
            "fb2c30f852e33213",
        ],
        what: "rows of one language (TyDi QA)",
        make: |source| {
            let start = format!("{}-", source.text("_", 0)?);
            picked_and_mapped(move |doc| Ok(text(doc, "id")?.starts_with(&start)), tydiqa)
        },
    },
    Entry {
        keys: &["e66e049fe8872161"],
        what: "rows with the answers' texts (MLQA)",
        make: |_| {
            crate::hook::build::mapped(|doc| {
                let context = get(doc, "context")?.clone();
                Ok(dict([
                    ("context", context),
                    ("question", get(doc, "question")?.clone()),
                    ("answers", answers(doc)?),
                ]))
            })
        },
    },
];

fn answers(doc: &Document) -> Told<Value> {
    let texts = get(doc, "answers")?.get("text").cloned();
    texts.ok_or_else(|| crate::hook::fault::PortFault("KeyError: 'text'".into()))
}

fn tydiqa(doc: &Document) -> Told<Dict> {
    let column = |name| get(doc, name).cloned();
    Ok(dict([
        ("id", column("id")?),
        ("title", column("title")?),
        ("context", column("context")?),
        ("question", column("question")?),
        ("answers", answers(doc)?),
    ]))
}
