//! What a request costs this side. It measures and asserts nothing of time; run it by hand on a release build:
//! `cargo test --release -p evaluation --test evaluation -- --ignored --nocapture run::speed`.

use std::convert::Infallible;
use std::sync::atomic::AtomicBool;

use tempfile::TempDir;

use super::{chat, item, question};
use evaluation::run::{Budget, Concurrency, Journal, JournalOptions, Prices, Resume, Retry, RunPlan, run};

/// User and system seconds of this process.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> =
        stat.rsplit(')').next().unwrap_or("").split(' ').filter_map(|field| field.parse().ok()).collect();
    (fields.get(10).unwrap_or(&0.0) + fields.get(11).unwrap_or(&0.0)) / 100.0
}

fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("").to_owned()
}

/// Needs the server as a process of its own: `DAEPYO_MOCK=http://…/v1`, as `examples/mock_endpoint.rs` prints it.
#[test]
#[ignore = "a measurement"]
fn client_cpu() {
    let Ok(url) = std::env::var("DAEPYO_MOCK") else { return println!("skipped: DAEPYO_MOCK is not set") };
    let prefix =
        "Question: 서울과 부산 사이의 거리는 얼마인가? Let us think it over in some more words.\nAnswer: 42\n\n"
            .repeat(20);
    for (most, count) in [(64, 20_000), (512, 20_000), (64, 100_000)] {
        let dir = TempDir::new().unwrap();
        let journal = Journal::open(dir.path(), JournalOptions::default()).unwrap();
        let (model, budget, stop) = (chat(&url), Budget::default(), AtomicBool::new(false));
        let plan = RunPlan {
            model: &model,
            concurrency: Concurrency { start: most, most },
            retry: Retry::default(),
            budget: &budget,
            prices: Prices::default(),
            resume: Resume::Missing,
            stop: &stop,
            clock: &|| 0,
        };
        let items = (0..count).map(|id| Ok::<_, Infallible>(item(id, vec![question(&format!("{prefix}{id} + 1"))])));
        let before = cpu();
        let mut whole = 0;
        let summary = run(&plan, items, &journal, &(), |_, _| whole += 1).unwrap();
        let (cpu, seconds) = (cpu() - before, summary.progress.elapsed.as_secs_f64());
        assert_eq!(whole, count);
        println!(
            "{most} connections, {count} requests: {:.3} CPU s per 1,000, {:.0} a second, {}",
            cpu * 1e3 / count as f64,
            count as f64 / seconds,
            peak()
        );
    }
}
