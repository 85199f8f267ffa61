//! A Rust file as a flat run of tokens that each know their line, their function and the lints they may break.
//!
//! Tokens, not a syntax tree, so that what stands inside a macro call is seen as well. Code under `#[cfg(test)]` and
//! `#[test]` is left out of [`Source::tokens`].

use std::path::Path;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::tree;

/// A token outside test code. A group gives its opening and its closing sign as tokens of their own.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
    /// The innermost named function around it.
    pub(crate) function: Option<String>,
    /// The lints that an `expect` with a reason lifts here.
    pub(crate) lifted: Vec<String>,
}

/// An attribute, in test code too: its tokens, without the signs around them.
#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    pub(crate) line: usize,
    pub(crate) words: Vec<String>,
}

/// A file that was read.
pub(crate) struct Source {
    /// Its path from the root of the workspace.
    pub(crate) file: String,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
    pub(crate) attributes: Vec<Attribute>,
    /// How many of its lines are test code.
    pub(crate) test_lines: usize,
}

impl Source {
    /// Parses a file. Its first line is line 1.
    pub(crate) fn parse(file: &str, text: &str) -> Self {
        let stream: TokenStream = text.parse().unwrap_or_else(|error| panic!("{file} has no tokens: {error}"));
        let mut reader = Reader::default();
        reader.read(stream, &Around::default());
        let Reader { tokens, attributes, test_lines } = reader;
        Source { file: file.to_owned(), text: text.to_owned(), tokens, attributes, test_lines }
    }

    /// The texts of the tokens from `place` on; shorter than `N` near the end of the file.
    pub(crate) fn window<const N: usize>(&self, place: usize) -> [&str; N] {
        std::array::from_fn(|ahead| self.tokens.get(place + ahead).map_or("", |token| token.text.as_str()))
    }
}

/// The Rust files of the workspace that `is_wanted` by their path.
pub(crate) fn select(root: &Path, is_wanted: impl Fn(&str) -> bool) -> Vec<Source> {
    let files = tree::files(root).into_iter().filter(|file| file.ends_with(".rs") && is_wanted(file));
    files.filter_map(|file| tree::read(root, &file).map(|text| Source::parse(&file, &text))).collect()
}

/// Whether a file is a room's own code: under `src/`, and not a module of tests.
pub(crate) fn is_room_code(file: &str) -> bool {
    let mut parts = file.split('/');
    let is_in_src = parts.next() == Some("crates") && parts.nth(1) == Some("src");
    is_in_src && parts.all(|part| part != "tests" && part != "tests.rs")
}

/// What holds for the tokens of a group because of what stands around it.
#[derive(Clone, Default)]
struct Around {
    function: Option<String>,
    lifted: Vec<String>,
}

#[derive(Default)]
struct Reader {
    tokens: Vec<Token>,
    attributes: Vec<Attribute>,
    test_lines: usize,
}

impl Reader {
    fn read(&mut self, stream: TokenStream, around: &Around) {
        let trees: Vec<TokenTree> = stream.into_iter().collect();
        let mut around = around.clone();
        // What the attributes and the `fn` in front of the present item say, until the item ends.
        let mut item = around.clone();
        let mut place = 0;
        while let Some(tree) = trees.get(place) {
            if let Some((attribute, is_inner, length)) = attribute_at(&trees, place) {
                place += length;
                let words = words_of(attribute);
                let scope = if is_inner { &mut around } else { &mut item };
                scope.lifted.extend(lifted_by(&words));
                if is_inner {
                    item.lifted.extend(lifted_by(&words));
                }
                let is_test = !is_inner && marks_test(&words);
                self.attributes.push(Attribute { line: line_of(tree), words });
                if is_test {
                    place = self.skip_item(&trees, place);
                    item = around.clone();
                }
                continue;
            }
            if let (true, Some(TokenTree::Ident(name))) = (is_ident(tree, "fn"), trees.get(place + 1)) {
                item.function = Some(name.to_string());
            }
            self.push(tree, &item);
            if ends_item(&trees, place) {
                item = around.clone();
            }
            place += 1;
        }
    }

    fn push(&mut self, tree: &TokenTree, around: &Around) {
        let TokenTree::Group(group) = tree else {
            return self.push_text(tree.to_string(), line_of(tree), around);
        };
        let (open, close) = signs(group);
        self.push_text(open.to_owned(), group.span_open().start().line, around);
        self.read(group.stream(), around);
        self.push_text(close.to_owned(), group.span_close().start().line, around);
    }

    fn push_text(&mut self, text: String, line: usize, around: &Around) {
        let Around { function, lifted } = around.clone();
        self.tokens.push(Token { text, line, function, lifted });
    }

