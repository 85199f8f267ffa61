//! A verdict is given, or given again.

use std::path::Path;

use anyhow::{Context as _, Result};
use evaluation::verdict::{Snapshot, Verdict as Given, Word};

use super::{json_file, rule, run};
use crate::args::{Lang, verdict::GivenArgs};
use crate::{Verdict, say};

/// Works a verdict out and says it. A verdict that is not "reached" is exit code 1.
pub(crate) fn given(args: &GivenArgs) -> Result<Verdict> {
    let needed = |path: &Option<std::path::PathBuf>| path.clone().unwrap_or_default();
    let rule = rule::of_rulebook(&needed(&args.rule))?;
    let candidate = run::read((&needed(&args.candidate), args.protocol.as_deref()), &rule)?;
    let snapshot: Snapshot = json_file(&needed(&args.frontier))?;
    let given = Given::compute(&candidate, &snapshot, &rule, args.look)?;
    if let Some(out) = &args.out {
        std::fs::write(out, given.canonical()?).with_context(|| format!("`{}` cannot be written", out.display()))?;
    }
    if args.json {
        say::out(given.canonical()?)?;
        say::line("")?;
    } else {
        say::line(given.text(language(args.lang)).trim_end())?;
    }
    Ok(if given.word == Word::Reached { Verdict::Sound } else { Verdict::Unsound })
}

fn language(lang: Option<Lang>) -> evaluation::verdict::Language {
    match lang {
        Some(Lang::Ko) => evaluation::verdict::Language::Ko,
        _ => evaluation::verdict::Language::En,
    }
}

/// Works a verdict out anew from its inputs; the candidate is its run, and the file that says how it was asked.
pub(crate) fn check(file: &Path, candidate: (&Path, Option<&Path>), frontier: &Path) -> Result<Verdict> {
    let given: Given = json_file(file)?;
    let candidate = run::read(candidate, &given.rule)?;
    let snapshot: Snapshot = json_file(frontier)?;
    match given.recompute(&candidate, &snapshot) {
        Ok(()) => {
            say::line("the inputs are those that were used, and they give this verdict to the byte")?;
            Ok(Verdict::Sound)
        }
        Err(fault) => {
            say::line(&fault.to_string())?;
            Ok(Verdict::Unsound)
        }
    }
}
