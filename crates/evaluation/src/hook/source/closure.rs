//! The closure of a function: everything at top level that it uses.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::literal::evaluate;
use super::module::{Doing, Import, Module};
use super::template::Template;
use super::token::{Kind, template_names};
use super::{Library, candidates};
use crate::Value;
use crate::task::Function;

/// A closure has no more parts than this.
const MOST: usize = 5_000;

/// The source of one function.
#[derive(Debug)]
pub(in crate::hook) struct Source {
    /// The function that was asked for.
    function: Function,
    /// What it is made of, in the order in which it was found; the function itself first.
    parts: Vec<Part>,
    /// Whether the function is made when the file is run (`globals().update(…)`), so that the parts are all that does so.
    made: bool,
    /// What the function's own `partial(f, key=literal)` binds, and the tokens of those literals.
    bound: Vec<(Arc<str>, Value, Range<usize>)>,
}

/// One part of a closure.
#[derive(Debug)]
enum Part {
    /// A statement of a file.
    Statement(Arc<Module>, usize),
    /// An import from elsewhere, or the name that an import gives to a part.
    Line(String),
}

impl Source {
    /// Finds the source of `function`.
    pub(in crate::hook) fn find(library: &Library, function: &Function) -> Result<Self, String> {
        let module = library.module(&function.file)?;
        let mut finder = Finder { library, seen: BTreeSet::new(), parts: Vec::new(), queue: VecDeque::new() };
        let made = !finder.resolve(&module, &function.name)?;
        if made {
            finder.made(&module, &function.name)?;
        }
        finder.follow()?;
        let bound = bound(&finder.parts);
        Ok(Self { function: function.clone(), parts: finder.parts, made, bound })
    }

    /// A source that holds nothing.
    #[cfg(test)]
    pub(in crate::hook) fn empty() -> Self {
        let function = Function { file: PathBuf::new(), name: String::new() };
        Self { function, parts: Vec::new(), made: false, bound: Vec::new() }
    }

    /// The function that was asked for.
    pub(in crate::hook) fn function(&self) -> &Function {
        &self.function
    }

    /// The folder of the file of the function; some functions look at it.
    pub(in crate::hook) fn folder(&self) -> Option<&Path> {
        self.function.file.parent()
    }

