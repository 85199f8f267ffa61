//! The journal of an output folder: opened, joined with others, and what is wrong with it told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use evaluation::run::{Journal, JournalOptions};

use crate::args::eval::RunArgs;
use crate::say;

/// The journal of an output folder.
pub(super) fn of(output: &Path) -> PathBuf {
    output.join("journal")
}

/// Opens the journal of a run: for reading where nothing is to be asked, so that it may go on being written by another.
pub(super) fn open(args: &RunArgs) -> Result<Journal> {
    let folder = of(&args.output.output_path);
    if !args.output.rescore || args.slurm.slurm.is_some() {
        return Ok(Journal::open(&folder, JournalOptions::default())?);
    }
    Journal::read(&folder).with_context(|| {
        format!(
            "nothing to score: `{}` holds no journal; --rescore takes the --output_path of an earlier run",
            args.output.output_path.display()
        )
    })
}

/// Joins the journals of output folders into one that is open.
pub(super) fn join(journal: &Journal, from: &[PathBuf]) -> Result<()> {
    for folder in from {
        let folder = of(folder);
        let damaged = journal.merge(&folder)?.damaged;
        if damaged > 0 {
            say::note(&format!(
                "{} in `{}` left out; what stood there counts as not asked",
                lines(damaged),
                folder.display()
            ));
        }
    }
    journal.sync()?;
    Ok(())
}

/// Says which lines of the journal nobody can read any more. What they held counts as not asked.
pub(super) fn tell_damaged(journal: &Journal, rescore: bool) {
    let then = if rescore { "counts as not asked; run again without --rescore to ask it" } else { "is asked again" };
    for (file, damaged) in journal.damaged() {
        say::note(&format!("{} in `{}`: what stood there {then}", lines(damaged), file.display()));
    }
}

fn lines(damaged: u64) -> String {
    if damaged == 1 { "1 damaged line".to_owned() } else { format!("{damaged} damaged lines") }
}

/// Refuses to score a model that was never asked, and says what there is instead.
pub(super) fn never_asked(journal: &Journal, (name, place): (&str, &str), output: &Path) -> Result<()> {
    let mut known: BTreeMap<(String, String), usize> = BTreeMap::new();
    journal.each(|_, whose, _| *known.entry((whose.model, whose.endpoint)).or_default() += 1)?;
    let folder = of(output);
    let held: Vec<String> =
        known.iter().map(|((model, endpoint), answers)| format!("  {answers} of `{model}` at {endpoint}")).collect();
    if held.is_empty() {
        bail!("nothing to score: the journal `{}` is empty; run without --rescore to ask", folder.display());
    }
    let mend = if known.keys().any(|(model, endpoint)| model == name && endpoint == place) {
        "--tasks and what changes a question (--num_fewshot, --gen_kwargs, --seed, --apply_chat_template, …) have to be \
         those of the run"
    } else {
        "--name, --model and --api have to be those of the run"
    };
    bail!(
        "nothing to score: the journal `{}` has no answer of `{name}` at {place} to these questions; it has\n{}\n{mend}",
        folder.display(),
        held.join("\n")
    )
}
