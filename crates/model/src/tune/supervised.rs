//! Tuning on conversations, with the loss on answers alone.

use super::chat::Chat;
use super::rows::{Row, Rows};
use super::steps::{Plan, Steps, Tuned};
use super::{Conversation, TuneFault};
use crate::train::Watcher;

/// How a tuning on conversations went.
#[derive(Debug, Clone, PartialEq)]
pub struct Supervised {
    /// Steps done.
    pub steps: u64,
    /// Conversations that were learned from.
    pub conversations: usize,
    /// Conversations of which nothing could be learned: they have no answer, or none that fits into the context.
    pub left_out: usize,
    /// Tokens of answers in them.
    pub answer_tokens: usize,
    /// Mean nats a token of the answers of the first step.
    pub first_loss: f64,
    /// The same of the last step.
    pub last_loss: f64,
}

/// Tunes on conversations. One conversation stands in a row of its own, so that none reads another; one that is longer
/// than the context is cut at its end. Loss is taken on what the assistant says and on the mark that ends it.
///
/// Source: Ouyang et al., arXiv 2203.02155, section 3.5 (supervised fine-tuning).
///
/// # Errors
/// See [`TuneFault`].
pub fn supervised(
    tuned: &mut Tuned<'_>,
    conversations: &[Conversation],
    watcher: &mut dyn Watcher,
) -> Result<Supervised, TuneFault> {
    let (recipe, chat) = (tuned.recipe, Chat::new(tuned.tokenizer)?);
    let context = recipe.shape.context;
    let row = |conversation: &Conversation| Row::of(&chat.encode(&conversation.messages), context);
    let rows: Vec<Row> = conversations.iter().filter_map(row).collect();
    if rows.is_empty() {
        return Err(TuneFault::Nothing(conversations.len()));
    }
    let plan = Plan {
        items: rows.len(),
        epochs: recipe.tuning.epochs,
        rate_share: recipe.tuning.rate_share,
        key: "tuning.rate_share",
        purpose: "order of conversations",
    };
    let mut steps = Steps::start(tuned, plan, watcher)?;
    let mut losses = Vec::new();
    for items in steps.order() {
        if !watcher.goes_on() {
            break;
        }
        steps.begin();
        let all = Rows::of(items.iter().map(|item| (&rows[*item], 1.0)), context);
        let learned: usize = items.iter().map(|item| rows[*item].learned()).sum();
        let loss = steps.tuned.engine.accumulate(&all.batch(), 1.0 / learned as f32)?.mean();
        losses.push(loss);
        steps.take(loss, (all.rows * all.length, all.length), watcher)?;
    }
    Ok(Supervised {
        steps: steps.done,
        conversations: rows.len(),
        left_out: conversations.len() - rows.len(),
        answer_tokens: rows.iter().map(Row::learned).sum(),
        first_loss: losses.first().copied().unwrap_or(f64::NAN),
        last_loss: losses.last().copied().unwrap_or(f64::NAN),
    })
}
