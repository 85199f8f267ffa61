//! A model is tuned.

use anyhow::{Context as _, Result};
use model::build::{conversations, pairs};
use model::folder::{self, Model};
use model::train::State;
use model::tune::{TEMPLATE, Tuned, preferences, supervised};
use model::{Recipe, Shape};

use super::machine;
use super::progress::Teller;
use super::recipe::parsed;
use crate::args::model::TuneArgs;
use crate::{Verdict, say};

/// Tunes on conversations, then on pairs.
pub(crate) fn tune(args: &TuneArgs) -> Result<Verdict> {
    super::build::stop_on_interrupt();
    crate::folder::ensure_free(&args.out)?;
    let Model { shape, weights, tokenizer, .. } = folder::load(&args.dir)?;
    let recipe = recipe(args, &shape)?;
    let mut engine = machine::engine(&recipe, &args.machine)?;
    engine.load(State::new(weights))?;
    let mut teller = Teller::new(false);
    let mut tuned = Tuned { engine: engine.as_mut(), tokenizer: &tokenizer, recipe: &recipe };
    if let Some(path) = &args.conversations {
        let done = supervised(&mut tuned, &conversations(path)?, &mut teller)?;
        say::line(&format!(
            "{} conversations ({} left out): {:.3} nats a token of the answers at first, {:.3} at last",
            done.conversations, done.left_out, done.first_loss, done.last_loss
        ))?;
    }
    if let Some(path) = &args.preferences {
        let done = preferences(&mut tuned, &pairs(path)?, &mut teller)?;
        say::line(&format!(
            "{} pairs ({} left out): {:.1} % moved towards the chosen answer",
            done.pairs,
            done.left_out,
            100.0 * done.towards_chosen
        ))?;
    }
    let weights = engine.weights()?.to_vec();
    let model = Model { shape, weights, tokenizer, chat_template: Some(TEMPLATE.to_owned()) };
    folder::save(&args.out, &model)?;
    std::fs::write(args.out.join("recipe.toml"), recipe.to_toml())
        .with_context(|| format!("`{}` cannot be written", args.out.display()))?;
    say::line(&format!("model: {}", args.out.display()))?;
    Ok(Verdict::Sound)
}

/// The recipe of the tuning: rates and lengths are somebody's, the shape is the model's.
fn recipe(args: &TuneArgs, shape: &Shape) -> Result<Recipe> {
    let own = args.dir.join("recipe.toml");
    let recipe = match &args.recipe {
        Some(path) => parsed(path)?,
        None if own.is_file() => parsed(&own)?,
        None => Recipe::for_depth(shape.layers.min(128))?,
    };
    Ok(Recipe { shape: shape.clone(), ..recipe })
}
