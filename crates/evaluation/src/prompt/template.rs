//! Jinja2 templates as lm-eval renders them, compiled once.
//!
//! lm-eval's environment is `StrictUndefined`, keeps a last line end, trims no blocks, and has one more filter,
//! `regex_replace`. What is rendered is Python's `str` of a value, so lists, floats and `None` look as Python shows them.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use minijinja::value::{Kwargs, Value, ValueKind, from_args};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use super::{methods, view};
use crate::Document;
use crate::python::{self, json, regex};

/// Templates that share one environment.
pub(super) struct Templates {
    environment: Environment<'static>,
    count: usize,
}

/// A template among [`Templates`].
#[derive(Clone, Debug)]
pub(super) enum Template {
    /// Nothing in it changes.
    Fixed(Arc<str>),
    /// A template by its name.
    Compiled(Arc<str>),
}

impl Templates {
    /// As lm-eval renders the fields of tasks.
    pub(super) fn of_tasks() -> Self {
        static BASE: LazyLock<Environment<'static>> = LazyLock::new(task_environment);
        Self { environment: BASE.clone(), count: 0 }
    }

    /// With an environment of its own.
    pub(super) fn new(environment: Environment<'static>) -> Self {
        Self { environment, count: 0 }
    }

    /// Compiles `source`. Line ends become `\n`, as Jinja2 makes them.
    pub(super) fn add(&mut self, source: &str) -> Result<Template, String> {
        let source =
            if source.contains('\r') { source.replace("\r\n", "\n").replace('\r', "\n") } else { source.to_owned() };
        if !["{{", "{%", "{#"].iter().any(|mark| source.contains(mark)) {
            return Ok(Template::Fixed(source.into()));
        }
        let name: Arc<str> = self.count.to_string().into();
        self.count += 1;
        self.environment.add_template_owned(name.to_string(), source).map_err(|fault| explain(&fault))?;
        Ok(Template::Compiled(name))
    }

    /// Renders `template` with the columns of `document` as its variables.
    pub(super) fn render(&self, template: &Template, document: &Arc<Document>) -> Result<String, String> {
        match template {
            Template::Fixed(text) => Ok(text.to_string()),
            Template::Compiled(name) => {
                let made = self.environment.get_template(name);
                made.and_then(|template| template.render(view::Node::root(Arc::clone(document))))
                    .map_err(|fault| explain(&fault))
            }
        }
    }
}

/// What the engine says is wrong, without the name it has for the template.
fn explain(fault: &Error) -> String {
    match (fault.detail(), fault.line()) {
        (Some(detail), Some(line)) => format!("{}: {detail} (line {line})", fault.kind()),
        (Some(detail), None) => format!("{}: {detail}", fault.kind()),
        (None, Some(line)) => format!("{} (line {line})", fault.kind()),
        (None, None) => fault.kind().to_string(),
    }
}

fn task_environment() -> Environment<'static> {
    let mut environment = python_environment();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = minijinja::syntax::SyntaxConfig::builder();
    if let Ok(syntax) = syntax.keep_trailing_newline(true).build() {
        environment.set_syntax(syntax);
    }
    environment.add_filter("regex_replace", regex_replace);
    environment.add_filter("tojson", tojson);
    environment
}

/// What all environments share: Python's `str`, its methods, and the filters of Jinja2 whose rules come from Python.
pub(super) fn python_environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_debug(false);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(write);
    environment.set_unknown_method_callback(methods::call);
    environment.add_filter("string", |value: &Value| view::text(value));
    environment.add_filter("join", join);
    environment.add_filter("int", int);
    environment.add_filter("float", float);
    environment.add_filter("trim", trim);
    environment.add_filter("capitalize", |value: &Value| view::text(value).map(|text| python::text::capitalize(&text)));
    environment
}

fn write(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match (value.as_str(), value.kind()) {
        (Some(text), _) => out.write_str(text).map_err(Error::from),
        // What is not defined never gets here where that is a fault; an `if` without an `else` does, and shows nothing.
        (None, ValueKind::Undefined) => Ok(()),
        (None, ValueKind::Number) if value.is_integer() => write!(out, "{value}").map_err(Error::from),
        _ => out.write_str(&view::text(value)?).map_err(Error::from),
    }
}

