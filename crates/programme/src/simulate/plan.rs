//! What a stage comes down to for the simulation: small integers.

use rulebook::{Aggregator, Exact, Id, Node, Stage, Transform};

use super::{CannotSimulate, MOST_SEATS, MOST_STEPS, MOST_TEAMS, SimulateOptions};
use crate::{cutline::number::Column, fewest_values};

/// A stage ready to be played.
pub(super) struct Plan {
    pub(super) panel: Id,
    pub(super) teams: usize,
    pub(super) keep: usize,
    pub(super) seats: usize,
    pub(super) blocks: Vec<Block>,
    /// What each block's value is multiplied by, so that the sum over blocks is in the order of the totals: on a panel
    /// of one fewer, of all seats and of one more.
    weights: [Vec<i64>; 3],
    pub(super) quality_sd: f64,
    pub(super) severity_sd: f64,
    /// The noise of a mark, as a share of the scale.
    pub(super) noise_sd: f64,
    pub(super) held_equal: Vec<Id>,
}

/// An aggregator and the criteria below it.
pub(super) struct Block {
    pub(super) rule: Rule,
    pub(super) criteria: Vec<Criterion>,
    /// The highest value that an evaluator can give; the lowest is 0.
    pub(super) highest: i32,
    /// What one of an evaluator's value is worth in the total.
    worth: Exact,
}

/// A criterion: marks from 0 to `steps`, each step worth `unit` of the block's value.
pub(super) struct Criterion {
    pub(super) steps: i32,
    pub(super) unit: i32,
}

/// How a block aggregates: sums to be divided, so that they stay whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The sum of what is left without so many at each end.
    Trimmed(usize),
    /// The sum of the one or two in the middle.
    Median,
    /// All or nothing.
    Majority,
}

impl Rule {
    /// How many values go at each end of `count`.
    pub(super) fn dropped(self, count: usize) -> usize {
        match self {
            Self::Trimmed(drop) => drop,
            Self::Median => count.saturating_sub(1) / 2,
            Self::Majority => 0,
        }
    }

    /// Over how many values the mean of `count` is taken.
    fn divisor(self, count: usize) -> usize {
        match self {
            Self::Majority => 1,
            Self::Trimmed(_) | Self::Median => count.saturating_sub(2 * self.dropped(count)),
        }
    }
}

impl Plan {
    pub(super) fn of(stage: &Stage, options: &SimulateOptions) -> Result<Self, CannotSimulate> {
        let keep = checked_keep(stage, options)?;
        let no_panel = || CannotSimulate::NoPanel { stage: stage.id.clone() };
        let root = stage.score.as_ref().ok_or_else(no_panel)?;
        let panel = chosen_panel(root, options)?.ok_or_else(no_panel)?;
        let (mut judged, mut rescaled) = (Vec::new(), Vec::new());
        collect(root, &panel, Exact::one(), &mut judged, &mut rescaled)?;
        // What is rescaled together keeps its order; a part that is rescaled among others does not keep the whole's.
        if let Some((node, _)) = rescaled.into_iter().find(|(_, within)| *within < judged.len()) {
            return Err(CannotSimulate::Rescaled { node });
        }
        let mut blocks = Vec::with_capacity(judged.len());
        let mut scales = Vec::new();
        for judged in &judged {
            blocks.push(block(judged, options, &mut scales)?);
        }
        let seats = checked_seats(stage, &panel, &judged)?;
        let sizes = [seats - 1, seats, seats + 1];
        let mut weights = [Vec::new(), Vec::new(), Vec::new()];
        for (weights, size) in weights.iter_mut().zip(sizes) {
            *weights = block_weights(&blocks, size).ok_or(CannotSimulate::TooFine)?;
        }
        let teams = usize::try_from(options.teams).map_err(|_| CannotSimulate::TooManyTeams(options.teams))?;
        let held_equal = root.walk().filter(|node| is_held_equal(node, &panel)).map(|node| node.id.clone()).collect();
        let noise_sd = noise(options, &scales)?;
        let (quality_sd, severity_sd) = (options.quality_sd, options.severity_sd);
        Ok(Self { panel, teams, keep, seats, blocks, weights, quality_sd, severity_sd, noise_sd, held_equal })
    }

    /// What each block's value is multiplied by on a panel of `size`, which is `seats` − 1, `seats` or `seats` + 1.
    pub(super) fn weights(&self, size: usize) -> &[i64] {
        self.weights.get((size + 1).saturating_sub(self.seats)).map_or(&[], Vec::as_slice)
    }
}

