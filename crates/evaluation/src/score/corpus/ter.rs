//! The translation edit rate: the fewest insertions, deletions, substitutions and shifts of word groups that turn the
//! hypothesis into the reference, found greedily as Tercom and sacreBLEU find them.

use super::float;
use crate::score::text::words;

/// The longest group of words that is shifted.
const SHIFT_SIZE: usize = 10;
/// How far a group is shifted at most.
const SHIFT_DISTANCE: usize = 50;
/// How many shifts are tried at most for one hypothesis.
const SHIFT_CANDIDATES: usize = 1000;
/// Half the width of the band around the diagonal in which distances are computed.
const BEAM: usize = 25;

/// The fewest edits over the references, and the references' average length.
pub(super) fn segments(hypothesis: &str, references: &[&str]) -> Vec<Vec<f64>> {
    let hypothesis = hypothesis.to_lowercase();
    let hypothesis: Vec<&str> = words(&hypothesis).collect();
    let (mut fewest, mut lengths) = (usize::MAX, 0);
    let mut segments = Vec::with_capacity(references.len());
    for (before, reference) in references.iter().enumerate() {
        let reference = reference.to_lowercase();
        let reference: Vec<&str> = words(&reference).collect();
        fewest = fewest.min(edits(&hypothesis, &reference));
        lengths += reference.len();
        segments.push(vec![float(fewest), float(lengths) / float(before + 1)]);
    }
    segments
}

pub(super) fn score(sum: &[f64]) -> f64 {
    match sum {
        [edits, length] if *length > 0.0 => 100.0 * (edits / length),
        [edits, _] if *edits > 0.0 => 100.0,
        _ => 0.0,
    }
}

fn edits(hypothesis: &[&str], reference: &[&str]) -> usize {
    if reference.is_empty() {
        return hypothesis.len();
    }
    let mut hypothesis = hypothesis.to_vec();
    let (mut shifts, mut candidates) = (0, 0);
    loop {
        let table = Table::of(&hypothesis, reference);
        let best = best_shift(&hypothesis, reference, &table, &mut candidates);
        match best {
            Some(best) if candidates < SHIFT_CANDIDATES && best.gain > 0 => {
                shifts += 1;
                hypothesis = best.words;
            }
            _ => return shifts + table.distance(),
        }
    }
}

/// A shift, ordered as Tercom ranks them: the greatest gain, the longest group, the earliest start and target.
struct Shift<'a> {
    gain: i64,
    rank: (i64, usize, std::cmp::Reverse<usize>, std::cmp::Reverse<usize>),
    words: Vec<&'a str>,
}

fn best_shift<'a>(
    hypothesis: &[&'a str],
    reference: &[&str],
    table: &Table,
    candidates: &mut usize,
) -> Option<Shift<'a>> {
    let alignment = table.alignment();
    let mut best: Option<Shift<'a>> = None;
    for (start, at, length) in shifted_pairs(hypothesis, reference) {
        let wrong = |errors: &[bool], from: usize| errors.iter().skip(from).take(length).any(|error| *error);
        if !wrong(&alignment.hypothesis_errors, start) || !wrong(&alignment.reference_errors, at) {
            continue;
        }
        let inside = |place: &Option<usize>| place.is_some_and(|place| (start..start + length).contains(&place));
        if alignment.places.get(at).is_some_and(inside) {
            continue;
        }
        for target in targets(&alignment.places, at, length) {
            let words = shifted(hypothesis, start, length, target);
            let gain = difference(table.distance(), table.with(&words, hypothesis, reference));
            *candidates += 1;
            let rank = (gain, length, std::cmp::Reverse(start), std::cmp::Reverse(target));
            if best.as_ref().is_none_or(|best| rank > best.rank) {
                best = Some(Shift { gain, rank, words });
            }
        }
        if *candidates >= SHIFT_CANDIDATES {
            break;
        }
    }
    best
}

fn difference(before: usize, after: usize) -> i64 {
    i64::try_from(before).unwrap_or(i64::MAX) - i64::try_from(after).unwrap_or(i64::MAX)
}

/// Where a group that matches the reference from `at` may go: before the beginning, or behind the word that is aligned
/// with the reference's word before, or with one of its own; none twice in a row.
fn targets(places: &[Option<usize>], at: usize, length: usize) -> Vec<usize> {
    let mut targets: Vec<usize> = Vec::with_capacity(length + 1);
    for offset in 0..=length {
        let target = match (at + offset).checked_sub(1) {
            None => 0,
            Some(place) => match places.get(place) {
                Some(place) => place.map_or(0, |place| place + 1),
                None => break,
            },
        };
        if targets.last() != Some(&target) {
            targets.push(target);
        }
    }
    targets
}

fn shifted<'a>(words: &[&'a str], start: usize, length: usize, target: usize) -> Vec<&'a str> {
    let group = &words[start..start + length];
    let mut rest: Vec<&str> = words.to_vec();
    rest.drain(start..start + length);
    // Inside the group itself the target counts from its start, past it from its end.
    let place = if target < start {
        target
    } else if target > start + length {
        target - length
    } else {
        target
    };
    let place = place.min(rest.len());
    rest.splice(place..place, group.iter().copied());
    rest
}