fn join(value: &Value, joiner: Option<&str>, kwargs: Kwargs) -> Result<String, Error> {
    let joiner = joiner.or(kwargs.get("d")?).unwrap_or("");
    let attribute: Option<&str> = kwargs.get("attribute")?;
    kwargs.assert_all_used()?;
    let mut joined = String::new();
    for (count, item) in value.try_iter()?.checked().enumerate() {
        let item = item?;
        if count > 0 {
            joined.push_str(joiner);
        }
        let item = attribute.map_or_else(|| Ok(item.clone()), |attribute| item.get_attr(attribute))?;
        joined.push_str(&view::text(&item)?);
    }
    Ok(joined)
}

fn trim(value: &Value, chars: Option<&str>) -> Result<String, Error> {
    view::text(value).map(|text| python::text::strip(&text, chars).to_owned())
}

/// `int(value)`, else `int(float(value))`, else what is given instead.
fn int(value: &Value, instead: Option<Value>, kwargs: Kwargs) -> Result<Value, Error> {
    let instead = instead.or(kwargs.get("default")?).unwrap_or_else(|| Value::from(0));
    let base: u32 = kwargs.get::<Option<u32>>("base")?.unwrap_or(10);
    kwargs.assert_all_used()?;
    #[expect(clippy::cast_possible_truncation, reason = "Python cuts the same way; what is beyond 128 bits is cut")]
    let whole = |number: f64| if number.is_finite() { Value::from(number as i128) } else { instead.clone() };
    Ok(match (value.as_str(), value.kind()) {
        (Some(text), _) => {
            let text = python::text::strip(text, None).replace('_', "");
            match i128::from_str_radix(&text, base.clamp(2, 36)) {
                Ok(number) => Value::from(number),
                Err(_) => text.parse().map_or(instead.clone(), whole),
            }
        }
        (None, ValueKind::Bool) => Value::from(i64::from(value.is_true())),
        (None, ValueKind::Number) if value.is_integer() => value.clone(),
        (None, ValueKind::Number) => whole(f64::try_from(value.clone())?),
        (None, ValueKind::Undefined) => return Err(Error::from(ErrorKind::UndefinedError)),
        _ => instead,
    })
}

fn float(value: &Value, instead: Option<Value>, kwargs: Kwargs) -> Result<Value, Error> {
    let instead = instead.or(kwargs.get("default")?).unwrap_or_else(|| Value::from(0.0));
    kwargs.assert_all_used()?;
    Ok(match (value.as_str(), value.kind()) {
        (Some(text), _) => {
            let text = python::text::strip(text, None).replace('_', "");
            text.parse::<f64>().map_or(instead, Value::from)
        }
        (None, ValueKind::Bool) => Value::from(if value.is_true() { 1.0 } else { 0.0 }),
        (None, ValueKind::Number) => Value::from(f64::try_from(value.clone())?),
        (None, ValueKind::Undefined) => return Err(Error::from(ErrorKind::UndefinedError)),
        _ => instead,
    })
}

