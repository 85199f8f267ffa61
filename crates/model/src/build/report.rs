//! What goes onto the card.

use std::collections::BTreeMap;
use std::time::Instant;

use super::learn::Prompt;
use super::measure::cpu_seconds;
use super::quiz::Score;
use super::text::Read;
use super::{BuildFault, Walk};
use crate::card::{self, CurvePoint, Digests, Evaluation, Facts, Parameters, Run, SCHEMA, Source, Speed, Training};
use crate::folder::Model;
use crate::train::{Lines, Outcome, Point, Validation};
use provenance::evidence::digest_of_floats;

/// What the walk has made.
pub(super) struct Made<'a> {
    pub(super) read: &'a Read,
    pub(super) prompts: &'a [Prompt],
    pub(super) trained: &'a Outcome,
    /// The last line of the evidence log.
    pub(super) evidence: String,
    pub(super) scores: Vec<Score>,
    pub(super) model: Model,
    pub(super) began: Instant,
}

impl Walk<'_> {
    pub(super) fn facts(&mut self, made: &Made<'_>) -> Result<Facts, BuildFault> {
        let recipe = &self.options.recipe;
        let validation = Validation::new(&made.read.validation, recipe.shape.context, recipe.data.validation_windows)?;
        let bits = validation.measure(self.engine)?;
        let (fertility, bits_per_byte) = self.text_figures(made.read, &bits)?;
        Ok(Facts {
            schema: SCHEMA.to_owned(),
            name: self.options.name.clone(),
            shape: recipe.shape.clone(),
            parameters: Parameters::of(&recipe.shape),
            data: sources(made.read),
            fertility,
            training: self.training(made)?,
            bits_per_byte,
            scaling: None,
            evaluations: made.scores.iter().map(evaluation).collect(),
            samples: self.samples(made)?,
            digests: Digests {
                recipe: recipe.digest(),
                data: made.read.manifest_digest.clone(),
                tokenizer: made.read.tokenizer_digest.clone(),
                weights: digest_of_floats(&made.model.weights),
                source: self.options.source.clone(),
                evidence: made.evidence.clone(),
            },
        })
    }

    fn training(&self, made: &Made<'_>) -> Result<Training, BuildFault> {
        let path = self.work.join("training").join("progress.jsonl");
        let progress: Lines<Point> = Lines::open(&path, made.trained.steps).map_err(super::fault::file(&path))?;
        let points = progress.items();
        let last = |of: fn(&Point) -> Option<f64>| points.iter().rev().find_map(of).unwrap_or_default();
        let shape = &self.options.recipe.shape;
        let flops = shape.training_flops_per_token(shape.context);
        let tokens_per_second = last(|point| point.tokens_per_second);
        let (reached, share) = (tokens_per_second * flops, last(|point| point.peak_share));
        Ok(Training {
            steps: made.trained.steps,
            tokens: made.trained.tokens,
            flops: made.trained.tokens as f64 * flops,
            wall_seconds: made.began.elapsed().as_secs_f64(),
            cpu_seconds: cpu_seconds().unwrap_or_default(),
            threads: self.options.threads,
            speed: Speed {
                tokens_per_second,
                flops_per_second: reached,
                peak_flops_per_second: if share > 0.0 { reached / share } else { 0.0 },
            },
            curve: curve(points),
        })
    }

    fn samples(&self, made: &Made<'_>) -> Result<Vec<card::Sample>, BuildFault> {
        let model = &made.model;
        let written = super::learn::sampled(&self.options.recipe, &model.tokenizer, &model.weights, made.prompts)?;
        let samples = made.prompts.iter().zip(written).map(|(prompt, sample)| card::Sample {
            language: prompt.language.to_string(),
            prompt: sample.prompt,
            text: sample.text,
            temperature: 0.0,
            seed: 0,
        });
        Ok(samples.collect())
    }
}

/// A model as the fit over sizes sees it: its loss is the mean of its languages' bits per byte.
#[must_use]
pub fn rung(facts: &Facts) -> Run {
    let bits = &facts.bits_per_byte;
    Run {
        depth: facts.shape.layers,
        parameters: (facts.parameters.total - facts.parameters.embedding) as f64,
        tokens: facts.training.tokens as f64,
        loss: bits.iter().map(|bits| bits.model).sum::<f64>() / (bits.len() as f64).max(1.0),
    }
}

/// The curve: the loss of a step and a look at the text that was set apart are two lines of the log, and one point.
fn curve(points: &[Point]) -> Vec<CurvePoint> {
    let mut curve: BTreeMap<u64, CurvePoint> = BTreeMap::new();
    for point in points {
        let Point { step, tokens, loss, .. } = *point;
        let empty = || CurvePoint { step, tokens, loss: None, bits_per_byte: BTreeMap::new() };
        let at = curve.entry(step).or_insert_with(empty);
        at.loss = loss.or(at.loss);
        at.bits_per_byte.extend(point.bits_per_byte.iter().map(|(language, bits)| (language.to_string(), *bits)));
    }
    curve.into_values().collect()
}

fn sources(read: &Read) -> Vec<Source> {
    let shards = read.manifest.shards.iter();
    shards
        .map(|shard| {
            let languages: Vec<String> = shard.kept.keys().map(ToString::to_string).collect();
            Source {
                name: shard.source.clone(),
                licence: shard.licence.clone(),
                language: languages.join(", "),
                documents: shard.kept.values().map(|amount| amount.documents as u64).sum(),
                bytes: shard.kept.values().map(|amount| amount.bytes as u64).sum(),
                digest: shard.sha256.clone(),
            }
        })
        .collect()
}

fn evaluation(score: &Score) -> Evaluation {
    Evaluation {
        name: format!("world_{}", score.kind.key()),
        language: score.language.to_string(),
        questions: score.questions as u64,
        score: score.right as f64 / (score.questions as f64).max(1.0),
        chance: 0.25,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Language;

    #[test]
    fn a_loss_and_a_look_at_one_step_are_one_point() {
        let looked = |step: u64| Point::of_validation(step, step * 10, [(Language::Korean, 1.0 / step as f64)].into());
        let stepped = |step: u64| Point { loss: Some(step as f64), bits_per_byte: [].into(), ..looked(step) };
        let curve = curve(&[stepped(2), stepped(4), looked(4), looked(5), stepped(6)]);
        let point = |step: u64, has_loss: bool, looks: bool| CurvePoint {
            step,
            tokens: step * 10,
            loss: has_loss.then_some(step as f64),
            bits_per_byte: looks.then(|| ("ko".to_owned(), 1.0 / step as f64)).into_iter().collect(),
        };
        let (loss, both, look) = ((true, false), (true, true), (false, true));
        let wanted = [(2, loss), (4, both), (5, look), (6, loss)].map(|(step, (loss, look))| point(step, loss, look));
        assert_eq!(curve, wanted);
    }
}
