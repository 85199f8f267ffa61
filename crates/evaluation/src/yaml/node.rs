//! Events become nodes: scalars not yet resolved, aliases already followed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};

use super::{Place, YamlFault};

/// Deeper than any task file; it keeps the recursion of [`super::construct`] on the stack.
const DEEPEST: usize = 200;

/// The number of a node in [`Nodes`].
pub(super) type Id = usize;

/// One node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// The tag in full, if one is written.
    pub(super) tag: Option<String>,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind {
    Scalar { text: String, plain: bool },
    Sequence(Vec<Id>),
    Mapping(Vec<(Id, Id)>),
}

/// All nodes of a document.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    all: Vec<Node>,
    pub(super) root: Option<Id>,
}

impl Nodes {
    pub(super) fn get(&self, id: Id) -> &Node {
        &self.all[id]
    }
}

/// Why events do not become nodes: the parser's fault, which may be mended, or ours.
pub(super) enum Stop {
    Scan(ScanError),
    Fault(YamlFault),
}

/// The place of `mark` in `path`.
pub(super) fn place(path: &Path, mark: &Marker) -> Place {
    Place { file: path.to_owned(), line: mark.line(), column: mark.col() + 1 }
}

/// A collection that is not finished.
struct Open {
    id: Id,
    key: Option<Id>,
}

/// Puts nodes together.
struct Composer<'a> {
    path: &'a Path,
    nodes: Nodes,
    anchors: BTreeMap<usize, Id>,
    open: Vec<Open>,
    /// The nodes that are not finished, by number.
    unfinished: BTreeSet<Id>,
    documents: usize,
}

/// Reads all of `text`.
pub(super) fn compose(text: &str, path: &Path) -> Result<Nodes, Stop> {
    let mut composer = Composer {
        path,
        nodes: Nodes::default(),
        anchors: BTreeMap::new(),
        open: Vec::new(),
        unfinished: BTreeSet::new(),
        documents: 0,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(Stop::Scan)?;
        composer.take(event, span).map_err(Stop::Fault)?;
    }
    Ok(composer.nodes)
}

impl Composer<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlFault> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(YamlFault::Documents { place: place(self.path, &span.start) });
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let kind = Kind::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                let id = self.add(kind, tag.as_deref(), anchor, &span.start);
                self.attach(id);
            }
            Event::SequenceStart(anchor, tag) => {
                let id = self.add(Kind::Sequence(Vec::new()), tag.as_deref(), anchor, &span.start);
                self.enter(id, &span)?;
            }
            Event::MappingStart(anchor, tag) => {
                let id = self.add(Kind::Mapping(Vec::new()), tag.as_deref(), anchor, &span.start);
                self.enter(id, &span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    self.unfinished.remove(&open.id);
                    self.attach(open.id);
                }
            }
            Event::Alias(anchor) => {
                let Some(&id) = self.anchors.get(&anchor) else { return Ok(()) };
                if self.unfinished.contains(&id) {
                    let what = "the alias stands inside what it names";
                    return Err(YamlFault::Endless { place: place(self.path, &span.start), what });
                }
                self.attach(id);
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn add(&mut self, kind: Kind, tag: Option<&Tag>, anchor: usize, mark: &Marker) -> Id {
        let id = self.nodes.all.len();
        let tag = tag.map(|tag| format!("{}{}", tag.handle, tag.suffix));
        self.nodes.all.push(Node { kind, tag, line: mark.line(), column: mark.col() + 1 });
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        id
    }

    fn enter(&mut self, id: Id, span: &Span) -> Result<(), YamlFault> {
        if self.open.len() == DEEPEST {
            let what = "this is nested more than 200 deep";
            return Err(YamlFault::Endless { place: place(self.path, &span.start), what });
        }
        self.unfinished.insert(id);
        self.open.push(Open { id, key: None });
        Ok(())
    }

    /// Gives a finished node to the collection it stands in.
    fn attach(&mut self, id: Id) {
        let Some(open) = self.open.last_mut() else {
            self.nodes.root = Some(id);
            return;
        };
        match &mut self.nodes.all[open.id].kind {
            Kind::Sequence(items) => items.push(id),
            Kind::Mapping(pairs) => match open.key.take() {
                None => open.key = Some(id),
                Some(key) => pairs.push((key, id)),
            },
            Kind::Scalar { .. } => {}
        }
    }
}
