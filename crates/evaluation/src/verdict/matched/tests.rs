//! The constrained chances beside a search over a grid that knows nothing of multipliers or quadratics.

use super::*;

fn likelihood(counts: Cells, cells: Cells) -> f64 {
    counts.iter().zip(cells).filter(|(count, _)| **count > 0.0).map(|(count, cell)| count * cell.max(1e-300).ln()).sum()
}

/// The best of a fine grid of cells with a mean of exactly 0.
fn searched(counts: Cells, line: Line) -> f64 {
    let worth = line.worth();
    let mut best = f64::NEG_INFINITY;
    for step in 0..=400 {
        let both = f64::from(step) / 400.0;
        for step in 0..=400 {
            let candidate = (1.0 - both) * f64::from(step) / 400.0;
            // Two conditions give the other two cells: they add up, and the mean is 0.
            let rest = 1.0 - both - candidate;
            let frontier = -(both * worth[0] + candidate * worth[1] + rest * worth[3]) / (worth[2] - worth[3]);
            if (0.0..=rest).contains(&frontier) {
                best = best.max(likelihood(counts, [both, candidate, frontier, rest - frontier]));
            }
        }
    }
    best
}

#[test]
fn no_point_of_a_grid_is_likelier() {
    let tables =
        [[40, 5, 7, 10], [20, 0, 3, 4], [20, 3, 0, 4], [10, 0, 0, 5], [0, 4, 4, 2], [0, 0, 6, 1], [0, 6, 0, 0]];
    for [both, candidate_only, frontier_only, neither] in tables {
        let table = Matched { both, candidate_only, frontier_only, neither };
        for line in [(0.95, 0.0), (0.95, 0.25), (0.5, 0.0), (1.0, 0.0), (1.2, 0.1)] {
            let line = Line { margin: line.0, chance: line.1 };
            let (cells, worth) = (table.constrained(line), line.worth());
            let mean: f64 = (0..4).map(|k| cells[k] * worth[k]).sum();
            assert!(mean.abs() < 1e-10, "{table:?} {line:?}: the mean is {mean}");
            assert!((cells.iter().sum::<f64>() - 1.0).abs() < 1e-10 && cells.iter().all(|cell| *cell >= -1e-12));
            let (found, best) = (likelihood(table.cells(), cells), searched(table.cells(), line));
            assert!(found >= best - 1e-9, "{table:?} {line:?}: {found} is less likely than {best}");
        }
    }
}

#[test]
fn with_a_vanishing_chance_the_general_case_is_the_plain_one() {
    let table = Matched { both: 71, candidate_only: 9, frontier_only: 13, neither: 22 };
    let (plain, shifted) = (Line { margin: 0.95, chance: 0.0 }, Line { margin: 0.95, chance: 1e-12 });
    assert!((table.score(plain) - table.score(shifted)).abs() < 1e-8);
}

#[test]
fn at_margin_one_it_is_mcnemar() {
    // (b − c) / √(b + c) = (15 − 5) / √20.
    let table = Matched { both: 50, candidate_only: 15, frontier_only: 5, neither: 30 };
    assert!((table.score(Line { margin: 1.0, chance: 0.0 }) - 10.0 / 20.0_f64.sqrt()).abs() < 1e-12);
}

#[test]
fn nothing_seen_is_no_evidence() {
    let table = Matched { neither: 9, ..Matched::default() };
    assert_eq!(table.score(Line { margin: 0.95, chance: 0.0 }), 0.0);
}
