//! The cut-line report: how close the line was, beside every decision and never part of it.

mod aggregators;
mod contest;
mod leave_one_out;
mod multiset;
pub(crate) mod number;
mod resample;
mod scoring;
mod turn;
mod weights;

use rulebook::{Exact, Id, Node, Stage};
use serde::{Deserialize, Serialize};

pub use self::{
    aggregators::{AggregatorComparison, KeptUnder},
    contest::ListChange,
    leave_one_out::{WithoutEvaluator, WithoutPart},
    resample::{Resampled, ResampledLine, ResampledOutcome, ResampledTeam},
    turn::Turn,
    weights::PartWeight,
};
use self::{contest::Contest, leave_one_out::team_nodes};
use crate::{Decision, Reliability, ScoreTable, Tally, TeamId, reliability};

/// How close the line was.
///
/// Whatever puts a team out apart from its total (eligibility, gates, votes, something not applicable) is held as it
/// was decided; the conditions on totals are applied again to each changed total. Numbers are exact but for
/// [`Figure`](crate::Figure)s, and nothing is drawn at random, so the same inputs give the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutLine {
    /// The stage.
    pub stage: Id,
    /// The two teams at the line; none where the stage has no line on totals or all or none of those who compete are
    /// kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Line>,
    /// What resampling each panel shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resampled: Vec<Resampled>,
    /// The list without each evaluator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_evaluator: Vec<WithoutEvaluator>,
    /// The list without each part of the score.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_part: Vec<WithoutPart>,
    /// The list under each aggregator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregators: Option<AggregatorComparison>,
    /// What each part of the score weighs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<PartWeight>,
    /// How far the evaluators agree: at each aggregator, then over each panel that has several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reliability: Vec<Reliability>,
}

/// The two teams at the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The team kept with the lowest total; of equal ones, the one that the tie ladder put last.
    pub last_kept: AtLine,
    /// The team with the highest total among those that only their total put out; of equal ones, the one that the tie
    /// ladder put first.
    pub first_out: AtLine,
    /// By how many points the one leads the other; 0 is an exact tie.
    pub gap: Exact,
    /// Whether they are exactly equal, so that the tie ladder decided.
    pub exact_tie: bool,
}

/// A team at the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtLine {
    /// The team.
    pub team: TeamId,
    /// Its total.
    pub total: Exact,
}

/// Works out how close the line was.
///
/// `tally` and `decision` belong together: both are of `stage` and of the same facts.
pub fn cut_line(stage: &Stage, tally: &Tally, decision: &Decision) -> CutLine {
    let mut report = CutLine {
        stage: stage.id.clone(),
        line: None,
        resampled: Vec::new(),
        without_evaluator: Vec::new(),
        without_part: Vec::new(),
        aggregators: None,
        weights: Vec::new(),
        reliability: Vec::new(),
    };
    let Some(root) = &stage.score else { return report };
    let each = team_nodes(root).into_iter().filter_map(|node| ScoreTable::at(node, tally));
    let whole = stage.panels.iter().filter_map(|panel| ScoreTable::of_panel(root, &panel.id, tally));
    report.reliability = each.chain(whole).map(|table| reliability(&table)).collect();
    let Some(contest) = Contest::new(stage, tally, decision) else { return report };
    report.line = line(root, tally, &contest);
    report.resampled = resample::resample(root, tally, &contest);
    report.without_evaluator = leave_one_out::without_evaluators(root, tally, &contest);
    report.without_part = leave_one_out::without_parts(root, tally, &contest);
    report.aggregators = aggregators::compare(root, tally, &contest);
    report.weights = weights::weights(root, tally, &contest);
    report
}

fn line(root: &Node, tally: &Tally, contest: &Contest<'_>) -> Option<Line> {
    let (last_in, first_out) = contest.line?;
    let at = |team: usize| {
        let team = *contest.teams.get(team)?;
        Some(AtLine { team: team.clone(), total: tally.teams.get(team)?.points.get(&root.id)?.clone() })
    };
    let (last_kept, first_out) = (at(last_in)?, at(first_out)?);
    let gap = &last_kept.total - &first_out.total;
    Some(Line { exact_tie: gap.is_zero(), last_kept, first_out, gap })
}
