//! From a corpus to a folder that answers.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};
use model::Recipe;
use model::build::{BuildFault, BuildOptions, Text, build as make};
use model::card::Facts;
use model::recipe::Dial;
use model::world::WorldOptions;
use provenance::evidence::sha256;

use super::machine;
use super::progress::Teller;
use super::recipe::parsed;
use crate::args::model::{BuildArgs, MadeArgs};
use crate::{Verdict, interrupt, say};

/// Whether the person at the terminal said that it is enough.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

pub(super) fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// The first interrupt lets the step end and writes a checkpoint.
pub(super) fn stop_on_interrupt() {
    interrupt::stop_with(" after this step", || INTERRUPTED.store(true, Ordering::Relaxed));
}

/// Builds one model.
pub(crate) fn build(args: &BuildArgs) -> Result<Verdict> {
    stop_on_interrupt();
    let recipe = match (&args.recipe, args.depth) {
        (Some(path), _) => parsed(path)?,
        (None, depth) => dialled(depth.unwrap_or(2), &args.made)?,
    };
    let Some(facts) = built(&args.made, recipe, &args.out)? else { return Ok(Verdict::Unsound) };
    if args.made.json {
        say::json(&facts)?;
    } else {
        say::line(&summary(&facts, &args.out))?;
    }
    Ok(Verdict::Sound)
}

/// The recipe that the dial gives.
pub(super) fn dialled(depth: usize, made: &MadeArgs) -> Result<Recipe> {
    let dial = Dial::new(depth);
    let dial = Dial {
        tokens_per_parameter: made.tokens_per_parameter.unwrap_or(dial.tokens_per_parameter),
        seed: made.seed.unwrap_or(dial.seed),
        ..dial
    };
    Ok(Recipe::of_dial(&dial)?)
}

/// Builds a model into a folder; none where it was told to stop.
pub(super) fn built(made: &MadeArgs, recipe: Recipe, out: &Path) -> Result<Option<Facts>> {
    let name = out.file_name().map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned());
    let text = if made.corpus.is_empty() {
        Text::World(WorldOptions::default())
    } else {
        Text::Corpus {
            inputs: made.corpus.clone(),
            conversations: made.conversations.clone(),
            preferences: made.preferences.clone(),
        }
    };
    let mut engine = machine::engine(&recipe, &made.machine)?;
    let options = BuildOptions {
        out: out.to_owned(),
        name,
        recipe,
        text,
        threads: machine::threads(made.machine.threads),
        source: program()?,
    };
    match make(&options, engine.as_mut(), &mut Teller::new(made.json)) {
        Ok(facts) => Ok(Some(facts)),
        Err(stopped @ BuildFault::Stopped { .. }) => {
            say::note(&stopped.to_string());
            Ok(None)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// SHA-256 of the program that runs: what trains, to the byte.
pub(crate) fn program() -> Result<String> {
    let path = std::env::current_exe().context("the program cannot find itself")?;
    let bytes = std::fs::read(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    Ok(sha256(&bytes))
}

fn summary(facts: &Facts, out: &Path) -> String {
    let mut lines = vec![String::new()];
    for bits in &facts.bits_per_byte {
        lines.push(format!(
            "{}: {:.3} bits a byte ({} needs {:.3})",
            bits.language, bits.model, bits.baseline_name, bits.baseline
        ));
    }
    for asked in &facts.evaluations {
        lines.push(format!(
            "{} ({}): {:.1} % of {} questions right, guessing gives {:.0} %",
            asked.name,
            asked.language,
            100.0 * asked.score,
            asked.questions,
            100.0 * asked.chance
        ));
    }
    let dir = out.display();
    lines.push(format!(
        "\nmodel:     {dir}\ncard:      {}\nevidence:  daepyo model evidence {dir}\nanswers:   daepyo model serve {dir}",
        out.join("card.html").display()
    ));
    lines.join("\n")
}
