//! BLEU, chrF and TER over a whole corpus, as sacreBLEU 2.6 computes them with the settings of lm-eval.
//!
//! Every item is reduced to a few counts at once, and the score is computed from their sum. So no text is kept, and a
//! bootstrap sums counts anew where lm-eval reads all texts anew.

mod bleu;
mod chrf;
mod ngram;
mod ter;

use crate::Value;

/// A measure over a corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corpus {
    /// BLEU with the tokens of mteval-v13a and exponential smoothing (Papineni et al. 2002; Post 2018). 0 to 100.
    Bleu,
    /// chrF2 over characters (Popović 2015): order 6, beta 2, effective order. 0 to 100.
    Chrf,
    /// chrF++ (Popović 2017): as chrF2, with words up to order 2. 0 to 100.
    ChrfPlus,
    /// The translation edit rate (Snover et al. 2006), in percent of the reference's words; it may exceed 100.
    Ter,
}

impl Corpus {
    /// The counts of one item, against the first one, the first two, … of its references.
    ///
    /// lm-eval scores every item against as many references as the item with the fewest has, and how many that is
    /// is known only at the end.
    pub(crate) fn segments(self, hypothesis: &str, references: &[&str]) -> Vec<Segment> {
        let counts = match self {
            Self::Bleu => bleu::segments(hypothesis, references),
            Self::Chrf => chrf::segments(hypothesis, references, 0),
            Self::ChrfPlus => chrf::segments(hypothesis, references, 2),
            Self::Ter => ter::segments(hypothesis, references),
        };
        counts.into_iter().map(Vec::into_boxed_slice).collect()
    }

    /// The score of the sum of the counts.
    pub(crate) fn score(self, sum: &[f64]) -> f64 {
        match self {
            Self::Bleu => bleu::score(sum),
            Self::Chrf | Self::ChrfPlus => chrf::score(sum),
            Self::Ter => ter::score(sum),
        }
    }

    /// How many counts an item has.
    pub(crate) fn width(self) -> usize {
        match self {
            Self::Bleu => 10,
            Self::Chrf => 18,
            Self::ChrfPlus => 24,
            Self::Ter => 2,
        }
    }

    /// The score of `hypotheses` against their references, one list a hypothesis.
    pub fn of(self, hypotheses: &[&str], references: &[Vec<&str>]) -> f64 {
        let mut sum = vec![0.0; self.width()];
        for (hypothesis, references) in hypotheses.iter().zip(references) {
            if let Some(last) = self.segments(hypothesis, references).last() {
                add(&mut sum, last);
            }
        }
        self.score(&sum)
    }
}

/// The counts of one item.
pub(crate) type Segment = Box<[f64]>;

/// Adds the counts of one item.
pub(crate) fn add(sum: &mut [f64], segment: &[f64]) {
    for (total, count) in sum.iter_mut().zip(segment) {
        *total += count;
    }
}

/// The counts of the value `[reference or references, hypothesis]` that lm-eval keeps for an item.
pub(crate) fn segments_of(corpus: Corpus, value: &Value) -> Option<Vec<Segment>> {
    let [references, hypothesis] = value.as_list()? else { return None };
    let hypothesis = match hypothesis.as_list() {
        Some([only]) => only.as_str()?,
        Some(_) => return None,
        None => hypothesis.as_str()?,
    };
    let references = match references.as_list() {
        Some(list) => list.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?,
        None => vec![references.as_str()?],
    };
    (!references.is_empty()).then(|| corpus.segments(hypothesis, &references))
}

#[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^53")]
pub(super) fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
