//! Questions written with a text that the source holds and `str.format` fills.

use crate::hook::build::{Made, Told, field, texts};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::format::Format;
use crate::hook::rows::{as_text, at, get, list};
use crate::hook::source::Source;
use crate::python;
use crate::{Document, Value};

pub(super) const PORTS: &[Entry] = &[
    Entry {
        keys: &[
            "08e6391588e28712",
            "20bf10144e5d0589",
            "ff6d7eccc80cbbf7",
            "0970f2a8d56bd48a",
            "e9ff894d586ae08c",
            "d992bdc53cdef7c9",
            "a65d57511289fc8a",
        ],
        what: "a question with four choices that stand as a literal (AfriMMLU)",
        make: four_choices,
    },
    Entry {
        keys: &["e899367b4b5ef09b"],
        what: "choices that stand as a literal (AfriMMLU)",
        make: |_| field(literal_choices),
    },
    Entry {
        keys: &["0ea67cd15b5e8c2a"],
        what: "premise and hypothesis (AfriXNLI)",
        make: |source| {
            let format = Format::new(&source.text("_", 0)?)?;
            field(move |doc| format.fill(|name| get(doc, name).map(python::str)))
        },
    },
    Entry {
        keys: &["950909dad1ebd6ab"],
        what: "a question (NorTruthfulQA)",
        make: |source| {
            let format = Format::new(&source.text("_", 0)?)?;
            field(move |doc| format.fill(|name| get(doc, name).map(python::str)))
        },
    },
    Entry { keys: &["ea3916f4a5497a55"], what: "a question on a subject (GreekMMLU)", make: greek },
    Entry {
        keys: &["9a2d64cbbd3c62dc"],
        what: "a letter for every choice (GreekMMLU)",
        make: |source| letters(source, "LABELS"),
    },
    Entry {
        keys: &["798c13c16d5b9698"],
        what: "a letter for every choice (DarijaMMLU)",
        make: |source| letters(source, "alpha"),
    },
    Entry {
        keys: &["d9c12113dfdf1e61"],
        what: "a question on a subject (DarijaMMLU)",
        make: |source| in_context(source, "subject_darija"),
    },
    Entry {
        keys: &["b1e2af9e82fd666b"],
        what: "a question on a subject (EgyMMLU)",
        make: |source| in_context(source, "egy_subject"),
    },
    Entry { keys: &["aaa3f1c940381f8f"], what: "a question on a subject (ArabicMMLU)", make: arabic },
    Entry { keys: &["02c9c5482421a759"], what: "a letter for every choice (ArabicMMLU)", make: arabic_letters },
    Entry { keys: &["bf8a03e9a649270d"], what: "a story, a question and choices (MuSR)", make: musr },
];

/// `ast.literal_eval(doc["choices"])`.
fn literal_choices(doc: &Document) -> Told<Value> {
    let literal = as_text(get(doc, "choices")?, "choices")?;
    python::literal::parse(literal).map_err(|fault| PortFault(fault.to_string()))
}

fn four_choices(source: &Source) -> Made {
    let format = Format::new(&source.text("_", 0)?)?;
    field(move |doc| {
        let choices = literal_choices(doc)?;
        let choice =
            |index| choices.as_list().ok_or_else(|| PortFault("TypeError: choices".into())).and_then(|l| at(l, index));
        let all = [choice(0)?, choice(1)?, choice(2)?, choice(3)?];
        format.fill(|name| match name.strip_prefix("choice").and_then(|number| number.parse::<usize>().ok()) {
            Some(number @ 1..=4) => Ok(python::str(all[number - 1])),
            _ => get(doc, name).map(python::str),
        })
    })
}

/// The first letter of a label for every choice.
fn letters(source: &Source, constant: &str) -> Made {
    let labels = source.texts(constant)?;
    field(move |doc| {
        let count = list(doc, "choices")?.len();
        let letter = |index: usize| labels.get(index).and_then(|label| label.chars().next()).map(String::from);
        let letters: Option<Vec<String>> = (0..count).map(letter).collect();
        letters.map(texts).ok_or_else(|| PortFault("IndexError: there are more choices than labels".into()))
    })
}

