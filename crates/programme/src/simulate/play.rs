//! One stage played: who is kept, who should be, and would one evaluator fewer have made a difference.

use super::{
    MOST_TEAMS,
    draw::Draw,
    plan::{Block, Plan, Rule},
};

/// What happened over the stages played so far. All sums are whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) stages: u64,
    pub(super) as_asked: PanelSums,
    pub(super) one_more: PanelSums,
    /// The sum of the squares of how many fewer are missed with one evaluator more.
    pub(super) gain_squares: u64,
}

/// What happened with one size of panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PanelSums {
    /// The stages by how many of the truly best were missed.
    pub(super) missed: Vec<u64>,
    /// The stages in which the list changes without at least one of the evaluators.
    pub(super) changed: u64,
    /// The stages by how many teams were equal across the line; at 0, those without an exact tie.
    pub(super) tied: Vec<u64>,
}

impl Sums {
    pub(super) fn new(plan: &Plan) -> Self {
        let panel = || PanelSums { missed: vec![0; plan.keep + 1], changed: 0, tied: vec![0; plan.teams + 1] };
        Self { stages: 0, as_asked: panel(), one_more: panel(), gain_squares: 0 }
    }

    /// Plays the stage that `draw` holds, with the panel as it is and with one evaluator more.
    pub(super) fn play(&mut self, plan: &Plan, draw: &Draw) {
        let best = top(&draw.quality, plan.keep);
        self.stages += 1;
        let missed = self.as_asked.add(&play(plan, draw, plan.seats), best);
        let with_more = self.one_more.add(&play(plan, draw, plan.seats + 1), best);
        self.gain_squares += u64::from(missed.abs_diff(with_more).pow(2));
    }

    pub(super) fn plus(mut self, other: Self) -> Self {
        self.stages += other.stages;
        self.gain_squares += other.gain_squares;
        self.as_asked.plus(&other.as_asked);
        self.one_more.plus(&other.one_more);
        self
    }
}

impl PanelSums {
    /// Counts one stage; how many of the truly best were missed.
    fn add(&mut self, played: &Played, best: u64) -> u32 {
        let missed = (best & !played.kept).count_ones();
        bump(&mut self.missed, missed);
        bump(&mut self.tied, played.tied);
        self.changed += u64::from(played.changed);
        missed
    }

    fn plus(&mut self, other: &Self) {
        let add = |sums: &mut [u64], more: &[u64]| sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        add(&mut self.missed, &other.missed);
        add(&mut self.tied, &other.tied);
        self.changed += other.changed;
    }
}

fn bump(counts: &mut [u64], at: u32) {
    if let Some(count) = counts.get_mut(at as usize) {
        *count += 1;
    }
}

/// How a stage went with one panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Played {
    /// The teams kept, a bit each.
    pub(super) kept: u64,
    /// How many teams are equal across the line, or 0.
    pub(super) tied: u32,
    /// Whether the list changes without at least one of the evaluators.
    pub(super) changed: bool,
}

type ByTeam<T> = [T; MOST_TEAMS as usize];

/// Plays the stage with the first `size` evaluators.
pub(super) fn play(plan: &Plan, draw: &Draw, size: usize) -> Played {
    let middles = middles(plan, draw, size, size);
    let mut totals: ByTeam<i64> = [0; MOST_TEAMS as usize];
    for ((block, middle), weight) in plan.blocks.iter().zip(&middles).zip(plan.weights(size)) {
        for (total, sum) in totals.iter_mut().zip(&middle.sums).take(plan.teams) {
            *total += weight * i64::from(block.value(*sum, size));
        }
    }
    let totals = totals.get(..plan.teams).unwrap_or_default();
    let kept = top_keys(totals, plan.keep);
    // What one evaluator fewer drops at the ends decides what counts then.
    let same_ends = plan.blocks.iter().all(|block| block.rule.dropped(size) == block.rule.dropped(size - 1));
    let middles = if same_ends { middles } else { self::middles(plan, draw, size, size - 1) };
    Played { kept, tied: tied(totals, kept), changed: changes(plan, draw, &middles, size, kept) }
}

/// The middles of the first `size` evaluators' values, with as much dropped at the ends as a panel of `counting` drops.
fn middles(plan: &Plan, draw: &Draw, size: usize, counting: usize) -> Vec<Middle> {
    let middle = |(number, block): (usize, &Block)| Middle::of(block, draw, number, size, block.rule.dropped(counting));
    plan.blocks.iter().enumerate().map(middle).collect()
}

impl Block {
    /// What the sum over the values that count makes of a panel of `size`.
    fn value(&self, sum: i32, size: usize) -> i32 {
        match self.rule {
            Rule::Trimmed(_) | Rule::Median => sum,
            // Here the sum counts the evaluators who gave the highest.
            Rule::Majority => {
                if sum as usize * 2 > size {
                    self.highest
                } else {
                    0
                }
            }
        }
    }
}

/// For each team the sum of the values between the `drop` lowest and the `drop` highest, and the two that the sum ends
/// with.
///
/// Without one value v, the sum over the places that count then is the sum here less v, or less the lowest or highest
/// here where v lies beyond it: a value beyond the end makes room for the end to drop out in its place.
struct Middle {
    sums: ByTeam<i32>,
    lowest: ByTeam<i32>,
    highest: ByTeam<i32>,
}

