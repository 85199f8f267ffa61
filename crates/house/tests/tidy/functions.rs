//! How long functions are and what they ask for.

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, FnArg, ImplItemFn, ItemFn, ItemMod, Signature, TraitItemFn, Type};

use super::ratchet::{self, Ratchet};
use super::{percentile, room_code};
use crate::fault::{Fault, assert_none, places};
use crate::source::Source;
use crate::tree;

/// The longest body a function may have, in lines from its opening to its closing brace.
const MOST_LINES: usize = 70;
const MOST_LINES_OF_90_PERCENT: usize = 30;
const MOST_LINES_OF_99_PERCENT: usize = 80;
/// `self` is not counted.
const MOST_PARAMETERS: usize = 7;

/// A function outside test code, measured.
#[derive(Debug, Default)]
pub(super) struct Function {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) name: String,
    /// None for a signature without a body.
    pub(super) lines: Option<usize>,
    /// Whether each parameter but `self` is a `bool`.
    pub(super) parameters: Vec<bool>,
}

struct Measure<'a> {
    file: &'a str,
    found: Vec<Function>,
}

impl Measure<'_> {
    fn take(&mut self, signature: &Signature, block: Option<&Block>) {
        let lines = block.map(|block| {
            let span = block.span();
            span.end().line + 1 - span.start().line
        });
        let typed = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Receiver(_) => None,
            FnArg::Typed(typed) => Some(is_bool(&typed.ty)),
        });
        self.found.push(Function {
            file: self.file.to_owned(),
            line: signature.ident.span().start().line,
            name: signature.ident.to_string(),
            lines,
            parameters: typed.collect(),
        });
    }
}

impl<'ast> Visit<'ast> for Measure<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !is_test(&item.attrs) {
            self.take(&item.sig, Some(&item.block));
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_test(&item.attrs) {
            self.take(&item.sig, Some(&item.block));
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        self.take(&item.sig, item.default.as_ref());
        visit::visit_trait_item_fn(self, item);
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_cfg_test = || attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"));
        attribute.path().is_ident("test") || (attribute.path().is_ident("cfg") && is_cfg_test())
    })
}

fn is_bool(kind: &Type) -> bool {
    matches!(kind, Type::Path(path) if path.path.is_ident("bool"))
}

fn measure(source: &Source) -> Vec<Function> {
    let mut measure = Measure { file: &source.file, found: Vec::new() };
    let syntax =
        syn::parse_file(&source.text).unwrap_or_else(|error| panic!("{} does not parse: {error}", source.file));
    measure.visit_file(&syntax);
    measure.found
}

fn too_long(function: &Function, ratchet: &Ratchet) -> Option<Fault> {
    let lines = function.lines?;
    let limit = ratchet.limit_for(&function.file, &function.name).unwrap_or(MOST_LINES);
    let wrong = format!("`{}` is {lines} lines long; the most is {limit}", function.name);
    let mend = "give its parts names of their own: decide in one function, do in another";
    (lines > limit).then(|| Fault::at(&function.file, function.line, wrong, mend))
}

fn asks_too_much(function: &Function) -> Vec<Fault> {
    let tell = |wrong: String, mend: &str| Fault::at(&function.file, function.line, wrong, mend);
    let mut faults = Vec::new();
    let asked = function.parameters.len();
    if asked > MOST_PARAMETERS {
        let wrong = format!("`{}` takes {asked} parameters; the most is {MOST_PARAMETERS}", function.name);
        faults.push(tell(wrong, "take a struct with named fields"));
    }
    if function.parameters.windows(2).any(|pair| pair == [true, true]) {
        let wrong = format!("`{}` takes two `bool`s side by side, which a caller can swap", function.name);
        faults.push(tell(wrong, "take an enum with two named values"));
    }
    faults
}

/// Whether too many functions are longish, though none need be too long.
fn tail(functions: &[Function]) -> Vec<Fault> {
    let figures: Vec<usize> = functions.iter().filter_map(|function| function.lines).collect();
    let mut longest: Vec<&Function> = functions.iter().collect();
    longest.sort_by_key(|function| std::cmp::Reverse(function.lines));
    let named = longest.iter().take(5).map(|function| format!("{}:{}", function.file, function.line));
    let mend = format!("shorten the longest first: {}", named.collect::<Vec<_>>().join(", "));
    let limits = [(90, MOST_LINES_OF_90_PERCENT), (99, MOST_LINES_OF_99_PERCENT)];
    let over = limits.into_iter().filter_map(|(share, limit)| {
        let lines = percentile(figures.clone(), share);
        let wrong = format!("{share} % of the functions should have at most {limit} lines; it takes {lines}");
        (lines > limit).then(|| Fault::new("crates/*/src", wrong, mend.clone()))
    });
    over.collect()
}

#[test]
fn functions_are_short_and_ask_for_little() {
    let ratchet = Ratchet::read(&tree::read(&tree::root(), ratchet::FILE).unwrap_or_default());
    let functions: Vec<Function> = room_code().iter().flat_map(measure).collect();
    let mut faults: Vec<Fault> = functions.iter().filter_map(|function| too_long(function, &ratchet)).collect();
    faults.extend(functions.iter().flat_map(asks_too_much));
    faults.extend(tail(&functions));
    faults.extend(ratchet.faults(&functions, MOST_LINES));
    assert_none(faults);
}

/// A function whose body has this many lines.
fn planted(name: &str, lines: usize) -> String {
    format!("fn {name}() {{\n{}}}\n", "    work();\n".repeat(lines - 2))
}

#[test]
fn control_a_long_function_is_found_and_a_listed_one_may_stay() {
    let text = format!(
        "{}{}{}#[cfg(test)]\nmod tests {{ {} }}\n",
        planted("fits", 70),
        planted("long", 71),
        planted("listed", 75),
        planted("t", 99)
    );
    let functions = measure(&Source::parse("p.rs", &text));
    let ratchet = Ratchet::read("# why\np.rs listed 75\n");
    let faults: Vec<Fault> = functions.iter().filter_map(|function| too_long(function, &ratchet)).collect();
    assert_eq!(places(&faults), ["p.rs:71"]);
    assert_eq!(functions.len(), 3, "test code is not measured");
}

#[test]
fn control_greedy_parameters_are_found() {
    let text = "fn a(b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) {}\n\
                fn b(b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8) {}\n\
                trait T { fn c(&self, one: bool, two: bool); }\n\
                fn d(one: bool, between: u8, two: bool) {}\n";
    let functions = measure(&Source::parse("p.rs", text));
    let faults: Vec<Fault> = functions.iter().flat_map(asks_too_much).collect();
    assert_eq!(places(&faults), ["p.rs:2", "p.rs:3"]);
}

#[test]
fn control_a_long_tail_is_found() {
    let text: String = (0..10).map(|place| planted(&format!("f{place}"), if place < 8 { 5 } else { 31 })).collect();
    let faults = tail(&measure(&Source::parse("p.rs", &text)));
    assert_eq!(places(&faults), ["crates/*/src"]);
}