    /// The hash. The literals that the function's own `partial` binds are not in it.
    pub(in crate::hook) fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                Part::Line(line) => hash.update(line),
                Part::Statement(module, statement) => {
                    let named = (index == 0 && !self.made).then(|| own_name(module, *statement)).flatten();
                    let bound = |token| index == 0 && self.bound.iter().any(|(_, _, range)| range.contains(&token));
                    feed(&mut hash, module, *statement, |token| bound(token) || named == Some(token));
                }
            }
            hash.update([0, 0]);
        }
        let mut digits = hex::encode(hash.finalize());
        digits.truncate(16);
        digits
    }

    /// What the function's own `partial` binds to `key`.
    pub(in crate::hook) fn bound(&self, key: &str) -> Result<&Value, String> {
        let found = self.bound.iter().find(|(name, ..)| &**name == key);
        found.map(|(_, value, _)| value).ok_or_else(|| format!("the partial binds no {key:?}"))
    }

    /// The value of the top-level assignment of a literal to `name`.
    pub(in crate::hook) fn constant(&self, name: &str) -> Result<Value, String> {
        let missing = || format!("there is no constant {name} that is a literal");
        let (part, range) = self.constant_place(name).ok_or_else(missing)?;
        let Part::Statement(module, _) = &self.parts[part] else { return Err(missing()) };
        evaluate(&module.text, &module.tokens[range]).ok_or_else(missing)
    }

    /// The texts that the constant `name` holds.
    pub(in crate::hook) fn texts(&self, name: &str) -> Result<Vec<Arc<str>>, String> {
        let value = self.constant(name)?;
        let texts = value.as_list().unwrap_or_default().iter().map(|item| match item {
            Value::Str(text) => Ok(text.clone()),
            other => Err(format!("{name} holds a {}", other.type_name())),
        });
        texts.collect()
    }

    /// The text that the literal at `index` (from 0) in the definition of `name` is; `_` is the function itself.
    pub(in crate::hook) fn text(&self, name: &str, index: usize) -> Result<Arc<str>, String> {
        match self.literal(name, index) {
            Some(Value::Str(text)) => Ok(text),
            _ => Err(format!("there is no text {index} in {name}")),
        }
    }

    /// The whole number that the literal at `index` (from 0) in the definition of `name` is.
    pub(in crate::hook) fn number(&self, name: &str, index: usize) -> Result<i64, String> {
        self.literal(name, index)
            .and_then(|value| value.as_int())
            .ok_or_else(|| format!("there is no number {index} in {name}"))
    }

    /// The literal that the function `name` returns, if it does nothing else.
    pub(in crate::hook) fn returned(&self, name: &str) -> Result<Value, String> {
        let missing = || format!("{name} returns no literal");
        let (_, module, tokens) = self.definition(name).ok_or_else(missing)?;
        let start = tokens.clone().find(|&token| module.is(token, "return")).ok_or_else(missing)? + 1;
        let edge = |&token: &usize| module.tokens[token].kind == Kind::Line;
        let end = (start..tokens.end).find(edge).ok_or_else(missing)?;
        evaluate(&module.text, &module.tokens[start..end]).ok_or_else(missing)
    }

    /// All plain literals in the definition of `name`, in order; texts side by side are one, docstrings none.
    pub(in crate::hook) fn literals(&self, name: &str) -> Vec<Value> {
        (0..).map_while(|index| self.literal(name, index)).collect()
    }

    fn literal(&self, name: &str, index: usize) -> Option<Value> {
        let (part, range) = self.literal_place(name, index)?;
        let Part::Statement(module, _) = &self.parts[part] else { return None };
        evaluate(&module.text, &module.tokens[range])
    }

    /// The template (`f"…"`) at `index` (from 0) in the definition of `name`: the texts around its fields, and the fields.
    /// Texts that stand beside it belong to it.
    pub(in crate::hook) fn template(&self, name: &str, index: usize) -> Result<Template, String> {
        let missing = || format!("there is no template {index} in {name}");
        let (_, module, tokens) = self.definition(name).ok_or_else(missing)?;
        let quoted = |token: &usize| matches!(module.tokens[*token].kind, Kind::Text | Kind::Template);
        let mut seen = 0;
        let mut place = tokens.start;
        while place < tokens.end {
            let run: Vec<usize> = (place..tokens.end).take_while(quoted).collect();
            place += run.len().max(1);
            if run.iter().any(|&token| module.tokens[token].kind == Kind::Template) {
                if seen == index {
                    let words = run.iter().map(|&token| (module.tokens[token].kind, module.word(token)));
                    return Template::parse(words).ok_or_else(missing);
                }
                seen += 1;
            }
        }
        Err(missing())
    }

    fn definition(&self, name: &str) -> Option<(usize, &Module, Range<usize>)> {
        self.parts.iter().enumerate().find_map(|(index, part)| {
            let Part::Statement(module, statement) = part else { return None };
            let statement = &module.statements[*statement];
            let defines = match &statement.kind {
                Doing::Define(defined) => defined == name || (index == 0 && name == "_"),
                Doing::Assign(names, _) => *names == [name] || (index == 0 && name == "_"),
                _ => false,
            };
            defines.then(|| (index, &**module, statement.tokens.clone()))
        })
    }

    fn constant_place(&self, name: &str) -> Option<(usize, Range<usize>)> {
        let (part, module, tokens) = self.definition(name)?;
        let Part::Statement(_, statement) = &self.parts[part] else { return None };
        let Doing::Assign(_, start) = module.statements[*statement].kind else { return None };
        let range = start..tokens.end - 1;
        evaluate(&module.text, &module.tokens[range.clone()]).map(|_| (part, range))
    }

    /// Where the plain literal at `index` stands; texts that stand side by side are one, docstrings none.
    fn literal_place(&self, name: &str, index: usize) -> Option<(usize, Range<usize>)> {
        let (part, module, tokens) = self.definition(name)?;
        let plain = |token: usize| matches!(module.tokens[token].kind, Kind::Text | Kind::Number);
        let mut seen = 0;
        let mut place = tokens.start;
        while place < tokens.end {
            let text = |token: usize| token < tokens.end && module.tokens[token].kind == Kind::Text;
            let mut end = place + 1;
            while text(place) && text(end) {
                end += 1;
            }
            if plain(place) && !is_docstring(module, tokens.start, place) {
                if seen == index {
                    return Some((part, place..end));
                }
                seen += 1;
            }
            place = end;
        }
        None
    }
}

