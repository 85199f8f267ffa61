//! Stages: who stands, who judges, what bars, where the line is.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Clock, Exact, Id, Node, Text};

/// One stage of the programme. It opens when the stage before it is decided and its teams have notice, and only if
/// nothing it needs is unset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// The stage.
    pub id: Id,
    /// What people call it.
    pub name: Text,
    /// What decides it.
    pub kind: StageKind,
    /// Who judges.
    #[serde(default, rename = "panel", skip_serializing_if = "Vec::is_empty")]
    pub panels: Vec<Panel>,
    /// How sheets and measurements become points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Node>,
    /// What bars a team whatever its points.
    #[serde(default, rename = "gate", skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
    /// Where the line is drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// What separates teams that are equal at the line, first rung first; the last is the public seed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ties: Vec<Rung>,
    /// How long evaluators have for their sheets, counted from the opening.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Clock>,
    /// The presentation, where the stage has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presentation: Option<Presentation>,
}

/// What decides a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StageKind {
    /// The eligibility rules: every team that meets them all goes on.
    Eligibility,
    /// Gates, points and the cut.
    Scored,
}

/// A presentation to the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Presentation {
    /// Minutes to present.
    pub minutes: u32,
    /// Minutes of questions.
    pub questions_minutes: u32,
}

/// A panel of evaluators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// The panel.
    pub id: Id,
    /// What people call it.
    pub name: Text,
    /// How many evaluators sit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<u32>,
    /// How few sheets for one team still count, when evaluators step aside; all seats unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quorum: Option<u32>,
    /// How evaluators come to sit.
    #[serde(default)]
    pub appointment: Appointment,
    /// The fewest candidates the pool must hold for each seat; 3 is the threefold pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool_per_seat: Option<u32>,
    /// The most evaluators from one organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_organisation: Option<u32>,
    /// Seats kept for a field, for example industry 3, academia 5, research 2.
    #[serde(default, rename = "field", skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldSeats>,
}

/// Seats kept for candidates of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldSeats {
    /// The field.
    pub id: Id,
    /// Its seats.
    pub seats: u32,
}

/// How evaluators come to sit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Appointment {
    /// Drawn from a committed pool by a public seed that is fixed later than the pool.
    #[default]
    Draw,
    /// Named by two officers.
    Named,
}

/// A condition apart from points: a team that fails it is out, whatever its rank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// The gate.
    pub id: Id,
    /// What people call it.
    pub name: Text,
    /// What must be so.
    pub requires: Text,
    /// Who says whether it is so; unset, the stage cannot open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<GateTest>,
}

/// Who says whether a gate is passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum GateTest {
    /// A panel votes, one vote an evaluator.
    Votes {
        /// The panel.
        panel: Id,
        /// The votes that fail, or that pass, a team.
        bar: VoteBar,
    },
    /// The points of a node reach a minimum.
    AtLeast {
        /// The node of the score tree.
        node: Id,
        /// The fewest points that pass.
        points: Exact,
    },
    /// A finding that two officers enter, with its reason and its evidence.
    Finding,
}

/// The votes that fail, or that pass, a team. A share is of the votes cast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum VoteBar {
    /// Fails at so many votes of "not met".
    FailsAt(u32),
    /// Fails where more than this share of the votes is "not met".
    FailsAbove(Exact),
    /// Passes at so many votes of "met".
    PassesAt(u32),
    /// Passes where more than this share of the votes is "met".
    PassesAbove(Exact),
}

/// Where the line is drawn. Every condition given must hold for a team to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// At most so many, the highest totals first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<u32>,
    /// At least this total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Exact>,
    /// More than half of this panel votes to keep the team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub majority_of: Option<Id>,
    /// Whether keeping nobody is a valid outcome. Where it is not, a stage that would keep nobody is not decided.
    #[serde(default)]
    pub nobody: bool,
    /// Among whom `keep` counts places.
    #[serde(default)]
    pub among: Among,
}

/// Among whom the cut counts places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Among {
    /// Among the teams that pass every gate: a team that fails one gives its place to the next.
    #[default]
    Passing,
    /// Among all: a team that fails a gate takes a place and leaves it empty.
    All,
}

/// One rung of the tie ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rung {
    /// More points on this node of the score tree.
    Higher(Id),
    /// The higher median over the evaluators' values at this node, which has an aggregator.
    MedianAt(Id),
    /// Preferred more often: for each evaluator at this node and each tied rival, one for a higher value than the
    /// rival's, a half for an equal one; the higher share of the comparisons made. Where an evaluator has no value for
    /// one of the two there is no comparison, so a team loses nothing by a recusal.
    PreferredAt(Id),
    /// The order that the recorded public seed gives.
    Seed,
}

/// Something that must be said before the stage can open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unset {
    /// Where it belongs, for example `stage.written.panel.experts.seats`.
    pub path: String,
}

impl Stage {
    /// The panel called `id`.
    pub fn panel(&self, id: &Id) -> Option<&Panel> {
        self.panels.iter().find(|panel| panel.id == *id)
    }

    /// The gate called `id`.
    pub fn gate(&self, id: &Id) -> Option<&Gate> {
        self.gates.iter().find(|gate| gate.id == *id)
    }

    /// The panels that a criterion, a gate or the cut asks.
    pub fn asked_panels(&self) -> BTreeSet<&Id> {
        let scored = self.score.iter().flat_map(Node::walk).filter_map(|leaf| leaf.scored.as_ref());
        let voted = self.gates.iter().filter_map(Gate::voting_panel);
        let majority = self.cut.as_ref().and_then(|cut| cut.majority_of.as_ref());
        scored.map(|scored| &scored.panel).chain(voted).chain(majority).collect()
    }

    /// What must still be said before this stage can open; empty when all is said.
    pub fn unset(&self) -> Vec<Unset> {
        if self.kind == StageKind::Eligibility {
            return Vec::new();
        }
        let mut paths = Vec::new();
        let mut want = |missing: bool, path: String| {
            if missing {
                paths.push(Unset { path: format!("stage.{}.{path}", self.id) });
            }
        };
        for panel in &self.panels {
            want(panel.seats.is_none(), format!("panel.{}.seats", panel.id));
        }
        for gate in &self.gates {
            want(gate.test.is_none(), format!("gate.{}.test", gate.id));
        }
        want(self.cut.is_none(), "cut".to_owned());
        let places = self.cut.as_ref().and_then(|cut| cut.keep).is_some();
        let totals = places || self.cut.as_ref().is_some_and(|cut| cut.at_least.is_some());
        want(totals && self.score.is_none(), "score".to_owned());
        want(places && self.ties.last() != Some(&Rung::Seed), "ties".to_owned());
        paths
    }
}

impl Gate {
    /// The panel that votes on it, if one does.
    pub fn voting_panel(&self) -> Option<&Id> {
        match &self.test {
            Some(GateTest::Votes { panel, .. }) => Some(panel),
            _ => None,
        }
    }
}

impl Panel {
    /// How few sheets for one team count: the quorum, or every seat where none is said.
    pub fn fewest_sheets(&self) -> Option<u32> {
        self.quorum.or(self.seats)
    }
}
