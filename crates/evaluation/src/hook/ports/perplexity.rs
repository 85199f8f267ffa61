//! Whole texts: set as people set them, and counted in words and bytes for their perplexity (WikiText, C4).

use std::sync::LazyLock;

use crate::hook::build::{Made, Told, field, likelihoods, results};
use crate::hook::entry::Entry;
use crate::hook::fault::PortFault;
use crate::hook::rows::{dict, text};
use crate::python::regex::{Flags, Regex};
use crate::{Dict, Document, Value};

pub(super) const PORTS: &[Entry] = &[
    Entry { keys: &["fe4d0b1d738086bd"], what: "the page, its marks set (WikiText)", make: |_| set("page") },
    Entry { keys: &["1ea8a1e53ab05948"], what: "the text, its marks set (C4)", make: |_| set("text") },
    Entry {
        keys: &["107f37460fa8115f"],
        what: "the paragraph, its marks set (French WikiText)",
        make: |_| set("paragraph"),
    },
    Entry { keys: &["e80b25aa9de07923"], what: "perplexity of a page (WikiText)", make: |_| counted("page") },
    Entry { keys: &["45e5da6149253a13"], what: "perplexity of a text (C4)", make: |_| counted("text") },
    Entry {
        keys: &["272b8ee2168cd8cc"],
        what: "perplexity of a paragraph (French WikiText)",
        make: |_| counted("paragraph"),
    },
];

/// Patterns and what stands for them, in order, between the two rounds of plain replacements.
static PATTERNS: LazyLock<Option<Vec<(Regex, &str)>>> = LazyLock::new(|| {
    let rules = [
        (r"\(\s*([^\)]*?)\s*\)", r"(\1)"),
        (r"\[\s*([^\]]*?)\s*\]", r"[\1]"),
        (r"{\s*([^}]*?)\s*}", r"{\1}"),
        (r#"\"\s*([^\"]*?)\s*\""#, r#""\1""#),
        (r"'\s*([^']*?)\s*'", r"'\1'"),
    ];
    rules.into_iter().map(|(pattern, template)| Some((Regex::new(pattern, Flags::default()).ok()?, template))).collect()
});

static DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("/' [0-9]/", Flags::default()).ok());
static BLANKS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\s+", Flags::default()).ok());

const BEFORE: [(&str, &str); 9] = [
    (" @-@ ", "-"),
    (" @,@ ", ","),
    (" @.@ ", "."),
    (" : ", ": "),
    (" ; ", "; "),
    (" . ", ". "),
    (" ! ", "! "),
    (" ? ", "? "),
    (" , ", ", "),
];

const AFTER: [(&str, &str); 8] = [
    ("= = = =", "===="),
    ("= = =", "==="),
    ("= =", "=="),
    (" ° ", "°"),
    (" \n", "\n"),
    ("\n ", "\n"),
    (" N ", " 1 "),
    (" 's", "'s"),
];

fn unread() -> PortFault {
    PortFault("a pattern of the setter cannot be read".into())
}

fn set(column: &'static str) -> Made {
    field(move |doc| {
        let told = |fault: crate::python::regex::RegexFault| PortFault(fault.to_string());
        let plain =
            |text: String, rules: &[(&str, &str)]| rules.iter().fold(text, |text, (old, new)| text.replace(old, new));
        let start = text(doc, column)?.replace("s '", "s'");
        // The replacement of this rule is a pattern by mistake; it is kept.
        let start = DIGIT.as_ref().ok_or_else(unread)?.sub("/'[0-9]/", &start, 0).map_err(told)?;
        let mut set = plain(start, &BEFORE);
        for (pattern, template) in PATTERNS.as_ref().ok_or_else(unread)? {
            set = pattern.sub(template, &set, 0).map_err(told)?;
        }
        Ok(plain(set, &AFTER))
    })
}

fn counted(column: &'static str) -> Made {
    results(move |doc, answers| counts(doc, column, answers))
}

fn counts(doc: &Document, column: &str, answers: &[Value]) -> Told<Dict> {
    let [sum] = likelihoods(answers)?[..] else {
        return Err(PortFault("ValueError: there is not one answer".into()));
    };
    let text = text(doc, column)?;
    let words = BLANKS.as_ref().ok_or_else(unread)?.split(text, 0).map_err(|fault| PortFault(fault.to_string()))?.len();
    let pair = |count: usize| Value::List(vec![sum.into(), Value::Int(i64::try_from(count).unwrap_or(i64::MAX))]);
    Ok(dict([
        ("word_perplexity", pair(words)),
        ("byte_perplexity", pair(text.len())),
        ("bits_per_byte", pair(text.len())),
    ]))
}
