//! Marks: what invented evaluators think of invented teams. Whole numbers throughout, so that every machine agrees.

use std::collections::BTreeMap;

use programme::{Mark, Vote};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use rulebook::{Exact, Id, Node, Stage};

/// Parts of a criterion's range, in thousandths.
type Thousandths = i64;

/// What a sheet holds.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    pub(crate) marks: BTreeMap<Id, Mark>,
    pub(crate) votes: BTreeMap<Id, Vote>,
    pub(crate) keep: Option<Vote>,
}

/// A source of marks.
pub(crate) struct Marker(ChaCha8Rng);

impl Marker {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// How good a team is: a share of every criterion.
    pub(crate) fn quality(&mut self) -> Thousandths {
        740 + self.bell(95)
    }

    /// A share near a quality, in thousandths.
    pub(crate) fn share(&mut self, quality: Thousandths) -> Thousandths {
        (quality + self.bell(40)).clamp(0, 1000)
    }

    /// A sheet for a team of this quality by an evaluator who is so much milder or harsher than others.
    pub(crate) fn judge(
        &mut self,
        stage: &Stage,
        panel: &Id,
        quality: Thousandths,
        severity: Thousandths,
    ) -> Judgement {
        let leaves = stage.score.iter().flat_map(Node::walk);
        let leaves = leaves.filter(|leaf| leaf.scored.as_ref().is_some_and(|scored| scored.panel == *panel));
        let marks = leaves.map(|leaf| (leaf.id.clone(), self.mark(leaf, quality + severity))).collect();
        let asked = stage.gates.iter().filter(|gate| gate.voting_panel() == Some(panel));
        let votes = asked.map(|gate| (gate.id.clone(), Vote::Met)).collect();
        let majority = stage.cut.as_ref().and_then(|cut| cut.majority_of.as_ref()) == Some(panel);
        Judgement { marks, votes, keep: majority.then_some(Vote::Met) }
    }

    /// A mark on the criterion's own steps.
    fn mark(&mut self, leaf: &Node, level: Thousandths) -> Mark {
        let Some(scored) = &leaf.scored else { return Mark::NotApplicable };
        let range = &leaf.max_mark() - &scored.min;
        // The rulebook's check has seen that the steps divide the range.
        let steps: i64 = (&range / &scored.step).to_string().parse().unwrap_or(0);
        let level = (level + self.bell(55)).clamp(0, 1000);
        let step = (steps * level + 500) / 1000;
        Mark::Given(&scored.min + &(&Exact::from(step) * &scored.step))
    }

    /// A whole number around zero: the sum of twelve uniform ones, so that most are small. `spread` is about one
    /// standard deviation.
    fn bell(&mut self, spread: i64) -> i64 {
        let twelve: i64 = (0..12).map(|_| i64::from(self.0.next_u32() % 1001) - 500).sum();
        twelve * spread / 1000
    }
}
