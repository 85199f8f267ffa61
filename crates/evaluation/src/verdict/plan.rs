//! How many items a verdict will take, before anything is spent.

use serde::{Deserialize, Serialize};

use super::belonging::Belonging;
use super::figures::{Goal, whole};
use super::matched::{Cells, Line};

/// What is expected of two models, and what is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plan {
    /// The share of items that the candidate is expected to have right.
    pub candidate: f64,
    /// The share that the frontier is expected to have right.
    pub frontier: f64,
    /// How alike they are: the correlation of right and wrong over items, 0 where they have nothing in common.
    pub correlation: f64,
    /// The share of the frontier's score that is to be reached.
    pub margin: f64,
    /// What guessing earns and is taken off, 0 for scores as they are.
    pub chance: f64,
    /// The level of the test.
    pub alpha: f64,
    /// The chance of an answer that is wanted, as 0.8.
    pub power: f64,
    /// How items belong together; the correlation is that of `d`.
    pub clusters: Belonging,
}

/// What a plan comes to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Planned {
    /// The ratio that is expected, on the scale that counts.
    pub ratio: f64,
    /// The share of items on which the models are expected to differ.
    pub differing: f64,
    /// Pairs of items that give the power; none where the expected ratio lies on the line.
    pub pairs: Option<u64>,
}

/// Why a plan comes to nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanFault {
    /// A number lies outside its range.
    #[error("`{field}` is {value}; write a number {range}")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// What it says.
        value: f64,
        /// What it may say.
        range: &'static str,
    },
    /// Two models with these accuracies cannot be so alike, or so unlike.
    #[error(
        "accuracies of {candidate} and {frontier} allow correlations from {least:.3} to {most:.3}; write one of them"
    )]
    Correlation {
        /// The candidate's accuracy.
        candidate: f64,
        /// The frontier's.
        frontier: f64,
        /// The lowest correlation.
        least: f64,
        /// The highest.
        most: f64,
    },
}

impl Plan {
    /// The number of items, by the formula of Nam and Blackwelder (2002, section 4) and, for clusters, the design
    /// effect of [`Belonging`]. The test that is done in the end is a little more careful at small numbers.
    ///
    /// # Errors
    ///
    /// A number out of its range, or a correlation that the accuracies do not allow.
    pub fn items(&self) -> Result<Planned, PlanFault> {
        let cells = self.cells()?;
        let goal =
            Goal { line: Line { margin: self.margin, chance: self.chance }, alpha: self.alpha, power: self.power };
        let effect = self.clusters.effect();
        #[expect(clippy::cast_precision_loss, reason = "a number of items; its last digits do not matter")]
        let pairs = goal.pairs_for(cells).and_then(|pairs| whole(pairs as f64 * effect));
        let ratio = (self.candidate - self.chance) / (self.frontier - self.chance);
        Ok(Planned { ratio, differing: cells[1] + cells[2], pairs })
    }

    /// The power with so many pairs of items.
    ///
    /// # Errors
    ///
    /// As [`Plan::items`].
    pub fn power_with(&self, pairs: u32) -> Result<f64, PlanFault> {
        let cells = self.cells()?;
        let goal =
            Goal { line: Line { margin: self.margin, chance: self.chance }, alpha: self.alpha, power: self.power };
        Ok(goal.power_of(cells, f64::from(pairs) / self.clusters.effect()))
    }

    fn cells(&self) -> Result<Cells, PlanFault> {
        self.ranges()?;
        let (candidate, frontier) = (self.candidate, self.frontier);
        let spread = (candidate * (1.0 - candidate) * frontier * (1.0 - frontier)).sqrt();
        let both = candidate * frontier + self.correlation * spread;
        let (least, most) = ((candidate + frontier - 1.0).max(0.0), candidate.min(frontier));
        if both < least - 1e-12 || both > most + 1e-12 {
            let correlation = |both: f64| (both - candidate * frontier) / spread;
            let (least, most) = (correlation(least), correlation(most));
            return Err(PlanFault::Correlation { candidate, frontier, least, most });
        }
        let cells = [both, candidate - both, frontier - both, 1.0 - candidate - frontier + both];
        Ok(cells.map(|chance| chance.max(0.0)))
    }

    fn ranges(&self) -> Result<(), PlanFault> {
        let within = self.clusters.within;
        let open = |value: f64| value > 0.0 && value < 1.0;
        let checks = [
            ("candidate", self.candidate, open(self.candidate), "above 0 and below 1"),
            ("frontier", self.frontier, open(self.frontier) && self.frontier > self.chance, "above chance and below 1"),
            ("chance", self.chance, (0.0..1.0).contains(&self.chance), "from 0 to below 1"),
            ("margin", self.margin, self.margin > 0.0 && self.margin <= 1.0, "above 0 and at most 1"),
            ("alpha", self.alpha, self.alpha > 0.0 && self.alpha < 0.5, "above 0 and below 0.5"),
            ("power", self.power, open(self.power), "above 0 and below 1"),
            ("cluster-size", self.clusters.size, self.clusters.size >= 1.0, "of at least 1"),
            ("within-cluster", within, (0.0..=1.0).contains(&within), "from 0 to 1"),
        ];
        let wrong = checks.into_iter().find(|(_, _, holds, _)| !holds);
        wrong.map_or(Ok(()), |(field, value, _, range)| Err(PlanFault::OutOfRange { field, value, range }))
    }
}