/// The token that names the function itself, in its definition or its assignment.
fn own_name(module: &Module, statement: usize) -> Option<usize> {
    let statement = &module.statements[statement];
    let name = match &statement.kind {
        Doing::Define(name) => name,
        Doing::Assign(names, _) if names.len() == 1 => &names[0],
        _ => return None,
    };
    statement.tokens.clone().find(|&token| module.name(token) == Some(name))
}

/// Whether a text begins a logical line: a statement that says nothing, if nothing but texts follow.
fn is_docstring(module: &Module, start: usize, token: usize) -> bool {
    let edge = |kind| matches!(kind, Kind::Line | Kind::Indent | Kind::Dedent);
    let text = |index: usize| module.tokens[index].kind == Kind::Text;
    let first = (start..=token).rev().take_while(|&index| text(index)).last();
    let last = (token..module.tokens.len()).take_while(|&index| text(index)).last();
    let (Some(first), Some(last)) = (first, last) else { return false };
    (first == start || edge(module.tokens[first - 1].kind))
        && module.tokens.get(last + 1).is_none_or(|token| edge(token.kind))
}

/// Feeds the tokens of a statement; blank ones that stand side by side are one, docstrings and their line ends none.
fn feed(hash: &mut Sha256, module: &Module, statement: usize, blank: impl Fn(usize) -> bool) {
    let tokens = module.statements[statement].tokens.clone();
    let docstring = |index: usize| module.tokens[index].kind == Kind::Text && is_docstring(module, tokens.start, index);
    for index in tokens.clone() {
        let before = (index > tokens.start).then(|| index - 1);
        match module.tokens[index].kind {
            Kind::Indent => hash.update([1]),
            Kind::Dedent => hash.update([2]),
            Kind::Line if before.is_some_and(docstring) => continue,
            Kind::Line => hash.update([3]),
            _ if docstring(index) || (blank(index) && before.is_some_and(&blank)) => continue,
            _ if blank(index) => hash.update([4]),
            _ => hash.update(module.word(index)),
        }
        hash.update([0]);
    }
}

/// What `name = partial(f, key=literal, …)` binds, if the first part is that.
fn bound(parts: &[Part]) -> Vec<(Arc<str>, Value, Range<usize>)> {
    let Some(Part::Statement(module, statement)) = parts.first() else { return Vec::new() };
    let statement = &module.statements[*statement];
    let Doing::Assign(_, start) = statement.kind else { return Vec::new() };
    let qualified = 2 * usize::from(module.is(start, "functools") && module.is(start + 1, "."));
    if !(module.is(start + qualified, "partial") && module.is(start + qualified + 1, "(")) {
        return Vec::new();
    }
    let first = start + qualified + 2;
    let (mut found, mut depth, mut begin) = (Vec::new(), 0_usize, first);
    for token in first..statement.tokens.end {
        let ends = depth == 0 && (module.is(token, ",") || module.is(token, ")"));
        match module.word(token) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if ends {
            let range = begin + 2..token;
            let value = (token > begin + 2 && module.is(begin + 1, "=")).then(|| module.tokens.get(range.clone()));
            if let (Some(key), Some(value)) =
                (module.name(begin), value.flatten().and_then(|v| evaluate(&module.text, v)))
            {
                found.push((key.into(), value, range));
            }
            begin = token + 1;
        }
    }
    found
}

struct Finder<'a> {
    library: &'a Library,
    seen: BTreeSet<(PathBuf, usize, String)>,
    parts: Vec<Part>,
    queue: VecDeque<(Arc<Module>, String)>,
}

