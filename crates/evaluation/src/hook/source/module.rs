//! A Python file, cut into its top-level statements, and what names each of them binds.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use super::token::{Kind, Token, tokenize};

/// A Python file.
#[derive(Debug)]
pub(super) struct Module {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its text, with `\n` as line endings.
    pub(super) text: String,
    /// Its tokens.
    pub(super) tokens: Vec<Token>,
    /// Its top-level statements, in order.
    pub(super) statements: Vec<Statement>,
    /// Which statements bind or change a name.
    pub(super) names: BTreeMap<String, Vec<usize>>,
}

/// A top-level statement.
#[derive(Debug)]
pub(super) struct Statement {
    /// Its tokens.
    pub(super) tokens: Range<usize>,
    /// What it does.
    pub(super) kind: Doing,
}

/// What a top-level statement does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// Defines a function or a class.
    Define(String),
    /// Gives these names a value; for one name alone, the value begins at this token.
    Assign(Vec<String>, usize),
    /// Imports.
    Import(Vec<Import>),
    /// Anything else: it may bind or change these names.
    Act(Vec<String>),
}

/// One imported name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// The name that is bound; `*` for all.
    pub(super) bound: String,
    /// The module, without leading dots.
    pub(super) module: String,
    /// How many leading dots.
    pub(super) level: usize,
    /// The name in the module; none where the module itself is imported.
    pub(super) name: Option<String>,
}

impl Import {
    /// The import written alone on a line, the same for every way to write it.
    pub(super) fn line(&self) -> String {
        let dots = ".".repeat(self.level);
        match &self.name {
            Some(name) => format!("from {dots}{} import {name} as {}", self.module, self.bound),
            None => format!("import {} as {}", self.module, self.bound),
        }
    }
}

const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Whether `word` is a name and no keyword.
pub(super) fn is_identifier(word: &str) -> bool {
    !KEYWORDS.contains(&word)
}

impl Module {
    /// The file at `path` with this text.
    pub(super) fn parse(path: PathBuf, text: &str) -> Result<Self, String> {
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
        let tokens = tokenize(&text)?;
        let mut module = Self { path, text, tokens, statements: Vec::new(), names: BTreeMap::new() };
        for tokens in module.cut() {
            let kind = module.kind(tokens.clone());
            let index = module.statements.len();
            for name in bound(&kind) {
                module.names.entry(name.to_owned()).or_default().push(index);
            }
            module.statements.push(Statement { tokens, kind });
        }
        Ok(module)
    }

