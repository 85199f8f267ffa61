//! How much of a component the models it depends on explain together.

use std::collections::BTreeMap;

use super::outcome::{Found, Outcome};
use crate::anatomy::Component;
use crate::fingerprint::{Fingerprint, Units, UnitsFault};
use crate::lineage::checks::identical;
use crate::lineage::checks::regression::Regression;
use crate::lineage::report::{Test, Tier};

/// Models that enter a regression: those with the smallest p-values.
const MODELS: usize = 8;

/// Adds what a regression on the models found dependent says of each component.
pub(super) fn merges(
    candidate: &Fingerprint,
    library: &[&Fingerprint],
    outcomes: &mut [Outcome],
    ln_level: f64,
) -> Result<(), UnitsFault> {
    let mut bases: BTreeMap<Component, Vec<(f64, usize, Component)>> = BTreeMap::new();
    for (model, outcome) in outcomes.iter().enumerate() {
        let aligned = [Test::AlignedUnits, Test::SharedTokens];
        for found in outcome.findings.iter().filter(|found| aligned.contains(&found.finding.test)) {
            if let Some(ln_p) = found.ln_p.filter(|ln_p| *ln_p <= ln_level) {
                bases.entry(found.finding.component).or_default().push((ln_p, model, found.finding.against));
            }
        }
    }
    for (component, mut models) in bases {
        models.sort_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)));
        models.dedup_by_key(|model| model.1);
        models.truncate(MODELS);
        let Some(regression) = regress(candidate, component, library, &models)? else { continue };
        let (weights, r2) = regression.solve();
        for ((_, model, against), weight) in models.iter().zip(weights) {
            let Some(outcome) = outcomes.get_mut(*model) else { continue };
            outcome.findings.push(
                Found::new(Test::Merge, Tier::Corroborating, (component, *against), None)
                    .effect("R² of all models together, on units not fitted", r2)
                    .effect("weight", weight)
                    .compared(regression.units),
            );
        }
    }
    Ok(())
}

/// Fits the parts that the candidate has in common with all of the models.
fn regress(
    candidate: &Fingerprint,
    component: Component,
    library: &[&Fingerprint],
    models: &[(f64, usize, Component)],
) -> Result<Option<Regression>, UnitsFault> {
    let pairs: Vec<(&Fingerprint, BTreeMap<usize, usize>)> = models
        .iter()
        .filter_map(|(_, model, against)| library.get(*model).map(|library| (*library, *against)))
        .map(|(library, against)| {
            (library, identical::pairs((candidate, component), (library, against)).into_iter().collect())
        })
        .collect();
    let Some((_, first)) = pairs.first() else { return Ok(None) };
    let mut regression = Regression::new(pairs.len());
    for place in first.keys().filter(|place| pairs.iter().all(|(_, pairs)| pairs.contains_key(place))) {
        let of = |(library, pairs): &(&Fingerprint, BTreeMap<usize, usize>)| {
            pairs.get(place).map(|other| library.units(*other))
        };
        let models = pairs.iter().filter_map(of).collect::<Result<Vec<Units>, UnitsFault>>()?;
        regression.add(&candidate.units(*place)?, &models);
    }
    Ok(Some(regression).filter(|regression| regression.units > 0))
}
