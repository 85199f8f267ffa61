//! Places in a rulebook, and where in the file they stand.

use std::{borrow::Cow, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A place in a rulebook: the keys and indexes that lead to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key(Cow<'static, str>),
    Index(usize),
}

impl Place {
    /// The whole file.
    pub(crate) fn root() -> Self {
        Self::default()
    }

    /// The value of `key` here.
    pub(crate) fn key(&self, key: impl Into<Cow<'static, str>>) -> Self {
        self.then(Step::Key(key.into()))
    }

    /// The element with this index here.
    pub(crate) fn index(&self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

/// A parsed file: every key and value with its place.
pub(crate) struct Tree<'t> {
    root: Spanned<DeValue<'t>>,
}

impl<'t> Tree<'t> {
    pub(crate) fn new(table: Spanned<DeTable<'t>>) -> Self {
        let span = table.span();
        Self { root: Spanned::new(span, DeValue::Table(table.into_inner())) }
    }

    pub(crate) fn root(&self) -> &Spanned<DeValue<'t>> {
        &self.root
    }

    /// The bytes of `place`, or of the innermost table or list around it that is there.
    pub(crate) fn span(&self, place: &Place) -> Range<usize> {
        let mut here = &self.root;
        for step in &place.0 {
            match step_into(here.get_ref(), step) {
                Some(next) => here = next,
                None => break,
            }
        }
        here.span()
    }

    /// The bytes of the key `key` in the table at `place`.
    pub(crate) fn key_span(&self, place: &Place, key: &str) -> Range<usize> {
        let table = self.value(place).and_then(|value| value.get_ref().as_table());
        let found = table.and_then(|table| table.get_key_value(key));
        found.map_or_else(|| self.span(place), |(key, _)| key.span())
    }

    /// Whether the table at `place` holds words under `key`.
    pub(crate) fn has_words(&self, place: &Place, key: &str) -> bool {
        let words = self.value(place).and_then(|value| value.get_ref().as_table()?.get(key)?.get_ref().as_str());
        words.is_some_and(|words| !words.trim().is_empty())
    }

    fn value(&self, place: &Place) -> Option<&Spanned<DeValue<'t>>> {
        place.0.iter().try_fold(&self.root, |here, step| step_into(here.get_ref(), step))
    }

    /// `place` for people: an element of a list goes by its id where it has one.
    pub(crate) fn name(&self, place: &Place) -> String {
        let mut name = String::new();
        let mut here = Some(&self.root);
        for step in &place.0 {
            here = here.and_then(|value| step_into(value.get_ref(), step));
            let id = here.and_then(|value| id_of(value.get_ref()));
            match (step, id) {
                (Step::Index(_), Some(id)) => name.push_str(&format!(".{id}")),
                (Step::Index(index), None) => name.push_str(&format!("[{index}]")),
                (Step::Key(key), _) => name.push_str(&format!(".{key}")),
            }
        }
        name.trim_start_matches('.').to_owned()
    }

    /// The value at a place written as people write it, for example `stage.written.panel.experts.seats`.
    ///
    /// An element of a list goes by its id; `parts` of a score tree may be left out.
    pub(crate) fn find(&self, path: &str) -> Option<&Spanned<DeValue<'t>>> {
        path.split('.').try_fold(&self.root, |here, word| enter(here.get_ref(), word))
    }

    /// What could stand after the part of `path` that leads somewhere: that part, and the words that go on from it.
    pub(crate) fn ways_on(&self, path: &str) -> (String, Vec<String>) {
        let (mut here, mut trodden) = (&self.root, Vec::new());
        for word in path.split('.') {
            match enter(here.get_ref(), word) {
                Some(next) => here = next,
                None => break,
            }
            trodden.push(word);
        }
        (trodden.join("."), words_below(here.get_ref()))
    }
}

fn step_into<'v, 't>(value: &'v DeValue<'t>, step: &Step) -> Option<&'v Spanned<DeValue<'t>>> {
    match (value, step) {
        (DeValue::Table(table), Step::Key(key)) => table.get(key.as_ref()),
        (DeValue::Array(list), Step::Index(index)) => list.get(*index),
        _ => None,
    }
}

/// The value's `id`, if it is a table with one.
fn id_of<'v>(value: &'v DeValue<'_>) -> Option<&'v str> {
    value.as_table()?.get("id")?.get_ref().as_str()
}

/// The value called `word` in a table, in a list of tables with ids, or in the parts of a node.
fn enter<'v, 't>(value: &'v DeValue<'t>, word: &str) -> Option<&'v Spanned<DeValue<'t>>> {
    match value {
        DeValue::Table(table) => {
            table.get(word).or_else(|| table.get("parts").and_then(|parts| part(parts.get_ref(), word)))
        }
        DeValue::Array(list) => list.iter().find(|element| id_of(element.get_ref()) == Some(word)),
        _ => None,
    }
}

/// The node called `word` anywhere below these parts.
fn part<'v, 't>(parts: &'v DeValue<'t>, word: &str) -> Option<&'v Spanned<DeValue<'t>>> {
    let parts = parts.as_array()?;
    parts.iter().find(|node| id_of(node.get_ref()) == Some(word)).or_else(|| {
        let below = parts.iter().filter_map(|node| node.get_ref().as_table()?.get("parts"));
        below.filter_map(|parts| part(parts.get_ref(), word)).next()
    })
}

fn words_below(value: &DeValue<'_>) -> Vec<String> {
    match value {
        DeValue::Table(table) => table.keys().map(|key| key.get_ref().to_string()).collect(),
        DeValue::Array(list) => list.iter().filter_map(|element| id_of(element.get_ref()).map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}
