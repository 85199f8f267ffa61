//! A recipe is printed, or written for many machines.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use model::Recipe;
use model::cluster::{Job, Machines, Parity, Start, write};
use model::folder;
use model::network::{Batch, Network};
use model::recipe::Dial;

use crate::args::model::{Engine, RecipeArgs};
use crate::{Verdict, read, say};

/// Tokens on which another engine is held against ours.
const PARITY: usize = 64;

/// Prints a recipe, or writes it.
pub(crate) fn recipe(args: &RecipeArgs) -> Result<Verdict> {
    let own = args.model.as_ref().map(|dir| dir.join("recipe.toml"));
    let recipe = match own.as_ref().or(args.recipe.as_ref()) {
        Some(path) => parsed(path)?,
        None => Recipe::of_dial(&Dial::new(args.depth.unwrap_or(2)))?,
    };
    match (args.engine, &args.model, &args.out) {
        (Some(Engine::Torchtitan), Some(dir), Some(out)) => torchtitan(args, &recipe, (dir, out)),
        (_, _, Some(out)) => {
            std::fs::write(out, recipe.to_toml()).with_context(|| format!("`{}` cannot be written", out.display()))?;
            Ok(Verdict::Sound)
        }
        _ => {
            say::out(recipe.to_toml())?;
            Ok(Verdict::Sound)
        }
    }
}

/// The recipe in a file.
pub(super) fn parsed(path: &Path) -> Result<Recipe> {
    Recipe::parse(&read::text(path)?).with_context(|| format!("`{}` is no recipe", path.display()))
}

fn torchtitan(args: &RecipeArgs, recipe: &Recipe, (dir, out): (&Path, &Path)) -> Result<Verdict> {
    let corpus = dir.join("work").join("corpus");
    ensure!(
        corpus.is_dir(),
        "`{}` has no text in `work/corpus`; name a folder that `daepyo model build` made",
        dir.display()
    );
    let model = folder::load(dir)?;
    let parity = parity(&model)?;
    let plan = write(
        out,
        &Job {
            name: &crate::folder::name(dir),
            recipe,
            model: &model,
            start: if args.from_weights { Start::FromWeights } else { Start::Fresh },
            train: &corpus.join("documents.train.jsonl"),
            validation: &corpus.join("documents.validation.jsonl"),
            parity: Some(&parity),
            machines: Machines { nodes: args.nodes, gpus: args.gpus, minutes: args.minutes },
        },
    )?;
    say::line(&format!("{}\n\nread {}", serde_json::to_string_pretty(&plan)?, out.join("README.md").display()))?;
    Ok(Verdict::Sound)
}

/// What our own network makes of a short text, for the other engine to be held against.
fn parity(model: &folder::Model) -> Result<Parity> {
    let border = model.tokenizer.end_of_text().into_iter();
    let mut ids: Vec<u32> =
        border.chain(model.tokenizer.encode("대한민국은 민주공화국이다. The quick brown fox. 1 + 2 = 3.")).collect();
    ids.truncate(PARITY.min(model.shape.context));
    ensure!(ids.len() >= 2, "the model's tokenizer makes nothing of a short text");
    let (inputs, targets) = (&ids[..ids.len() - 1], &ids[1..]);
    let mut losses = vec![0.0; targets.len()];
    let batch = Batch { inputs, targets, weights: None, rows: 1, length: targets.len() };
    Network::new(&model.shape, 1, targets.len()).token_losses(&model.weights, &batch, &mut losses);
    Ok(Parity { ids, losses })
}
