//! How far items that belong together say the same, as scores show it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::scores::TaskScores;

/// Items in clusters: how large these are, and how alike the items in them.
///
/// So many items hold as much as so many that stand alone divided by the design effect `1 + (size − 1) · within` (Kish
/// 1965, Survey Sampling, section 5.4).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Belonging {
    /// Items of a cluster. Where clusters differ in size, the mean over items and not over clusters, with which the
    /// effect holds (Eldridge, Ashby and Kerry 2006, International Journal of Epidemiology 35:1292).
    pub size: f64,
    /// The correlation of two items of a cluster, from 0.
    pub within: f64,
}

impl Belonging {
    /// Items that stand alone.
    pub const ALONE: Self = Self { size: 1.0, within: 0.0 };

    /// By how much more items it takes than if they stood alone.
    pub fn effect(self) -> f64 {
        1.0 + (self.size - 1.0) * self.within
    }

    /// What the scores of one model show, by the analysis of variance (Donner 1986, International Statistical Review
    /// 54:67); none without two clusters, without a cluster of two items, or where an item names no cluster.
    pub fn of(scores: &TaskScores) -> Option<Self> {
        let known = scores.items.iter().filter_map(|item| Some((item.cluster.as_deref(), item.score?.value())));
        let mut clusters: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for (cluster, score) in known {
            clusters.entry(cluster?).or_default().push(score);
        }
        let sizes: Vec<f64> = clusters.values().map(|scores| scores.iter().map(|_| 1.0).sum()).collect();
        let (items, groups) = (sizes.iter().sum::<f64>(), sizes.iter().map(|_| 1.0).sum::<f64>());
        if groups < 2.0 || items <= groups {
            return None;
        }
        let size = sizes.iter().map(|size| size * size).sum::<f64>() / items;
        let all = clusters.values().flatten().sum::<f64>() / items;
        let (mut between, mut inside) = (0.0, 0.0);
        for (scores, size) in clusters.values().zip(&sizes) {
            let mean = scores.iter().sum::<f64>() / size;
            between += size * (mean - all) * (mean - all);
            inside += scores.iter().map(|score| (score - mean) * (score - mean)).sum::<f64>();
        }
        let (between, inside) = (between / (groups - 1.0), inside / (items - groups));
        let typical = (items - size) / (groups - 1.0);
        let whole = between + (typical - 1.0) * inside;
        let within = if whole > 0.0 { ((between - inside) / whole).clamp(0.0, 1.0) } else { 0.0 };
        Some(Self { size, within })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;
    use crate::verdict::{ItemScore, Score};

    fn scores(clusters: &[(&str, &[f64])]) -> TaskScores {
        let item = |cluster: &str, number: usize, score: f64| ItemScore {
            key: format!("{cluster}{number}"),
            score: Some(Score::Number(score)),
            class: Class::Scored,
            repeats: 1,
            cluster: Some(cluster.to_owned()),
            prompt_hash: "p".into(),
        };
        let items = clusters.iter().flat_map(|(cluster, scores)| {
            scores.iter().enumerate().map(|(number, score)| item(cluster, number, *score)).collect::<Vec<_>>()
        });
        TaskScores { metric: "m".into(), filter: "none".into(), items: items.collect() }
    }

    #[test]
    fn a_small_table_comes_out_as_by_hand() {
        let table = scores(&[("a", &[0.0, 0.0, 1.0]), ("b", &[1.0, 1.0, 0.0]), ("c", &[1.0, 1.0, 1.0])]);
        let found = Belonging::of(&table).unwrap();
        // MSB = (1/3)·2/2 = 1/3; MSW = (2/3 + 2/3)/6 = 2/9; (1/3 − 2/9)/(1/3 + 2·2/9) = 1/7.
        assert!((found.size - 3.0).abs() < 1e-12 && (found.within - 1.0 / 7.0).abs() < 1e-12, "{found:?}");
        assert!((found.effect() - 9.0 / 7.0).abs() < 1e-12);
    }

    #[test]
    fn the_ends_are_no_likeness_and_all() {
        let alike = Belonging::of(&scores(&[("a", &[1.0, 1.0]), ("b", &[0.0, 0.0, 0.0, 0.0])])).unwrap();
        assert!((alike.within - 1.0).abs() < 1e-12 && (alike.size - 20.0 / 6.0).abs() < 1e-12, "{alike:?}");
        let unlike = Belonging::of(&scores(&[("a", &[1.0, 0.0]), ("b", &[0.0, 1.0])])).unwrap();
        assert_eq!((unlike.within, unlike.effect()), (0.0, 1.0));
        assert_eq!(Belonging::of(&scores(&[("a", &[1.0]), ("b", &[0.0])])), None, "nothing stands together");
        assert_eq!(Belonging::of(&scores(&[("a", &[1.0, 0.0])])), None, "one cluster tells nothing of others");
    }
}
