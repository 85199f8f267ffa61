//! Forward and backward of a model of 7 million weights on one thread, and how fast this machine multiplies matrices.
//!
//! `cargo bench -p model --bench training` prints one line of JSON; with `-- --listen` it measures once more for every
//! line it reads, which is how `training.py` lets it take turns with PyTorch. CPU seconds, because machines are shared.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a bench talks to the terminal and may stop")]

use std::time::{Duration, Instant};

use model::math::{View, ViewMut, multiply};
use model::network::{Batch, Network, initialise};
use model::{Layout, Shape};

const ROWS: usize = 16;
const LENGTH: usize = 256;

fn shape() -> Shape {
    Shape {
        vocab: 8192,
        width: 256,
        layers: 6,
        heads: 4,
        kv_heads: 2,
        head_size: 64,
        hidden: 768,
        context: LENGTH,
        rope_theta: 10_000.0,
        rope_scaling: None,
        norm_epsilon: 1e-6,
        head_norms: true,
        attention_bias: false,
        tied: true,
    }
}

fn main() {
    let mut bench = Bench::new();
    bench.train();
    if std::env::args().any(|argument| argument == "--listen") {
        for line in std::io::stdin().lines() {
            line.expect("a line");
            println!("{}", bench.measure());
        }
    } else {
        println!("{}", bench.measure());
    }
}

struct Bench {
    shape: Shape,
    network: Network,
    weights: Vec<f32>,
    gradient: Vec<f32>,
    ids: Vec<u32>,
}

impl Bench {
    fn new() -> Self {
        let shape = shape();
        let weights = initialise(&shape, 1);
        Self {
            network: Network::new(&shape, ROWS, LENGTH),
            gradient: vec![0.0; Layout::of(&shape).floats()],
            ids: (0..ROWS * LENGTH + 1).map(|place| (place * place * 31 + place * 7) as u32 % 8192).collect(),
            weights,
            shape,
        }
    }

    /// One step but for the optimiser: gradients are cleared and computed.
    fn train(&mut self) -> f64 {
        let tokens = ROWS * LENGTH;
        let (inputs, targets) = (&self.ids[..tokens], &self.ids[1..]);
        let batch = Batch { inputs, targets, weights: None, rows: ROWS, length: LENGTH };
        self.gradient.fill(0.0);
        self.network.backward(&self.weights, &batch, 1.0 / tokens as f32, &mut self.gradient).mean()
    }

    fn measure(&mut self) -> String {
        let mut loss = 0.0;
        let cost = cpu(|| loss = self.train());
        let peak = peak();
        let tokens = (ROWS * LENGTH) as f64;
        let rate = tokens / cost.as_secs_f64();
        let gflops = rate * self.shape.training_flops_per_token(LENGTH) / 1e9;
        format!(
            "{{\"tokens_per_cpu_second\": {rate:.1}, \"gflops\": {gflops:.2}, \"peak_gflops\": {peak:.2}, \"loss\": {loss:.4}}}"
        )
    }
}

/// The best rate, in GFLOP a CPU second, at which this machine multiplies matrices of the sizes that a step has.
fn peak() -> f64 {
    let sizes = [(1024, 1024, 1024), (1024, 256, 1536), (1024, 768, 256), (256, 256, 8192), (768, 1024, 256)];
    let rates = sizes.map(|(rows, inner, columns)| {
        let (left, right) = (vec![0.5_f32; rows * inner], vec![0.25_f32; inner * columns]);
        let mut out = vec![0.0; rows * columns];
        let mut once = || {
            let (left, right) = (View::new(&left, rows, inner), View::new(&right, inner, columns));
            multiply(1.0, left, right, ViewMut::new(&mut out, rows, columns));
        };
        // Long enough for a clock that ticks every few milliseconds.
        let times = (1 << 31) / (2 * rows * inner * columns);
        let cost = cpu(|| (0..times).for_each(|_| once()));
        2.0 * (times * rows * inner * columns) as f64 / cost.as_secs_f64() / 1e9
    });
    rates.into_iter().fold(0.0, f64::max)
}

/// The CPU time of some work of this thread.
fn cpu(work: impl FnOnce()) -> Duration {
    let (start, before) = (Instant::now(), spent());
    work();
    match (before, spent()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => start.elapsed(),
    }
}

/// Nanoseconds on a core so far, from Linux's /proc; none elsewhere.
fn spent() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}
