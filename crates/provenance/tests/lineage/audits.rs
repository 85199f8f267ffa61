//! Audits of models whose origin is known.

use provenance::fingerprint::Fingerprint;
use provenance::lineage::{AuditFault, AuditOptions, Finding, Report, Test, Tier, audit};

use super::synthetic::{Model, SMALL, Shape, block};

fn held_against(candidate: &Model, library: &[&Model]) -> Report {
    let library: Vec<Fingerprint> = library.iter().map(|model| model.fingerprint()).collect();
    audit(&candidate.fingerprint(), &library, &AuditOptions::default()).expect("audited")
}

fn findings(report: &Report, model: &str, test: Test) -> Vec<Finding> {
    let comparison = report.comparisons.iter().find(|comparison| comparison.model == model).expect("compared");
    comparison.findings.iter().filter(|finding| finding.test == test).cloned().collect()
}

#[test]
fn a_child_is_found_in_every_block_and_strangers_in_none() {
    let base = Model::new("base", SMALL, 1);
    let stranger = Model::new("stranger", SMALL, 2);
    let child = base.clone().trained_on(0.5, 3).named("child");
    let report = held_against(&child, &[&stranger, &base]);
    assert_eq!(report.library.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(), ["base", "stranger"]);
    let found = findings(&report, "base", Test::AlignedUnits);
    assert_eq!(found.len(), 4);
    for finding in &found {
        assert!(finding.dependent && finding.tier == Tier::Exact, "{finding:#?}");
        assert_eq!(finding.component, finding.against);
        assert!((finding.effects[0].value - 0.45).abs() < 0.15, "{:?}", finding.effects);
        assert!(finding.log10_adjusted > finding.log10_p);
        assert!(finding.controls.iter().all(|control| control.passed), "{:#?}", finding.controls);
    }
    let none = findings(&report, "stranger", Test::AlignedUnits);
    assert!(none.len() == 4 && none.iter().all(|finding| !finding.dependent), "{none:#?}");
    assert!(report.sensitivity.iter().all(|component| component.cosine < 0.3), "{:?}", report.sensitivity);
    assert!(report.comparisons.iter().all(|comparison| comparison.grids.len() == 1));
}

#[test]
fn a_copy_has_the_same_tensors_but_gains_say_nothing() {
    let base = Model::new("base", SMALL, 1);
    let report = held_against(&base.clone().named("copy"), &[&base]);
    let same = findings(&report, "base", Test::IdenticalTensors);
    assert_eq!(same.len(), 5);
    assert!(same.iter().all(|finding| finding.dependent && finding.effects[0].value == 1.0));
    // Another model with the very same gains has nothing in common with it.
    let mut other = Model::new("other", SMALL, 9);
    for ((part, floats), (_, own)) in other.parts.iter_mut().zip(&base.parts) {
        if part.units == 1 {
            floats.clone_from(own);
        }
    }
    let report = held_against(&other, &[&base]);
    assert!(report.comparisons[0].findings.iter().all(|finding| !finding.dependent));
    assert!(findings(&report, "base", Test::IdenticalTensors).is_empty());
}

