//! What an audit says, as data: the JSON report is this, and the pages are made from it.

use serde::{Deserialize, Serialize};

use crate::anatomy::{Component, Tower};

/// What an audit of one candidate against a library found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of this program.
    pub program: String,
    /// The model that was audited.
    pub candidate: Model,
    /// The models it was held against, in order of name.
    pub library: Vec<Model>,
    /// The level of the whole family of tests: the chance that one independent model is called dependent.
    pub level: f64,
    /// Hypotheses in the family (library × components × pairs of layers) over which Holm's correction ran.
    pub hypotheses: u64,
    /// What seeded permutations and controls.
    pub seed: u64,
    /// One comparison for each model of the library, in the same order.
    pub comparisons: Vec<Comparison>,
    /// For each component of the candidate, how small a dependence would have been found.
    pub sensitivity: Vec<Sensitivity>,
    /// Whom the candidate's card declares as its base.
    pub declared: Vec<String>,
    /// What could not be done, and why: a test that needs weights that are not there, a type that cannot be read.
    pub omitted: Vec<String>,
}

/// A model as a report names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Digest of its weights.
    pub digest: String,
    /// Weights in all.
    pub parameters: u64,
    /// Family, as its configuration says.
    pub family: Option<String>,
}

/// The candidate beside one model of the library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Name of the model of the library.
    pub model: String,
    /// What the tokenizers share; not evidence about weights.
    pub tokenizer: Option<TokenizerFinding>,
    /// What each test found, ordered by component, then tier, then test.
    pub findings: Vec<Finding>,
    /// Pairs of layers, for the heat maps.
    pub grids: Vec<Grid>,
}

/// How far a p-value can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Holds for any two independent trainings, whatever they were trained on.
    Exact,
    /// Held against a null that was measured: mismatched layers, independent models.
    Calibrated,
    /// Points the same way, and proves nothing alone.
    Corroborating,
}

/// Which test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// Whole tensors with the same digest.
    IdenticalTensors,
    /// Units with the same hash.
    IdenticalUnits,
    /// Units in the order of the file, at the same place of both models.
    AlignedUnits,
    /// Hidden units, after they have been matched.
    MatchedUnits,
    /// Heads of attention, after they have been matched.
    MatchedHeads,
    /// Experts of a mixture, after they have been matched.
    MatchedExperts,
    /// Embedding or head, over the tokens that both have.
    SharedTokens,
    /// After norm gains are folded and channels matched with signs.
    SignedPermutation,
    /// After norm gains are folded and an orthogonal map of the state is solved for.
    Rotation,
    /// The candidate's part as a weighted sum of the library's.
    Merge,
}

/// How large a thing is, beside how sure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// What the value is a share or mean of: `mean cosine`, `share of units matched`, `share of units identical`, `R²`.
    pub name: String,
    /// The value, from -1 to 1.
    pub value: f64,
}

/// What one test found of one component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Of the candidate.
    pub component: Component,
    /// Of the library's model: the same place, or the one that fits best.
    pub against: Component,
    /// Which test.
    pub test: Test,
    /// How far its p-value can be trusted.
    pub tier: Tier,
    /// Logarithm to base 10 of the p-value; none where the test has no null distribution.
    pub log10_p: Option<f64>,
    /// The same after Holm's correction over the family.
    pub log10_adjusted: Option<f64>,
    /// Whether the adjusted value is below the level.
    pub dependent: bool,
    /// Effect sizes, the telling one first.
    pub effects: Vec<Effect>,
    /// Units, heads, experts or tokens compared.
    pub compared: u64,
    /// The same statistic where nothing should be found, and where something must be.
    pub controls: Vec<Control>,
}

/// The same test on something whose answer is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// What it was run on: `mismatched layers`, `candidate with shuffled units`, `derived child`.
    pub name: String,
    /// Whether it has to be found.
    pub positive: bool,
    /// Logarithm to base 10 of its p-value: one for a single run, several for a spread.
    pub log10_p: Vec<f64>,
    /// Whether it came out as it has to.
    pub passed: bool,
}

/// All pairs of blocks of two models, for one test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Which network.
    pub tower: Tower,
    /// Which test.
    pub test: Test,
    /// Blocks of the candidate.
    pub rows: u32,
    /// Blocks of the library's model.
    pub columns: u32,
    /// Effect size of each pair, row by row.
    pub effect: Vec<f32>,
    /// Logarithm to base 10 of the p-value of each pair, row by row.
    pub log10_p: Vec<f32>,
}

/// How small a dependence would have been found in a component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Of the candidate.
    pub component: Component,
    /// The smallest mean cosine of units that is found in nineteen of twenty cases at the level of the family.
    pub cosine: f64,
}

/// What two tokenizers have to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenizerRelation {
    /// The same tokens at the same ids, and the same merges.
    Same,
    /// One holds nearly all of the other's tokens at their ids, and its merges in their order.
    Extension,
    /// Tokens in common, as tokenizers of the same languages have.
    Overlap,
    /// Hardly anything in common.
    Unrelated,
}

/// Two tokenizers beside each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenizerFinding {
    /// In a word.
    pub relation: TokenizerRelation,
    /// Tokens of the candidate.
    pub candidate: u64,
    /// Tokens of the library's model.
    pub library: u64,
    /// Tokens that both have, wherever.
    pub shared: u64,
    /// Tokens that both have at the same id.
    pub same_id: u64,
    /// Merges that both have.
    pub merges: u64,
    /// Of all pairs of these, the share that stand in the same order (Kendall's tau of their ranks is 2·share − 1).
    pub order: f64,
}