fn checked_keep(stage: &Stage, options: &SimulateOptions) -> Result<usize, CannotSimulate> {
    let keep = stage.cut.as_ref().and_then(|cut| cut.keep);
    let keep = keep.ok_or_else(|| CannotSimulate::NoKeep { stage: stage.id.clone() })?;
    if options.teams > MOST_TEAMS {
        return Err(CannotSimulate::TooManyTeams(options.teams));
    }
    if keep == 0 || options.teams <= keep {
        return Err(CannotSimulate::NothingToCut { teams: options.teams, keep });
    }
    if options.stages == 0 {
        return Err(CannotSimulate::NoStages);
    }
    usize::try_from(keep).map_err(|_| CannotSimulate::TooManyTeams(keep))
}

fn chosen_panel(root: &Node, options: &SimulateOptions) -> Result<Option<Id>, CannotSimulate> {
    let mut panels: Vec<Id> =
        root.walk().filter_map(|leaf| leaf.scored.as_ref()).map(|scored| scored.panel.clone()).collect();
    panels.sort();
    panels.dedup();
    match (&options.panel, panels.as_slice()) {
        (_, []) => Ok(None),
        (None, [only]) => Ok(Some(only.clone())),
        (Some(wanted), _) if panels.contains(wanted) => Ok(Some(wanted.clone())),
        _ => Err(CannotSimulate::WhichPanel { panels }),
    }
}

fn checked_seats(stage: &Stage, panel: &Id, judged: &[JudgedNode<'_>]) -> Result<usize, CannotSimulate> {
    let seats = stage.panel(panel).and_then(|panel| panel.seats);
    let seats = seats.ok_or_else(|| CannotSimulate::NoSeats { panel: panel.clone() })?;
    let fewest = judged.iter().map(|judged| fewest_values(judged.aggregator)).max().unwrap_or(1).saturating_add(1);
    let refuse = || CannotSimulate::Seats { panel: panel.clone(), seats, fewest };
    if !(fewest..=MOST_SEATS).contains(&seats) {
        return Err(refuse());
    }
    usize::try_from(seats).map_err(|_| refuse())
}

/// Whether all teams are taken to have the same here: a measured leaf, or one that another panel marks.
fn is_held_equal(node: &Node, panel: &Id) -> bool {
    node.measured.is_some() || node.scored.as_ref().is_some_and(|scored| scored.panel != *panel)
}

/// A node with an aggregator over the panel's marks.
struct JudgedNode<'a> {
    node: &'a Node,
    aggregator: &'a Aggregator,
    /// What one of its value is worth in the total.
    worth: Exact,
}

/// Collects the panel's aggregators, and the nodes that are rescaled to the best with how many of those are within;
/// `worth` is what one point of `node` is worth in the total.
fn collect<'a>(
    node: &'a Node,
    panel: &Id,
    worth: Exact,
    into: &mut Vec<JudgedNode<'a>>,
    rescaled: &mut Vec<(Id, usize)>,
) -> Result<(), CannotSimulate> {
    let own = |node: &Node| node.scored.as_ref().is_some_and(|scored| scored.panel == *panel);
    let before = into.len();
    let worth = &worth * &factor(node);
    if let Some(aggregator) = &node.aggregate {
        if node.walk().any(own) {
            into.push(JudgedNode { node, aggregator, worth });
        }
    } else if own(node) {
        return Err(CannotSimulate::NoAggregator { node: node.id.clone() });
    } else {
        for part in &node.parts {
            collect(part, panel, worth.clone(), into, rescaled)?;
        }
    }
    if node.transform == Some(Transform::RescaleToBest) && into.len() > before {
        rescaled.push((node.id.clone(), into.len() - before));
    }
    Ok(())
}

/// What a node's transform multiplies by; rescaling keeps the order and counts as nothing.
fn factor(node: &Node) -> Exact {
    match &node.transform {
        Some(Transform::Absolute { of }) => node.points.checked_div(of).unwrap_or_else(Exact::one),
        Some(Transform::Ratio { .. } | Transform::RescaleToBest) | None => Exact::one(),
    }
}

