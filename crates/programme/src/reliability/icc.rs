//! Intraclass correlations from two-way mean squares.
//!
//! K. O. McGraw and S. P. Wong, "Forming inferences about some intraclass correlation coefficients", Psychological
//! Methods 1 (1996) 30–46, tables 4 and 7; in the notation of P. E. Shrout and J. L. Fleiss, "Intraclass
//! correlations", Psychological Bulletin 86 (1979) 420–428, the three are ICC(2,1), ICC(3,1) and ICC(3,k).

use serde::{Deserialize, Serialize};
use statrs::function::beta::beta_reg;

use super::Figure;

/// Intraclass correlations with 95 % intervals: the share of the variance that is the teams'.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Icc {
    /// ICC(A,1): one evaluator's value stands for another's, severity counted as disagreement.
    pub agreement_single: IccInterval,
    /// ICC(C,1): one evaluator's value stands for another's, severity left aside.
    pub consistency_single: IccInterval,
    /// ICC(C,k): the panel's mean stands for another such panel's, severity left aside.
    pub consistency_mean: IccInterval,
}

/// A figure with its 95 % interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IccInterval {
    /// The figure.
    pub value: Figure,
    /// The lower end.
    pub low: Figure,
    /// The upper end.
    pub high: Figure,
}

impl IccInterval {
    fn new(value: f64, low: f64, high: f64) -> Option<Self> {
        Some(Self { value: Figure::new(value)?, low: Figure::new(low)?, high: Figure::new(high)? })
    }
}

/// The two-way mean squares of a full table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MeanSquares {
    teams: f64,
    evaluators: f64,
    rows: f64,
    columns: f64,
    error: f64,
}

impl MeanSquares {
    /// Of a full table; none with fewer than two rows or columns.
    pub(crate) fn of(table: &[Vec<f64>]) -> Option<Self> {
        let width = table.first()?.len();
        if table.len() < 2 || width < 2 || table.iter().any(|row| row.len() != width) {
            return None;
        }
        let (teams, evaluators) = (table.len() as f64, width as f64);
        let row_means: Vec<f64> = table.iter().map(|row| row.iter().sum::<f64>() / evaluators).collect();
        let column_means: Vec<f64> =
            (0..width).map(|column| table.iter().filter_map(|row| row.get(column)).sum::<f64>() / teams).collect();
        let grand = row_means.iter().sum::<f64>() / teams;
        let squares = |means: &[f64]| means.iter().map(|mean| (mean - grand).powi(2)).sum::<f64>();
        let residual = table.iter().zip(&row_means).flat_map(|(row, row_mean)| {
            row.iter().zip(&column_means).map(move |(value, column_mean)| value - row_mean - column_mean + grand)
        });
        Some(Self {
            teams,
            evaluators,
            rows: squares(&row_means) * evaluators / (teams - 1.0),
            columns: squares(&column_means) * teams / (evaluators - 1.0),
            error: residual.map(|rest| rest * rest).sum::<f64>() / ((teams - 1.0) * (evaluators - 1.0)),
        })
    }

    /// The mean of those of several tables of one size.
    #[cfg(test)]
    pub(crate) fn mean(several: impl Iterator<Item = Self>) -> Self {
        let (mut sum, mut count) = (Self { teams: 0.0, evaluators: 0.0, rows: 0.0, columns: 0.0, error: 0.0 }, 0.0);
        for one in several {
            let Self { teams, evaluators, .. } = one;
            let (rows, columns, error) = (sum.rows + one.rows, sum.columns + one.columns, sum.error + one.error);
            sum = Self { teams, evaluators, rows, columns, error };
            count += 1.0;
        }
        Self { rows: sum.rows / count, columns: sum.columns / count, error: sum.error / count, ..sum }
    }

    /// ICC(A,1).
    pub(crate) fn agreement_single(&self) -> f64 {
        let Self { teams: n, evaluators: k, rows, columns, error } = *self;
        (rows - error) / (rows + (k - 1.0) * error + k / n * (columns - error))
    }

    /// The interval of McGraw and Wong, table 7, with Satterthwaite's degrees of freedom.
    fn agreement_single_ends(&self) -> (f64, f64) {
        let Self { teams: n, evaluators: k, rows, columns, error } = *self;
        let icc = self.agreement_single();
        let a = k * icc / (n * (1.0 - icc));
        let b = 1.0 + k * icc * (n - 1.0) / (n * (1.0 - icc));
        let freedom = (a * columns + b * error).powi(2)
            / ((a * columns).powi(2) / (k - 1.0) + (b * error).powi(2) / ((n - 1.0) * (k - 1.0)));
        let rest = k * columns + (k * n - k - n) * error;
        let below = f_quantile(UPPER, n - 1.0, freedom);
        let above = f_quantile(UPPER, freedom, n - 1.0);
        (n * (rows - below * error) / (below * rest + n * rows), n * (above * rows - error) / (rest + n * above * rows))
    }

