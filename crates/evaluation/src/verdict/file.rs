//! The verdict: computed, written down, and computed again.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::canonical::{self, CanonicalFault};
use super::compare::{Comparison, compare};
use super::decide::decide;
use super::reason::{Reason, Word};
use super::rule::{Of, Rule, RuleFault};
use super::scores::{Scores, ScoresFault};
use super::snapshot::{Published, Snapshot, SnapshotFault, Window};

/// The version of the file.
const FORMAT: &str = "daepyo-verdict/1";

/// Whether a candidate reaches the frontier, with everything that says so.
///
/// It holds no time, no path and nothing of the machine: the same inputs give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Verdict {
    /// The version of the file.
    pub format: String,
    /// What is shown.
    pub word: Word,
    /// Why neither "reached" nor "not reached" is, where no comparison says it.
    pub reasons: Vec<Reason>,
    /// What it was computed from.
    pub inputs: Inputs,
    /// The rule.
    pub rule: Rule,
    /// How many times the question was asked, this time included.
    pub look: u32,
    /// The window, and which models were released in it.
    pub window: Window,
    /// The candidate against each measure.
    pub comparisons: Vec<Comparison>,
    /// Totals that others published of the models in the window: context, part of no figure.
    pub published: Vec<PublishedOf>,
}

/// What a verdict was computed from: names for people, SHA-256 of canonical JSON for machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Inputs {
    /// The candidate.
    pub candidate: String,
    /// The digest of its scores.
    pub candidate_sha256: String,
    /// The snapshot.
    pub snapshot: String,
    /// The day on which it was frozen.
    pub frozen_on: Date,
    /// The digest of the snapshot.
    pub snapshot_sha256: String,
    /// The digest of the rule.
    pub rule_sha256: String,
}

/// A total that somebody published of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PublishedOf {
    /// The model.
    pub model: String,
    /// The total.
    pub total: Published,
}

