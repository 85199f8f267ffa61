//! What the tests of one pair of models found, before the correction over all of them.

use crate::anatomy::Component;
use crate::lineage::report::{Control, Effect, Finding, Grid, Test, Tier, TokenizerFinding};
use crate::lineage::statistics::log_p;

/// Findings and what belongs to them.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Name of the library's model.
    pub(super) model: String,
    pub(super) tokenizer: Option<TokenizerFinding>,
    pub(super) findings: Vec<Found>,
    pub(super) grids: Vec<Grid>,
    /// Hypotheses that were tested, whether or not they are listed.
    pub(super) hypotheses: u64,
    pub(super) omitted: Vec<String>,
    /// For components with exact tests: the p-value of children, by retained cosine.
    pub(super) power: Vec<(Component, Vec<f64>)>,
}

/// A finding whose p-value is still the logarithm of one test.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) finding: Finding,
    pub(super) ln_p: Option<f64>,
}

impl Outcome {
    pub(super) fn new(model: &str) -> Self {
        Self {
            model: model.to_owned(),
            tokenizer: None,
            findings: Vec::new(),
            grids: Vec::new(),
            hypotheses: 0,
            omitted: Vec::new(),
            power: Vec::new(),
        }
    }

    /// Says what could not be done with this model, and why.
    pub(super) fn omit(&mut self, what: &str) {
        self.omitted.push(format!("{}: {what}", self.model));
    }
}

impl Found {
    pub(super) fn new(test: Test, tier: Tier, (component, against): (Component, Component), ln_p: Option<f64>) -> Self {
        let finding = Finding {
            component,
            against,
            test,
            tier,
            log10_p: None,
            log10_adjusted: None,
            dependent: false,
            effects: Vec::new(),
            compared: 0,
            controls: Vec::new(),
        };
        Self { finding, ln_p }
    }

    pub(super) fn compared(mut self, compared: u64) -> Self {
        self.finding.compared = compared;
        self
    }

    pub(super) fn effect(mut self, name: &str, value: f64) -> Self {
        self.finding.effects.push(Effect { name: name.to_owned(), value: value.clamp(-1.0, 1.0) });
        self
    }

    pub(super) fn controls(mut self, controls: Vec<Control>) -> Self {
        self.finding.controls = controls;
        self
    }
}

/// How much smaller than any of its draws a control in which nothing is to be found may be, before it has failed: one
/// audit in ten thousand would.
const ODD: f64 = 1e-4;

/// A control in which nothing is to be found, from standard deviations: none if there are none.
pub(super) fn nothing(name: &str, z: &[f64]) -> Option<Control> {
    let ln_p: Vec<f64> = z.iter().map(|z| log_p::normal_upper(*z)).collect();
    let least = ln_p.iter().copied().reduce(f64::min)?;
    let passed = least >= (ODD / ln_p.len() as f64).ln();
    Some(Control {
        name: name.to_owned(),
        positive: false,
        log10_p: ln_p.into_iter().map(log_p::to_log10).collect(),
        passed,
    })
}

/// A control in which something must be found.
pub(super) fn something(name: String, ln_p: f64, level: f64) -> Control {
    Control { name, positive: true, log10_p: vec![log_p::to_log10(ln_p)], passed: ln_p <= level.ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_fails_when_it_finds_what_is_not_there() {
        assert!(nothing("mismatched layers", &[]).is_none());
        assert!(nothing("mismatched layers", &[0.1, -2.0, 3.0, 1.0]).is_some_and(|control| control.passed));
        assert!(nothing("mismatched layers", &[0.1, -2.0, 6.0, 1.0]).is_some_and(|control| !control.passed));
    }
}
