//! How well the search finds what was planted: items made up and planted in documents made up, in every way that is to
//! be found, beside documents that only look like items. Printed in reports on request and held to floors by tests.

mod made;
mod planted;

use serde::{Deserialize, Serialize};

use super::check::Scratch;
use super::clean::counted;
use super::index::Index;
use super::tally::common_limit;
use super::{Benchmark, Item};
use made::{Lots, Style, filler, item};
use planted::{document, instruction, quotation_item};

/// A language of the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    English,
    /// Korean.
    Korean,
}

impl Language {
    fn name(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }
}

/// A way an item is planted, or a way of looking like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Word for word.
    Verbatim,
    /// About one word in eight is another.
    Reworded,
    /// In Unicode's decomposed form: Hangul in jamo.
    Decomposed,
    /// Without spaces (Korean).
    Unspaced,
    /// With zero-width spaces in words.
    ZeroWidth,
    /// Wrapped to lines of twenty characters.
    Wrapped,
    /// As HTML and Markdown, some letters as entities.
    Markup,
    /// In the middle of a paragraph of eighty sentences.
    Embedded,
    /// With its options in another order.
    Shuffled,
    /// The same words with other numbers: not the item.
    Renumbered,
    /// The same topic, names and things: not the item.
    Topic,
    /// A table of numbers: not the item.
    Numbers,
    /// The instruction that many items begin with: not the item.
    Template,
    /// Words that everybody quotes, which an item asks about: not the item.
    Quotation,
}

impl Kind {
    /// The ways of planting.
    pub const PLANTED: [Self; 9] = [
        Self::Verbatim,
        Self::Reworded,
        Self::Decomposed,
        Self::Unspaced,
        Self::ZeroWidth,
        Self::Wrapped,
        Self::Markup,
        Self::Embedded,
        Self::Shuffled,
    ];
    /// The ways of looking like an item.
    pub const ALIKE: [Self; 5] = [Self::Renumbered, Self::Topic, Self::Numbers, Self::Template, Self::Quotation];

    /// The items this can be done to.
    fn suits(self, language: Language, style: Style) -> bool {
        match self {
            Self::Unspaced => language == Language::Korean,
            Self::Shuffled => style == Style::Choice,
            Self::Reworded | Self::Topic => style != Style::Short,
            Self::Renumbered => style == Style::Sums,
            _ => true,
        }
    }
}

/// What was planted in one way and what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recall {
    /// The way.
    pub kind: Kind,
    /// The language.
    pub language: Language,
    /// How many documents of this kind there were.
    pub documents: u64,
    /// In how many of them an item counted as found: the right one where one was planted, any where none was.
    pub found: u64,
    /// In how many another item than the one planted was found.
    pub wrong: u64,
}

/// What was planted and what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SelfTest {
    /// The seed of everything that was made up.
    pub seed: u64,
    /// Items that were looked for.
    pub items: u64,
    /// Ways in which items were planted: `found` is to be `documents`.
    pub planted: Vec<Recall>,
    /// Ways of looking like items: `found` is to be nought.
    pub alike: Vec<Recall>,
    /// Documents in which nothing was planted.
    pub clean_documents: u64,
    /// In how many of those an item counted as found.
    pub clean_found: u64,
}

/// A document of the test.
struct Planted {
    kind: Option<Kind>,
    language: Language,
    item: usize,
    text: String,
}

