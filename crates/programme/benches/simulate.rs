//! Simulated stages a second, against the aim of 100,000 on two cores.
#![expect(clippy::print_stdout, reason = "a benchmark reports to the terminal")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should stop")]

use std::time::Instant;

use programme::{SimulateOptions, simulate};
use rulebook::Stage;

/// The aim, in stages a second.
const AIM: f64 = 100_000.0;
const STAGES: u64 = 200_000;
const RUNS: usize = 7;

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for aggregator in ["\"mean\"", "{ trimmed-mean = { drop = 1 } }", "\"median\""] {
        let stage = stage(aggregator);
        let options = SimulateOptions { stages: STAGES, ..SimulateOptions::default() };
        let run = || {
            let (start, cpu) = (Instant::now(), cpu_seconds());
            pool.install(|| simulate(&stage, &options)).unwrap();
            (start.elapsed().as_secs_f64(), cpu_seconds() - cpu)
        };
        let mut runs: Vec<(f64, f64)> = (0..RUNS).map(|_| run()).collect();
        runs.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (wall, cpu) = runs[RUNS / 2];
        let rate = STAGES as f64 / wall;
        println!(
            "15 to 10, 7 (and 8) evaluators, 3 criteria, {aggregator:<33} median of {RUNS}: {rate:>9.0} stages/s = \
             {:.2} of the aim; {wall:.3} s wall, {cpu:.3} s CPU; {:.0} stages/s by the CPU of two cores = {:.2} of the aim",
            rate / AIM,
            2.0 * STAGES as f64 / cpu,
            2.0 * STAGES as f64 / cpu / AIM,
        );
    }
}

/// The CPU seconds of this process, all threads together, where the system tells; a hundredth is its grain.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn stage(aggregator: &str) -> Stage {
    let criterion = |id: &str, points: u32| {
        format!(
            "[[score.parts]]\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\npoints = {points}\n\
             scored = {{ panel = \"experts\" }}\n"
        )
    };
    let text = format!(
        r#"
        id = "written"
        name = {{ en = "Written" }}
        kind = "scored"
        cut = {{ keep = 10 }}
        [[panel]]
        id = "experts"
        name = {{ en = "Experts" }}
        seats = 7
        [score]
        id = "total"
        name = {{ en = "Total" }}
        points = 100
        aggregate = {aggregator}
        {}{}{}
        "#,
        criterion("technology", 40),
        criterion("plan", 30),
        criterion("effect", 30),
    );
    toml::from_str(&text).unwrap()
}
