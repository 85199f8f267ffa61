//! Direct preference optimisation: towards the better of two answers, without leaving the model one started from.

use super::chat::Chat;
use super::rows::{Row, Rows};
use super::steps::{Plan, Steps, Tuned};
use super::{Message, Preference, TuneFault};
use crate::train::{Engine, EngineFault, Watcher};

/// How a tuning on pairs went.
#[derive(Debug, Clone, PartialEq)]
pub struct Preferred {
    /// Steps done.
    pub steps: u64,
    /// Pairs that were learned from.
    pub pairs: usize,
    /// Pairs of which an answer does not fit into the context.
    pub left_out: usize,
    /// Mean loss of the first step: `ln 2`, since nothing has moved.
    pub first_loss: f64,
    /// Mean loss of the last step.
    pub last_loss: f64,
    /// Share of the pairs that had moved towards the chosen answer when they were last seen.
    pub towards_chosen: f64,
}

/// A pair: the rows of both answers, and what the model that one started from makes of them.
struct Pair {
    chosen: Row,
    rejected: Row,
    /// Nats of the rejected answer less nats of the chosen one.
    before: f64,
}

/// Tunes on pairs of answers by direct preference optimisation.
///
/// With `z` = β times how much further the model has moved towards the chosen answer than towards the rejected one, in
/// nats, the loss of a pair is `-ln σ(z)`. Its gradient in the loss of each token is `β·σ(-z)` for the chosen answer and
/// `-β·σ(-z)` for the rejected one, so that pairs are one weighted batch. A pair of which an answer does not fit into the
/// context is left out.
///
/// Source: Rafailov et al., arXiv 2305.18290, equation 7.
///
/// # Errors
/// See [`TuneFault`].
pub fn preferences(
    tuned: &mut Tuned<'_>,
    pairs: &[Preference],
    watcher: &mut dyn Watcher,
) -> Result<Preferred, TuneFault> {
    let (recipe, chat) = (tuned.recipe, Chat::new(tuned.tokenizer)?);
    let (context, beta) = (recipe.shape.context, recipe.tuning.preference_beta);
    let count = pairs.len();
    let mut pairs: Vec<Pair> = pairs.iter().filter_map(|pair| rows_of(pair, &chat, context)).collect();
    if pairs.is_empty() {
        return Err(TuneFault::Nothing(count));
    }
    remember(&mut pairs, tuned, context)?;
    let plan = Plan {
        items: pairs.len(),
        epochs: recipe.tuning.preference_epochs,
        rate_share: recipe.tuning.preference_rate_share,
        key: "tuning.preference_rate_share",
        purpose: "order of pairs",
    };
    let mut steps = Steps::start(tuned, plan, watcher)?;
    let mut moved = vec![false; pairs.len()];
    let mut losses = Vec::new();
    for items in steps.order() {
        if !watcher.goes_on() {
            break;
        }
        steps.begin();
        let step: Vec<&Pair> = items.iter().map(|item| &pairs[*item]).collect();
        let mut rows = side_by_side(&step, context);
        let moves = moves(&step, &rows, steps.tuned.engine)?;
        items.iter().zip(&moves).for_each(|(item, by)| moved[*item] = *by > 0.0);
        let loss = weigh(&mut rows, &moves, beta);
        losses.push(loss);
        steps.tuned.engine.accumulate(&rows.batch(), 1.0 / step.len() as f32)?;
        steps.take(loss, (rows.rows * rows.length, rows.length), watcher)?;
    }
    Ok(Preferred {
        steps: steps.done,
        pairs: pairs.len(),
        left_out: count - pairs.len(),
        first_loss: losses.first().copied().unwrap_or(f64::NAN),
        last_loss: losses.last().copied().unwrap_or(f64::NAN),
        towards_chosen: moved.iter().filter(|moved| **moved).count() as f64 / pairs.len() as f64,
    })
}

/// Both answers in full, or none.
fn rows_of(pair: &Preference, chat: &Chat<'_>, context: usize) -> Option<Pair> {
    let row = |answer: &str| {
        let said = |role: &str, content: &str| Message { role: role.to_owned(), content: content.to_owned() };
        let encoded = chat.encode(&[said("user", &pair.prompt), said("assistant", answer)]);
        Row::of(&encoded, context).filter(|row| row.learned() == encoded.count_learned())
    };
    Some(Pair { chosen: row(&pair.chosen)?, rejected: row(&pair.rejected)?, before: 0.0 })
}

/// Writes down what the model makes of all pairs before it is tuned.
fn remember(pairs: &mut [Pair], tuned: &mut Tuned<'_>, context: usize) -> Result<(), EngineFault> {
    for some in pairs.chunks_mut(tuned.recipe.tuning.conversations_per_step.max(1)) {
        let step: Vec<&Pair> = some.iter().collect();
        let before = moves(&step, &side_by_side(&step, context), tuned.engine)?;
        some.iter_mut().zip(before).for_each(|(pair, before)| pair.before = before);
    }
    Ok(())
}

