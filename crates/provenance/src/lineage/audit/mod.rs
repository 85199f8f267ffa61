//! An audit: one candidate against a library, each test in its turn, and Holm's correction over all of them.

mod blocks;
mod copies;
mod matches;
mod merges;
mod outcome;
mod states;
mod tokens;

use std::fmt;

use thiserror::Error;

use self::outcome::{Found, Outcome};
use super::report::{Comparison, Model, Report, Sensitivity};
use super::state::RawWeights;
use super::statistics::{holm, log_p};
use super::units::layers;
use super::{checks::aligned, report::Finding};
use crate::anatomy::Component;
use crate::fingerprint::{Fingerprint, UnitsFault};

/// What an audit is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AuditOptions {
    /// The chance that is accepted that one independent model is called dependent, over the whole family of tests.
    pub level: f64,
    /// Seeds permutations and controls.
    pub seed: u64,
    /// Threads; all of the machine's where none are given. The report does not depend on it.
    pub threads: Option<usize>,
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self { level: 1e-6, seed: 1, threads: None }
    }
}

/// A model in an audit: its fingerprint, and its weights where they are at hand.
#[derive(Clone, Copy)]
pub struct Audited<'a> {
    /// What one pass over the weights left.
    pub fingerprint: &'a Fingerprint,
    /// The weights themselves. Without them there are no tests of rotated or permuted states.
    pub weights: Option<&'a dyn RawWeights>,
}

impl<'a> From<&'a Fingerprint> for Audited<'a> {
    fn from(fingerprint: &'a Fingerprint) -> Self {
        Self { fingerprint, weights: None }
    }
}

impl fmt::Debug for Audited<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audited").field("name", &self.fingerprint.facts().name).finish_non_exhaustive()
    }
}

/// Why there is no report.
#[derive(Debug, Error)]
pub enum AuditFault {
    /// The level is no chance.
    #[error("the level {0} is not between 0 and 1; 1e-6 is usual")]
    Level(f64),
    /// Nothing to compare with.
    #[error("the library has no models; add fingerprints of those the candidate may depend on")]
    EmptyLibrary,
    /// A fingerprint cannot be read.
    #[error(transparent)]
    Units(#[from] UnitsFault),
    /// Threads could not be started.
    #[error("cannot start {threads} threads: {fault}; ask for fewer")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system said.
        fault: rayon::ThreadPoolBuildError,
    },
}

/// Holds a candidate against every model of a library, by fingerprints alone: [`audit_with_weights`] without weights.
///
/// # Errors
///
/// Those of [`audit_with_weights`].
pub fn audit(candidate: &Fingerprint, library: &[Fingerprint], options: &AuditOptions) -> Result<Report, AuditFault> {
    let library: Vec<Audited<'_>> = library.iter().map(Audited::from).collect();
    audit_with_weights(candidate.into(), &library, options)
}

/// Holds a candidate against every model of a library. A test that needs weights is left out where they are not at hand,
/// and the report says so.
///
/// Units are read part by part; what is kept of a model is what the screen of its blocks needs. The same fingerprints,
/// level and seed give the same report on any number of threads.
///
/// # Errors
///
/// When the level is not between 0 and 1, the library is empty, or a fingerprint cannot be read.
pub fn audit_with_weights(
    candidate: Audited<'_>,
    library: &[Audited<'_>],
    options: &AuditOptions,
) -> Result<Report, AuditFault> {
    if !(options.level > 0.0 && options.level < 1.0) {
        return Err(AuditFault::Level(options.level));
    }
    if library.is_empty() {
        return Err(AuditFault::EmptyLibrary);
    }
    let threads = options.threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|fault| AuditFault::Threads { threads, fault })?;
    let mut library: Vec<Audited<'_>> = library.to_vec();
    library.sort_by(|one, two| one.fingerprint.facts().name.cmp(&two.fingerprint.facts().name));
    let fingerprints: Vec<&Fingerprint> = library.iter().map(|model| model.fingerprint).collect();
    let outcomes = pool.install(|| -> Result<Vec<Outcome>, AuditFault> {
        let outcomes = library.iter().map(|model| compare(candidate, *model, options));
        let mut outcomes = outcomes.collect::<Result<Vec<Outcome>, AuditFault>>()?;
        let ln_level = (options.level / hypotheses(&outcomes) as f64).ln();
        merges::merges(candidate.fingerprint, &fingerprints, &mut outcomes, ln_level)?;
        Ok(outcomes)
    })?;
    Ok(report(candidate.fingerprint, &fingerprints, outcomes, options))
}

