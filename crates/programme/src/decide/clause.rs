//! Clauses: the one place that says where in the rulebook a rule stands.

use std::fmt;

use rulebook::Id;

/// A clause of the rulebook. It is shown as a dotted path of the file's own keys and ids, for example
/// `stage.written.cut.keep`; rungs of the tie ladder are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clause<'a> {
    /// A stage as a whole.
    Stage(&'a Id),
    /// An eligibility rule.
    Rule(&'a Id),
    /// A key of a panel, for example `seats`.
    Panel(&'a Id, &'a Id, &'static str),
    /// A node of the score tree.
    Node(&'a Id, &'a Id),
    /// A key of a node of the score tree, for example `aggregate`.
    NodeKey(&'a Id, &'a Id, &'static str),
    /// A gate.
    Gate(&'a Id, &'a Id),
    /// A condition of the cut, for example `keep`.
    Cut(&'a Id, &'static str),
    /// The tie ladder.
    Ties(&'a Id),
    /// A rung of the tie ladder, the first being 1.
    Rung(&'a Id, usize),
}

impl fmt::Display for Clause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stage(stage) => write!(f, "stage.{stage}"),
            Self::Rule(rule) => write!(f, "eligibility.{rule}"),
            Self::Panel(stage, panel, key) => write!(f, "stage.{stage}.panel.{panel}.{key}"),
            Self::Node(stage, node) => write!(f, "stage.{stage}.score.{node}"),
            Self::NodeKey(stage, node, key) => write!(f, "stage.{stage}.score.{node}.{key}"),
            Self::Gate(stage, gate) => write!(f, "stage.{stage}.gate.{gate}"),
            Self::Cut(stage, key) => write!(f, "stage.{stage}.cut.{key}"),
            Self::Ties(stage) => write!(f, "stage.{stage}.ties"),
            Self::Rung(stage, number) => write!(f, "stage.{stage}.ties.{number}"),
        }
    }
}