/// Chosen and rejected answers in turn, each token that is learned with the weight 1.
fn side_by_side(pairs: &[&Pair], context: usize) -> Rows {
    Rows::of(pairs.iter().flat_map(|pair| [(&pair.chosen, 1.0), (&pair.rejected, 1.0)]), context)
}

/// How far the model has moved towards the chosen answer of each pair, in nats.
fn moves(pairs: &[&Pair], rows: &Rows, engine: &mut dyn Engine) -> Result<Vec<f64>, EngineFault> {
    let mut losses = vec![0.0; rows.rows * rows.length];
    engine.losses(&rows.batch(), &mut losses)?;
    let sums = rows.sums(&losses);
    let (both, _) = sums.as_chunks::<2>();
    Ok(both.iter().zip(pairs).map(|([chosen, rejected], pair)| rejected - chosen - pair.before).collect())
}

/// Gives each row the gradient of the pairs' loss in its tokens' losses; the mean loss of the pairs.
fn weigh(rows: &mut Rows, moves: &[f64], beta: f64) -> f64 {
    let mut sum = 0.0;
    for (pair, by) in rows.weights.chunks_mut(2 * rows.length).zip(moves) {
        let z = beta * by;
        // -ln σ(z) = ln(1 + e^-z), without overflow.
        sum += (-z).max(0.0) + libm::log1p(libm::exp(-z.abs()));
        let weight = (beta / (1.0 + libm::exp(z))) as f32;
        let (chosen, rejected) = pair.split_at_mut(rows.length);
        chosen.iter_mut().for_each(|token| *token *= weight);
        rejected.iter_mut().for_each(|token| *token *= -weight);
    }
    sum / moves.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recipe;
    use crate::network::{Network, initialise};
    use crate::train::{CpuEngine, State};
    use crate::tune::Encoded;

    fn recipe() -> Recipe {
        Recipe::parse(
            "depth = 1\n[shape]\nwidth = 16\nheads = 2\nkv_heads = 1\nhead_size = 8\nhidden = 32\ncontext = 16\n\
             [tokenizer]\nvocab_size = 259\n[lanes]\nlanes = 2\nrows = 1\n",
        )
        .unwrap()
    }

    fn row(ids: &[u32], learned: usize) -> Row {
        let learned = (0..ids.len()).map(|place| place >= ids.len() - learned).collect();
        Row::of(&Encoded { ids: ids.to_vec(), learned }, 16).unwrap()
    }

    fn pairs() -> Vec<Pair> {
        let pair = |chosen, rejected, before| Pair { chosen, rejected, before };
        vec![
            pair(row(&[1, 5, 9, 20], 2), row(&[1, 5, 11], 1), 1.5),
            pair(row(&[1, 7, 30, 31, 32], 3), row(&[1, 7, 40, 41, 42, 43], 4), -8.0),
        ]
    }

    /// The loss by its formula alone, sequence by sequence.
    fn slow_loss(weights: &[f32], pairs: &[Pair], beta: f64) -> f64 {
        let mut network = Network::new(&recipe().shape, 1, 16);
        let mut nats = |row: &Row| {
            let rows = Rows::of(std::iter::once((row, 1.0)), 16);
            network.token_losses(weights, &rows.batch(), &mut [0.0; 16]).sum
        };
        let loss = |pair: &Pair| {
            let z = beta * (nats(&pair.rejected) - nats(&pair.chosen) - pair.before);
            -(1.0 / (1.0 + (-z).exp())).ln()
        };
        pairs.iter().map(loss).sum::<f64>() / pairs.len() as f64
    }

    #[test]
    fn the_weights_of_tokens_are_the_gradient_of_the_loss() {
        let (recipe, pairs, beta) = (recipe(), pairs(), 0.7);
        let weights = initialise(&recipe.shape, 5);
        let mut engine = CpuEngine::new(&recipe, 1);
        engine.load(State::new(weights.clone())).unwrap();
        let step: Vec<&Pair> = pairs.iter().collect();
        let mut rows = side_by_side(&step, 16);
        let moves = moves(&step, &rows, &mut engine).unwrap();
        let loss = weigh(&mut rows, &moves, beta);
        assert!((loss - slow_loss(&weights, &pairs, beta)).abs() < 1e-6, "{loss}");
        let mut gradient = vec![0.0; weights.len()];
        Network::new(&recipe.shape, 4, 16).backward(&weights, &rows.batch(), 0.5, &mut gradient);
        let norm = gradient.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>().sqrt();
        // Along the gradient the loss must rise by the gradient's norm.
        let shifted = |by: f64| -> Vec<f32> {
            let moved =
                weights.iter().zip(&gradient).map(|(weight, slope)| f64::from(*weight) + by * f64::from(*slope) / norm);
            moved.map(|weight| weight as f32).collect()
        };
        let by = 3e-3;
        let slope = (slow_loss(&shifted(by), &pairs, beta) - slow_loss(&shifted(-by), &pairs, beta)) / (2.0 * by);
        assert!(norm > 0.1, "{norm}");
        assert!((slope / norm - 1.0).abs() < 2e-3, "{slope} and {norm}");
    }
}
