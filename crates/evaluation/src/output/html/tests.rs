//! The page with everything on it.

use super::{Figure, Histogram, Page, Problem, TaskRow, Words, render};
use crate::Class;

fn page() -> Page {
    let mut lengths = Histogram::doubling();
    [3, 5, 9, 17, 33, 64, 100_000].into_iter().for_each(|tokens| lengths.add(tokens));
    let figure = |metric: &str, value, as_lm_eval| Figure {
        metric: metric.into(),
        filter: "none".into(),
        value,
        interval: Some((value - 0.04, value + 0.04)),
        as_lm_eval,
        is_share: true,
    };
    let classes = |scored, truncated| {
        Class::ALL.map(|class| match class {
            Class::Scored => (class, scored),
            Class::Truncated => (class, truncated),
            _ => (class, 0),
        })
    };
    let row = |name: &str, figures, scored, truncated| TaskRow {
        name: name.into(),
        depth: 0,
        shots: Some(5),
        figures,
        classes: classes(scored, truncated).to_vec(),
    };
    Page {
        model: "candidate <1>".into(),
        facts: vec![("Endpoint".into(), "http://127.0.0.1:8000/v1".into())],
        tasks: vec![
            row("읽기와 이해", vec![figure("exact_match", 0.62, Some(0.6))], 97, 3),
            row("arithmetic", vec![figure("exact_match", 0.41, None)], 100, 0),
        ],
        lengths,
        cost: vec![("Tokens written".into(), "12,345".into())],
        problems: vec![Problem {
            task: "읽기와 이해".into(),
            doc_id: 7,
            class: Class::Truncated,
            reason: "cut off".into(),
        }],
    }
}

#[test]
fn a_page_says_everything_and_asks_nobody() {
    for (words, said) in [(Words::En, "What became of the items"), (Words::Ko, "문항의 결과 분류")] {
        let html = render(&page(), words).expect("the template is sound");
        assert!(html.contains(said) && html.contains("candidate &lt;1&gt;") && html.contains("0.6200"), "{html}");
        for forbidden in ["http://www.w3.org/1999", "<script", "src=", "@import", "url("] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
        if let Some(place) = std::env::var_os("DAEPYO_KEEP_PAGES") {
            std::fs::write(std::path::Path::new(&place).join(format!("report-{words:?}.html")), html).expect("kept");
        }
    }
}

#[test]
fn lengths_fall_into_doubling_bars() {
    let mut lengths = Histogram::doubling();
    [1, 2, 3, 4, 5, u64::MAX].into_iter().for_each(|tokens| lengths.add(tokens));
    assert_eq!(lengths.counts[..4], [1, 1, 2, 1]);
    assert_eq!(lengths.counts.last(), Some(&1), "what is longer than the last bar is in it");
}
