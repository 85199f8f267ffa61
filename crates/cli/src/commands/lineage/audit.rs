//! One candidate against a library.

use std::path::Path;

use anyhow::{Context as _, Result};
use provenance::anatomy::Families;
use provenance::fingerprint::{Fingerprint, Library};
use provenance::lineage::explain::Summary;
use provenance::lineage::{AuditOptions, Audited, FromCheckpoint, RawWeights, Report, audit_with_weights, html};
use provenance::weights::Checkpoint;

use super::{table, weights};
use crate::args::lineage::AuditArgs;
use crate::{Verdict, say};

/// Holds the candidate against every model of the library.
pub(crate) fn audit(args: &AuditArgs) -> Result<Verdict> {
    let (Some(candidate), Some(folder)) = (&args.candidate, &args.library) else {
        anyhow::bail!("name the model, and the folder of models to hold it against (--library DIR)");
    };
    let options = weights::options(&args.pass)?;
    let candidate = weights::held(candidate, &options)?;
    let library = Library::open(folder, &options, &mut |path| {
        let told = Checkpoint::open(path).map(|checkpoint| weights::amount(&checkpoint)).unwrap_or_default();
        say::note(&format!("reading {} ({told}); a fingerprint in its place would be read at once", path.display()));
    })?;
    let all: Vec<&Fingerprint> = library.models().iter().map(|known| &known.fingerprint).collect();
    let told = AuditOptions { level: args.level, seed: args.seed, threads: args.pass.threads.map(Into::into) };
    let report = compared(&candidate.fingerprint, &all, (&told, args.raw), &options.families)?;
    let language = args.lang.map_or(provenance::Language::En, Into::into);
    if let Some(file) = &args.html {
        write(file, &html::render(&report, language))?;
    }
    let summary = Summary::of(&report);
    if args.json {
        say::json(&report)?;
    } else {
        say::line(&table::told(&report, &summary, language))?;
        if let Some(file) = &args.html {
            say::line(&format!("\npage: {}", file.display()))?;
        }
    }
    Ok(if summary.shared.is_empty() { Verdict::Sound } else { Verdict::Unsound })
}

pub(super) fn write(file: &Path, text: &str) -> Result<()> {
    std::fs::write(file, text).with_context(|| format!("`{}` cannot be written", file.display()))
}

fn compared(
    candidate: &Fingerprint,
    library: &[&Fingerprint],
    (options, is_raw): (&AuditOptions, bool),
    families: &Families,
) -> Result<Report> {
    let open = |fingerprint: &Fingerprint| is_raw.then(|| raw(fingerprint)).flatten();
    let own = open(candidate);
    let others: Vec<Option<Checkpoint>> = library.iter().map(|fingerprint| open(fingerprint)).collect();
    if is_raw {
        let (at_hand, there) = (if own.is_some() { "at hand" } else { "not at hand" }, others.iter().flatten().count());
        say::note(&format!("weights: the candidate's are {at_hand}, those of {there} of {} models are", others.len()));
    }
    let of = |checkpoint| FromCheckpoint { checkpoint, families };
    let own = own.as_ref().map(of);
    let weights: Vec<Option<FromCheckpoint<'_>>> = others.iter().map(|other| other.as_ref().map(of)).collect();
    let models: Vec<Audited<'_>> = library
        .iter()
        .zip(&weights)
        .map(|(fingerprint, weights)| Audited {
            fingerprint,
            weights: weights.as_ref().map(|own| own as &dyn RawWeights),
        })
        .collect();
    let candidate = Audited { fingerprint: candidate, weights: own.as_ref().map(|own| own as &dyn RawWeights) };
    Ok(audit_with_weights(candidate, &models, options)?)
}

/// The weights of a fingerprint, where they still are.
fn raw(fingerprint: &Fingerprint) -> Option<Checkpoint> {
    let path = fingerprint.facts().weights.as_ref()?;
    match Checkpoint::open(path) {
        Ok(checkpoint) => Some(checkpoint),
        Err(fault) => {
            say::note(&format!("the weights of {} cannot be read again: {fault}", fingerprint.facts().name));
            None
        }
    }
}