impl Finder<'_> {
    /// Adds what binds or changes `name` in `module`; whether anything does.
    fn resolve(&mut self, module: &Arc<Module>, name: &str) -> Result<bool, String> {
        let Some(statements) = module.names.get(name) else { return self.star(module, name) };
        let mut defined = false;
        for &index in statements {
            defined |= !matches!(module.statements[index].kind, Doing::Act(_)) || assigns(module, index, name);
        }
        if !defined {
            return Ok(false);
        }
        for &index in statements {
            match &module.statements[index].kind {
                Doing::Import(imports) => {
                    for import in imports.iter().filter(|import| import.bound == name) {
                        self.import(module, import)?;
                    }
                }
                _ => self.add(module, index)?,
            }
        }
        Ok(true)
    }

    /// Looks for `name` in the files of the tree that `module` imports everything from.
    fn star(&mut self, module: &Arc<Module>, name: &str) -> Result<bool, String> {
        let stars = module.names.get("*").cloned().unwrap_or_default();
        for index in stars {
            let Doing::Import(imports) = &module.statements[index].kind else { continue };
            for import in imports {
                for file in candidates(&module.path, import) {
                    let other = self.library.module(&file)?;
                    if !Arc::ptr_eq(&other, module) && other.names.contains_key(name) {
                        return self.resolve(&other, name);
                    }
                }
            }
        }
        Ok(false)
    }

    fn import(&mut self, module: &Arc<Module>, import: &Import) -> Result<(), String> {
        if !self.seen.insert((module.path.clone(), usize::MAX, import.line())) {
            return Ok(());
        }
        for file in candidates(&module.path, import) {
            let other = self.library.module(&file)?;
            let Some(name) = import.name.as_deref().filter(|name| other.names.contains_key(*name)) else { continue };
            if name != import.bound && !self.parts.is_empty() {
                self.parts.push(Part::Line(format!("{} = {name}", import.bound)));
            }
            if self.parts.is_empty() {
                self.resolve(&other, name)?;
            } else {
                self.queue.push_back((other, name.to_owned()));
            }
            return Ok(());
        }
        self.whole(module, import)?;
        self.parts.push(Part::Line(import.line()));
        Ok(())
    }

    /// Where a whole file of the tree is imported, all of it counts.
    fn whole(&mut self, module: &Arc<Module>, import: &Import) -> Result<(), String> {
        let Some(file) = candidates(&module.path, import).into_iter().next() else { return Ok(()) };
        let other = self.library.module(&file)?;
        (0..other.statements.len()).try_for_each(|index| self.add(&other, index))
    }

    /// Adds what makes functions when the file is run: all that acts at top level, if any of it speaks of `globals`.
    fn made(&mut self, module: &Arc<Module>, name: &str) -> Result<(), String> {
        if !(0..module.tokens.len()).any(|token| module.name(token) == Some("globals")) {
            return Err(format!("nothing at top level is called {name}"));
        }
        for (index, statement) in module.statements.iter().enumerate() {
            let acts = matches!(&statement.kind, Doing::Act(names) if !names.is_empty());
            if acts {
                self.add(module, index)?;
            }
        }
        if self.parts.is_empty() { Err(format!("nothing at top level is called {name}")) } else { Ok(()) }
    }

    fn add(&mut self, module: &Arc<Module>, index: usize) -> Result<(), String> {
        if self.seen.insert((module.path.clone(), index, String::new())) {
            self.parts.push(Part::Statement(Arc::clone(module), index));
            if let Doing::Import(imports) = &module.statements[index].kind {
                imports.iter().try_for_each(|import| self.import(module, import))?;
            }
        }
        if self.parts.len() > MOST { Err(format!("it is made of more than {MOST} parts")) } else { Ok(()) }
    }

    /// Adds what the parts name, until nothing is new.
    fn follow(&mut self) -> Result<(), String> {
        let mut next = 0;
        loop {
            while let Some((module, name)) = self.queue.pop_front() {
                self.resolve(&module, &name)?;
            }
            let Some(part) = self.parts.get(next) else { return Ok(()) };
            next += 1;
            if let Part::Statement(module, index) = part {
                let (module, index) = (Arc::clone(module), *index);
                self.names(&module, index)?;
            }
        }
    }

    fn names(&mut self, module: &Arc<Module>, index: usize) -> Result<(), String> {
        let tokens = module.statements[index].tokens.clone();
        for token in tokens.clone() {
            let begins = token > tokens.start
                && matches!(module.tokens[token - 1].kind, Kind::Line | Kind::Indent | Kind::Dedent);
            if begins {
                for import in module.imports(token..tokens.end).unwrap_or_default() {
                    if !candidates(&module.path, &import).is_empty() {
                        self.import(module, &import)?;
                    }
                }
            }
            match module.tokens[token].kind {
                Kind::Template => {
                    for name in template_names(module.word(token)) {
                        self.resolve(module, name)?;
                    }
                }
                _ => {
                    if let Some(name) = module.name(token) {
                        self.resolve(module, name)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether a compound statement (`try: import x`, `if a: f = …`) gives `name` a value, as far as its tokens tell.
fn assigns(module: &Module, index: usize, name: &str) -> bool {
    module.statements[index].tokens.clone().any(|token| {
        let before = token > 0 && ["def", "class", "import", "as", "for", ","].iter().any(|w| module.is(token - 1, w));
        module.name(token) == Some(name) && (before || module.is(token + 1, "="))
    })
}
