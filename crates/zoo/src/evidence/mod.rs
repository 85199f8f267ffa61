//! The audit run over models whose lineage is known.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;

use provenance::anatomy::Tower;
use provenance::fingerprint::{Fingerprint, PassOptions};
use provenance::lineage::{
    AuditOptions, Audited, Comparison, Finding, FromCheckpoint, Report, Test, audit_with_weights,
};
use provenance::weights::Checkpoint;

use crate::{Fault, Plain, folder};

mod shares;

pub use self::shares::{Borrowed, Point, curve};

/// All tests, in the order of the tables.
pub const TESTS: [(Test, &str); 10] = [
    (Test::IdenticalTensors, "identical tensors"),
    (Test::IdenticalUnits, "identical units"),
    (Test::AlignedUnits, "aligned units"),
    (Test::MatchedUnits, "matched units"),
    (Test::MatchedHeads, "matched heads"),
    (Test::MatchedExperts, "matched experts"),
    (Test::SharedTokens, "shared tokens"),
    (Test::SignedPermutation, "signed permutation"),
    (Test::Rotation, "rotation"),
    (Test::Merge, "merge"),
];

/// A model as the audit meets it: its fingerprint, and its weights on disk.
#[derive(Debug)]
pub struct Subject {
    fingerprint: Fingerprint,
    checkpoint: Checkpoint,
}

impl Subject {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.fingerprint.facts().name
    }
}

/// Whoever audits: the tables of names and how a pass is made.
#[derive(Debug, Clone)]
pub struct Auditor {
    options: PassOptions,
}

impl Default for Auditor {
    /// On one thread: the tests run side by side.
    fn default() -> Self {
        Self { options: PassOptions { threads: NonZeroUsize::MIN, ..PassOptions::default() } }
    }
}

impl Auditor {
    /// Writes a model as a folder under `home`, and takes its fingerprint. The folder has to stay while it is audited.
    ///
    /// # Errors
    ///
    /// [`Fault::File`], [`Fault::Open`], [`Fault::Pass`].
    pub fn meet(&self, home: &Path, model: &Plain) -> Result<Subject, Fault> {
        let path = home.join(&model.name);
        folder::write(&path, model)?;
        let checkpoint = Checkpoint::open(&path)?;
        let fingerprint = Fingerprint::of(&checkpoint, &self.options)?;
        Ok(Subject { fingerprint, checkpoint })
    }

    /// Holds a candidate against a library, with the weights of all at hand.
    ///
    /// # Errors
    ///
    /// [`Fault::Audit`].
    pub fn hold(&self, candidate: &Subject, library: &[&Subject], level: f64) -> Result<Report, Fault> {
        let families = &self.options.families;
        let weights: Vec<FromCheckpoint<'_>> =
            library.iter().map(|subject| FromCheckpoint { checkpoint: &subject.checkpoint, families }).collect();
        let models = library.iter().zip(&weights);
        let models: Vec<Audited<'_>> = models
            .map(|(subject, weights)| Audited { fingerprint: &subject.fingerprint, weights: Some(weights) })
            .collect();
        let own = FromCheckpoint { checkpoint: &candidate.checkpoint, families };
        let candidate = Audited { fingerprint: &candidate.fingerprint, weights: Some(&own) };
        Ok(audit_with_weights(candidate, &models, &AuditOptions { level, seed: 1, threads: Some(1) })?)
    }
}

/// The strongest finding of each test against one model of the library, over components of some towers.
#[must_use]
pub fn strongest<'a>(
    report: &'a Report,
    against: &str,
    counts: impl Fn(&Finding) -> bool,
) -> BTreeMap<Test, &'a Finding> {
    let mut strongest: BTreeMap<Test, &Finding> = BTreeMap::new();
    for finding in findings(report, against).filter(|finding| counts(finding)) {
        let slot = strongest.entry(finding.test).or_insert(finding);
        let key = |finding: &Finding| (!finding.dependent, finding.log10_p.unwrap_or(0.0));
        if key(finding) < key(slot) {
            *slot = finding;
        }
    }
    strongest
}

/// All findings against one model of the library.
pub fn findings<'a>(report: &'a Report, against: &str) -> impl Iterator<Item = &'a Finding> {
    let named = move |comparison: &&Comparison| comparison.model == against;
    report.comparisons.iter().filter(named).flat_map(|comparison| &comparison.findings)
}

/// Whether any test found a dependence on this model of the library.
#[must_use]
pub fn depends(report: &Report, against: &str) -> bool {
    findings(report, against).any(|finding| finding.dependent)
}

/// Whether a finding is of the language model.
#[must_use]
pub fn of_language(finding: &Finding) -> bool {
    finding.component.tower == Tower::Language
}

/// A table of all tests: a row for each pair that is told, in Markdown.
#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: String,
}

