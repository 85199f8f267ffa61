//! Models whose state stands in other channels: what a re-parameterisation that changes no output leaves.

use provenance::fingerprint::Fingerprint;
use provenance::lineage::{AuditOptions, Audited, Finding, Report, Test, Tier, audit_with_weights};

use super::synthetic::{Model, SMALL, Shape, exchanged, rotated};

fn held_against(candidate: &Model, library: &[&Model]) -> Report {
    let fingerprints: Vec<Fingerprint> = library.iter().map(|model| model.fingerprint()).collect();
    let library: Vec<Audited<'_>> = fingerprints
        .iter()
        .zip(library)
        .map(|(fingerprint, weights)| Audited { fingerprint, weights: Some(*weights) })
        .collect();
    let fingerprint = candidate.fingerprint();
    let candidate = Audited { fingerprint: &fingerprint, weights: Some(candidate) };
    audit_with_weights(candidate, &library, &AuditOptions::default()).expect("audited")
}

fn findings(report: &Report, model: &str, test: Test) -> Vec<Finding> {
    let comparison = report.comparisons.iter().find(|comparison| comparison.model == model).expect("compared");
    comparison.findings.iter().filter(|finding| finding.test == test).cloned().collect()
}

fn all_found(report: &Report, test: Test) {
    let found = findings(report, "base", test);
    assert_eq!(found.len(), 4, "{found:#?}");
    for finding in &found {
        assert!(finding.dependent && finding.tier == Tier::Calibrated, "{finding:#?}");
        assert_eq!(finding.component, finding.against);
    }
    let strangers = &report.comparisons.last().expect("a stranger").findings;
    assert!(strangers.iter().all(|finding| !finding.dependent), "{strangers:#?}");
}

fn models() -> (Model, Model) {
    (Model::new("base", SMALL, 1), Model::new("stranger", SMALL, 2))
}

#[test]
fn channels_that_were_exchanged_with_signs_are_put_back() {
    let (base, stranger) = models();
    let child = base.clone().state_mapped(&exchanged(128, 5)).hidden_permuted(6).trained_on(0.8, 3).named("child");
    let report = held_against(&child, &[&base, &stranger]);
    all_found(&report, Test::SignedPermutation);
    assert!(findings(&report, "base", Test::AlignedUnits).iter().all(|finding| !finding.dependent));
    assert!(findings(&report, "base", Test::SignedPermutation)[0].effects[2].value > 0.9);
}

#[test]
fn a_rotation_of_the_state_is_solved_for() {
    let (base, stranger) = models();
    let child = base.clone().state_mapped(&rotated(128, 5)).hidden_permuted(6).trained_on(0.9, 3).named("child");
    let report = held_against(&child, &[&base, &stranger]);
    all_found(&report, Test::Rotation);
    // A dense rotation leaves no channel where a signed permutation could find it.
    assert!(findings(&report, "base", Test::SignedPermutation).iter().all(|finding| !finding.dependent));
}

#[test]
fn a_narrower_state_is_found_in_the_wider_one() {
    let (base, stranger) = models();
    let kept: Vec<Vec<f32>> = exchanged(128, 5).into_iter().take(96).collect();
    let child = base.clone().state_mapped(&kept).trained_on(0.8, 3).named("child");
    all_found(&held_against(&child, &[&base, &stranger]), Test::SignedPermutation);
}

#[test]
fn strangers_who_know_the_same_tokens_stay_strangers() {
    let models: Vec<Model> = (20..28).map(|seed| Model::new(&format!("model {seed}"), SMALL, seed)).collect();
    let library: Vec<&Model> = models.iter().skip(1).collect();
    let report = held_against(&models[0], &library);
    for comparison in &report.comparisons {
        assert!(comparison.findings.iter().any(|finding| finding.test == Test::Rotation));
        assert!(comparison.findings.iter().all(|finding| !finding.dependent), "{comparison:#?}");
    }
}

#[test]
fn without_weights_or_tokens_it_says_so() {
    let (base, _) = models();
    let (fingerprint, other) = (base.fingerprint(), base.clone().named("other").fingerprint());
    let report = |weights: bool, other: &Fingerprint| {
        let library = [Audited { fingerprint: other, weights: weights.then_some(&base as _) }];
        audit_with_weights(
            Audited { fingerprint: &fingerprint, weights: Some(&base) },
            &library,
            &AuditOptions::default(),
        )
        .expect("audited")
    };
    assert!(report(false, &other).omitted.iter().any(|what| what.contains("the library's weights are not at hand")));
    let foreign = Shape { vocabulary: 40, ..SMALL };
    let foreign = Model::new("foreign", foreign, 4);
    let fingerprint = foreign.fingerprint();
    let report = report(true, &fingerprint);
    assert!(report.omitted.iter().any(|what| what.contains("only 40 tokens")), "{:?}", report.omitted);
}
