//! The score tree: how sheets and measurements become points.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Exact, Id, Text};

/// A node of the score tree: worth `points`, made from its parts, from a panel's marks or from a measurement.
///
/// Its value comes about in three steps:
///
/// 1. *raw*: a branch adds the points of its `parts`; a `scored` leaf is one mark per evaluator; a `measured` leaf is
///    one number per team.
/// 2. `aggregate` turns one value per evaluator into one per team. Between a scored leaf and the root it stands
///    exactly once; below it every value is an evaluator's, above it every value is the team's.
/// 3. `transform` turns the value into points. Where none is given the value is points already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// The criterion or part.
    pub id: Id,
    /// What people call it.
    pub name: Text,
    /// The most it can be worth.
    pub points: Exact,
    /// A panel's marks; on leaves only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scored: Option<Scored>,
    /// A measurement; on leaves only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// What it is made of; on branches only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Node>,
    /// From one value per evaluator to one per team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregate: Option<Aggregator>,
    /// From a value to points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transform: Option<Transform>,
}

/// A leaf that a panel's evaluators mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scored {
    /// The panel that marks it.
    pub panel: Id,
    /// The lowest mark; 0 unless said.
    #[serde(default = "Exact::zero")]
    pub min: Exact,
    /// The highest mark; the node's points unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Exact>,
    /// The distance between two neighbouring marks; 1 unless said.
    #[serde(default = "Exact::one")]
    pub step: Exact,
    /// What a mark stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rubric: Option<Text>,
}

/// A leaf that is measured, not marked: a benchmark, an index, a count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Who measures, and where.
    pub by: Text,
    /// What is measured. Several items are averaged by weight; one unnamed item is meant where none is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<MeasuredItem>,
    /// The highest value an item can take, for example 100 of an index.
    pub max: Exact,
}

/// One item of a measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasuredItem {
    /// The item.
    pub id: Id,
    /// Its weight among its siblings; 1 unless said.
    #[serde(default = "Exact::one")]
    pub weight: Exact,
}

/// From one value per evaluator to one per team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Aggregator {
    /// The arithmetic mean.
    Mean,
    /// The mean of what is left when the lowest `drop` and the highest `drop` values are taken away. Where several
    /// values are equal extremes, as many of them go as `drop` says, not all.
    TrimmedMean {
        /// How many values go at each end.
        drop: u32,
    },
    /// The middle value, or the mean of the two in the middle.
    Median,
    /// The highest mark where more than half of the evaluators gave it, else the lowest: for yes-or-no criteria.
    Majority,
}

/// From a value to points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Transform {
    /// `value × points / of`: a mean of 3.7 of 5 is 11.1 of 15.
    Absolute {
        /// The value that earns all points.
        of: Exact,
    },
    /// Each item over its own named target, at most `cap`, averaged, times the points: 72 against 80 is 0.9 of them.
    Ratio {
        /// The most that one item can earn of its share; 1 unless said.
        #[serde(default = "Exact::one")]
        cap: Exact,
    },
    /// `value × points / best`, the best being the highest value of any candidate that has one: the best has all.
    RescaleToBest,
}

impl Node {
    /// Whether it has no parts.
    pub fn is_leaf(&self) -> bool {
        self.parts.is_empty()
    }

    /// The node called `id` in this tree.
    pub fn find(&self, id: &Id) -> Option<&Node> {
        self.walk().find(|node| node.id == *id)
    }

    /// This node and every node below it, parents first, in the order of the file.
    pub fn walk(&self) -> impl Iterator<Item = &Node> {
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            let node = waiting.pop()?;
            waiting.extend(node.parts.iter().rev());
            Some(node)
        })
    }

    /// The highest mark an evaluator can give on this scored leaf.
    pub fn max_mark(&self) -> Exact {
        self.scored.as_ref().and_then(|scored| scored.max.clone()).unwrap_or_else(|| self.points.clone())
    }

    /// The lowest and the highest value that one evaluator can have here, before the aggregator: what a majority decides
    /// between.
    pub fn evaluator_range(&self) -> (Exact, Exact) {
        if let Some(scored) = &self.scored {
            return (scored.min.clone(), self.max_mark());
        }
        let ranges = self.parts.iter().map(|part| {
            let (low, high) = part.evaluator_range();
            let factor = match &part.transform {
                Some(Transform::Absolute { of }) => part.points.checked_div(of).unwrap_or_else(Exact::one),
                _ => Exact::one(),
            };
            (&low * &factor, &high * &factor)
        });
        ranges.fold((Exact::zero(), Exact::zero()), |sum, range| (sum.0 + range.0, sum.1 + range.1))
    }

    /// The panel whose marks this node's values come from, if any do.
    pub fn panel(&self) -> Option<&Id> {
        self.walk().find_map(|node| node.scored.as_ref().map(|scored| &scored.panel))
    }
}
