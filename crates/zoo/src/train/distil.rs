//! A student that sees nothing of its teacher but what it says.

use model::Shape;
use model::corpus::Tokens;
use model::math::softmax;
use model::network::Network;

use super::{Plan, walk};
use crate::{Chance, Fault, Plain};

/// A model trained from first weights of its own on what the teacher says should follow each token, drawn from the teacher's
/// probabilities. It is of the teacher's vocabulary.
///
/// # Errors
///
/// [`Fault::Windows`], [`Fault::Train`], [`Fault::Missing`] where the teacher is not dense.
pub fn distil(name: &str, teacher: &Plain, shape: &Shape, plan: Plan, text: &Tokens) -> Result<Plain, Fault> {
    let weights = teacher.flat()?;
    let mut network = Network::new(&teacher.shape, 1, teacher.shape.context);
    let mut chance = Chance::new(plan.seed, "what the teacher says");
    let length = shape.context.min(teacher.shape.context);
    let mut say = |inputs: &[u32], targets: &mut [u32]| {
        for (inputs, targets) in inputs.chunks(length).zip(targets.chunks_mut(length)) {
            let mut scores = network.logits(&weights, inputs);
            for (scores, target) in scores.chunks_exact_mut(teacher.shape.vocab).zip(targets) {
                softmax(scores);
                *target = draw(scores, &mut chance);
            }
        }
    };
    let weights = walk(shape, model::network::initialise(shape, plan.seed), plan, text, &mut say)?;
    Ok(Plain::from_flat(name, shape, &weights, &teacher.tokenizer))
}

/// A place, as likely as its probability.
fn draw(probabilities: &[f32], chance: &mut Chance) -> u32 {
    let mut left = chance.share();
    let place = probabilities.iter().position(|probability| {
        left -= f64::from(*probability);
        left < 0.0
    });
    place.unwrap_or(probabilities.len() - 1) as u32
}
