//! The dial, the files laid over it, and what they are told when they are wrong.

use super::*;

fn fault(text: &str) -> String {
    Recipe::parse(text).expect_err(text).to_string()
}

#[test]
fn the_dial_gives_the_sizes() {
    let recipe = Recipe::for_depth(4).unwrap();
    let shape = &recipe.shape;
    assert_eq!((shape.width, shape.layers, shape.heads, shape.kv_heads, shape.hidden), (256, 4, 4, 2, 768));
    assert_eq!((shape.head_size, shape.context, shape.tied), (64, 256, true));
    let heads = |depth| Recipe::for_depth(depth).unwrap().shape.kv_heads;
    assert_eq!([1, 2, 3, 5, 6, 9, 12, 20].map(heads), [1, 1, 1, 1, 3, 3, 6, 10]);
}

/// By hand: N = 4 · 256 · (2 · 256 + 2 · 128 + 3 · 768) = 3,145,728; a quarter of 327,680 · (N / 108M)^(2/3) is 7,755
/// tokens, which is 3.79 times 4 lanes of 512; 0.0047 · (N / 108M)^(-1/3) / 2 = 0.007638.
#[test]
fn rates_follow_the_ladder() {
    let recipe = Recipe::for_depth(4).unwrap();
    assert_eq!(matrix_weights(&recipe.shape), 3_145_728);
    assert_eq!(recipe.schedule.batch_tokens, 4 * 2048);
    assert!((recipe.optimiser.learning_rate - 0.007_638).abs() < 1e-6, "{}", recipe.optimiser.learning_rate);
    let horizon = 12 * (3_145_728 + 8192 * 256);
    assert_eq!(recipe.schedule.steps, u64::div_ceil(horizon, 8192));
}

#[test]
fn every_depth_makes_a_sound_recipe() {
    for depth in 1..=32 {
        let recipe = Recipe::for_depth(depth).unwrap();
        assert_eq!(Recipe::parse(&recipe.to_toml()).unwrap(), recipe, "depth {depth}");
    }
    assert!(Recipe::for_depth(0).is_err());
}

#[test]
fn what_a_file_says_replaces_what_the_dial_gives() {
    let text =
        "depth = 2\nseed = 9\n[shape]\nwidth = 192\nheads = 3\nkv_heads = 1\n[optimiser]\nkind = \"adamw\"\nclip = 2\n";
    let recipe = Recipe::parse(text).unwrap();
    assert_eq!((recipe.seed, recipe.shape.width, recipe.optimiser.clip), (9, 192, 2.0));
    assert_eq!(recipe.optimiser.kind, OptimiserKind::Adamw);
    let wide = Recipe::parse("depth = 4\n[shape]\nwidth = 512\n").unwrap();
    let plain = Recipe::for_depth(4).unwrap();
    assert!(wide.schedule.batch_tokens > plain.schedule.batch_tokens, "rates follow the overridden width");
    assert!(wide.optimiser.learning_rate < plain.optimiser.learning_rate);
}

#[test]
fn steps_follow_the_batch_and_the_vocabulary_the_tokenizer() {
    let plain = Recipe::for_depth(2).unwrap();
    let half = format!("depth = 2\n[schedule]\nbatch_tokens = {}\n", plain.schedule.batch_tokens / 2);
    assert_eq!(Recipe::parse(&half).unwrap().schedule.steps.div_ceil(2), plain.schedule.steps);
    let recipe = Recipe::parse("depth = 2\n[tokenizer]\nvocab_size = 1024\n").unwrap();
    assert_eq!((recipe.shape.vocab, recipe.tokenizer.vocab_size), (1024, 1024));
    let short = Recipe::parse("depth = 2\n[schedule]\nsteps = 20\n").unwrap().schedule;
    assert_eq!((short.steps, short.warmup_steps, short.validate_every), (20, 2, 2));
}

#[test]
fn stretched_positions_can_be_asked_for() {
    let scaling = "factor = 8.0\nlow_frequency_factor = 1.0\nhigh_frequency_factor = 4.0\noriginal_context = 128\n";
    let recipe = Recipe::parse(&format!("depth = 2\n[shape.rope_scaling]\n{scaling}")).unwrap();
    assert_eq!(recipe.shape.rope_scaling.as_ref().map(|scaling| scaling.original_context), Some(128));
    assert_eq!(Recipe::parse(&recipe.to_toml()).unwrap(), recipe);
}

#[test]
fn faults_name_the_key_and_the_remedy() {
    assert!(fault("depth = ").starts_with("the recipe is not TOML: "));
    assert_eq!(fault("seed = 1"), "`depth` is not there; write `depth = 4`, or another number of blocks");
    assert_eq!(fault("depth = 0"), "`depth` is 0: write a whole number from 1 to 128");
    let unknown = fault("depth = 2\n[schedule]\nwarmpu_steps = 1\n");
    assert!(unknown.starts_with("`schedule.warmpu_steps` is not in a recipe; `[schedule]` knows "), "{unknown}");
    assert!(unknown.contains("warmup_steps"), "{unknown}");
    let unknown = fault("depth = 2\nshade = 1\n");
    assert!(
        unknown.starts_with("`shade` is not in a recipe; a recipe knows ") && unknown.contains("depth"),
        "{unknown}"
    );
    assert_eq!(fault("depth = 2\n[shape]\nwidth = \"a\"\n"), "`shape.width` is a text; write a whole number");
    assert_eq!(fault("depth = 2\n[shape]\nwidth = -1\n"), "`shape.width` is -1; write a whole number, 0 or above");
    assert!(fault("depth = 2\n[optimiser]\nkind = \"sgd\"\n").contains("unknown variant `sgd`"));
    assert_eq!(fault("depth = 4\n[shape]\nkv_heads = 3\n"), "`shape.kv_heads` is 3: write a divisor of `shape.heads`");
    assert!(fault("depth = 4\n[schedule]\nbatch_tokens = 1000\n").starts_with("`schedule.batch_tokens` is 1000: "));
    assert!(fault("depth = 4\n[optimiser]\nbeta2 = 1.0\n").starts_with("`optimiser.beta2` is 1: "));
    assert!(fault("depth = 4\n[lanes]\nlanes = 0\n").starts_with("`lanes.lanes` is 0: "));
    assert!(fault("depth = 4\n[data]\nvalidation_share = 0\n").starts_with("`data.validation_share` is 0: "));
}

#[test]
fn the_digest_is_of_all_fields() {
    let plain = Recipe::for_depth(2).unwrap();
    let same = Recipe::parse("depth = 2\nseed = 0\n").unwrap();
    assert_eq!(plain.digest(), same.digest());
    let other = Recipe::parse("depth = 2\nseed = 1\n").unwrap();
    assert_ne!(plain.digest(), other.digest());
    assert_eq!(plain.digest().len(), 64);
}
