//! Text to train on: the closed worlds of the room `model`, each of a seed of its own.

use model::Tokenizer;
use model::corpus::{Language, Span, Tokens, Vocabulary as _};
use model::tokenizer::TrainOptions;
use model::world::{World, WorldOptions};

use crate::Fault;

/// A world of 40 people, told four times: about 60,000 tokens of a vocabulary of 512.
fn world(seed: u64) -> World {
    World::new(&WorldOptions { seed, people: 40, towns: 8, tellings: 4, ..WorldOptions::default() })
}

/// A tokenizer trained on a world.
///
/// # Errors
///
/// [`Fault::Tokenizer`] for a vocabulary below 259.
pub fn tokenizer(seed: u64, vocab: usize) -> Result<Tokenizer, Fault> {
    let world = world(seed);
    let texts = world.documents().map(|document| document.text);
    Ok(model::tokenizer::train(texts, &TrainOptions::new(vocab))?)
}

/// A world as tokens.
#[must_use]
pub fn text(seed: u64, tokenizer: &Tokenizer) -> Tokens {
    let world = world(seed);
    let (mut ids, mut documents) = (Vec::new(), 0);
    for document in world.documents() {
        ids.extend(tokenizer.border());
        ids.extend(tokenizer.encode(&document.text));
        documents += 1;
    }
    let spans = vec![Span { language: Language::Korean, count: ids.len() }];
    let text_bytes = (0..tokenizer.size() as u32).map(|id| tokenizer.text_bytes(id) as u32).collect();
    Tokens { ids, spans, text_bytes, digest: format!("world {seed}"), documents }
}