#[test]
fn a_grown_depth_shows_as_stripes() {
    let base = Model::new("base", SMALL, 1);
    let grown = base.clone().with_blocks(&[0, 1, 2, 1, 2, 3]).trained_on(0.7, 5).named("grown");
    let report = held_against(&grown, &[&base]);
    let found = findings(&report, "base", Test::AlignedUnits);
    let against: Vec<_> = found.iter().map(|finding| finding.against).collect();
    assert_eq!(against, [0, 1, 2, 1, 2, 3].map(block));
    assert!(found.iter().all(|finding| finding.dependent));
    assert!(found.iter().flat_map(|finding| &finding.controls).all(|control| control.passed));
    let grid = &report.comparisons[0].grids[0];
    assert_eq!((grid.rows, grid.columns), (6, 4));
    assert!(grid.effect[3 * 4 + 1] > 0.5 && grid.effect[3 * 4 + 3].abs() < 0.1);
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let base = Model::new("base", SMALL, 1).fingerprint();
    let child = Model::new("base", SMALL, 1).trained_on(0.2, 3).named("child").fingerprint();
    let run = |threads| {
        let options = AuditOptions { threads: Some(threads), ..AuditOptions::default() };
        let report = audit(&child, std::slice::from_ref(&base), &options).expect("audited");
        serde_json::to_string(&report).expect("written")
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let base = Model::new("base", SMALL, 1).fingerprint();
    let options = AuditOptions { level: 0.0, ..AuditOptions::default() };
    assert!(matches!(audit(&base, std::slice::from_ref(&base), &options), Err(AuditFault::Level(_))));
    assert!(matches!(audit(&base, &[], &AuditOptions::default()), Err(AuditFault::EmptyLibrary)));
}

/// The findings of a test, all dependent and each against the block at its own place.
fn found_everywhere(report: &Report, test: Test, blocks: usize) {
    let found = findings(report, "base", test);
    assert_eq!(found.len(), blocks, "{found:#?}");
    for finding in &found {
        assert!(finding.dependent, "{finding:#?}");
        assert_eq!(finding.component, finding.against);
        assert!(finding.controls.iter().all(|control| control.passed), "{finding:#?}");
    }
}

#[test]
fn permuted_units_are_found_by_matching_and_not_in_place() {
    let base = Model::new("base", SMALL, 1);
    let hidden = base.clone().hidden_permuted(4).heads_moved(1).trained_on(0.7, 3).named("hidden");
    let report = held_against(&hidden, &[&base, &Model::new("stranger", SMALL, 2)]);
    found_everywhere(&report, Test::MatchedUnits, 4);
    found_everywhere(&report, Test::MatchedHeads, 4);
    assert!(findings(&report, "base", Test::AlignedUnits).iter().all(|finding| !finding.dependent));
    let share = findings(&report, "base", Test::MatchedUnits)[0].effects[0].value;
    assert!(share > 0.8, "{share}");
    let strangers = &report.comparisons[1].findings;
    assert!(strangers.len() >= 12 && strangers.iter().all(|finding| !finding.dependent), "{strangers:#?}");
}

#[test]
fn units_that_were_cut_away_leave_the_rest_in_order() {
    let base = Model::new("base", SMALL, 1);
    let cut = base.clone().hidden_cut(200, 8).trained_on(0.8, 3).named("cut");
    let report = held_against(&cut, &[&base]);
    found_everywhere(&report, Test::MatchedUnits, 4);
    let aligned = findings(&report, "base", Test::AlignedUnits);
    assert!(aligned.len() >= 4 && aligned.iter().all(|finding| finding.dependent), "{aligned:#?}");
}

#[test]
fn experts_are_found_wherever_they_went() {
    let shape = Shape { experts: 4, hidden: 96, ..SMALL };
    let base = Model::new("base", shape, 1);
    let moved = base.clone().experts_permuted(1, 4).trained_on(0.6, 3).named("moved");
    let report = held_against(&moved, &[&base, &Model::new("stranger", shape, 2)]);
    found_everywhere(&report, Test::MatchedExperts, 4);
    let effects = &findings(&report, "base", Test::MatchedExperts)[0].effects;
    assert_eq!((effects[0].value, effects[1].value), (1.0, 0.0), "{effects:?}");
    assert!(report.comparisons[1].findings.iter().all(|finding| !finding.dependent));
    // A dense network that was copied into every expert.
    let dense = Model::new("base", SMALL, 1);
    let upcycled = dense.clone().upcycled(3).trained_on(0.6, 3).named("upcycled");
    let report = held_against(&upcycled, &[&dense]);
    found_everywhere(&report, Test::MatchedExperts, 4);
}

#[test]
fn embeddings_are_compared_by_token() {
    let base = Model::new("base", SMALL, 1);
    let moved = base.clone().tokens_permuted(5).trained_on(0.5, 3).named("moved");
    let report = held_against(&moved, &[&base, &Model::new("stranger", SMALL, 2)]);
    let found = findings(&report, "base", Test::SharedTokens);
    assert!(found.len() == 1 && found[0].dependent && found[0].tier == Tier::Calibrated, "{found:#?}");
    assert!((found[0].effects[0].value - 0.5).abs() < 0.1, "{:?}", found[0].effects);
    assert!(findings(&report, "stranger", Test::SharedTokens).iter().all(|finding| !finding.dependent));
}

#[test]
fn a_merge_shows_its_parents_and_their_weights() {
    let (base, second) = (Model::new("base", SMALL, 1), Model::new("second", SMALL, 2));
    let stranger = Model::new("stranger", SMALL, 7);
    let merge = base.clone().merged_with(0.7, &second, 0.3).named("merge");
    let report = held_against(&merge, &[&base, &second, &stranger]);
    for (model, weight) in [("base", 0.7), ("second", 0.3)] {
        let found = findings(&report, model, Test::Merge);
        assert_eq!(found.len(), 5, "{found:#?}");
        for finding in &found {
            assert!(finding.effects[0].value > 0.98, "{:?}", finding.effects);
            assert!((finding.effects[1].value - weight).abs() < 0.05, "{:?}", finding.effects);
            assert!(!finding.dependent && finding.log10_p.is_none());
        }
    }
    assert!(findings(&report, "stranger", Test::Merge).is_empty());
}

#[test]
fn what_cannot_be_compared_is_said() {
    let base = Model::new("base", SMALL, 1);
    let wide = Model::new("wide", Shape { width: 192, ..SMALL }, 2);
    let report = held_against(&base, &[&wide]);
    assert!(report.omitted.iter().any(|what| what.contains("widths 128 and 192")), "{:?}", report.omitted);
    let mut other = Model::new("seed", SMALL, 3);
    other.facts.seed = 5;
    let report = held_against(&base, &[&other]);
    assert!(report.omitted.iter().any(|what| what.contains("different seeds")), "{:?}", report.omitted);
}
