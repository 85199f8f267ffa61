//! The loop: it learns, it tells, it stops and goes on, and it says what is wrong.

use std::fs;

use model::corpus::Language;
use model::train::{CpuEngine, Digests, Event, Point, Quiet, Run, Sample, StepReport, TrainFault, Watcher, run};
use provenance::evidence::{Entry, Log, verify};

use super::text::{recipe, tokens, train};

/// Writes down what it is told, and stops after so many steps.
#[derive(Default)]
struct Notes {
    steps: Vec<StepReport>,
    told: Vec<String>,
    most_steps: Option<usize>,
}

impl Watcher for Notes {
    fn see(&mut self, event: &Event<'_>) {
        match event {
            Event::Step(report) => self.steps.push((*report).clone()),
            Event::Started { done, .. } => self.told.push(format!("started at {done}")),
            Event::Validated { step, .. } => self.told.push(format!("validated {step}")),
            Event::Samples { step, samples } => self.told.push(format!("samples {step}: {}", samples[0].text)),
            Event::Saved(checkpoint) => self.told.push(format!("saved {}", checkpoint.step)),
            Event::Mended(what) => self.told.push(format!("mended: {what}")),
            Event::Page(path) => self.told.push(format!("page {}", path.file_name().unwrap().display())),
        }
    }

    fn goes_on(&self) -> bool {
        self.most_steps.is_none_or(|most| self.steps.len() < most)
    }
}

#[test]
fn a_text_is_learned_and_the_curves_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut notes = Notes::default();
    let outcome = train(&recipe(120), folder.path(), 2, &mut notes).unwrap();
    // A byte is 8 bits; the sentences are of log2(27) bits in about 20 bytes of English and 31 of Korean.
    let bits = &outcome.bits_per_byte;
    assert!(bits[&Language::English] < 2.5 && bits[&Language::Korean] < 2.0, "{bits:?}");
    assert!(notes.steps[0].loss > 5.0 && outcome.loss.unwrap() < 2.0, "{outcome:?}");
    assert_eq!((outcome.steps, outcome.tokens, outcome.stopped), (120, 120 * 256, false));
    let last = notes.steps.last().unwrap();
    assert!(last.tokens_per_second > 0.0 && last.peak_share > 0.0 && last.seconds_left == 0.0, "{last:?}");
    let points = fs::read_to_string(folder.path().join("progress.jsonl")).unwrap();
    let points: Vec<Point> = points.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(points.iter().filter(|point| point.loss.is_some()).count(), 120);
    assert_eq!(points.iter().filter(|point| !point.bits_per_byte.is_empty()).count(), 6);
    assert!(fs::read_to_string(folder.path().join("progress.html")).unwrap().contains("<svg"));
}

#[test]
fn the_evidence_of_a_run_holds() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = train(&recipe(20), folder.path(), 1, &mut Quiet).unwrap();
    let report = verify(&Run::evidence(folder.path()), &Run::checkpoints(folder.path())).unwrap();
    assert_eq!(report.findings, []);
    assert_eq!((report.head, report.steps, report.checkpoints), (outcome.evidence, 20, 2));
    let (log, _) = Log::open(&Run::evidence(folder.path())).unwrap();
    assert!(matches!(log.entries().last(), Some(Entry::End { weights, .. }) if *weights == outcome.weights));
    let Entry::Start { recipe: told, .. } = &log.entries()[0] else { panic!("{:?}", log.entries()[0]) };
    assert_eq!(*told, recipe(20).digest());
}

#[test]
fn threads_change_no_bit_of_a_run() {
    let weights = |threads| {
        let folder = tempfile::tempdir().unwrap();
        train(&recipe(12), folder.path(), threads, &mut Quiet).unwrap().weights
    };
    let one = weights(1);
    assert_eq!([2, 3, 4, 9].map(weights), [(); 4].map(|()| one.clone()));
    let mut other = recipe(12);
    other.seed = 4;
    let folder = tempfile::tempdir().unwrap();
    assert_ne!(train(&other, folder.path(), 1, &mut Quiet).unwrap().weights, one, "another seed, other weights");
}