/// `label choice` on a line each.
fn lines<'a>(labels: &[std::sync::Arc<str>], choices: impl Iterator<Item = &'a Value>) -> Told<String> {
    let mut lines = Vec::new();
    for (index, choice) in choices.enumerate() {
        let label =
            labels.get(index).ok_or_else(|| PortFault("IndexError: there are more choices than labels".into()))?;
        lines.push(format!("{label} {}", python::str(choice)));
    }
    Ok(lines.join("\n"))
}

/// Fills the three `{}` of a format.
fn three(format: &Format, values: [String; 3]) -> Told<String> {
    format.fill(|place| {
        let value = place.parse::<usize>().ok().and_then(|place| values.get(place));
        value.cloned().ok_or_else(|| PortFault(format!("IndexError: there is nothing for {place:?}")))
    })
}

fn greek(source: &Source) -> Made {
    let (format, labels) =
        (Format::new(source.constant("PROMPT")?.as_str().unwrap_or_default())?, source.texts("LABELS")?);
    let subjects = source.constant("subjects_gr")?;
    field(move |doc| {
        let subject = get(doc, "subject")?;
        let subject = subject.as_str().and_then(|name| subjects.get(name)).unwrap_or(subject);
        let choices = lines(&labels, list(doc, "choices")?.iter())?;
        three(&format, [python::str(subject), python::str(get(doc, "question")?), choices])
    })
}

fn in_context(source: &Source, subject: &'static str) -> Made {
    let (format, labels) =
        (Format::new(source.constant("PROMPT")?.as_str().unwrap_or_default())?, source.texts("alpha")?);
    field(move |doc| {
        let context = get(doc, "context")?;
        let empty = context.as_str() == Some("");
        let choices = lines(&labels, list(doc, "choices")?.iter())?;
        three(&format, [python::str(get(doc, subject)?), after(doc, "question", (!empty).then_some(context))?, choices])
    })
}

/// The question, after its context where there is one.
fn after(doc: &Document, question: &str, context: Option<&Value>) -> Told<String> {
    let question = python::str(get(doc, question)?);
    Ok(context.map_or(question.clone(), |context| format!("{}\n\n{question}", python::str(context))))
}

const OPTIONS: [&str; 5] = ["Option 1", "Option 2", "Option 3", "Option 4", "Option 5"];

fn arabic(source: &Source) -> Made {
    let (format, labels) =
        (Format::new(source.constant("PROMPT")?.as_str().unwrap_or_default())?, source.texts("alpa")?);
    let levels = source.constant("level_en")?;
    field(move |doc| {
        let level = get(doc, "Level")?;
        let named = level.as_str().and_then(|level| levels.get(level));
        let level = match (level.is_truthy(), named) {
            (false, _) => String::new(),
            (true, Some(named)) => format!(" for {}", python::str(named)),
            (true, None) => return Err(PortFault(format!("KeyError: {level:?}"))),
        };
        let country = get(doc, "Country")?;
        let country = if country.is_truthy() { format!(" in {}", as_text(country, "Country")?) } else { String::new() };
        let about = format!("{} question{level}{country}", python::str(get(doc, "Subject")?));
        let options: Vec<&Value> = OPTIONS.iter().map(|name| get(doc, name)).collect::<Told<_>>()?;
        let choices = lines(&labels, options.into_iter().take_while(|option| option.is_truthy()))?;
        let context = Some(get(doc, "Context")?).filter(|context| context.is_truthy());
        three(&format, [about, after(doc, "Question", context)?, choices])
    })
}

fn arabic_letters(source: &Source) -> Made {
    let labels = source.texts("alpa")?;
    field(move |doc| {
        let mut letters = Vec::new();
        for (name, label) in OPTIONS.iter().zip(&labels) {
            if get(doc, name)?.is_truthy() {
                letters.extend(label.chars().next().map(String::from));
            }
        }
        Ok(texts(letters))
    })
}

fn musr(source: &Source) -> Made {
    let format = Format::new(source.constant("DOC_TO_TEXT")?.as_str().unwrap_or_default())?;
    field(move |doc| {
        let literal = literal_choices(doc)?;
        let listed = literal.as_list().unwrap_or_default().iter().enumerate();
        let choices: String =
            listed.map(|(index, choice)| format!("{} - {}\n", index + 1, python::str(choice))).collect();
        format.fill(|name| if name == "choices" { Ok(choices.clone()) } else { get(doc, name).map(python::str) })
    })
}