/// Why no verdict could be computed.
#[derive(Debug, thiserror::Error)]
pub enum VerdictFault {
    /// The rule.
    #[error("the rule: {0}")]
    Rule(#[from] RuleFault),
    /// The candidate's scores.
    #[error("the candidate: {0}")]
    Candidate(#[from] ScoresFault),
    /// The snapshot.
    #[error("the snapshot: {0}")]
    Snapshot(#[from] SnapshotFault),
    /// Something could not be written down.
    #[error(transparent)]
    Canonical(#[from] CanonicalFault),
    /// Looks are counted from 1.
    #[error("look 0 is none; count the looks from 1, this one included")]
    NoLook,
}

/// Why a verdict is not what its inputs give.
#[derive(Debug, thiserror::Error)]
pub enum RecomputeFault {
    /// An input is not the one that the verdict names.
    #[error("the {what} is another: its SHA-256 is {found}, the verdict names {named}; hand in the one that was used")]
    OtherInput {
        /// Which input.
        what: &'static str,
        /// Its digest.
        found: String,
        /// The digest in the verdict.
        named: String,
    },
    /// The inputs are the same, but the figures are not.
    #[error("the inputs are those that the verdict names, but they give another verdict: `{field}` differs")]
    OtherVerdict {
        /// The first part that differs.
        field: String,
    },
    /// Nothing could be computed from them.
    #[error(transparent)]
    Verdict(#[from] VerdictFault),
}

impl Verdict {
    /// Whether `candidate` reaches the frontier of `snapshot` by `rule`; `look` counts how often the question was
    /// asked of this candidate by this rule, this time included.
    ///
    /// # Errors
    ///
    /// A rule, scores or a snapshot that nothing can be computed from. Data that show nothing are no error: they give
    /// [`Word::NotShown`] with the reason.
    pub fn compute(candidate: &Scores, snapshot: &Snapshot, rule: &Rule, look: u32) -> Result<Self, VerdictFault> {
        rule.check()?;
        candidate.check()?;
        snapshot.check()?;
        if look == 0 {
            return Err(VerdictFault::NoLook);
        }
        let window = snapshot.window(rule.window_months)?;
        let mut reasons = Vec::new();
        if look > rule.looks {
            reasons.push(Reason::TooManyLooks { look, planned: rule.looks });
        }
        let measures = measures(snapshot, rule, &window, &mut reasons);
        let mut comparisons: Vec<Comparison> =
            measures.iter().map(|models| compare(rule, candidate, &models.iter().collect::<Vec<_>>())).collect();
        let word = decide(&mut comparisons, rule.level(), &reasons);
        let inputs = Inputs {
            candidate: candidate.model.clone(),
            candidate_sha256: candidate.digest()?,
            snapshot: snapshot.name.clone(),
            frozen_on: snapshot.frozen_on,
            snapshot_sha256: snapshot.digest()?,
            rule_sha256: canonical::digest(rule)?,
        };
        let published = published(snapshot, &window);
        let (format, rule) = (FORMAT.to_owned(), rule.clone());
        Ok(Self { format, word, reasons, inputs, rule, look, window, comparisons, published })
    }

    /// The file: canonical JSON (RFC 8785), every figure in the shortest form that reads back the same.
    ///
    /// # Errors
    ///
    /// None of a verdict that was computed.
    pub fn canonical(&self) -> Result<Vec<u8>, CanonicalFault> {
        canonical::bytes(self)
    }

    /// Computes the verdict once more from the same inputs and holds it against this one, byte by byte.
    ///
    /// # Errors
    ///
    /// Another input, or another verdict from the same inputs.
    pub fn recompute(&self, candidate: &Scores, snapshot: &Snapshot) -> Result<(), RecomputeFault> {
        let again = Self::compute(candidate, snapshot, &self.rule, self.look)?;
        let digests = [
            ("candidate", &again.inputs.candidate_sha256, &self.inputs.candidate_sha256),
            ("snapshot", &again.inputs.snapshot_sha256, &self.inputs.snapshot_sha256),
            ("rule", &again.inputs.rule_sha256, &self.inputs.rule_sha256),
        ];
        if let Some((what, found, named)) = digests.into_iter().find(|(_, found, named)| found != named) {
            return Err(RecomputeFault::OtherInput { what, found: found.clone(), named: named.clone() });
        }
        let bytes = |verdict: &Self| verdict.canonical().map_err(VerdictFault::from);
        if bytes(self)? == bytes(&again)? {
            return Ok(());
        }
        Err(RecomputeFault::OtherVerdict { field: first_difference(self, &again) })
    }
}

/// The first part of the file that differs.
fn first_difference(one: &Verdict, other: &Verdict) -> String {
    let value = |verdict: &Verdict| serde_json::to_value(verdict).unwrap_or_default();
    let (mut one, mut other, mut path) = (value(one), value(other), Vec::new());
    loop {
        let children: Vec<(String, serde_json::Value, serde_json::Value)> = match (&one, &other) {
            (serde_json::Value::Object(left), serde_json::Value::Object(right)) => left
                .iter()
                .map(|(key, value)| (key.clone(), value.clone(), right.get(key).cloned().unwrap_or_default()))
                .collect(),
            (serde_json::Value::Array(left), serde_json::Value::Array(right)) => {
                let pairs = left.iter().zip(right).enumerate();
                pairs.map(|(index, (left, right))| (index.to_string(), left.clone(), right.clone())).collect()
            }
            _ => break,
        };
        let Some((key, left, right)) = children.into_iter().find(|(_, left, right)| left != right) else { break };
        path.push(key);
        (one, other) = (left, right);
    }
    path.join(".")
}

/// What the candidate is held against: one model at a time, or several whose mean counts.
fn measures(snapshot: &Snapshot, rule: &Rule, window: &Window, reasons: &mut Vec<Reason>) -> Vec<Vec<Scores>> {
    if window.inside.is_empty() {
        reasons.push(Reason::EmptyWindow);
    }
    let names: Vec<String> = match &rule.of {
        Of::Model(name) if window.inside.contains(name) => vec![name.clone()],
        Of::Model(name) => {
            reasons.push(Reason::NamedOutside { model: name.clone() });
            Vec::new()
        }
        Of::Maximum | Of::Mean => window.inside.clone(),
    };
    let mut run = Vec::new();
    for name in names {
        match snapshot.model(&name).and_then(|model| model.scores()) {
            Some(scores) => run.push(scores),
            None => reasons.push(Reason::NotRun { model: name }),
        }
    }
    match rule.of {
        // The mean of some of them is not their mean.
        Of::Mean if reasons.iter().any(|reason| matches!(reason, Reason::NotRun { .. })) => Vec::new(),
        Of::Mean if !run.is_empty() => vec![run],
        _ => run.into_iter().map(|scores| vec![scores]).collect(),
    }
}

fn published(snapshot: &Snapshot, window: &Window) -> Vec<PublishedOf> {
    let models = window.inside.iter().filter_map(|name| snapshot.model(name));
    let totals = models.flat_map(|model| {
        let of = |total: &Published| PublishedOf { model: model.name.clone(), total: total.clone() };
        model.published.iter().map(of).collect::<Vec<_>>()
    });
    totals.collect()
}
