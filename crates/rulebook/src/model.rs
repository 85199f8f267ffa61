//! The model: where its parts may come from, how open it must be, what it is measured against, what it runs on.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Exact, Id, Text, schema::Keyed};

/// Where each component of a model may come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineagePolicy {
    /// The rule for components that are not named.
    pub default: Origin,
    /// The rule for a component.
    #[serde(default, rename = "component", skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "Keyed<Component, Origin>")]
    pub components: BTreeMap<Component, Origin>,
}

/// Where a component may come from. Weights that begin random are always allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// From somebody else's model.
    pub outside: Permission,
    /// From an earlier model of the team itself.
    pub own: Permission,
}

/// Whether, and how, something may be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// Not at all.
    Forbidden,
    /// If it is declared and trained further, not frozen.
    IfTrainedFurther,
    /// If it is declared.
    IfDeclared,
    /// Freely.
    Allowed,
}

/// A part of a model that can have an origin of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Component {
    /// The tokenizer.
    Tokenizer,
    /// The embedding.
    Embedding,
    /// The transformer blocks.
    Blocks,
    /// The output head.
    Head,
    /// The vision encoder.
    VisionEncoder,
    /// The audio encoder.
    AudioEncoder,
    /// What joins an encoder to the blocks.
    Connector,
}

/// How open a released model is: levels from the least to the most open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Openness {
    /// The levels, the least open first.
    #[serde(rename = "level")]
    pub levels: Vec<OpennessLevel>,
    /// The least level that a team may promise; any unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Id>,
}

/// One level of openness: what is released, and under what terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpennessLevel {
    /// The level.
    pub id: Id,
    /// What people call it.
    pub name: Text,
    /// What is released.
    pub releases: Vec<Released>,
    /// The terms.
    pub licence: LicenceClass,
}

/// Something that can be released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Released {
    /// The final weights.
    Weights,
    /// Weights along the way.
    Checkpoints,
    /// Code that runs the model.
    InferenceCode,
    /// Code that trains the model.
    TrainingCode,
    /// The data.
    Data,
    /// A description of the data: sources, licences, amounts.
    DataManifest,
    /// A technical report.
    Report,
}

/// A class of licences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LicenceClass {
    /// Terms of the team's own.
    Own,
    /// For uses that are not commercial.
    NonCommercial,
    /// For every use, with conditions on naming or use.
    Conditional,
    /// Approved by the Open Source Initiative, or equal to such a licence.
    Open,
}

/// What counts as a unit of compute, and what is granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compute {
    /// The unit that grants are compared in, for example `B200`.
    pub unit: String,
    /// How many units one of each kind is worth.
    #[serde(default)]
    pub equivalence: BTreeMap<String, Exact>,
    /// What is granted.
    #[serde(default, rename = "grant", skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
}

/// Compute that is granted for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The grant.
    pub id: Id,
    /// When it is given and to whom.
    pub text: Text,
    /// Ways to take it; a team takes one, and all must be worth the same.
    pub choices: Vec<BTreeMap<String, Exact>>,
}

/// What "as good as the frontier" means.
///
/// Nothing here has a default: what no source states is written all the same, and stands in the list of choices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Frontier {
    /// Models released in so many calendar months before the snapshot are the frontier.
    pub window_months: u32,
    /// Which of them is the measure.
    pub of: FrontierOf,
    /// Scores as they are, or with what guessing earns taken off.
    pub scale: ScoreScale,
    /// The share of the frontier's score that is to be reached.
    pub margin: Exact,
    /// The chance of saying "reached" wrongly that is accepted.
    pub alpha: Exact,
    /// What an item without an answer counts as.
    pub missing: MissingItems,
    /// Whether a stage's decision hangs on it, or it is only reported.
    pub pass_line: bool,
    /// How a verdict is computed from items; without it none is, and the goal stands in words alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<FrontierVerdict>,
    /// The benchmarks that a verdict is computed from.
    #[serde(default, rename = "task", skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<FrontierTask>,
}

/// How a verdict is computed from items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrontierVerdict {
    /// Whether the benchmarks count together or each must be reached.
    pub gate: FrontierGate,
    /// How often the question may be asked; each time gets an equal part of `alpha`.
    pub looks: u32,
    /// The most by which the shares of answers that were cut off may differ between two models.
    pub truncation_tolerance: Exact,
    /// The most by which the shares of answers that could not be read may differ between two models.
    pub extraction_tolerance: Exact,
}

/// Whether benchmarks count together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FrontierGate {
    /// Their weighted mean is one score.
    Composite,
    /// Each must be reached.
    EveryTask,
}

/// A benchmark that a verdict is computed from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrontierTask {
    /// The task, as the task file calls it.
    pub task: String,
    /// The metric that is compared.
    pub metric: String,
    /// The filter whose output the metric scores, `none` where there is no other.
    pub filter: String,
    /// What it counts among the benchmarks; only the proportions matter.
    pub weight: Exact,
    /// What guessing earns: `0.25` with four options. Left out where nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chance: Option<Exact>,
    /// What makes items belong together.
    pub cluster: FrontierCluster,
    /// Fewer pairs of items than this show nothing.
    pub least_items: u32,
}

/// What makes items belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FrontierCluster {
    /// Nothing: every item stands alone.
    None,
    /// The value of a column of the document: a passage, a template, a source.
    Column(String),
}

/// Which model of the frontier is the measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FrontierOf {
    /// The best.
    Maximum,
    /// Their mean.
    Mean,
    /// One that is named.
    Model(String),
}

/// How scores are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScoreScale {
    /// As they are.
    Raw,
    /// With what guessing earns taken off: `(score − chance) / (1 − chance)`.
    ChanceCorrected,
}

/// What an item without an answer counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MissingItems {
    /// As wrong.
    Wrong,
    /// It is left out of both models.
    LeftOut,
    /// The verdict is "not shown".
    NotShown,
}

impl LineagePolicy {
    /// The rule for a component.
    pub fn origin(&self, component: Component) -> Origin {
        self.components.get(&component).copied().unwrap_or(self.default)
    }
}

impl Frontier {
    /// What is still to be said before a verdict can be computed by this rule, in the words of the file.
    pub fn wanting(&self) -> Vec<&'static str> {
        let mut wanting = Vec::new();
        if self.verdict.is_none() {
            wanting.push("[frontier.verdict]: gate, looks, truncation_tolerance, extraction_tolerance");
        }
        if self.tasks.is_empty() {
            wanting.push("[[frontier.task]]: task, metric, filter, weight, chance, cluster, least_items");
        }
        wanting
    }
}

impl Compute {
    /// What `amounts` are worth in units, or nothing where a kind has no equivalence.
    pub fn worth(&self, amounts: &BTreeMap<String, Exact>) -> Option<Exact> {
        let worth = |(kind, amount): (&String, &Exact)| {
            let each = if *kind == self.unit { Some(Exact::one()) } else { self.equivalence.get(kind).cloned() };
            each.map(|each| &each * amount)
        };
        amounts.iter().map(worth).try_fold(Exact::zero(), |sum, worth| worth.map(|worth| sum + worth))
    }
}
