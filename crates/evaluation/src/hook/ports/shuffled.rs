//! Choices shuffled by Python's random numbers.
//!
//! Where the function draws from the module `random`, the stream begins as lm-eval begins it (seed 0) for each call of the
//! function. lm-eval does the same for the first set of rows of the first task of a run; what else drew from that stream
//! before, it does not tell apart.

use std::sync::Arc;

use crate::hook::build;
use crate::hook::build::{Made, Told};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::port::Port;
use crate::hook::rows::{dict, get, map};
use crate::python::random::Random;
use crate::{Dict, Document, Value};

use super::endings::cleaned_or_blank;

pub(super) const PORTS: &[Entry] = &[
    Entry {
        keys: &["b920ca857f45e3c8"],
        what: "four shuffled choices, also as a list (GPQA)",
        make: |_| gpqa(0, Shape { brackets: false, list: true }),
    },
    Entry {
        keys: &["123d782f49b63a62"],
        what: "four shuffled choices (GPQA)",
        make: |_| gpqa(0, Shape { brackets: false, list: false }),
    },
    Entry {
        keys: &["eeccfb64cb5ed84d"],
        what: "four choices shuffled from seed 42 (GPQA)",
        make: |_| gpqa(42, Shape { brackets: false, list: false }),
    },
    Entry {
        keys: &["6cf88510af30b4cd"],
        what: "four shuffled choices without brackets (GPQA)",
        make: |_| gpqa(0, Shape { brackets: true, list: false }),
    },
    Entry {
        keys: &["831e052d10194760"],
        what: "two scenarios in an order that their text draws (utilitarianism)",
        make: |source| {
            let template = source.template("_", 0)?;
            build::field(move |doc| {
                let (scenarios, _) = scenarios(doc)?;
                template.fill(|name| match name {
                    "doc['scenarios'][0]" | "doc[\"scenarios\"][0]" => Ok(scenarios[0].clone()),
                    "doc['scenarios'][1]" | "doc[\"scenarios\"][1]" => Ok(scenarios[1].clone()),
                    other => Err(PortFault(format!("NameError: the port does not know {other:?}"))),
                })
            })
        },
    },
    Entry {
        keys: &["f2a5ad9511ef8a15"],
        what: "whether the first scenario is the preferable one (utilitarianism)",
        make: |_| build::field(|doc| scenarios(doc).map(|(_, first)| Value::Int(i64::from(first)))),
    },
];

/// What the variants differ in.
#[derive(Clone, Copy)]
struct Shape {
    /// Whether what stands in brackets is taken away.
    brackets: bool,
    /// Whether the choices are given as a list as well.
    list: bool,
}

const ANSWERS: [&str; 4] = ["Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3", "Correct Answer"];

fn gpqa(seed: i64, shape: Shape) -> Made {
    Ok(Port::Docs(Arc::new(move |rows| {
        let mut random = Random::new(seed);
        let orders: Vec<[usize; 4]> = (0..rows.len())
            .map(|_| {
                let mut order = [0, 1, 2, 3];
                random.shuffle(&mut order);
                order
            })
            .collect();
        Ok(map(rows, move |index, doc| shuffled(doc, orders.get(index).copied().unwrap_or([0, 1, 2, 3]), shape)))
    })))
}

fn shuffled(doc: &Document, order: [usize; 4], shape: Shape) -> Told<Dict> {
    let answer = |place: usize| cleaned_or_blank(get(doc, ANSWERS[place])?, shape.brackets);
    let choices = [answer(order[0])?, answer(order[1])?, answer(order[2])?, answer(order[3])?];
    let right = answer(3)?;
    let letter = choices.iter().zip(["(A)", "(B)", "(C)", "(D)"]).find(|(choice, _)| **choice == right);
    let letter = letter.map_or("", |(_, letter)| letter);
    let value = |place: usize| Value::from(choices[place].as_str());
    let mut row = dict([("choice1", value(0)), ("choice2", value(1)), ("choice3", value(2)), ("choice4", value(3))]);
    if shape.list {
        row.insert("choices".into(), build::texts(&choices));
    }
    row.insert("answer".into(), letter.into());
    Ok(row)
}

/// Both scenarios in the order drawn, and whether the first is the one named first in the document.
fn scenarios(doc: &Document) -> Told<([String; 2], bool)> {
    let activity = crate::hook::rows::text(doc, "activity")?;
    let both = [activity.to_owned(), crate::python::str(get(doc, "baseline")?)];
    let mut order = [0, 1];
    Random::from_text(activity).shuffle(&mut order);
    Ok(([both[order[0]].clone(), both[order[1]].clone()], order[0] == 0))
}
