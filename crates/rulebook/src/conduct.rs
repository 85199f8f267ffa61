//! Conduct: conflicts of interest, objections, agreements and what each reader may see when.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Clock, Id, Text, schema::Keyed};

/// When an evaluator is too close to a team to judge it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conflicts {
    /// Ties that ended up to so many calendar years ago still count.
    pub years: u32,
    /// The kinds of tie that count.
    pub kinds: BTreeSet<TieKind>,
}

impl Default for Conflicts {
    fn default() -> Self {
        Self { years: 3, kinds: [TieKind::Money, TieKind::Duty, TieKind::Person].into() }
    }
}

/// A kind of tie between two persons or organisations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TieKind {
    /// Shares, fees, contracts, grants.
    Money,
    /// Employment, office, advice.
    Duty,
    /// Family, student and teacher, close co-author.
    Person,
}

/// What a team may contest, how and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Objections {
    /// How long after the notice an objection may be filed.
    pub file: Clock,
    /// How long after the filing it must be decided.
    pub decide: Clock,
    /// On what grounds.
    #[serde(rename = "ground")]
    pub grounds: Vec<Ground>,
    /// What cannot be contested, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_open: Vec<Text>,
    /// How many reviewers hear one; none of them sat on the panel.
    pub reviewers: u32,
    /// Whether the next stage opens only when no objection can be filed any more.
    #[serde(default)]
    pub next_stage_waits: bool,
    /// How many objections a team may file against one decision.
    #[serde(default = "once")]
    pub per_decision: u32,
}

fn once() -> u32 {
    1
}

/// A ground for an objection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// The ground.
    pub id: Id,
    /// The ground in words.
    pub text: Text,
}

/// The agreement that a kept team signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// The stage whose kept teams sign.
    pub after: Id,
    /// How long after the notice it must be signed.
    pub sign: Clock,
    /// What the team promises, one duty a line.
    #[serde(default, rename = "duty", skip_serializing_if = "Vec::is_empty")]
    pub duties: Vec<Ground>,
}

/// Who sees what, from when: what is not named is never shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// In which order published lists of teams stand.
    #[serde(default)]
    pub order: ListOrder,
    /// From which moment each item is shown to each reader.
    #[serde(default)]
    #[schemars(with = "Keyed<Item, Keyed<Reader, Moment>>")]
    pub items: BTreeMap<Item, BTreeMap<Reader, Moment>>,
}

/// In which order published lists of teams stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ListOrder {
    /// By name: Korean alphabetical order, then Latin.
    #[default]
    ByName,
    /// By rank.
    ByRank,
}

/// Something that may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// Who applied.
    Applicants,
    /// Which teams a stage kept.
    Kept,
    /// Every team's total.
    Totals,
    /// Every team's points on every node.
    NodePoints,
    /// The best and the mean of every node.
    NodeSummary,
    /// Each evaluator's sheet, under a pseudonym.
    Sheets,
    /// Evaluators' words, under a pseudonym.
    Opinions,
    /// Who sat on the panel.
    EvaluatorNames,
    /// The votes at gates.
    Votes,
    /// The reason a team is out.
    Reasons,
    /// How near the line was.
    CutLine,
    /// The documents of an application.
    Documents,
}

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reader {
    /// Everybody.
    Public,
    /// A team, about itself.
    OwnTeam,
    /// A team, about the others.
    OtherTeams,
    /// An evaluator of the stage.
    Evaluator,
    /// An officer.
    Officer,
    /// An auditor.
    Auditor,
}

/// From which moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// From the start.
    Always,
    /// When the window has closed.
    Closed,
    /// When all sheets are in and revealed together.
    Revealed,
    /// When the decision is made.
    Decided,
    /// When the teams have had notice.
    Notified,
    /// When the decision is published.
    Published,
    /// When no objection can be filed or is open any more.
    Final,
    /// Not at all.
    Never,
}

impl Disclosure {
    /// From which moment `reader` sees `item`.
    pub fn moment(&self, item: Item, reader: Reader) -> Moment {
        let row = self.items.get(&item);
        row.and_then(|row| row.get(&reader)).copied().unwrap_or(Moment::Never)
    }
}