impl Table {
    /// Adds a row: `log10 p` and the telling effect of each test; bold where dependence was found.
    pub fn row(&mut self, name: &str, report: &Report, against: &str) {
        let strongest = strongest(report, against, |_| true);
        let _ = write!(self.rows, "| {name} | {against} |");
        for (test, _) in TESTS {
            let _ = write!(self.rows, " {} |", strongest.get(&test).map_or_else(String::new, |finding| cell(finding)));
        }
        self.rows.push('\n');
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "| candidate | against |")?;
        TESTS.iter().try_for_each(|(_, name)| write!(f, " {name} |"))?;
        writeln!(f)?;
        writeln!(f, "|---|---|{}", "---|".repeat(TESTS.len()))?;
        f.write_str(&self.rows)
    }
}

fn cell(finding: &Finding) -> String {
    let log10_p = finding.log10_p.map_or_else(|| "no p".to_owned(), |log10_p| format!("{log10_p:.1}"));
    let effect = finding.effects.first().map(|effect| format!(" ({:.3})", effect.value)).unwrap_or_default();
    if finding.dependent { format!("**{log10_p}**{effect}") } else { format!("{log10_p}{effect}") }
}

/// Chances at which false positives are counted.
pub const LEVELS: [f64; 3] = [0.05, 0.01, 0.001];

/// How often tests found what is not there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FalsePositives {
    /// Pairs of independent models, each an audit of its own.
    pub pairs: u64,
    /// Pairs in which any test found a dependence at each of [`LEVELS`].
    pub found: [u64; 3],
    /// The same for each test alone, and in the first place the pairs in which it was run.
    pub by_test: BTreeMap<Test, [u64; 4]>,
}

impl FalsePositives {
    /// Counts the report of an independent candidate held against one model.
    pub fn count(&mut self, report: &Report) {
        let findings: Vec<&Finding> = report.comparisons.iter().flat_map(|comparison| &comparison.findings).collect();
        let least = |findings: &mut dyn Iterator<Item = &&Finding>| {
            findings.filter_map(|finding| finding.log10_adjusted).fold(0.0, f64::min)
        };
        let add = |counts: &mut [u64], log10_p: f64| {
            for (count, level) in counts.iter_mut().zip(LEVELS) {
                *count += u64::from(log10_p <= level.log10());
            }
        };
        self.pairs += 1;
        add(&mut self.found, least(&mut findings.iter()));
        for (test, _) in TESTS {
            let of_test = |finding: &&&Finding| finding.test == test && finding.log10_p.is_some();
            if findings.iter().any(|finding| of_test(&finding)) {
                let counts = self.by_test.entry(test).or_default();
                counts[0] += 1;
                add(&mut counts[1..], least(&mut findings.iter().filter(of_test)));
            }
        }
    }

    /// The chance of so many false positives or more at the first of [`LEVELS`], if that is what they come at.
    #[must_use]
    pub fn chance(&self) -> f64 {
        binomial_upper(self.found[0], self.pairs, LEVELS[0])
    }
}

impl std::fmt::Display for FalsePositives {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "| test | pairs | at 0.05 | at 0.01 | at 0.001 |\n|---|---|---|---|---|")?;
        let [one, two, three] = self.found;
        writeln!(f, "| any | {} | {one} | {two} | {three} |", self.pairs)?;
        for (test, name) in TESTS {
            if let Some([pairs, one, two, three]) = self.by_test.get(&test) {
                writeln!(f, "| {name} | {pairs} | {one} | {two} | {three} |")?;
            }
        }
        Ok(())
    }
}

/// The chance of at least `found` successes in `tries` of probability `share` each: `P(X ≥ found)` of the binomial
/// distribution, summed from above.
#[must_use]
pub fn binomial_upper(found: u64, tries: u64, share: f64) -> f64 {
    if found == 0 {
        return 1.0;
    }
    let (mut term, mut upper, mut below) = ((1.0 - share).ln() * tries as f64, 0.0, 0.0);
    for count in 0..=tries {
        if count >= found {
            upper += term.exp()
        } else {
            below += term.exp()
        }
        term += ((tries - count) as f64 / (count + 1) as f64).ln() + (share / (1.0 - share)).ln();
    }
    // Whichever side has the less to round.
    if upper < below { upper } else { (1.0 - below).max(0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binomial_tail_is_that_counted_by_hand() {
        // By hand: 848 / 1024, 1 / 1024, 1 - 0.81.
        assert!((binomial_upper(4, 10, 0.5) - 0.828_125).abs() < 1e-12);
        assert!((binomial_upper(10, 10, 0.5) - 1.0 / 1024.0).abs() < 1e-12);
        assert!((binomial_upper(1, 2, 0.1) - 0.19).abs() < 1e-12);
        assert!((binomial_upper(0, 5, 0.1) - 1.0).abs() < 1e-12);
        let (hundred, more) = (binomial_upper(101, 2000, 0.05), binomial_upper(140, 2000, 0.05));
        assert!(hundred > 0.4 && hundred < 0.55 && more < 1e-3 && more > 1e-6, "{hundred} {more}");
    }
}
