//! Findings of what is the same to the bit.

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::{Found, Outcome};
use crate::anatomy::Component;
use crate::fingerprint::{Fingerprint, Part, UnitsFault};
use crate::lineage::checks::identical;
use crate::lineage::report::{Test, Tier};

/// Whole tensors, wherever the library's model has them.
pub(super) fn tensors(candidate: &Fingerprint, library: &Fingerprint, outcome: &mut Outcome) {
    let digests = identical::digests(library);
    let mut components: BTreeMap<Component, Vec<&Part>> = BTreeMap::new();
    for part in candidate.parts() {
        components.entry(part.component).or_default().push(part);
    }
    for (component, parts) in components {
        let same = identical::same_tensors(&parts, &digests);
        if same.parts == 0 {
            continue;
        }
        outcome.hypotheses += 1;
        let Some(against) = same.against else { continue };
        let (equal, all) = same.weights;
        outcome.findings.push(
            Found::new(Test::IdenticalTensors, Tier::Exact, (component, against), Some(same.ln_p))
                .effect("share of weights identical", equal as f64 / all.max(1) as f64)
                .compared(same.parts),
        );
    }
}

/// Units, in components whose tensors are not the same already, against the same place and those found so far.
pub(super) fn units(candidate: &Fingerprint, library: &Fingerprint, outcome: &mut Outcome) -> Result<(), UnitsFault> {
    let theirs: BTreeSet<Component> = library.parts().iter().map(|part| part.component).collect();
    let own: BTreeSet<Component> = candidate.parts().iter().map(|part| part.component).collect();
    let mut pairs: BTreeSet<(Component, Component)> = own.intersection(&theirs).map(|same| (*same, *same)).collect();
    pairs.extend(outcome.findings.iter().map(|found| (found.finding.component, found.finding.against)));
    for (component, against) in pairs {
        let (same, ln_p) = identical::same_units_of((candidate, component), (library, against))?;
        outcome.hypotheses += u64::from(same.compared > 0);
        if same.anywhere == 0 {
            continue;
        }
        let share = |count: u64| count as f64 / same.compared.max(1) as f64;
        outcome.findings.push(
            Found::new(Test::IdenticalUnits, Tier::Exact, (component, against), Some(ln_p))
                .effect("share of units identical", share(same.anywhere))
                .effect("share of units identical in place", share(same.in_place))
                .compared(same.compared),
        );
    }
    Ok(())
}
