//! Wall time and CPU time of a piece of work.

use std::time::{Duration, Instant};

pub(crate) struct Cost {
    pub(crate) items: u64,
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
}

impl Cost {
    pub(crate) fn rate(&self) -> f64 {
        self.items as f64 / self.wall.as_secs_f64()
    }
}

pub(crate) fn timed(items: u64, work: impl FnOnce()) -> Cost {
    let (start, cpu) = (Instant::now(), cpu_now());
    work();
    Cost { items, wall: start.elapsed(), cpu: cpu_now().saturating_sub(cpu) }
}

pub(crate) fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by_key(|cost| cost.wall);
    costs.swap_remove(costs.len() / 2)
}

/// This process's CPU time in ticks of 10 ms, from Linux's /proc; zero elsewhere.
fn cpu_now() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name.split(' ').skip(12).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
