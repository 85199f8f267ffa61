//! Nodes become fields.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::node::{Id, Kind, Node, Nodes};
use super::scalar::{self, Type};
use super::{Parsed, Place, Warning, YamlFault};
use crate::task::{Field, Function};
use crate::{Dict, Value};

/// More values than this in one file come from aliases of aliases of aliases.
const MOST: usize = 2_000_000;

const CORE: &str = "tag:yaml.org,2002:";

/// Builds what `nodes` say.
pub(super) fn construct(nodes: &Nodes, path: &Path) -> Result<Parsed, YamlFault> {
    let mut builder = Builder { nodes, path, warnings: Vec::new(), made: 0 };
    let Some(root) = nodes.root else {
        return Ok(Parsed { field: Field::Value(Value::None), warnings: Vec::new(), lines: IndexMap::new() });
    };
    let mut lines = IndexMap::new();
    if let Kind::Mapping(pairs) = &nodes.get(root).kind {
        for (key, _) in pairs {
            if let Kind::Scalar { text, .. } = &nodes.get(*key).kind {
                lines.insert(text.clone(), nodes.get(*key).line);
            }
        }
    }
    let field = builder.field(root)?;
    Ok(Parsed { field, warnings: builder.warnings, lines })
}

struct Builder<'a> {
    nodes: &'a Nodes,
    path: &'a Path,
    warnings: Vec<Warning>,
    made: usize,
}

impl Builder<'_> {
    fn place(&self, node: &Node) -> Place {
        Place { file: self.path.to_owned(), line: node.line, column: node.column }
    }

    fn field(&mut self, id: Id) -> Result<Field, YamlFault> {
        let node = self.nodes.get(id);
        self.made += 1;
        if self.made > MOST {
            let what = "its aliases make more than two million values of this";
            return Err(YamlFault::Endless { place: self.place(node), what });
        }
        let tag = node.tag.as_deref().map(|tag| tag.strip_prefix(CORE).unwrap_or(tag));
        match (&node.kind, tag) {
            (Kind::Scalar { text, .. }, Some("!function")) => {
                let function = function(text, self.path);
                function
                    .map(Field::Function)
                    .ok_or_else(|| YamlFault::Function { place: self.place(node), given: text.clone() })
            }
            (Kind::Scalar { text, .. }, _) => {
                let kind = self.scalar_type(node)?;
                let value = scalar::value(text, kind).ok_or_else(|| YamlFault::Scalar {
                    place: self.place(node),
                    text: text.clone(),
                    kind: kind.name(),
                })?;
                Ok(Field::Value(value))
            }
            (Kind::Sequence(items), None | Some("!" | "seq")) => {
                let items = items.iter().map(|id| self.field(*id)).collect::<Result<Vec<_>, _>>()?;
                Ok(Field::from(items))
            }
            (Kind::Mapping(_), None | Some("!" | "map")) => self.mapping(id),
            (_, Some(tag)) => Err(YamlFault::Tag { place: self.place(node), tag: tag.to_owned() }),
        }
    }

    /// The type of a scalar, by its tag or by its looks.
    fn scalar_type(&self, node: &Node) -> Result<Type, YamlFault> {
        let Kind::Scalar { text, plain } = &node.kind else { return Ok(Type::Str) };
        // A lone `!` says nothing to PyYAML.
        let Some(tag) = node.tag.as_deref().filter(|tag| *tag != "!") else {
            return Ok(if *plain { scalar::implicit(text) } else { Type::Str });
        };
        match tag.strip_prefix(CORE).unwrap_or(tag) {
            "null" => Ok(Type::Null),
            "bool" => Ok(Type::Bool),
            "int" => Ok(Type::Int),
            "float" => Ok(Type::Float),
            "timestamp" => Ok(Type::Timestamp),
            "str" => Ok(Type::Str),
            other => Err(YamlFault::Tag { place: self.place(node), tag: other.to_owned() }),
        }
    }

    fn mapping(&mut self, id: Id) -> Result<Field, YamlFault> {
        let mut dict = IndexMap::new();
        for (key, value) in self.merged(id)? {
            let name = self.key(key)?;
            dict.insert(name, self.field(value)?);
        }
        let mut lines: IndexMap<String, usize> = IndexMap::new();
        for (key, _) in self.own(id) {
            let (name, node) = (self.key(key)?, self.nodes.get(key));
            if let Some(first) = lines.insert(name.clone(), node.line) {
                let message = format!("`{name}` is given twice, first on line {first}; the last counts, so remove one");
                self.warnings.push(Warning { place: self.place(node), message });
            }
        }
        Ok(Field::from(dict))
    }

    /// The pairs of a mapping that are no merge keys.
    fn own(&self, id: Id) -> Vec<(Id, Id)> {
        let Kind::Mapping(pairs) = &self.nodes.get(id).kind else { return Vec::new() };
        pairs.iter().filter(|(key, _)| !self.is_merge(*key)).copied().collect()
    }

    fn is_merge(&self, key: Id) -> bool {
        self.scalar_type(self.nodes.get(key)).is_ok_and(|kind| kind == Type::Merge)
    }

    /// The pairs of a mapping with those that it merges before its own.
    fn merged(&self, id: Id) -> Result<Vec<(Id, Id)>, YamlFault> {
        let Kind::Mapping(pairs) = &self.nodes.get(id).kind else { return Ok(Vec::new()) };
        let mut merged: Vec<(Id, Id)> = Vec::new();
        for (_, value) in pairs.iter().filter(|(key, _)| self.is_merge(*key)) {
            let given = self.nodes.get(*value);
            let sources = match &given.kind {
                Kind::Mapping(_) => vec![*value],
                Kind::Sequence(items) => items.clone(),
                Kind::Scalar { .. } => return Err(YamlFault::Merge { place: self.place(given) }),
            };
            for source in sources {
                let node = self.nodes.get(source);
                if !matches!(node.kind, Kind::Mapping(_)) {
                    return Err(YamlFault::Merge { place: self.place(node) });
                }
                for pair in self.merged(source)? {
                    if !merged.iter().any(|(key, _)| *key == pair.0) {
                        merged.push(pair);
                    }
                }
            }
        }
        merged.extend(self.own(id));
        Ok(merged)
    }

    /// A key as a text; one that is no text is written as Python's `str` writes it.
    fn key(&self, id: Id) -> Result<String, YamlFault> {
        let node = self.nodes.get(id);
        let Kind::Scalar { text, .. } = &node.kind else { return Err(YamlFault::Key { place: self.place(node) }) };
        if node.tag.as_deref() == Some("!function") {
            return Err(YamlFault::Key { place: self.place(node) });
        }
        let kind = self.scalar_type(node)?;
        if kind == Type::Default {
            return Ok(text.clone());
        }
        let value = scalar::value(text, kind).ok_or_else(|| YamlFault::Scalar {
            place: self.place(node),
            text: text.clone(),
            kind: kind.name(),
        })?;
        Ok(match value {
            Value::None => "None".to_owned(),
            Value::Bool(truth) => if truth { "True" } else { "False" }.to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => format!("{number:?}"),
            Value::Str(text) => text.to_string(),
            Value::List(_) | Value::Dict(_) => return Err(YamlFault::Key { place: self.place(node) }),
        })
    }
}

