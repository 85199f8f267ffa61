//! A curve, drawn with the blocks that every terminal has.

/// Eighths of a block, from nothing to a whole one.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws values as `height` rows of at most `width` columns, with the highest and lowest value beside them. None where
/// there is nothing to see.
pub(super) fn drawn(values: &[f64], width: usize, height: usize) -> Option<String> {
    let values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if values.len() < 2 || width == 0 || height == 0 {
        return None;
    }
    let columns = columns(&values, width);
    let low = columns.iter().copied().fold(f64::INFINITY, f64::min);
    let high = columns.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let span = if high > low { high - low } else { 1.0 };
    let whole = (height * 8) as f64;
    // The lowest point keeps an eighth, so that it is seen.
    let heights: Vec<usize> =
        columns.iter().map(|value| (((value - low) / span * whole).round() as usize).max(1)).collect();
    let rows = (0..height).rev().map(|row| {
        let label = match row {
            row if row + 1 == height => format!("{high:>8.3}"),
            0 => format!("{low:>8.3}"),
            _ => " ".repeat(8),
        };
        let blocks: String = heights.iter().map(|eighths| EIGHTHS[eighths.saturating_sub(row * 8).min(8)]).collect();
        format!("{label} │{}", blocks.trim_end())
    });
    Some(rows.collect::<Vec<_>>().join("\n"))
}

/// The means of runs of values, at most `width` of them.
fn columns(values: &[f64], width: usize) -> Vec<f64> {
    let each = values.len().div_ceil(width);
    values.chunks(each).map(|run| run.iter().sum::<f64>() / run.len() as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::drawn;

    #[test]
    fn a_falling_line_falls() {
        let values: Vec<f64> = (0..8).rev().map(f64::from).collect();
        assert_eq!(drawn(&values, 8, 2).unwrap(), "   7.000 │█▆▃▁\n   0.000 │████▇▅▂▁");
    }

    #[test]
    fn one_point_is_no_curve() {
        assert_eq!(drawn(&[1.0], 8, 2), None);
        assert_eq!(drawn(&[1.0, f64::NAN], 8, 2), None);
    }
}