impl Middle {
    fn of(block: &Block, draw: &Draw, number: usize, size: usize, drop: usize) -> Self {
        let mut middle = Self {
            sums: [0; MOST_TEAMS as usize],
            lowest: [i32::MIN; MOST_TEAMS as usize],
            highest: [i32::MAX; MOST_TEAMS as usize],
        };
        match block.rule {
            Rule::Majority => {
                for evaluator in 0..size {
                    let row = draw.row(number, evaluator);
                    middle.sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += i32::from(*value == block.highest));
                }
            }
            Rule::Trimmed(_) | Rule::Median if drop == 0 => {
                for evaluator in 0..size {
                    let row = draw.row(number, evaluator);
                    middle.sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
                }
            }
            Rule::Trimmed(_) | Rule::Median => middle.sort(draw, number, size, drop),
        }
        middle
    }

    fn sort(&mut self, draw: &Draw, number: usize, size: usize, drop: usize) {
        let mut room = [0_i32; super::MOST_SEATS as usize + 1];
        let Some(values) = room.get_mut(..size) else { return };
        let ends = self.lowest.iter_mut().zip(&mut self.highest);
        for (team, (sum, (lowest, highest))) in self.sums.iter_mut().zip(ends).take(draw.quality.len()).enumerate() {
            for (evaluator, value) in values.iter_mut().enumerate() {
                *value = draw.row(number, evaluator).get(team).copied().unwrap_or_default();
            }
            values.sort_unstable();
            let counted = values.get(drop..size - drop).unwrap_or_default();
            *sum = counted.iter().sum();
            *lowest = counted.first().copied().unwrap_or(i32::MIN);
            *highest = counted.last().copied().unwrap_or(i32::MAX);
        }
    }

    /// What is left of a team's sum without `value`.
    fn without(&self, block: &Block, team: usize, value: i32) -> i32 {
        let gone = match block.rule {
            Rule::Majority => i32::from(value == block.highest),
            Rule::Trimmed(_) | Rule::Median => value.max(self.lowest[team]).min(self.highest[team]),
        };
        self.sums[team] - gone
    }
}

/// Whether the list changes without at least one of the first `size` evaluators; `middles` are what counts without one.
fn changes(plan: &Plan, draw: &Draw, middles: &[Middle], size: usize, kept: u64) -> bool {
    let left = size - 1;
    (0..size).any(|out| {
        let mut totals: ByTeam<i64> = [0; MOST_TEAMS as usize];
        for (((number, block), middle), weight) in plan.blocks.iter().enumerate().zip(middles).zip(plan.weights(left)) {
            let row = draw.row(number, out);
            for (team, (total, value)) in totals.iter_mut().zip(row).enumerate() {
                *total += weight * i64::from(block.value(middle.without(block, team, *value), left));
            }
        }
        is_other_list(totals.get(..plan.teams).unwrap_or_default(), kept)
    })
}

/// A total with the team's number as its last digits: no two are equal, the lower number comes first among equals.
fn key(total: i64, team: usize) -> i64 {
    total * i64::from(MOST_TEAMS) + (i64::from(MOST_TEAMS) - 1 - team as i64)
}

/// Whether `totals` keep other teams than `kept`: whether one that is out comes before one that is in.
fn is_other_list(totals: &[i64], kept: u64) -> bool {
    let (mut last_in, mut first_out) = (i64::MAX, i64::MIN);
    for (team, total) in totals.iter().enumerate() {
        let key = key(*total, team);
        if kept >> team & 1 == 1 {
            last_in = last_in.min(key);
        } else {
            first_out = first_out.max(key);
        }
    }
    first_out > last_in
}

/// The `keep` highest, a bit each; the lower number comes first among equals.
fn top_keys(totals: &[i64], keep: usize) -> u64 {
    let mut keys: ByTeam<i64> = [0; MOST_TEAMS as usize];
    for (team, (slot, total)) in keys.iter_mut().zip(totals).enumerate() {
        *slot = key(*total, team);
    }
    top(keys.get(..totals.len()).unwrap_or_default(), keep)
}

/// The `keep` highest of values no two of which are equal, a bit each.
fn top<T: PartialOrd + Copy>(values: &[T], keep: usize) -> u64 {
    let kept = |(team, own): (usize, &T)| {
        let above: usize = values.iter().map(|other| usize::from(other > own)).sum();
        u64::from(above < keep) << team
    };
    values.iter().enumerate().map(kept).fold(0, |mask, bit| mask | bit)
}

/// How many teams are equal across the line that `kept` draws, or 0.
fn tied(totals: &[i64], kept: u64) -> u32 {
    let is_in = |team: usize| kept >> team & 1 == 1;
    let with = |wanted: bool| totals.iter().enumerate().filter(move |(team, _)| is_in(*team) == wanted);
    let last_in = with(true).map(|(_, total)| *total).min();
    let first_out = with(false).map(|(_, total)| *total).max();
    if last_in != first_out {
        return 0;
    }
    totals.iter().map(|total| u32::from(Some(*total) == last_in)).sum()
}
