//! The whole walk: from a world, or from somebody's text, to a folder that answers.

use std::fs;
use std::path::Path;

use model::Recipe;
use model::build::{BuildFault, BuildOptions, Onlooker, Stage, Text, build};
use model::card::Facts;
use model::corpus::Language;
use model::train::{CpuEngine, Event, Watcher};
use model::world::{World, WorldOptions};

/// A model so small that it is made in seconds and knows next to nothing.
const RECIPE: &str = "depth = 1\nseed = 3\n\
                      [shape]\ncontext = 64\n\
                      [data]\nvalidation_share = 0.1\nvalidation_windows = 8\n\
                      [tokenizer]\nvocab_size = 512\n\
                      [lanes]\nlanes = 2\nrows = 2\n\
                      [schedule]\nbatch_tokens = 512\nsteps = 12\nwarmup_steps = 2\nvalidate_every = 6\n\
                      checkpoint_every = 4\n\
                      [tuning]\nepochs = 1\npreference_epochs = 1\n";

/// Remembers what it saw, and may end a stage early.
#[derive(Default)]
struct Watching {
    stages: Vec<(Stage, bool)>,
    /// Of the stage that is under way.
    steps: u64,
    stops_at: Option<(Stage, u64)>,
}

impl Watching {
    fn that_stops_at(stage: Stage, step: u64) -> Self {
        Self { stops_at: Some((stage, step)), ..Self::default() }
    }
}

impl Watcher for Watching {
    fn see(&mut self, event: &Event<'_>) {
        if let Event::Step(report) = event {
            self.steps = report.step;
        }
    }

    fn goes_on(&self) -> bool {
        let is_at = |stage: Stage| self.stages.last().is_some_and(|(now, _)| *now == stage);
        self.stops_at.is_none_or(|(stage, step)| !is_at(stage) || self.steps < step)
    }
}

impl Onlooker for Watching {
    fn stage(&mut self, stage: Stage, was_done: bool) {
        self.stages.push((stage, was_done));
        self.steps = 0;
    }

    fn watcher(&mut self) -> &mut dyn Watcher {
        self
    }
}

fn options(out: &Path, text: Text) -> BuildOptions {
    let recipe = Recipe::parse(RECIPE).unwrap();
    BuildOptions { out: out.to_owned(), name: "tiny".to_owned(), recipe, text, threads: 1, source: "ab".repeat(32) }
}

fn world() -> Text {
    Text::World(WorldOptions { people: 12, towns: 4, tellings: 4, operands: 8, ..WorldOptions::default() })
}

fn made(options: &BuildOptions, watching: &mut Watching) -> Result<Facts, BuildFault> {
    build(options, &mut CpuEngine::new(&options.recipe, 1), watching)
}

#[test]
fn a_world_becomes_a_folder_that_answers_and_a_second_call_makes_nothing_anew() {
    let home = tempfile::tempdir().unwrap();
    let options = options(home.path(), world());
    let mut watching = Watching::default();
    let facts = made(&options, &mut watching).unwrap();
    for file in [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "recipe.toml",
        "card.json",
        "card.md",
        "card.html",
        "tasks/world_told_ko.yaml",
        "work/corpus/manifest.json",
        "work/training/evidence.jsonl",
    ] {
        assert!(home.path().join(file).is_file(), "{file}");
    }
    assert_eq!(facts.training.steps, 12);
    assert_eq!(facts.data[0].licence, "CC0-1.0");
    assert_eq!(facts.evaluations.len(), 10, "five kinds in two languages");
    assert!(facts.evaluations.iter().all(|asked| asked.questions > 0 && (0.0..=1.0).contains(&asked.score)));
    assert_eq!(facts.bits_per_byte.len(), 2);
    assert!(facts.samples.len() == 4 && facts.training.curve.len() == 12);
    let looks = facts.training.curve.iter().filter(|point| !point.bits_per_byte.is_empty());
    assert_eq!(looks.map(|point| (point.step, point.loss.is_some())).collect::<Vec<_>>(), [(6, true), (12, true)]);
    let model = model::folder::load(home.path()).unwrap();
    assert!(model.chat_template.is_some());
    assert_eq!(provenance::evidence::digest_of_floats(&model.weights), facts.digests.weights);
    assert_eq!(Recipe::parse(&fs::read_to_string(home.path().join("recipe.toml")).unwrap()).unwrap(), options.recipe);

    let mut again = Watching::default();
    let twice = made(&options, &mut again).unwrap();
    let passed_over = [Stage::Corpus, Stage::Tokenizer, Stage::Tokens, Stage::Conversations, Stage::Preferences];
    assert_eq!(again.stages.iter().filter(|(_, was_done)| *was_done).count(), passed_over.len());
    assert!(passed_over.iter().all(|stage| again.stages.contains(&(*stage, true))), "{:?}", again.stages);
    assert_eq!((twice.digests, twice.evaluations), (facts.digests, facts.evaluations));
}