/// Reads the criteria below an aggregator; `scales` gets what the whole scale of each is worth in the total.
fn block(judged: &JudgedNode<'_>, options: &SimulateOptions, scales: &mut Vec<Exact>) -> Result<Block, CannotSimulate> {
    let mut leaves = Vec::new();
    marked_leaves(judged.node, Exact::one(), true, &mut leaves);
    let (mut steps, mut units) = (Vec::new(), Vec::new());
    for (leaf, worth) in &leaves {
        let refuse = || CannotSimulate::Scale { criterion: leaf.id.clone() };
        let scored = leaf.scored.as_ref().ok_or_else(refuse)?;
        let step = options.step.as_ref().unwrap_or(&scored.step);
        let scale = leaf.max_mark() - scored.min.clone();
        let count = scale.checked_div(step).filter(|_| *step > Exact::zero()).ok_or_else(refuse)?;
        let count = whole(&count).filter(|count| (1..=MOST_STEPS).contains(count)).ok_or_else(refuse)?;
        steps.push(i32::try_from(count).map_err(|_| refuse())?);
        units.push(step * worth);
        scales.push(&(&scale * worth) * &judged.worth);
    }
    let Column { above, below } = Column::<i128>::of(&units).ok_or(CannotSimulate::TooFine)?;
    let unit = |unit: i128| i32::try_from(unit).map_err(|_| CannotSimulate::TooFine);
    let criteria = steps.into_iter().zip(above).map(|(steps, above)| Ok(Criterion { steps, unit: unit(above)? }));
    let criteria: Vec<Criterion> = criteria.collect::<Result<_, _>>()?;
    let highest: i64 = criteria.iter().map(|criterion| i64::from(criterion.steps) * i64::from(criterion.unit)).sum();
    let below = i64::try_from(below).map_err(|_| CannotSimulate::TooFine)?;
    // A panel's sum of values must fit as well.
    let most = highest.checked_mul(i64::from(MOST_SEATS) + 1).filter(|most| i32::try_from(*most).is_ok());
    let highest = most.and_then(|_| i32::try_from(highest).ok()).ok_or(CannotSimulate::TooFine)?;
    let rule = match judged.aggregator {
        Aggregator::Mean => Rule::Trimmed(0),
        Aggregator::TrimmedMean { drop } => Rule::Trimmed(usize::try_from(*drop).map_err(|_| CannotSimulate::TooFine)?),
        Aggregator::Median => Rule::Median,
        Aggregator::Majority => Rule::Majority,
    };
    Ok(Block { rule, criteria, highest, worth: judged.worth.clone() / Exact::from(below) })
}

/// The marked leaves below an aggregator, and what one mark is worth in its value.
fn marked_leaves<'a>(node: &'a Node, worth: Exact, top: bool, into: &mut Vec<(&'a Node, Exact)>) {
    // The transform of the aggregator's own node comes after it.
    let worth = if top { worth } else { &worth * &factor(node) };
    if node.scored.is_some() {
        into.push((node, worth.clone()));
    }
    for part in &node.parts {
        marked_leaves(part, worth.clone(), false, into);
    }
}

fn whole(number: &Exact) -> Option<u32> {
    let (above, below) = number.parts();
    (u32::try_from(below).ok()? == 1).then(|| u32::try_from(above).ok()).flatten()
}

/// Whole multiples for the blocks' values on a panel of `size`; none where sums would not fit.
fn block_weights(blocks: &[Block], size: usize) -> Option<Vec<i64>> {
    let worth = |block: &Block| {
        let divisor = i64::try_from(block.rule.divisor(size)).ok()?;
        block.worth.checked_div(&Exact::from(divisor))
    };
    let worths: Vec<Exact> = blocks.iter().map(worth).collect::<Option<_>>()?;
    let above = Column::<i128>::of(&worths)?.above;
    let common = above.iter().copied().fold(0_i128, greatest_common_divisor);
    let weights: Vec<i64> =
        above.iter().map(|above| i64::try_from(above.checked_div(common)?).ok()).collect::<Option<_>>()?;
    let most = |(block, weight): (&Block, &i64)| {
        i64::from(block.highest).checked_mul(i64::from(MOST_SEATS) + 1)?.checked_mul(*weight)
    };
    let total = blocks.iter().zip(&weights).map(most).try_fold(0_i64, |sum, most| sum.checked_add(most?))?;
    // The order of equals takes the last digits of a key.
    total.checked_mul(i64::from(MOST_TEAMS))?;
    Some(weights)
}

fn greatest_common_divisor(one: i128, other: i128) -> i128 {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}

/// The noise of one mark as a share of its scale, so that one evaluator's total has the intraclass correlation asked
/// for. With marks weighing w₁, w₂, … of the total, independent noise of size s on each is s·√Σw² on the total.
fn noise(options: &SimulateOptions, scales: &[Exact]) -> Result<f64, CannotSimulate> {
    let SimulateOptions { quality_sd, severity_sd, icc, .. } = *options;
    let sound = quality_sd.is_finite() && severity_sd.is_finite() && icc > 0.0 && icc <= 1.0;
    if !sound || quality_sd <= 0.0 || severity_sd < 0.0 {
        return Err(CannotSimulate::BadFigures);
    }
    let quality = quality_sd * quality_sd;
    let noise = quality / icc - quality - severity_sd * severity_sd;
    if noise < -1e-12 * quality {
        return Err(CannotSimulate::BadFigures);
    }
    let scales: Vec<f64> = scales.iter().map(Exact::to_f64).collect();
    let total: f64 = scales.iter().sum();
    let concentration: f64 = scales.iter().map(|scale| (scale / total) * (scale / total)).sum();
    Ok((noise.max(0.0) / concentration).sqrt())
}