    /// The ends of the interval of rows over error, from which both consistencies follow.
    fn ratio_ends(&self) -> (f64, f64) {
        let (above, below) = (self.teams - 1.0, (self.teams - 1.0) * (self.evaluators - 1.0));
        let ratio = self.rows / self.error;
        (ratio / f_quantile(UPPER, above, below), ratio * f_quantile(UPPER, below, above))
    }
}

/// The intraclass correlations of a full table, a row for each team and a column for each evaluator.
///
/// None where there are fewer than two of either, or where a mean square that is divided by is zero: with no variance
/// there is nothing to share out.
pub fn icc(table: &[Vec<f64>]) -> Option<Icc> {
    let squares = MeanSquares::of(table)?;
    let (k, rows, error) = (squares.evaluators, squares.rows, squares.error);
    if rows <= 0.0 {
        return None;
    }
    let single = (rows - error) / (rows + (k - 1.0) * error);
    let (low, high) = squares.ratio_ends();
    // Of a perfect table the ratio is infinite and both ends are one.
    let of_single = |ratio: f64| if ratio.is_infinite() { 1.0 } else { (ratio - 1.0) / (ratio + k - 1.0) };
    let (agreement_low, agreement_high) =
        if squares.agreement_single() >= 1.0 { (1.0, 1.0) } else { squares.agreement_single_ends() };
    Some(Icc {
        agreement_single: IccInterval::new(squares.agreement_single(), agreement_low, agreement_high)?,
        consistency_single: IccInterval::new(single, of_single(low), of_single(high))?,
        consistency_mean: IccInterval::new((rows - error) / rows, 1.0 - 1.0 / low, 1.0 - 1.0 / high)?,
    })
}

/// What leaves 2.5 % above it.
const UPPER: f64 = 0.975;

/// The point that an F variable with these degrees of freedom stays below with probability `below`.
///
/// Found by halving on `x = d₁F / (d₁F + d₂)`, whose distribution is the regularised incomplete beta function: slow and
/// sure, to the last bit of `x`.
fn f_quantile(below: f64, above_freedom: f64, below_freedom: f64) -> f64 {
    if !(above_freedom.is_finite() && below_freedom.is_finite() && above_freedom > 0.0 && below_freedom > 0.0) {
        return f64::NAN;
    }
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    loop {
        let middle = low.midpoint(high);
        if middle <= low || middle >= high {
            return below_freedom * low / (above_freedom * (1.0 - low));
        }
        if beta_reg(above_freedom / 2.0, below_freedom / 2.0, middle) < below {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shrout and Fleiss (1979), table 2: six targets, four judges.
    fn shrout_fleiss() -> Vec<Vec<f64>> {
        [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
            .map(|row| row.map(f64::from).to_vec())
            .to_vec()
    }

    fn rounded(interval: &IccInterval) -> [String; 3] {
        [&interval.value, &interval.low, &interval.high].map(|figure| format!("{:.2}", figure.to_f64()))
    }

    #[test]
    fn shrout_and_fleiss_table_4() {
        let icc = icc(&shrout_fleiss()).unwrap();
        assert_eq!(rounded(&icc.agreement_single), ["0.29", "0.02", "0.76"]);
        assert_eq!(rounded(&icc.consistency_single), ["0.71", "0.34", "0.95"]);
        assert_eq!(rounded(&icc.consistency_mean), ["0.91", "0.68", "0.99"]);
    }

    #[test]
    fn intervals_agree_with_scipy_to_six_decimals() {
        let icc = icc(&shrout_fleiss()).unwrap();
        assert_eq!(icc.agreement_single.low.as_str(), "0.018787");
        assert_eq!(icc.agreement_single.high.as_str(), "0.761084");
        assert_eq!(icc.consistency_single.low.as_str(), "0.342465");
        assert_eq!(icc.consistency_mean.high.as_str(), "0.985892");
    }

    #[test]
    fn mean_squares_of_the_published_table() {
        let squares = MeanSquares::of(&shrout_fleiss()).unwrap();
        assert!((squares.rows - 11.24).abs() < 0.005);
        assert!((squares.columns - 32.49).abs() < 0.005);
        assert!((squares.error - 1.02).abs() < 0.005);
    }

    #[test]
    fn degenerate_tables() {
        assert_eq!(icc(&[]), None);
        assert_eq!(icc(&[vec![1.0, 2.0]]), None);
        assert_eq!(icc(&[vec![1.0, 1.0], vec![1.0, 1.0]]), None);
        let same = icc(&[vec![1.0, 1.0], vec![2.0, 2.0], vec![4.0, 4.0]]).unwrap();
        assert_eq!(rounded(&same.agreement_single), ["1.00", "1.00", "1.00"]);
        assert_eq!(rounded(&same.consistency_mean), ["1.00", "1.00", "1.00"]);
    }

    #[test]
    fn quantiles_of_a_printed_table() {
        assert!((f_quantile(0.95, 4.0, 10.0) - 3.478).abs() < 5e-4);
        assert!((f_quantile(0.975, 5.0, 15.0) - 3.576).abs() < 5e-4);
    }
}
