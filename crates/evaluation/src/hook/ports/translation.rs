//! Sentences to translate between an African language and English or French (MAFAND).

use crate::hook::build::{Made, Told, field};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{as_text, get};
use crate::hook::source::Source;
use crate::python;
use crate::{Dict, Document, Value};

pub(super) const PORTS: &[Entry] = &[
    Entry { keys: &["79662f834af29755"], what: "a sentence to translate into a European language", make: prompt },
    Entry {
        keys: &["3c86382a6ea67db8", "f61da41c42846a1e"],
        what: "a sentence to translate into an African language",
        make: prompt,
    },
    Entry {
        keys: &["7aea94316e6edda6"],
        what: "the sentence in the European language",
        make: |_| field(|doc| Ok(sides(doc)?.european.1.clone())),
    },
    Entry {
        keys: &["b872e3c738745035"],
        what: "the sentence in the African language",
        make: |_| field(|doc| sides(doc)?.african.map(|(_, sentence)| sentence.clone()).ok_or_else(no_language)),
    },
];

/// The two languages of a document, and what is said in them.
struct Sides<'a> {
    european: (&'a str, &'a Value),
    african: Option<(&'a str, &'a Value)>,
}

fn no_language() -> PortFault {
    PortFault("IndexError: there is no African language".into())
}

fn sides(doc: &Document) -> Told<Sides<'_>> {
    let both: &Dict = get(doc, "translation")?.as_dict().ok_or_else(|| PortFault("TypeError: translation".into()))?;
    let european = ["en", "fr"].into_iter().find_map(|name| both.get(name).map(|sentence| (name, sentence)));
    let african = both.iter().find(|(name, _)| !["en", "fr"].contains(&&***name)).map(|(name, told)| (&**name, told));
    Ok(Sides { european: european.ok_or_else(|| PortFault("KeyError: 'fr'".into()))?, african })
}

/// Both ways have the same fields; which side is the source stands in the fields' names.
fn prompt(source: &Source) -> Made {
    let (template, languages) = (source.template("_", 0)?, source.constant("languages")?);
    let reverse = template.fields.iter().any(|field| field.contains("target_lang"));
    field(move |doc| {
        let sides = sides(doc)?;
        let (code, sentence) = sides.african.ok_or_else(no_language)?;
        let language = languages.get(code).ok_or_else(|| PortFault(format!("KeyError: {code:?}")))?;
        let european = if sides.european.0 == "en" { "English" } else { "French" };
        template.fill(|name| match name {
            "source_lang" => Ok(european.to_owned()),
            "source_sentence" => Ok(python::str(if reverse { sides.european.1 } else { sentence })),
            "languages[source_key]" | "languages[target_lang]" => as_text(language, "a language").map(str::to_owned),
            other => Err(PortFault(format!("NameError: the port does not know {other:?}"))),
        })
    })
}
