//! A model goes on with a text.

use std::sync::Arc;

use anyhow::{Result, bail};
use model::folder;
use model::infer::{Ask, Precision, Sampling, Weights, complete};
use model::tokenizer::TURN_END;
use model::tune::{Chat, Message};

use crate::args::model::SayArgs;
use crate::{Verdict, say};

/// Says what the model makes of a text.
pub(crate) fn say(args: &SayArgs) -> Result<Verdict> {
    let model = folder::load(&args.dir)?;
    let tokenizer = &model.tokenizer;
    let prompt = if args.chat {
        let message = Message { role: "user".to_owned(), content: args.text.clone() };
        Chat::new(tokenizer)?.prompt(&[message])
    } else {
        tokenizer.end_of_text().into_iter().chain(tokenizer.encode(&args.text)).collect()
    };
    let room = model.shape.context.saturating_sub(prompt.len());
    if room == 0 {
        bail!(
            "the text has {} tokens and the model reads {} at most; shorten it",
            prompt.len(),
            model.shape.context - 1
        );
    }
    let ask = Ask {
        prompt,
        most: args.max_tokens.min(room),
        sampling: Sampling { temperature: args.temperature, seed: args.seed, ..Sampling::default() },
        ends: tokenizer.end_of_text().into_iter().chain(tokenizer.special(TURN_END)).collect(),
        ..Ask::default()
    };
    let weights = Arc::new(Weights::new(&model.shape, model.weights, Precision::Float, None)?);
    let written: String =
        complete(&weights, tokenizer, vec![ask], 1).into_iter().map(|completion| completion.text).collect();
    say::line(&if args.chat { written } else { format!("{}{written}", args.text) })?;
    Ok(Verdict::Sound)
}