impl From<Vec<Field>> for Field {
    fn from(items: Vec<Field>) -> Self {
        if items.iter().all(|item| matches!(item, Self::Value(_))) {
            let plain = |item| if let Self::Value(value) = item { value } else { Value::None };
            return Self::Value(Value::List(items.into_iter().map(plain).collect()));
        }
        Self::List(items)
    }
}

impl From<IndexMap<String, Field>> for Field {
    fn from(entries: IndexMap<String, Field>) -> Self {
        if entries.values().all(|entry| matches!(entry, Self::Value(_))) {
            let mut dict = Dict::with_capacity(entries.len());
            for (key, entry) in entries {
                if let Self::Value(value) = entry {
                    dict.insert(key.into(), value);
                }
            }
            return Self::Value(Value::Dict(dict));
        }
        Self::Dict(entries)
    }
}

/// The function that `module.name` means in the file `path`; none if there is no module.
///
/// A module stands next to the file. One with dots may also be named from further up, as `lm_eval.tasks.x.utils` is.
fn function(given: &str, path: &Path) -> Option<Function> {
    let (module, name) = given.trim().rsplit_once('.')?;
    if module.is_empty() || name.is_empty() {
        return None;
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let relative = PathBuf::from(format!("{}.py", module.replace('.', "/")));
    let beside = folder.join(&relative);
    let file = if module.contains('.') && !beside.exists() {
        folder.ancestors().map(|above| above.join(&relative)).find(|file| file.exists()).unwrap_or(beside)
    } else {
        beside
    };
    Some(Function { file, name: name.to_owned() })
}