/// All tests of one pair of models.
fn compare(one: Audited<'_>, two: Audited<'_>, options: &AuditOptions) -> Result<Outcome, AuditFault> {
    let (candidate, library) = (one.fingerprint, two.fingerprint);
    let mut outcome = Outcome::new(&library.facts().name);
    tokens::tokenizers(candidate, library, &mut outcome);
    copies::tensors(candidate, library, &mut outcome);
    let (own, theirs) = (layers(candidate.parts()), layers(library.parts()));
    states::states((one, &own), (two, &theirs), &mut outcome);
    if candidate.facts().seed == library.facts().seed {
        let (one, two) = ((candidate, &own), (library, &theirs));
        let tables = blocks::aligned(one, two, options, &mut outcome)?;
        matches::matches(one, two, &tables, options, &mut outcome)?;
        tokens::rows(candidate, library, options, &mut outcome)?;
    } else {
        outcome.omit("units: the fingerprints have different seeds; make one of them anew with the other's seed");
    }
    copies::units(candidate, library, &mut outcome)?;
    Ok(outcome)
}

/// The size of the family.
fn hypotheses(outcomes: &[Outcome]) -> u64 {
    outcomes.iter().map(|outcome| outcome.hypotheses).sum::<u64>().max(1)
}

/// Puts the outcomes together: hypotheses are counted over all of them.
fn report(candidate: &Fingerprint, library: &[&Fingerprint], outcomes: Vec<Outcome>, options: &AuditOptions) -> Report {
    let hypotheses = hypotheses(&outcomes);
    let listed: Vec<f64> =
        outcomes.iter().flat_map(|outcome| &outcome.findings).filter_map(|found| found.ln_p).collect();
    let mut adjusted = holm::adjust(&listed, hypotheses).into_iter();
    let sensitivity = sensitivity(&outcomes, (options.level / hypotheses as f64).ln());
    let omitted = outcomes.iter().flat_map(|outcome| outcome.omitted.clone()).collect();
    let comparisons = outcomes
        .into_iter()
        .map(|outcome| {
            let mut findings: Vec<Finding> =
                outcome.findings.into_iter().map(|found| finish(found, &mut adjusted, options.level)).collect();
            findings.sort_by_key(|finding| (finding.component, finding.tier, finding.test));
            Comparison { model: outcome.model, tokenizer: outcome.tokenizer, findings, grids: outcome.grids }
        })
        .collect();
    Report {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        candidate: model(candidate),
        library: library.iter().map(|library| model(library)).collect(),
        level: options.level,
        hypotheses,
        seed: options.seed,
        comparisons,
        sensitivity,
        declared: candidate.facts().declared.clone(),
        omitted,
    }
}

fn finish(found: Found, adjusted: &mut impl Iterator<Item = f64>, level: f64) -> Finding {
    let mut finding = found.finding;
    finding.log10_p = found.ln_p.map(log_p::to_log10);
    let after = found.ln_p.and_then(|_| adjusted.next());
    finding.log10_adjusted = after.map(log_p::to_log10);
    finding.dependent = after.is_some_and(|ln_p| ln_p <= level.ln());
    finding
}

fn model(fingerprint: &Fingerprint) -> Model {
    let facts = fingerprint.facts();
    Model {
        name: facts.name.clone(),
        digest: facts.digest.clone(),
        parameters: facts.parameters,
        family: facts.family.clone(),
    }
}

/// The smallest retained cosine that is found with power 0.95, in the pair of models where that takes most.
fn sensitivity(outcomes: &[Outcome], ln_level: f64) -> Vec<Sensitivity> {
    let mut worst: std::collections::BTreeMap<Component, f64> = std::collections::BTreeMap::new();
    for (component, power) in outcomes.iter().flat_map(|outcome| &outcome.power) {
        let cosine = least_cosine(power, ln_level);
        let slot = worst.entry(*component).or_insert(0.0);
        *slot = cosine.max(*slot);
    }
    worst.into_iter().map(|(component, cosine)| Sensitivity { component, cosine }).collect()
}

/// Where the power crosses the level, between two steps of the table; 1 where it never does.
fn least_cosine(power: &[f64], ln_level: f64) -> f64 {
    let found = power.iter().take_while(|ln_p| **ln_p <= ln_level).count();
    let Some(last) = found.checked_sub(1) else { return 1.0 };
    let (Some(inside), Some(outside)) = (power.get(last), power.get(found)) else { return aligned::retained(last) };
    let part = (ln_level - inside) / (outside - inside);
    aligned::retained(last) * (-0.25 * part.clamp(0.0, 1.0)).exp2()
}
