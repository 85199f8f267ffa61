//! Findings of rows that mean the same in both models: tokens, positions, inputs of a projection.

use std::collections::BTreeMap;

use super::AuditOptions;
use super::outcome::{self, Found, Outcome};
use crate::anatomy::{Component, Role};
use crate::fingerprint::{Fingerprint, UnitsFault};
use crate::lineage::checks::aligned::CHILD;
use crate::lineage::checks::channels;
use crate::lineage::checks::tokenizer;
use crate::lineage::report::{Test, Tier};

/// Fewer rows say nothing.
const LEAST_ROWS: usize = 32;

/// What the tokenizers have in common.
pub(super) fn tokenizers(candidate: &Fingerprint, library: &Fingerprint, outcome: &mut Outcome) {
    match (candidate.tokenizer(), library.tokenizer()) {
        (Some(own), Some(theirs)) => outcome.tokenizer = Some(tokenizer::compare(own, theirs)),
        (None, _) => outcome.omit("tokenizer: the candidate came without one"),
        (_, None) => outcome.omit("tokenizer: the library's model came without one"),
    }
}

/// Embeddings, heads and what else has rows of a known meaning.
pub(super) fn rows(
    candidate: &Fingerprint,
    library: &Fingerprint,
    options: &AuditOptions,
    outcome: &mut Outcome,
) -> Result<(), UnitsFault> {
    let (own, theirs) = (single(candidate), single(library));
    for ((component, role), place) in &own {
        let Some(other) = theirs.get(&(*component, *role)) else { continue };
        let (Some(one), Some(two)) = (candidate.parts().get(*place), library.parts().get(*other)) else { continue };
        if one.width != two.width {
            outcome.omit(&format!(
                "{component}: widths {} and {} differ, which sketches cannot bridge",
                one.width, two.width
            ));
            continue;
        }
        let tokens = matches!(role, Role::TokenEmbedding | Role::Head);
        let print = |model: &'_ Fingerprint| tokens.then(|| model.tokenizer().cloned()).flatten();
        let pairs =
            tokenizer::shared_rows((print(candidate).as_ref(), one.units), (print(library).as_ref(), two.units));
        if pairs.len() < LEAST_ROWS {
            outcome.omit(&format!("{component}: only {} rows are known to mean the same in both", pairs.len()));
            continue;
        }
        outcome.hypotheses += 1;
        let seed =
            format!("{} {} {} {component} {role:?}", options.seed, candidate.facts().digest, library.facts().digest);
        let found = channels::channels(&candidate.units(*place)?, &library.units(*other)?, &pairs, seed.as_bytes());
        let test = if tokens { Test::SharedTokens } else { Test::AlignedUnits };
        let controls = [
            outcome::nothing("candidate with turned channels (normal tail)", &found.turned),
            Some(outcome::something(format!("derived child at cosine {CHILD}"), found.child, options.level)),
        ];
        outcome.findings.push(
            Found::new(test, Tier::Calibrated, (*component, *component), Some(found.ln_p))
                .effect("mean cosine", found.cosine)
                .compared(found.rows)
                .controls(controls.into_iter().flatten().collect()),
        );
        outcome.power.push((*component, found.power()));
    }
    Ok(())
}

/// Parts whose rows mean something before training, where a component has one of the kind.
fn single(model: &Fingerprint) -> BTreeMap<(Component, Role), usize> {
    let mut places: BTreeMap<(Component, Role), Option<usize>> = BTreeMap::new();
    for (place, part) in model.parts().iter().enumerate() {
        let known = [Role::TokenEmbedding, Role::Head, Role::PositionEmbedding, Role::Projection];
        if known.contains(&part.role) && part.expert.is_none() {
            places.entry((part.component, part.role)).and_modify(|twice| *twice = None).or_insert(Some(place));
        }
    }
    places.into_iter().filter_map(|(key, place)| place.map(|place| (key, place))).collect()
}