/// Plants `per_kind` documents of every kind in both languages, and looks for them.
#[must_use]
pub fn self_test(seed: u64, per_kind: usize) -> SelfTest {
    let benchmark = made_benchmark(seed, (per_kind * 3).clamp(60, 3000));
    let documents = documents(seed, per_kind, &benchmark.items);
    let index = Index::new(std::slice::from_ref(&benchmark));
    let common = common(&index, &documents);
    let mut scratch = Scratch::default();
    let mut test = SelfTest {
        seed,
        items: benchmark.items.len() as u64,
        planted: Vec::new(),
        alike: Vec::new(),
        clean_documents: 0,
        clean_found: 0,
    };
    for document in &documents {
        let hits = counted(&index, &document.text, &common, &mut scratch);
        let right = hits.iter().any(|hit| hit.item == document.item);
        let wrong = hits.iter().any(|hit| hit.item != document.item);
        let Some(kind) = document.kind else {
            test.clean_documents += 1;
            test.clean_found += u64::from(!hits.is_empty());
            continue;
        };
        let (list, found, wrong) = if Kind::ALIKE.contains(&kind) {
            (&mut test.alike, right || wrong, false)
        } else {
            (&mut test.planted, right, wrong)
        };
        let language = document.language;
        if !list.iter().any(|recall| (recall.kind, recall.language) == (kind, language)) {
            list.push(Recall { kind, language, documents: 0, found: 0, wrong: 0 });
        }
        for recall in list.iter_mut().filter(|recall| (recall.kind, recall.language) == (kind, language)) {
            recall.documents += 1;
            recall.found += u64::from(found);
            recall.wrong += u64::from(wrong);
        }
    }
    test
}

/// Items in both languages and three styles, made up. Every fifth begins with an instruction that all of those share, and
/// one in each language asks about words that everybody quotes.
#[must_use]
pub fn made_benchmark(seed: u64, items: usize) -> Benchmark {
    let mut lots = Lots::new(seed, "items");
    let mut all: Vec<Item> = (0..items)
        .map(|number| {
            let language = language_of(number);
            let made = item(language, style_of(number), format!("{}-{number}", language.name()), &mut lots);
            let question = if number % 5 == 4 && style_of(number) != Style::Short {
                format!("{} {}", instruction(language), made.question)
            } else {
                made.question
            };
            Item { question, ..made }
        })
        .collect();
    all.extend([quotation_item(Language::English), quotation_item(Language::Korean)]);
    Benchmark { name: "made up".to_owned(), items: all }
}

fn language_of(number: usize) -> Language {
    if number.is_multiple_of(2) { Language::English } else { Language::Korean }
}

fn style_of(number: usize) -> Style {
    [Style::Sums, Style::Choice, Style::Short, Style::Sums, Style::Choice][number / 2 % 5]
}

/// A document without items, made up: sentences of the same words that items are made of.
#[must_use]
pub fn made_document(seed: u64, number: u64, language: Language, sentences: usize) -> String {
    filler(language, sentences, &mut Lots::new(seed, &format!("document {number}")))
}

fn documents(seed: u64, per_kind: usize, items: &[Item]) -> Vec<Planted> {
    let mut documents = Vec::new();
    for kind in Kind::PLANTED.into_iter().chain(Kind::ALIKE) {
        for language in [Language::English, Language::Korean] {
            let mut lots = Lots::new(seed, &format!("{kind:?} {language:?}"));
            let fits = |number: &usize| {
                language_of(*number) == language && *number < items.len() - 2 && kind.suits(language, style_of(*number))
            };
            let suited: Vec<usize> = (0..items.len()).filter(fits).collect();
            // What everybody quotes stands in many documents.
            let times = if kind == Kind::Quotation { per_kind.max(100) } else { per_kind };
            for number in (0..times).filter_map(|at| suited.get(at % suited.len().max(1))) {
                let text = document(kind, language, &items[*number], &mut lots);
                documents.push(Planted { kind: Some(kind), language, item: *number, text });
            }
        }
    }
    for number in 0..per_kind * 10 {
        let language = language_of(number);
        let text = made_document(seed, number as u64, language, 12);
        documents.push(Planted { kind: None, language, item: usize::MAX, text });
    }
    documents
}

/// The windows that are common among the documents.
fn common(index: &Index, documents: &[Planted]) -> Vec<u32> {
    let mut counts = vec![0_u64; index.windows()];
    let mut scratch = Scratch::default();
    for document in documents {
        index.check_into(&document.text, &mut scratch);
        for seed in &scratch.seeds {
            counts[*seed as usize] += 1;
        }
    }
    let limit = common_limit(documents.len() as u64, None);
    (0..).zip(counts).filter(|(_, count)| *count > limit).map(|(window, _)| window).collect()
}
