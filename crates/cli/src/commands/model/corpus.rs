//! A corpus is read, cleaned and accounted for, or fetched.

use std::path::Path;

use anyhow::{Context as _, Result};
use model::corpus::fetch::{CorpusRecipe, fetch as get};
use model::corpus::{Manifest, Overlaps, PrepareOptions, prepare, prepare_against};

use crate::args::model::CorpusArgs;
use crate::{Verdict, read, say};

/// Prepares a corpus.
pub(crate) fn corpus(args: &CorpusArgs) -> Result<Verdict> {
    let new = if args.unfiltered { PrepareOptions::as_made } else { PrepareOptions::new };
    let options = PrepareOptions {
        field: args.field.clone(),
        validation_per_mille: args.validation_per_mille,
        ..new(args.inputs.clone(), args.out.clone())
    };
    let prepared = if args.against.is_empty() {
        prepare(&options)?
    } else {
        let mut tests = Overlaps::new();
        for path in &args.against {
            add(&mut tests, path)?;
        }
        let short = tests.too_short();
        if short > 0 {
            say::note(&format!("{short} test items are too short to be told from chance, and were not looked for"));
        }
        prepare_against(&options, &tests)?
    };
    say::line(&account(&prepared.manifest))?;
    say::line(&format!(
        "manifest: {} (SHA-256 {})",
        args.out.join("manifest.json").display(),
        prepared.manifest_sha256
    ))?;
    Ok(Verdict::Sound)
}

/// Every text in a JSONL file of test items.
fn add(tests: &mut Overlaps, path: &Path) -> Result<()> {
    let name = path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    for (line, text) in (1..).zip(read::text(path)?.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let value: serde_json::Value = serde_json::from_str(text)
            .with_context(|| format!("line {line} of `{}` is no JSON object", path.display()))?;
        add_texts(tests, &name, &value);
    }
    Ok(())
}

fn add_texts(tests: &mut Overlaps, name: &str, value: &serde_json::Value) {
    match value {
        serde_json::Value::String(text) => tests.add(name, text),
        serde_json::Value::Array(values) => values.iter().for_each(|value| add_texts(tests, name, value)),
        serde_json::Value::Object(values) => values.values().for_each(|value| add_texts(tests, name, value)),
        _ => {}
    }
}

fn account(manifest: &Manifest) -> String {
    let mut lines = vec![format!("{} of {} texts kept", manifest.documents_kept(), manifest.documents_in())];
    for (reason, removed) in &manifest.removed {
        lines.push(format!("  {:>9} {reason}; such as {}", removed.documents, removed.place));
    }
    for split in &manifest.splits {
        for (language, amount) in &split.languages {
            lines.push(format!("{}: {} texts, {} bytes in {language}", split.path, amount.documents, amount.bytes));
        }
    }
    lines.join("\n")
}

/// Fetches a public corpus.
pub(crate) fn fetch(corpus: Option<&str>, out: &Path) -> Result<Verdict> {
    let Some(name) = corpus else {
        for name in CorpusRecipe::names() {
            let about = CorpusRecipe::shipped(name).transpose()?.map(|recipe| recipe.about).unwrap_or_default();
            say::line(&format!("{name}: {about}"))?;
        }
        return Ok(Verdict::Sound);
    };
    let recipe = match CorpusRecipe::shipped(name) {
        Some(recipe) => recipe?,
        None => CorpusRecipe::parse(&read::text(Path::new(name))?).with_context(|| {
            format!("`{name}` is no recipe of a corpus; without a name, the shipped ones are listed")
        })?,
    };
    let verified = get(&recipe, out)?;
    say::line(&format!("{}: {} files, {} bytes, each as it should be", out.display(), verified.files, verified.bytes))?;
    Ok(Verdict::Sound)
}
