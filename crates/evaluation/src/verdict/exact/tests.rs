//! The sum over two counts beside a sum over all tables, and the level that the test really has.

use rayon::prelude::*;

use super::*;

const LINE: Line = Line { margin: 0.95, chance: 0.0 };

fn tables(pairs: u32) -> Vec<Matched> {
    let mut tables = Vec::new();
    for both in 0..=pairs {
        for candidate_only in 0..=pairs - both {
            for frontier_only in 0..=pairs - both - candidate_only {
                let neither = pairs - both - candidate_only - frontier_only;
                tables.push(Matched { both, candidate_only, frontier_only, neither });
            }
        }
    }
    tables
}

/// The multinomial chance of a table, multiplied out.
fn chance(table: Matched, cells: Cells) -> f64 {
    let counts = [table.both, table.candidate_only, table.frontier_only, table.neither];
    let (mut place, mut product) = (0.0, 1.0);
    for (count, cell) in counts.into_iter().zip(cells) {
        for k in 1..=count {
            place += 1.0;
            product *= place / f64::from(k) * cell;
        }
    }
    product
}

#[test]
fn every_tail_is_the_sum_over_all_tables() {
    for pairs in [1, 5, 12] {
        for line in [LINE, Line { margin: 0.95, chance: 0.25 }, Line { margin: 1.1, chance: 0.0 }] {
            for seen in tables(pairs).into_iter().step_by(7) {
                let at = differing(seen, line, seen.constrained(line), 1.0);
                for side in [Side::Upper, Side::Lower] {
                    let far = |table: &Matched| match side {
                        Side::Upper => far_up(table.score(line), seen.score(line)),
                        Side::Lower => far_up(-table.score(line), -seen.score(line)),
                    };
                    let slow: f64 = tables(pairs).into_iter().filter(far).map(|table| chance(table, at)).sum();
                    let fast = tail(seen, line, (side, at));
                    assert!((slow - fast).abs() < 1e-9, "{seen:?} {line:?} {side:?}: {fast} is not {slow}");
                }
            }
        }
    }
}

fn far_up(score: f64, seen: f64) -> bool {
    score >= seen - TIE
}

#[test]
fn shifted_cells_keep_to_the_edge_of_the_hypothesis() {
    let line = Line { margin: 0.95, chance: 0.25 };
    for seen in tables(9) {
        for errors in [-2.0, -1.0, 1.0, 2.0] {
            let cells = known_more(seen, line, differing(seen, line, seen.constrained(line), errors), errors.abs());
            let mean: f64 = (0..4).map(|k| cells[k] * line.worth()[k]).sum();
            assert!(mean.abs() < 1e-9 && (cells.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{seen:?}: {cells:?}");
        }
    }
}

#[test]
fn large_tables_agree_with_the_normal_distribution() {
    let seen = Matched { both: 3_000, candidate_only: 600, frontier_only: 700, neither: 700 };
    for side in [Side::Upper, Side::Lower] {
        let (sum, normal) = (p_value(seen, LINE, side), approximate(seen, LINE, side));
        assert!((sum - normal).abs() < 0.01, "{sum} {normal}");
    }
}

/// The cells with the candidate just at the line, from as unlike (−1) over independent (0) to as alike (1) as can be.
fn at_the_line(frontier: f64, likeness: f64) -> Cells {
    let candidate = LINE.margin * frontier;
    let (apart, most) = (candidate * frontier, candidate.min(frontier));
    let least = (candidate + frontier - 1.0).max(0.0);
    let both = apart + if likeness > 0.0 { likeness * (most - apart) } else { likeness * (apart - least) };
    [both, candidate - both, frontier - both, (1.0 - candidate - frontier + both).max(0.0)]
}

/// The level is no estimate: every table of 30 items is decided, and the chances of those decided wrongly are summed.
#[test]
fn with_thirty_items_the_level_stays_below_fifty_five_in_a_thousand() {
    let decided: Vec<(Matched, bool, bool)> = tables(30)
        .into_par_iter()
        .map(|table| {
            let score = table.score(LINE);
            let reached = score > 0.5 && p_value(table, LINE, Side::Upper) <= 0.05;
            let not_reached = score < -0.5 && p_value(table, LINE, Side::Lower) <= 0.05;
            (table, reached, not_reached)
        })
        .filter(|(_, reached, not_reached)| *reached || *not_reached)
        .collect();
    let mut highest = (0.0_f64, 0.0_f64);
    for accuracy in 0..=39 {
        for likeness in -10..=10 {
            let cells = at_the_line(0.2 + 0.79 * f64::from(accuracy) / 39.0, f64::from(likeness) / 10.0);
            let mut level = (0.0, 0.0);
            for (table, reached, not_reached) in &decided {
                let chance = chance(*table, cells);
                level.0 += if *reached { chance } else { 0.0 };
                level.1 += if *not_reached { chance } else { 0.0 };
            }
            highest = (highest.0.max(level.0), highest.1.max(level.1));
        }
    }
    assert!(highest.0 <= 0.055 && highest.1 <= 0.055, "{highest:?}");
    assert!(highest.0 > 0.04 && highest.1 > 0.04, "the test wastes its level: {highest:?}");
}
