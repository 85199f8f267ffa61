//! A small made-up world: one task, models that were right here and wrong there.

use std::collections::BTreeMap;

use evaluation::Class;
use evaluation::verdict::{
    Chance, ClusterBy, Gate, ItemScore, Missing, Of, Protocol, Rule, RuleTask, Scale, Score, Scores, Snapshot,
    SnapshotModel, TaskScores,
};

/// What became of an item.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// It was scored.
    Scored(f64),
    /// It was not.
    Missing(Class),
    /// The model was never asked.
    NotAsked,
}

pub(crate) fn rule() -> Rule {
    Rule {
        source: "a test".into(),
        window_months: 6,
        of: Of::Maximum,
        scale: Scale::Raw,
        gate: Gate::Composite,
        margin: 0.95,
        alpha: 0.05,
        missing: Missing::NotShown,
        looks: 1,
        truncation_tolerance: 0.01,
        extraction_tolerance: 0.01,
        tasks: vec![RuleTask {
            task: "questions".into(),
            metric: "exact_match".into(),
            filter: "none".into(),
            weight: 1.0,
            chance: Chance::Unknown,
            cluster: ClusterBy::Item,
            least_items: 30,
        }],
    }
}

pub(crate) fn items(kinds: &[Kind]) -> TaskScores {
    let item = |(index, kind): (usize, &Kind)| {
        let (score, class) = match kind {
            Kind::Scored(score) => (Some(Score::Number(*score)), Class::Scored),
            Kind::Missing(class) => (None, *class),
            Kind::NotAsked => return None,
        };
        let (key, cluster) = (format!("doc-{index:05}"), Some(format!("passage-{}", index / 20)));
        Some(ItemScore { prompt_hash: format!("prompt of {key}"), key, score, class, repeats: 1, cluster })
    };
    let items = kinds.iter().enumerate().filter_map(item).collect();
    TaskScores { metric: "exact_match".into(), filter: "none".into(), items }
}

fn protocol() -> Protocol {
    Protocol {
        endpoint: "http://127.0.0.1:8000/v1".into(),
        model_id: "model".into(),
        collected_on: "2026-08-01".into(),
        token_budget: "8,192 tokens an answer".into(),
        reasoning_effort: "the default".into(),
    }
}

pub(crate) fn scores(model: &str, kinds: &[Kind]) -> Scores {
    Scores { model: model.into(), protocol: protocol(), tasks: BTreeMap::from([("questions".into(), items(kinds))]) }
}

pub(crate) fn snapshot(models: &[(&str, &[Kind])]) -> Snapshot {
    let model = |(name, kinds): &(&str, &[Kind])| SnapshotModel {
        name: (*name).into(),
        developer: "Somebody".into(),
        released_on: "2026-06-15".parse().unwrap(),
        release_source: "https://example.org/release".into(),
        release_evidence: "a public endpoint".into(),
        protocol: Some(protocol()),
        tasks: BTreeMap::from([("questions".into(), items(kinds))]),
        published: Vec::new(),
    };
    Snapshot {
        name: "August".into(),
        frozen_on: "2026-08-20".parse().unwrap(),
        models: models.iter().map(model).collect(),
    }
}