/// Jinja2's own `tojson`: keys sorted, and what HTML takes for a sign escaped.
fn tojson(value: &Value, indent: Option<usize>) -> Result<String, Error> {
    let style = json::Style { indent, ensure_ascii: true, sort_keys: true };
    let text = json::dumps(&view::to_value(value)?, &style);
    Ok(text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027"))
}

/// lm-eval's filter: `re.sub(pattern, repl, string, count)`.
fn regex_replace(text: &str, args: &[Value]) -> Result<String, Error> {
    let (pattern, replacement, count, kwargs): (Option<&str>, Option<&str>, Option<usize>, Kwargs) = from_args(args)?;
    let missing = || Error::new(ErrorKind::MissingArgument, "regex_replace takes a pattern and a replacement");
    let pattern = pattern.or(kwargs.get("pattern")?).ok_or_else(missing)?;
    let replacement = replacement.or(kwargs.get("repl")?).ok_or_else(missing)?;
    let count = count.or(kwargs.get("count")?).unwrap_or(0);
    kwargs.assert_all_used()?;
    let wrong = |fault: regex::RegexFault| Error::new(ErrorKind::InvalidOperation, fault.to_string());
    compiled(pattern).map_err(wrong)?.sub(replacement, text, count).map_err(wrong)
}

/// Patterns stand in templates, so there are few; each is compiled once.
fn compiled(pattern: &str) -> Result<Arc<regex::Regex>, regex::RegexFault> {
    static KNOWN: Mutex<BTreeMap<String, Arc<regex::Regex>>> = Mutex::new(BTreeMap::new());
    const MOST: usize = 256;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = known.get(pattern) {
        return Ok(Arc::clone(regex));
    }
    if known.len() >= MOST {
        known.clear();
    }
    let regex = Arc::new(regex::Regex::new(pattern, regex::Flags::default())?);
    known.insert(pattern.to_owned(), Arc::clone(&regex));
    Ok(regex)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::literal;

    fn render(source: &str) -> Result<String, String> {
        let document = "{'q': 'So?', 'n': 3, 'f': 1e16, 'g': 1e-7, 'none': None, 'yes': True, 'l': ['a', \"it's\", 2.0], \
            'd': {'t': ['x', 'y'], 'k': None}, 'items': 5, 's': ' a b ', 'e': []}";
        let document = literal::parse(document).unwrap().as_dict().cloned().unwrap();
        let mut templates = Templates::of_tasks();
        let template = templates.add(source)?;
        templates.render(&template, &Arc::new(document))
    }

    /// What Jinja2 3.1.6 rendered in lm-eval's environment on the same document.
    #[test]
    fn templates_render_as_jinja2_renders_them() {
        let cases = [
            ("{{q}}\n", "So?\n"),
            ("{{n}} {{f}} {{g}} {{none}} {{yes}} {{items}}", "3 1e+16 1e-07 None True 5"),
            (
                "{{l}} {{d}} {{e}} {{[q, n, none, f]}}",
                "['a', \"it's\", 2.0] {'t': ['x', 'y'], 'k': None} [] ['So?', 3, None, 1e+16]",
            ),
            ("{{d.t[1]}}{{d['t'][-1]}}{{d.t.index('y')}}{{l.index(2)}}", "yy12"),
            ("{{s.strip()}}|{{s.lstrip()}}|{{s.rstrip()}}|{{q.strip('?S')}}", "a b|a b | a b|o"),
            ("{{s.split()}}{{q.split('o')[0]}}{{s.split(' ', 1)}}", "['a', 'b']S['', 'a b ']"),
            ("{% for x in l %}{{loop.index0}}{{x}} {% endfor %}", "0a 1it's 22.0 "),
            ("  {% if yes %} a\n{% endif %}\n", "   a\n\n"),
            ("{{l|join(', ')}}|{{l|length}}|{{'7.9'|int}}|{{'x'|int}}|{{f|string}}", "a, it's, 2.0|3|7|0|1e+16"),
            ("{{q|regex_replace('[a-z]', '<\\\\g<0>>')}}", "S<o>?"),
            ("{{q ~ n ~ none}}{{q + '!'}}{{n / 2}}{{n // 2}}{{n % 2}}", "So?3NoneSo?!1.511"),
            ("{{q[1:]}}{{q[:-1]}}{{q[0]}}{{l[1:]}}", "o?SoS[\"it's\", 2.0]"),
            ("{{ d.k is none }}{{ d.z is defined }}{{ 'a' in l }}{{ 'S' in q }}", "TrueFalseTrueTrue"),
            ("{{'%s-%d'|format('a', 3)}}{{ d.t | map('upper') | list }}", "a-3['X', 'Y']"),
            (
                "{{ range(3) | list }}{{ {'a': 1} }}{{ (1, 2) | list }}{{ l | tojson }}",
                "[0, 1, 2]{'a': 1}[1, 2][\"a\", \"it\\u0027s\", 2.0]",
            ),
            ("{%- set x = d.t -%} {{ x }}{# gone #}", "['x', 'y']"),
            ("{{ s.replace(' ', '') }}{{ q.capitalize() }}{{ 'ab cd'.title() }}", "abSo?Ab Cd"),
            ("{{ q.isdigit() }}{{ '12'.isdigit() }}{{ q.partition('o') | list }}", "FalseTrue['S', 'o', '?']"),
            ("a\r\nb{{n}}", "a\nb3"),
            ("a{{ q if none }}b{{ 'x' if d.z is defined }}c", "abc"),
            ("plain text { } \n", "plain text { } \n"),
        ];
        for (source, shown) in cases {
            assert_eq!(render(source).as_deref(), Ok(shown), "{source}");
        }
    }

    #[test]
    fn what_jinja2_refuses_is_a_fault() {
        for source in [
            "{{missing}}",
            "{{d.z}}",
            "{{d.z.y}}",
            "{{q",
            "{% if %}",
            "{{q.index('z')}}",
            "{{l.index('z')}}",
            "{{q|none}}",
        ] {
            assert!(render(source).is_err(), "{source}");
        }
    }
}