#[test]
fn a_run_that_is_stopped_goes_on_to_the_same_bits() {
    let whole = tempfile::tempdir().unwrap();
    let expected = train(&recipe(20), whole.path(), 1, &mut Quiet).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut notes = Notes { most_steps: Some(7), ..Notes::default() };
    let stopped = train(&recipe(20), folder.path(), 1, &mut notes).unwrap();
    assert_eq!((stopped.steps, stopped.stopped), (7, true));
    let mut notes = Notes::default();
    let outcome = train(&recipe(20), folder.path(), 2, &mut notes).unwrap();
    assert_eq!(outcome.weights, expected.weights);
    assert_eq!(outcome.bits_per_byte, expected.bits_per_byte);
    assert_eq!(notes.told[0], "started at 7");
    let report = verify(&Run::evidence(folder.path()), &Run::checkpoints(folder.path())).unwrap();
    assert_eq!((report.findings, report.resumed), (vec![], 1));
    let again = train(&recipe(20), folder.path(), 1, &mut Quiet).unwrap();
    assert_eq!((again.weights, again.evidence), (outcome.weights, outcome.evidence), "an ended run is left alone");
}

#[test]
fn a_damaged_checkpoint_is_told_and_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut notes = Notes { most_steps: Some(12), ..Notes::default() };
    train(&recipe(20), folder.path(), 1, &mut notes).unwrap();
    let newest = Run::checkpoints(folder.path()).join("step-0000000012.checkpoint");
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&newest, bytes).unwrap();
    let mut notes = Notes::default();
    let outcome = train(&recipe(20), folder.path(), 1, &mut notes).unwrap();
    assert!(notes.told[0].starts_with("mended: ") && notes.told[0].contains("is damaged"), "{:?}", notes.told);
    assert_eq!(notes.told[1], "started at 10");
    let whole = tempfile::tempdir().unwrap();
    assert_eq!(outcome.weights, train(&recipe(20), whole.path(), 1, &mut Quiet).unwrap().weights);
}

#[test]
fn samples_are_made_while_it_learns() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = recipe(40);
    let (text, held) = (tokens(1, 400), tokens(2, 40));
    let mut sampler =
        |weights: &[f32]| vec![Sample { prompt: "the".to_owned(), text: format!("{} weights", weights.len()) }];
    let digests = Digests { source: String::new(), data: String::new(), tokenizer: String::new() };
    let (title, folder) = ("Samples", folder.path());
    let sampler: Option<model::train::Sampler<'_>> = Some(&mut sampler);
    let mut job = Run { recipe: &recipe, train: &text, validation: &held, folder, digests, title, sampler };
    let mut notes = Notes::default();
    run(&mut job, &mut CpuEngine::new(&recipe, 1), &mut notes).unwrap();
    let samples = notes.told.iter().filter(|told| told.starts_with("samples ")).collect::<Vec<_>>();
    let floats = model::Layout::of(&recipe.shape).floats();
    assert_eq!(samples, [&format!("samples 20: {floats} weights"), &format!("samples 40: {floats} weights")]);
    assert!(fs::read_to_string(folder.join("progress.html")).unwrap().contains("<b>the</b>"));
}

#[test]
fn a_loss_that_is_not_finite_stops_the_run_and_says_what_to_change() {
    let folder = tempfile::tempdir().unwrap();
    let mut wild = recipe(20);
    wild.optimiser.learning_rate = 1e30;
    let fault = train(&wild, folder.path(), 1, &mut Quiet).expect_err("such a rate");
    assert!(matches!(fault, TrainFault::NotFinite { .. }), "{fault}");
    let told = fault.to_string();
    assert!(told.contains("`optimiser.learning_rate`") && told.contains("half of 1"), "{told}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    train(&recipe(5), folder.path(), 1, &mut Quiet).unwrap();
    let other = train(&recipe(6), folder.path(), 1, &mut Quiet).expect_err("another recipe in the same folder");
    assert!(other.to_string().contains("is of another run"), "{other}");
    let mut long = recipe(5);
    long.shape.context = 32 * 1024;
    long.schedule.batch_tokens = 4 * long.shape.context;
    let fresh = tempfile::tempdir().unwrap();
    let fault = train(&long, fresh.path(), 1, &mut Quiet).expect_err("a window longer than the text");
    assert!(fault.to_string().starts_with("training text: the split holds"), "{fault}");
    fs::remove_dir_all(Run::checkpoints(folder.path())).unwrap();
    let apart = train(&recipe(5), folder.path(), 1, &mut Quiet).expect_err("a log without checkpoints");
    assert!(matches!(apart, TrainFault::Apart { .. }), "{apart}");
}
