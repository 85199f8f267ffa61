//! Tokens a second and CPU seconds of writing and scoring, beside transformers on the same folder, in one run:
//! `SERVING_PEER=VENV cargo bench -p model --bench serving` (`VENV/bin/python` has torch and transformers; without it only
//! ours is measured).
//!
//! The model has 7.2 million random weights (6 layers of width 256, 8192 tokens). Each side runs on one thread and writes
//! 128 tokens after prompts of 128, greedily, without end tokens; loading and the first run are not counted. Both sides
//! run in turns, three times; the best of each stands in the table, for a machine that others use as well.
#![expect(clippy::print_stdout, reason = "a benchmark reports to the terminal")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should stop")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use model::folder::{Model, save};
use model::infer::{Ask, Precision, Weights, complete};
use model::network::initialise;
use model::tokenizer::{TrainOptions, train};
use model::{Shape, Tokenizer};

const PROMPT: usize = 128;
const WRITTEN: usize = 128;
const ROUNDS: usize = 3;

fn shape() -> Shape {
    Shape {
        vocab: 8192,
        width: 256,
        layers: 6,
        heads: 4,
        kv_heads: 4,
        head_size: 64,
        hidden: 768,
        context: 512,
        rope_theta: 10_000.0,
        rope_scaling: None,
        norm_epsilon: 1e-6,
        head_norms: true,
        attention_bias: false,
        tied: true,
    }
}

/// What one run took.
#[derive(Clone, Copy)]
struct Took {
    wall: f64,
    cpu: f64,
}

/// CPU seconds of this process so far, by its own and by the system's count, in hundredths.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = |field: &str| field.parse::<f64>().unwrap();
    (ticks(fields[11]) + ticks(fields[12])) / 100.0
}

fn prompts(batch: usize) -> Vec<Vec<u32>> {
    (0..batch).map(|row| (0..PROMPT).map(|at| ((row * 977 + at * 131) % 8000) as u32 + 3).collect()).collect()
}

/// Writes, or scores with the numbers of every token.
fn ours(weights: &Arc<Weights>, tokenizer: &Tokenizer, batch: usize, writes: bool) -> Took {
    let ask = |prompt| Ask {
        prompt,
        most: if writes { WRITTEN } else { 0 },
        prompt_scores: (!writes).then_some(1),
        ..Ask::default()
    };
    let asks: Vec<Ask> = prompts(batch).into_iter().map(ask).collect();
    let (wall, before) = (Instant::now(), cpu());
    let done = complete(weights, tokenizer, asks, batch);
    assert!(done.iter().all(|done| done.ids.len() == if writes { WRITTEN } else { 0 }));
    Took { wall: wall.elapsed().as_secs_f64(), cpu: cpu() - before }
}

fn theirs(python: &Path, folder: &Path, batch: usize, writes: bool) -> Took {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/serving.py");
    let args = [batch, PROMPT, WRITTEN, usize::from(writes)].map(|number| number.to_string());
    let told = Command::new(python).arg(script).arg(folder).args(args).env("OMP_NUM_THREADS", "1").output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
    Took { wall: numbers[0], cpu: numbers[1] }
}

fn main() {
    let shape = shape();
    let tokenizer = train([""], &TrainOptions::new(259)).unwrap();
    let flat = initialise(&shape, 1);
    println!("{} weights; tokens per second of wall time and of CPU time, one thread", flat.len());
    let kept = |precision| Arc::new(Weights::new(&shape, flat.clone(), precision, None).unwrap());
    let (float, int8) = (kept(Precision::Float), kept(Precision::Int8));
    let folder = tempfile::tempdir().unwrap();
    let model =
        Model { shape: shape.clone(), weights: flat.clone(), tokenizer: tokenizer.clone(), chat_template: None };
    save(folder.path(), &model).unwrap();
    let python = std::env::var_os("SERVING_PEER").map(|venv| PathBuf::from(venv).join("bin/python"));
    for (writes, what, tokens) in [(true, "writing", WRITTEN), (false, "scoring", PROMPT)] {
        for batch in [1, 16] {
            let mut rows: Vec<(&str, Vec<Took>)> =
                vec![("ours, f32", Vec::new()), ("ours, int8", Vec::new()), ("transformers, f32", Vec::new())];
            for _ in 0..ROUNDS {
                rows[0].1.push(ours(&float, &tokenizer, batch, writes));
                rows[1].1.push(ours(&int8, &tokenizer, batch, writes));
                if let Some(python) = &python {
                    rows[2].1.push(theirs(python, folder.path(), batch, writes));
                }
            }
            for (name, took) in rows.iter().filter(|(_, took)| !took.is_empty()) {
                let best = |time: fn(&Took) -> f64| took.iter().map(time).fold(f64::MAX, f64::min);
                let rate = |seconds: f64| (tokens * batch) as f64 / seconds.max(0.01);
                let (wall, cpu) = (best(|took| took.wall), best(|took| took.cpu));
                println!("{what} {batch:>2} at a time  {name:<18} {:>8.0} /s  {:>8.0} /CPU s", rate(wall), rate(cpu));
            }
        }
    }
}