/// Where groups of words of the hypothesis stand in the reference: start here, start there, length.
fn shifted_pairs(hypothesis: &[&str], reference: &[&str]) -> Vec<(usize, usize, usize)> {
    let mut pairs = Vec::new();
    for start in 0..hypothesis.len() {
        for at in 0..reference.len() {
            if at.abs_diff(start) > SHIFT_DISTANCE {
                continue;
            }
            let same = hypothesis[start..].iter().zip(&reference[at..]).take_while(|(a, b)| a == b).count();
            pairs.extend((1..=same.min(SHIFT_SIZE)).map(|length| (start, at, length)));
        }
    }
    pairs
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edit {
    Keep,
    Substitute,
    /// A word of the reference that the hypothesis lacks.
    Insert,
    /// A word of the hypothesis that the reference lacks.
    Delete,
    None,
}

type Cell = (usize, Edit);

/// Edit distances of the prefixes, within a band around the diagonal.
struct Table {
    rows: Vec<Vec<Cell>>,
}

const UNREACHED: Cell = (usize::MAX / 2, Edit::None);

impl Table {
    fn of(hypothesis: &[&str], reference: &[&str]) -> Self {
        let mut rows = vec![(0..=reference.len()).map(|cost| (cost, Edit::Insert)).collect::<Vec<Cell>>()];
        for index in 1..=hypothesis.len() {
            let row = next_row(&rows[index - 1], index, hypothesis, reference);
            rows.push(row);
        }
        Self { rows }
    }

    fn distance(&self) -> usize {
        self.rows.last().and_then(|row| row.last()).map_or(0, |cell| cell.0)
    }

    /// The distance of other words of the same number; what they share at the beginning with `hypothesis`, of which
    /// this is the table, is not computed anew.
    fn with(&self, words: &[&str], hypothesis: &[&str], reference: &[&str]) -> usize {
        let same = words.iter().zip(hypothesis).take_while(|(a, b)| a == b).count();
        let mut row = self.rows[same].clone();
        for index in same + 1..=words.len() {
            row = next_row(&row, index, words, reference);
        }
        row.last().map_or(0, |cell| cell.0)
    }

    fn alignment(&self) -> Alignment {
        let (mut row, mut column) = (self.rows.len() - 1, self.rows[0].len() - 1);
        let mut trace = Vec::new();
        while row > 0 || column > 0 {
            let edit = match self.rows[row][column].1 {
                Edit::None if row > 0 => Edit::Delete,
                Edit::None => Edit::Insert,
                edit => edit,
            };
            row -= usize::from(edit != Edit::Insert);
            column -= usize::from(edit != Edit::Delete);
            trace.push(edit);
        }
        let mut alignment = Alignment::default();
        for edit in trace.into_iter().rev() {
            alignment.step(edit);
        }
        alignment
    }
}

/// The row of word `index` (from 1) of the hypothesis.
///
/// Tercom prefers keeping or substituting, then a deletion, then an insertion.
fn next_row(above: &[Cell], index: usize, hypothesis: &[&str], reference: &[&str]) -> Vec<Cell> {
    let ratio = float(reference.len()) / float(hypothesis.len());
    let half = ratio / 2.0;
    let beam = if float(BEAM) < half { whole((half + float(BEAM)).ceil()) } else { BEAM };
    let diagonal = whole((float(index) * ratio).floor());
    let end = reference.len() + 1;
    let until = if index == hypothesis.len() { end } else { end.min(diagonal + beam) };
    let mut row = vec![UNREACHED; end];
    for column in diagonal.saturating_sub(beam)..until {
        let delete = (above[column].0 + 1, Edit::Delete);
        row[column] = match column.checked_sub(1) {
            None => delete,
            Some(left) => {
                let same = hypothesis[index - 1] == reference[left];
                let step = if same { (above[left].0, Edit::Keep) } else { (above[left].0 + 1, Edit::Substitute) };
                let insert = (row[left].0 + 1, Edit::Insert);
                [step, delete, insert]
                    .into_iter()
                    .fold(UNREACHED, |best, cell| if cell.0 < best.0 { cell } else { best })
            }
        };
    }
    row
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of words, rounded before")]
fn whole(number: f64) -> usize {
    number as usize
}

/// Which word of the hypothesis every word of the reference goes with (none: before the first), and which are wrong.
#[derive(Default)]
struct Alignment {
    places: Vec<Option<usize>>,
    reference_errors: Vec<bool>,
    hypothesis_errors: Vec<bool>,
}

impl Alignment {
    fn step(&mut self, edit: Edit) {
        if edit != Edit::Insert {
            self.hypothesis_errors.push(edit != Edit::Keep);
        }
        if edit != Edit::Delete {
            self.places.push(self.hypothesis_errors.len().checked_sub(1));
            self.reference_errors.push(edit != Edit::Keep);
        }
    }
}
