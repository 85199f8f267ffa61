//! The mistakes of January 2026: what they conclude of models that have nothing to do with each other, and that the
//! audit does not.

use provenance::anatomy::Role;
use provenance::lineage::{AuditOptions, audit};

use super::synthetic::{Model, SMALL, Shape};

fn gains(model: &Model) -> Vec<Vec<f64>> {
    let norms = model.parts.iter().filter(|(part, _)| part.role == Role::Norm);
    norms.map(|(_, floats)| floats.iter().map(|float| f64::from(*float)).collect()).collect()
}

fn cosine(one: &[f64], two: &[f64]) -> f64 {
    let dot = |one: &[f64], two: &[f64]| one.iter().zip(two).map(|(one, two)| one * two).sum::<f64>();
    dot(one, two) / (dot(one, one) * dot(two, two)).sqrt()
}

fn centred(values: &[f64]) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| value - mean).collect()
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (values.len() - 1) as f64;
    (mean, variance.sqrt())
}

/// Two models of their own, deep and with a first norm unlike the rest, as every model's is.
fn strangers() -> (Model, Model) {
    let shape = Shape { blocks: 24, hidden: 32, ..SMALL };
    let mut models = [Model::new("one", shape, 1), Model::new("two", shape, 2)];
    for model in &mut models {
        let first = model.parts.iter_mut().find(|(part, _)| part.role == Role::Norm).expect("a norm");
        first.1.iter_mut().enumerate().for_each(|(at, gain)| *gain = if at % 8 == 0 { *gain } else { 0.02 * *gain });
    }
    let [one, two] = models;
    (one, two)
}

#[test]
fn raw_cosines_of_gains_call_strangers_kin() {
    let (one, two) = strangers();
    let (one, two) = (gains(&one), gains(&two));
    let same: Vec<f64> = one.iter().zip(&two).skip(1).map(|(one, two)| cosine(one, two)).collect();
    // The first layer beside the later ones of the same model: the baseline that was used.
    let baseline: Vec<f64> = one.iter().skip(1).map(|later| cosine(&one[0], later)).collect();
    let ((same, _), (base, deviation)) = (mean_and_deviation(&same), mean_and_deviation(&baseline));
    assert!(same > 0.98, "{same}");
    assert!((same - base) / deviation > 30.0, "{same} against {base} ± {deviation}");
    // Less their mean the same gains have nothing in common.
    let pearson: Vec<f64> =
        one.iter().zip(&two).skip(1).map(|(one, two)| cosine(&centred(one), &centred(two))).collect();
    assert!(mean_and_deviation(&pearson).0.abs() < 0.1, "{pearson:?}");
}

#[test]
fn the_audit_does_not() {
    let (one, two) = strangers();
    let (one, two) = (one.fingerprint(), two.fingerprint());
    let report = audit(&one, std::slice::from_ref(&two), &AuditOptions::default()).expect("audited");
    assert!(report.comparisons[0].findings.iter().all(|finding| !finding.dependent));
    assert!(!report.comparisons[0].findings.is_empty());
}

#[test]
fn nor_when_the_gains_are_the_very_same() {
    let (one, mut two) = strangers();
    for ((_, floats), (_, own)) in two.parts.iter_mut().zip(&one.parts).filter(|(own, _)| own.0.role == Role::Norm) {
        floats.clone_from(own);
    }
    let (one, two) = (one.fingerprint(), two.fingerprint());
    let report = audit(&one, std::slice::from_ref(&two), &AuditOptions::default()).expect("audited");
    assert!(report.comparisons[0].findings.iter().all(|finding| !finding.dependent));
}
