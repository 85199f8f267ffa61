//! What the tests say of a run that was.

use evaluation::measure::RunInfo;
use serde_json::json;

/// A run against the server of the tests that cost nothing.
pub(crate) fn info() -> RunInfo {
    RunInfo {
        model: "mock".into(),
        endpoints: vec!["http://localhost/v1".into()],
        source: "local-chat-completions",
        options: json!({}),
        started: "2026-11-24T09:00:00Z".into(),
        finished: "2026-11-24T09:01:00Z".into(),
        date_id: "2026-11-24T09-00-00.000000".into(),
        epoch: 1_795_510_800,
        seconds: 60.0,
        prices: None,
        judge_prices: None,
    }
}
