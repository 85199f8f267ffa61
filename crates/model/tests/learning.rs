//! What a model learns of a world, by training from nothing: what it is told, and nothing else; and more of it with time.
//!
//! A smaller world than the usual one (32 people) and a recipe that learns it in about two minutes of one core. Held-out
//! questions are asked by log-likelihood, as `multiple_choice` tasks are, of the very weights that were trained.

use model::build::{BuildOptions, Onlooker, Stage, Text, answered, build};
use model::train::{CpuEngine, Event, Watcher};
use model::world::{Kind, Question, World, WorldOptions};
use model::{Recipe, Tokenizer};

/// Steps of the whole training.
const LONG: u64 = 800;
/// Steps of the short one.
const SHORT: u64 = 160;

/// Depth 2 with four narrow heads, which find names sooner than two wide ones, and a short context, since the world's texts are
/// short. The rate is by trial: higher than the dial's.
fn recipe(steps: u64) -> Recipe {
    let text = format!(
        "depth = 2\nseed = 1\n\
         [shape]\nheads = 4\nkv_heads = 4\nhead_size = 32\ncontext = 128\n\
         [data]\nvalidation_windows = 8\n\
         [lanes]\nlanes = 2\nrows = 4\n\
         [schedule]\nbatch_tokens = 1024\nsteps = {steps}\nwarmup_steps = {}\ncooldown_share = 0.3\n\
         validate_every = {steps}\ncheckpoint_every = {steps}\n\
         [optimiser]\nlearning_rate = 0.02\nmuon_learning_rate = 0.02\n\
         [tuning]\nepochs = 0\npreference_epochs = 0\n",
        steps / 12
    );
    Recipe::parse(&text).unwrap()
}

fn world() -> WorldOptions {
    WorldOptions { seed: 1, people: 32, towns: 8, tellings: 160, operands: 12, ..WorldOptions::default() }
}

struct Unseen;

impl Watcher for Unseen {
    fn see(&mut self, _: &Event<'_>) {}
}

impl Onlooker for Unseen {
    fn stage(&mut self, _: Stage, _: bool) {}

    fn watcher(&mut self) -> &mut dyn Watcher {
        self
    }
}

/// Which questions of each kind a training of so many steps answers right.
fn trained(steps: u64) -> impl FnMut(Kind) -> Vec<bool> {
    let home = tempfile::tempdir().unwrap();
    let recipe = recipe(steps);
    let mut engine = CpuEngine::new(&recipe, 2);
    let options = BuildOptions {
        out: home.path().to_owned(),
        name: format!("{steps} steps"),
        recipe,
        text: Text::World(world()),
        threads: 2,
        source: "ab".repeat(32),
    };
    build(&options, &mut engine, &mut Unseen).unwrap();
    let tokenizer = Tokenizer::load(&home.path().join("tokenizer.json")).unwrap();
    move |kind| {
        let questions = World::new(&world()).questions(kind);
        answered(&mut engine, &tokenizer, &questions.iter().collect::<Vec<&Question>>()).unwrap()
    }
}

fn count(right: &[bool]) -> u64 {
    right.iter().filter(|right| **right).count() as u64
}

/// The chance of `from` to `to` successes among `tries`, each with probability `p`.
fn binomial(tries: u64, p: f64, from: u64, to: u64) -> f64 {
    let mut choose = 0.0_f64;
    let mut sum = 0.0;
    for successes in 0..=to.min(tries) {
        if successes > 0 {
            choose += ((tries - successes + 1) as f64).ln() - (successes as f64).ln();
        }
        if successes >= from {
            sum += (choose + successes as f64 * p.ln() + (tries - successes) as f64 * (1.0 - p).ln()).exp();
        }
    }
    sum
}

#[test]
fn a_model_learns_what_it_is_told_and_nothing_else_and_more_with_time() {
    let (mut long, mut short) = (trained(LONG), trained(SHORT));
    let (told, before) = (long(Kind::Told), short(Kind::Told));
    assert!(told.len() >= 120, "{} questions", told.len());
    assert!(10 * count(&told) >= 9 * told.len() as u64, "{} of {} right", count(&told), told.len());

    // Nobody can know these: as many right as chance gives, but for one time in a thousand.
    let untold = long(Kind::Untold);
    let (right, all) = (count(&untold), untold.len() as u64);
    let least = binomial(all, 0.25, 0, right).min(binomial(all, 0.25, right, all));
    assert!(2.0 * least > 0.001, "{right} of {all} right of what was never told");

    // The same questions put to both: the sign test over those that one of the two alone answers.
    let pairs = || told.iter().zip(&before);
    let only_long = pairs().filter(|(long, short)| **long && !**short).count() as u64;
    let only_short = pairs().filter(|(long, short)| !**long && **short).count() as u64;
    let discordant = only_long + only_short;
    let chance = binomial(discordant, 0.5, only_long, discordant);
    assert!(chance < 0.001, "{only_long} by the longer alone, {only_short} by the shorter alone");
}

#[test]
fn the_chances_are_those_of_the_tables() {
    // Two of four coins, and at least one six in three throws.
    assert!((binomial(4, 0.5, 2, 2) - 0.375).abs() < 1e-12);
    assert!((binomial(3, 1.0 / 6.0, 1, 3) - 91.0 / 216.0).abs() < 1e-12);
    assert!((binomial(50, 0.25, 0, 50) - 1.0).abs() < 1e-12);
}
