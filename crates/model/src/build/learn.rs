//! The model learns, and goes on with the beginnings of texts.

use std::sync::Arc;

use super::text::Read;
use super::{BuildFault, Stage, Walk};
use crate::Tokenizer;
use crate::corpus::Language;
use crate::infer::{Ask, Precision, Sampling, Weights, complete};
use crate::recipe::Recipe;
use crate::train::{Digests, Outcome, Run, Sample, run};
use crate::world::Kind;

/// Tokens of a sample.
const SAMPLE: usize = 48;

/// A beginning that a model goes on with.
#[derive(Debug, Clone)]
pub(super) struct Prompt {
    pub(super) language: Language,
    pub(super) text: String,
}

impl Walk<'_> {
    /// The training, from its last checkpoint if there is one; the engine holds the weights afterwards.
    pub(super) fn train(&mut self, read: &Read, prompts: &[Prompt]) -> Result<Outcome, BuildFault> {
        let recipe = &self.options.recipe;
        let folder = self.work.join("training");
        self.onlooker.stage(Stage::Training, false);
        let mut sampler = |weights: &[f32]| sampled(recipe, &read.tokenizer, weights, prompts).unwrap_or_default();
        let mut training = Run {
            recipe,
            train: &read.train,
            validation: &read.validation,
            folder: &folder,
            digests: Digests {
                source: self.options.source.clone(),
                data: read.manifest_digest.clone(),
                tokenizer: read.tokenizer_digest.clone(),
            },
            title: &self.options.name,
            sampler: Some(&mut sampler),
        };
        let outcome = run(&mut training, self.engine, self.onlooker.watcher())?;
        if outcome.stopped { Err(BuildFault::Stopped { steps: outcome.steps }) } else { Ok(outcome) }
    }

    /// Two beginnings of each language: questions of the world, or the beginnings of texts that were set apart.
    pub(super) fn prompts(&self) -> Result<Vec<Prompt>, BuildFault> {
        let mut found: Vec<Prompt> = Vec::new();
        let mut take = |language: Language, text: String| {
            let has = found.iter().filter(|prompt| prompt.language == language).count();
            if has < 2 && !text.trim().is_empty() {
                found.push(Prompt { language, text });
            }
        };
        if let Some(world) = self.world {
            for question in world.questions(Kind::Told) {
                take(question.language, question.prompt());
            }
        } else {
            for document in super::text::documents(&self.work.join("corpus"), "validation")?.take(1000) {
                let document = document?;
                take(document.language, beginning(&document.text));
            }
        }
        Ok(found)
    }
}

/// The first words of a text, up to about forty characters.
fn beginning(text: &str) -> String {
    let mut taken = String::new();
    for word in text.split_whitespace() {
        if taken.chars().count() + word.chars().count() > 40 {
            break;
        }
        if !taken.is_empty() {
            taken.push(' ');
        }
        taken.push_str(word);
    }
    taken
}

/// What the weights make of the beginnings, the likeliest token at each place.
pub(super) fn sampled(
    recipe: &Recipe,
    tokenizer: &Tokenizer,
    weights: &[f32],
    prompts: &[Prompt],
) -> Result<Vec<Sample>, BuildFault> {
    let weights = Arc::new(Weights::new(&recipe.shape, weights.to_vec(), Precision::Float, None)?);
    let ask = |prompt: &Prompt| {
        let mut ids: Vec<u32> = tokenizer.end_of_text().into_iter().collect();
        ids.extend(tokenizer.encode(&prompt.text));
        ids.truncate(recipe.shape.context.saturating_sub(SAMPLE).max(1));
        Ask {
            prompt: ids,
            most: SAMPLE.min(recipe.shape.context / 2),
            sampling: Sampling::default(),
            ends: tokenizer.end_of_text().into_iter().collect(),
            stops: vec!["\n".to_owned()],
            ..Ask::default()
        }
    };
    let completions = complete(&weights, tokenizer, prompts.iter().map(ask).collect(), 4);
    let samples = prompts.iter().zip(completions);
    Ok(samples.map(|(prompt, done)| Sample { prompt: prompt.text.clone(), text: done.text }).collect())
}
