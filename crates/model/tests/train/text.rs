//! A small text to learn from, a token a byte.

use std::path::Path;

use model::Recipe;
use model::corpus::{Language, Span, Tokens};
use model::train::{CpuEngine, Digests, Outcome, Run, TrainFault, Watcher, run};

/// Sentences of a few words in a fixed but unforeseeable order; half of them in Korean.
pub(super) fn tokens(seed: u64, sentences: usize) -> Tokens {
    let words = [["the cat", "a dog", "my bird"], ["sees", "likes", "finds"], ["snow", "rain", "the sea"]];
    let korean = [["고양이가", "개가", "새가"], ["눈을", "비를", "바다를"], ["본다", "찾는다", "안다"]];
    let mut state = seed;
    let mut draw = |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % count
    };
    let (mut ids, mut spans) = (Vec::new(), Vec::new());
    for sentence in 0..sentences {
        let (from, language) =
            if sentence % 2 == 0 { (&words, Language::English) } else { (&korean, Language::Korean) };
        let text: Vec<&str> = from.iter().map(|choice| choice[draw(3)]).collect();
        let bytes = text.join(" ").into_bytes();
        spans.push(Span { language, count: bytes.len() + 1 });
        ids.push(0);
        ids.extend(bytes.iter().map(|byte| u32::from(*byte) + 3));
    }
    let text_bytes = (0..259).map(|id| u32::from(id > 2)).collect();
    Tokens { digest: format!("text {seed} {sentences}"), documents: sentences, ids, spans, text_bytes }
}

/// A model so small that a step takes about a millisecond.
pub(super) fn recipe(steps: u64) -> Recipe {
    Recipe::parse(&format!(
        "depth = 1\nseed = 3\n[shape]\nwidth = 16\nheads = 2\nkv_heads = 1\nhead_size = 8\nhidden = 32\ncontext = 32\n\
         [tokenizer]\nvocab_size = 259\n[lanes]\nlanes = 4\nrows = 1\n\
         [schedule]\nbatch_tokens = 256\nsteps = {steps}\ncheckpoint_every = 5\nvalidate_every = 20\n\
         [optimiser]\nlearning_rate = 0.01\nmuon_learning_rate = 0.01\n"
    ))
    .unwrap()
}

/// Trains it in a folder.
pub(super) fn train(
    recipe: &Recipe,
    folder: &Path,
    threads: usize,
    watcher: &mut dyn Watcher,
) -> Result<Outcome, TrainFault> {
    let (text, held) = (tokens(1, 400), tokens(2, 40));
    let digests = Digests { source: "source".to_owned(), data: "data".to_owned(), tokenizer: "bytes".to_owned() };
    let mut job =
        Run { recipe, train: &text, validation: &held, folder, digests, title: "A small text", sampler: None };
    run(&mut job, &mut CpuEngine::new(recipe, threads), watcher)
}