    /// The text of the token at `index`; empty beyond the end.
    pub(super) fn word(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| &self.text[token.place.clone()])
    }

    /// Whether the token at `index` is this operator or keyword.
    pub(super) fn is(&self, index: usize, word: &str) -> bool {
        let plain = self.tokens.get(index).is_some_and(|token| matches!(token.kind, Kind::Operator | Kind::Name));
        plain && self.word(index) == word
    }

    /// The name at `index`, if it is one that stands for itself: no keyword, no attribute.
    pub(super) fn name(&self, index: usize) -> Option<&str> {
        let is_name = self.tokens.get(index).is_some_and(|token| token.kind == Kind::Name);
        let attribute = index > 0 && self.is(index - 1, ".");
        Some(self.word(index)).filter(|word| is_name && !attribute && is_identifier(word))
    }

    fn cut(&self) -> Vec<Range<usize>> {
        let (mut cuts, mut start, mut level) = (Vec::new(), 0, 0_usize);
        for (index, token) in self.tokens.iter().enumerate() {
            match token.kind {
                Kind::Indent => level += 1,
                Kind::Dedent => level = level.saturating_sub(1),
                Kind::Line => {}
                _ => continue,
            }
            let next = index + 1;
            let goes_on = self.tokens.get(next).is_some_and(|token| matches!(token.kind, Kind::Indent | Kind::Dedent))
                || ["else", "elif", "except", "finally"].iter().any(|word| self.is(next, word))
                || self.is(self.last_line_start(start, index), "@");
            if level == 0 && !goes_on {
                cuts.push(start..next);
                start = next;
            }
        }
        cuts
    }

    /// The first token of the logical line that ends at `end`.
    fn last_line_start(&self, start: usize, end: usize) -> usize {
        let edge = |token: &Token| matches!(token.kind, Kind::Line | Kind::Indent | Kind::Dedent);
        (start..end).rev().find(|&index| edge(&self.tokens[index])).map_or(start, |index| index + 1)
    }

    fn kind(&self, tokens: Range<usize>) -> Doing {
        let mut first = tokens.start;
        while self.is(first, "@") && first < tokens.end {
            first = (first..tokens.end).find(|&i| self.tokens[i].kind == Kind::Line).map_or(tokens.end, |i| i + 1);
        }
        let keyword = if self.is(first, "async") { first + 1 } else { first };
        if self.is(keyword, "def") || self.is(keyword, "class") {
            return Doing::Define(self.word(keyword + 1).to_owned());
        }
        if let Some(imports) = self.imports(first..tokens.end) {
            return Doing::Import(imports);
        }
        self.assignment(tokens.clone()).unwrap_or_else(|| Doing::Act(self.touched(tokens)))
    }

    /// What the import that begins here imports, if one does. It may end before the range does.
    pub(super) fn imports(&self, tokens: Range<usize>) -> Option<Vec<Import>> {
        let mut place = tokens.start + 1;
        if self.is(tokens.start, "import") {
            return Some(self.imported(&mut place, None));
        }
        if !self.is(tokens.start, "from") {
            return None;
        }
        let mut level = 0;
        while self.is(place, ".") || self.is(place, "...") {
            level += self.word(place).len();
            place += 1;
        }
        let module = if self.is(place, "import") { String::new() } else { self.dotted(&mut place) };
        if !self.is(place, "import") {
            return None;
        }
        place += 1;
        place += usize::from(self.is(place, "("));
        Some(self.imported(&mut place, Some((module, level))))
    }

    fn dotted(&self, place: &mut usize) -> String {
        let mut path = self.word(*place).to_owned();
        *place += 1;
        while self.is(*place, ".") {
            path.extend([".", self.word(*place + 1)]);
            *place += 2;
        }
        path
    }

    fn imported(&self, place: &mut usize, from: Option<(String, usize)>) -> Vec<Import> {
        let mut imports = Vec::new();
        while self.name(*place).is_some() || self.is(*place, "*") {
            let path = self.dotted(place);
            let alias = self.is(*place, "as").then(|| self.word(*place + 1).to_owned());
            *place += 2 * usize::from(alias.is_some());
            let first = path.split('.').next().unwrap_or_default().to_owned();
            let bound = alias.unwrap_or(first);
            imports.push(match from.clone() {
                Some((module, level)) => Import { bound, module, level, name: Some(path) },
                None => Import { bound, module: path, level: 0, name: None },
            });
            if !self.is(*place, ",") {
                break;
            }
            *place += 1;
        }
        imports
    }

    /// `a = …`, `a, b = …`, `a: int = …`; none for anything that only changes what is there.
    fn assignment(&self, tokens: Range<usize>) -> Option<Doing> {
        let mut depth = 0_usize;
        let mut sign = None;
        for index in tokens.clone() {
            match self.word(index) {
                "lambda" => break,
                _ if self.tokens[index].kind != Kind::Operator => {}
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                "=" if depth == 0 => sign = Some(index),
                ";" if depth == 0 => return None,
                _ => {}
            }
        }
        let sign = sign?;
        let mut target = tokens.start..sign;
        if let Some(colon) = target.clone().find(|&index| self.is(index, ":")) {
            target.end = colon;
        }
        let compound = self.tokens[tokens].iter().any(|token| token.kind == Kind::Indent);
        if compound || target.clone().any(|index| self.is(index, "[") || self.is(index, ".") || self.is(index, "(")) {
            return None;
        }
        let names: Vec<String> = target.filter_map(|index| self.name(index)).map(str::to_owned).collect();
        (!names.is_empty()).then_some(Doing::Assign(names, sign + 1))
    }

    /// All names of a statement that may be changed by it. What runs only as a script changes none.
    fn touched(&self, tokens: Range<usize>) -> Vec<String> {
        if self.is(tokens.start, "if") && self.is(tokens.start + 1, "__name__") {
            return Vec::new();
        }
        let mut names: Vec<String> = tokens.filter_map(|index| self.name(index)).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn bound(kind: &Doing) -> Vec<&str> {
    match kind {
        Doing::Define(name) => vec![name],
        Doing::Assign(names, _) | Doing::Act(names) => names.iter().map(String::as_str).collect(),
        Doing::Import(imports) => imports.iter().map(|import| import.bound.as_str()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Doing> {
        let module = Module::parse("a.py".into(), text).unwrap();
        module.statements.into_iter().map(|statement| statement.kind).collect()
    }

    #[test]
    fn statements_and_the_names_they_bind() {
        let text = "'''doc'''\nimport os.path, re as r\nfrom ..a.b import (c as d, e)\n@deco(1)\ndef f(x):\n    return x\n\n\
                    a, b = 1, 2\nc: int = 3\nif a:\n    g = 1\nelse:\n    g = 2\nx['k'] = 1\nx.append(2)\nn += 1\n\
                    if __name__ == '__main__':\n    f(1)\nclass K(B):\n    z = 1\n";
        let import = |bound: &str, module: &str, level, name: Option<&str>| Import {
            bound: bound.into(),
            module: module.into(),
            level,
            name: name.map(Into::into),
        };
        let act = |names: &[&str]| Doing::Act(names.iter().map(|name| (*name).to_owned()).collect());
        let found = kinds(text);
        assert_eq!(found[0], act(&[]));
        assert_eq!(found[1], Doing::Import(vec![import("os", "os.path", 0, None), import("r", "re", 0, None)]));
        assert_eq!(found[2], Doing::Import(vec![import("d", "a.b", 2, Some("c")), import("e", "a.b", 2, Some("e"))]));
        assert_eq!(found[3], Doing::Define("f".into()));
        assert!(matches!(&found[4], Doing::Assign(names, _) if *names == ["a", "b"]));
        assert!(matches!(&found[5], Doing::Assign(names, _) if *names == ["c"]));
        assert_eq!(found[6], act(&["a", "g"]));
        assert_eq!(found[7..11], [act(&["x"]), act(&["x"]), act(&["n"]), act(&[])]);
        assert_eq!(found[11], Doing::Define("K".into()));
        assert_eq!(found.len(), 12);
    }

    #[test]
    fn lambdas_and_defaults_are_no_targets() {
        assert!(matches!(&kinds("f = lambda x, k=1: x")[0], Doing::Assign(names, _) if *names == ["f"]));
        assert!(matches!(&kinds("f = partial(g, a=1)")[0], Doing::Assign(names, 2) if *names == ["f"]));
    }
}
