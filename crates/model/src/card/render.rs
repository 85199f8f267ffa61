//! Facts become files.

use std::io;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, context};
use serde_json::Value;
use thiserror::Error;

use super::chart;
use super::facts::Facts;

/// Why a card could not be made.
#[derive(Debug, Error)]
pub enum CardFault {
    /// A figure is not a number.
    #[error("the fact `{0}` is not a number; a card says only what was measured: leave it out or measure it")]
    NotANumber(String),
    /// The facts could not be put into words.
    #[error("the card could not be written out: {0}")]
    Template(#[from] minijinja::Error),
    /// The facts could not be written as JSON.
    #[error("the facts could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A file could not be written.
    #[error("cannot write {}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Writes `card.json`, `card.md` and `card.html` into a folder.
///
/// # Errors
///
/// [`CardFault`].
pub fn write(folder: &Path, facts: &Facts) -> Result<(), CardFault> {
    let files = [("card.json", json(facts)?), ("card.md", markdown(facts)?), ("card.html", html(facts)?)];
    for (name, text) in files {
        let file = folder.join(name);
        std::fs::write(&file, text).map_err(|source| CardFault::Write { file, source })?;
    }
    Ok(())
}

/// The facts as JSON.
///
/// # Errors
///
/// [`CardFault::NotANumber`] where a figure is not finite.
pub fn json(facts: &Facts) -> Result<String, CardFault> {
    let value = serde_json::to_value(facts)?;
    match not_a_number(&value, "") {
        Some(place) => Err(CardFault::NotANumber(place)),
        // Scaling of the angles is the only fact that may be nothing.
        None => Ok(format!("{value:#}\n")),
    }
}

/// JSON has no other numbers than finite ones: what is none became nothing.
fn not_a_number(value: &Value, place: &str) -> Option<String> {
    match value {
        Value::Null if place != "shape.rope_scaling" => Some(place.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| not_a_number(item, &format!("{place}[{index}]")))
        }
        Value::Object(map) => map.iter().find_map(|(key, item)| {
            not_a_number(item, &if place.is_empty() { key.clone() } else { format!("{place}.{key}") })
        }),
        _ => None,
    }
}

/// The facts as Markdown.
///
/// # Errors
///
/// As [`json`]; [`CardFault::Template`].
pub fn markdown(facts: &Facts) -> Result<String, CardFault> {
    render("card.md", include_str!("card.md"), facts)
}

/// The facts as a page that needs no other file.
///
/// # Errors
///
/// As [`json`]; [`CardFault::Template`].
pub fn html(facts: &Facts) -> Result<String, CardFault> {
    render("card.html", include_str!("card.html"), facts)
}

fn render(name: &'static str, template: &'static str, facts: &Facts) -> Result<String, CardFault> {
    // So that what is not a number is found here too.
    json(facts)?;
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|name| match name {
        "card.html" => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    environment
        .set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    environment.add_filter("count", count);
    environment.add_filter("fixed", fixed);
    environment.add_filter("big", big);
    environment.add_filter("span", span);
    environment.add_filter("percent", |share: f64| format!("{:.1} %", 100.0 * share));
    environment.add_filter("language", language);
    environment.add_filter("cell", |text: String| text.replace('|', "\\|").replace(['\n', '\r'], " "));
    environment.add_filter("quoted", |text: String| text.replace('\n', "\n> "));
    environment.add_template(name, template)?;
    let errors: Vec<f64> = facts.evaluations.iter().map(super::Evaluation::standard_error).collect();
    let text = environment.get_template(name)?.render(context! {
        facts => Serde(facts),
        share_of_peak => facts.training.speed.share_of_peak(),
        errors => Serde(&errors),
        curve => chart::curve(facts),
        scaling => chart::scaling(facts),
    })?;
    Ok(text)
}

/// A count with its thousands apart.
fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn fixed(number: f64, places: usize) -> String {
    format!("{number:.places$}")
}

/// A large number in three digits and a power of a thousand.
fn big(number: f64) -> String {
    let names = ["", " k", " M", " G", " T", " P", " E", " Z", " Y"];
    let (mut number, mut place) = (number, 0);
    while number.abs() >= 999.5 && place + 1 < names.len() {
        number /= 1000.0;
        place += 1;
    }
    let places = if number.abs() >= 99.95 || number == number.trunc() && place == 0 { 0 } else { 1 };
    format!("{number:.places$}{}", names[place])
}

/// Seconds as people say them.
fn span(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..=119 => format!("{seconds:.0} s"),
        120..=7199 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A language's name in itself; its tag where it is another.
fn language(tag: String) -> String {
    match tag.as_str() {
        "ko" => "한국어".to_owned(),
        "en" => "English".to_owned(),
        _ => tag,
    }
}