    /// The place after the item that starts at `from`; only its attributes are kept.
    fn skip_item(&mut self, trees: &[TokenTree], from: usize) -> usize {
        let ends = (from..trees.len()).find(|place| ends_item(trees, *place));
        let last = ends.unwrap_or(trees.len().saturating_sub(1));
        if let (Some(first), Some(last)) = (trees.get(from), trees.get(last)) {
            self.test_lines += last.span().end().line + 1 - line_of(first);
        }
        let mut aside = Reader::default();
        aside.read(trees.iter().take(last + 1).skip(from).cloned().collect(), &Around::default());
        self.attributes.append(&mut aside.attributes);
        last + 1
    }
}

/// The attribute that starts at `place`: its group, whether it is an inner one (`#![…]`) and how many trees it takes.
fn attribute_at(trees: &[TokenTree], place: usize) -> Option<(&Group, bool, usize)> {
    if !is_punct(trees.get(place)?, '#') {
        return None;
    }
    match (trees.get(place + 1)?, trees.get(place + 2)) {
        (TokenTree::Group(group), _) if group.delimiter() == Delimiter::Bracket => Some((group, false, 2)),
        (sign, Some(TokenTree::Group(group))) if is_punct(sign, '!') => Some((group, true, 3)),
        _ => None,
    }
}

/// Whether an item or a statement ends here: at a semicolon, or at a block that no expression goes on after.
fn ends_item(trees: &[TokenTree], place: usize) -> bool {
    match trees.get(place) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let next = trees.get(place + 1);
            !next.is_some_and(|next| ['.', '?', '='].iter().any(|sign| is_punct(next, *sign)) || is_ident(next, "else"))
        }
        Some(tree) => is_punct(tree, ';'),
        None => true,
    }
}

fn marks_test(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    words == ["test"] || words == ["cfg", "(", "test", ")"]
}

/// The lints that an attribute lifts: those of an `expect` or `allow` that gives a reason.
fn lifted_by(words: &[String]) -> Vec<String> {
    let lifts = words.first().is_some_and(|first| first == "expect" || first == "allow");
    if !lifts || !gives_reason(words) {
        return Vec::new();
    }
    words.iter().filter(|word| word.starts_with(|first: char| first.is_ascii_lowercase())).cloned().collect()
}

/// Whether `reason = "…"` stands in an attribute.
pub(crate) fn gives_reason(words: &[String]) -> bool {
    words.windows(2).any(|pair| pair == ["reason", "="])
}

fn words_of(group: &Group) -> Vec<String> {
    let mut reader = Reader::default();
    reader.read(group.stream(), &Around::default());
    reader.tokens.into_iter().map(|token| token.text).collect()
}

fn signs(group: &Group) -> (&'static str, &'static str) {
    match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

fn is_punct(tree: &TokenTree, sign: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn is_ident(tree: &TokenTree, name: &str) -> bool {
    matches!(tree, TokenTree::Ident(ident) if ident == name)
}

fn line_of(tree: &TokenTree) -> usize {
    tree.span().start().line
}

#[test]
fn test_code_is_left_out_and_counted() {
    let text = "fn a() { one(); }\n#[cfg(test)]\nmod tests {\n    #[allow(x)]\n    fn b() { two(); }\n}\nfn c() { three(); }\n";
    let source = Source::parse("a.rs", text);
    let has = |name: &str| source.tokens.iter().any(|token| token.text == name);
    assert!(has("one") && has("three") && !has("two"));
    assert_eq!(source.test_lines, 4);
    assert_eq!(source.attributes.len(), 2, "attributes of test code are kept");
}

#[test]
fn a_token_knows_its_function_and_what_is_lifted() {
    let text = "#[expect(clippy::panic, reason = \"r\")]\nfn a() {\n    one();\n}\nfn b() { two(); }\n";
    let source = Source::parse("a.rs", text);
    let find = |name: &str| source.tokens.iter().find(|token| token.text == name).unwrap();
    assert_eq!((find("one").function.as_deref(), find("one").line), (Some("a"), 3));
    assert!(find("one").lifted.contains(&"panic".to_owned()));
    assert_eq!(find("two").function.as_deref(), Some("b"));
    assert!(find("two").lifted.is_empty());
}

#[test]
fn room_code_is_under_src_and_no_module_of_tests() {
    assert!(is_room_code("crates/record/src/log.rs"));
    for other in ["crates/record/tests/a.rs", "crates/record/src/tests.rs", "crates/record/src/tests/a.rs", "a.rs"] {
        assert!(!is_room_code(other), "{other}");
    }
}