#[test]
fn a_walk_that_was_stopped_goes_on_to_the_same_bits() {
    let (whole, broken) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let wanted = made(&options(whole.path(), world()), &mut Watching::default()).unwrap();
    let options = options(broken.path(), world());
    let stopped = made(&options, &mut Watching::that_stops_at(Stage::Training, 7));
    assert!(matches!(stopped, Err(BuildFault::Stopped { steps: 7 })), "{stopped:?}");
    assert!(!broken.path().join("card.json").exists());
    let found = made(&options, &mut Watching::default()).unwrap();
    assert_eq!(found.digests.weights, wanted.digests.weights);
    assert_ne!(found.digests.evidence, wanted.digests.evidence, "the log says that it was taken up again");
}

#[test]
fn a_tuning_that_was_broken_off_begins_anew_and_comes_to_the_same_bits() {
    let home = tempfile::tempdir().unwrap();
    let options = options(home.path(), world());
    let stopped = made(&options, &mut Watching::that_stops_at(Stage::Preferences, 1));
    assert!(matches!(stopped, Err(BuildFault::Stopped { steps: 12 })), "{stopped:?}");
    let mut again = Watching::default();
    let wanted = made(&options, &mut again).unwrap();
    assert!(again.stages.contains(&(Stage::Conversations, false)), "{:?}", again.stages);

    // A kill between the weights and the log's last line, and weights that somebody changed.
    let (log, weights) =
        (home.path().join("work/training/evidence.jsonl"), home.path().join("work/tuned/model.safetensors"));
    let (whole, sound) = (fs::read_to_string(&log).unwrap(), fs::read(&weights).unwrap());
    let (before, last) = whole.trim_end().rsplit_once('\n').unwrap();
    assert!(last.contains("\"kind\":\"tuned\""), "{last}");
    fs::write(&log, format!("{before}\n")).unwrap();
    assert_eq!(made(&options, &mut Watching::default()).unwrap().digests, wanted.digests);
    let mut changed = sound.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&weights, changed).unwrap();
    assert_eq!(made(&options, &mut Watching::default()).unwrap().digests, wanted.digests);
    assert_eq!((fs::read_to_string(&log).unwrap(), fs::read(&weights).unwrap()), (whole, sound));

    let training = home.path().join("work/training");
    let report = provenance::evidence::verify(&log, &training.join("checkpoints")).unwrap();
    assert_eq!((report.findings, report.head), (vec![], wanted.digests.evidence));
    assert_eq!(report.weights.last(), Some(&wanted.digests.weights));
}

/// Text that looks like anybody's: pages of one language each.
fn pages() -> Vec<String> {
    let options = WorldOptions { seed: 9, people: 12, tellings: 6, ..WorldOptions::default() };
    let documents: Vec<_> = World::new(&options).documents().collect();
    let of = |language| documents.iter().filter(move |document| document.language == language);
    let texts = |language| of(language).map(|document| document.text.clone()).collect::<Vec<_>>();
    let pages = |texts: Vec<String>| texts.chunks(10).map(|page| page.join("\n")).collect::<Vec<_>>();
    [Language::Korean, Language::English].into_iter().flat_map(|language| pages(texts(language))).collect()
}

#[test]
fn somebodys_text_becomes_a_model_that_was_tuned_on_their_conversations() {
    let home = tempfile::tempdir().unwrap();
    let (text, out) = (home.path().join("text"), home.path().join("out"));
    fs::create_dir(&text).unwrap();
    for (number, page) in pages().into_iter().enumerate() {
        fs::write(text.join(format!("page-{number}.txt")), page).unwrap();
    }
    let conversations = home.path().join("conversations.jsonl");
    let line = r#"{"messages":[{"role":"user","content":"How many boats?"},{"role":"assistant","content":"Seven."}]}"#;
    fs::write(&conversations, format!("{line}\n\n{line}\n")).unwrap();
    let given = |conversations| Text::Corpus { inputs: vec![text.clone()], conversations, preferences: None };
    let mut options = options(&out, given(Some(conversations.clone())));
    options.recipe.schedule.steps = 4;
    let facts = made(&options, &mut Watching::default()).unwrap();
    assert!(facts.evaluations.is_empty(), "nobody knows what is right of somebody's text");
    assert!(!facts.samples.is_empty());
    assert!(model::folder::load(&out).unwrap().chat_template.is_some());

    // Other conversations are learned anew, from the weights of the training.
    fs::write(&conversations, format!("{line}\n{}\n", line.replace("Seven", "Eight"))).unwrap();
    let mut again = Watching::default();
    let other = made(&options, &mut again).unwrap();
    assert!(again.stages.contains(&(Stage::Conversations, false)), "{:?}", again.stages);
    assert_ne!(other.digests.weights, facts.digests.weights);

    fs::write(&conversations, format!("{line}\n{{\"messages\": 3}}\n")).unwrap();
    let told = made(&options, &mut Watching::default()).unwrap_err().to_string();
    assert!(told.contains("conversations.jsonl:2: ") && told.contains("each line is"), "{told}");
    options.text = given(None);
    made(&options, &mut Watching::default()).unwrap();
    assert!(model::folder::load(&out).unwrap().chat_template.is_none(), "it was not taught to converse");
}
