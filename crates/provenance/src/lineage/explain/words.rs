//! Names of parts, effects and controls, in both languages.

use crate::Said;
use crate::anatomy::{Component, Spot, Tower};
use crate::lineage::TokenizerRelation;

const fn tower(tower: Tower) -> (&'static str, &'static str) {
    match tower {
        Tower::Language => ("", "언어 모델 "),
        Tower::Vision => ("vision ", "비전 인코더 "),
        Tower::Audio => ("audio ", "음성 인코더 "),
        Tower::Connector => ("connector ", "연결부 "),
        Tower::Prediction => ("prediction ", "다중 예측 헤드 "),
    }
}

/// The name of a component.
#[must_use]
pub fn component(component: &Component) -> Said {
    let (en, ko) = tower(component.tower);
    let spot = match component.spot {
        Spot::Embedding => ("embedding".to_owned(), "임베딩".to_owned()),
        Spot::Block(block) => (format!("block {block}"), format!("블록 {block}")),
        Spot::End => ("end".to_owned(), "끝단".to_owned()),
        Spot::Head => ("head".to_owned(), "출력층".to_owned()),
    };
    Said::made(format!("{en}{}", spot.0), format!("{ko}{}", spot.1))
}

/// Names of components in order, blocks that follow each other as a range.
#[must_use]
pub fn components(all: &[Component]) -> Vec<Said> {
    let mut sorted = all.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut ranges: Vec<(Component, Component)> = Vec::new();
    for one in sorted {
        match (ranges.last_mut(), one.spot) {
            (Some((_, last)), Spot::Block(block))
                if last.tower == one.tower && matches!(last.spot, Spot::Block(before) if before + 1 == block) =>
            {
                *last = one;
            }
            _ => ranges.push((one, one)),
        }
    }
    ranges.iter().map(|(first, last)| range(first, last)).collect()
}

fn range(first: &Component, last: &Component) -> Said {
    match (first.spot, last.spot) {
        (Spot::Block(from), Spot::Block(to)) if from < to => {
            let (en, ko) = tower(first.tower);
            Said::made(format!("{en}blocks {from}–{to}"), format!("{ko}블록 {from}–{to}"))
        }
        _ => component(first),
    }
}

/// The name of an effect; as the report has it where it is not known.
#[must_use]
pub fn effect(name: &str) -> Said {
    let ko = match name {
        "mean cosine" => "평균 코사인",
        "share of units matched" => "짝이 맞은 유닛 비율",
        "share of units identical" => "똑같은 유닛 비율",
        "share of tensors identical" => "똑같은 텐서 비율",
        "share of heads matched" => "짝이 맞은 헤드 비율",
        "share of experts matched" => "짝이 맞은 전문가 비율",
        "share of weights identical" => "똑같은 가중치 비율",
        "R²" => "설명 비율 R²",
        _ => return Said::same(name),
    };
    Said::made(name.to_owned(), ko.to_owned())
}

/// The name of a control; as the report has it where it is not known.
#[must_use]
pub fn control(name: &str) -> Said {
    let ko = match name {
        "mismatched layers" => "어긋난 층",
        "candidate with shuffled units" => "유닛을 뒤섞은 후보",
        "derived child" => "파생 모델",
        "independent models" => "독립인 모델",
        _ => return Said::same(name),
    };
    Said::made(name.to_owned(), ko.to_owned())
}

/// A relation of tokenizers, in a word.
#[must_use]
pub const fn relation(relation: TokenizerRelation) -> Said {
    match relation {
        TokenizerRelation::Same => Said::new("same", "같음"),
        TokenizerRelation::Extension => Said::new("extension", "확장"),
        TokenizerRelation::Overlap => Said::new("overlap", "겹침"),
        TokenizerRelation::Unrelated => Said::new("unrelated", "무관"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_follow_each_other_are_one_range() {
        let at = |tower, spot| Component { tower, spot };
        let all = [
            at(Tower::Vision, Spot::Block(1)),
            at(Tower::Vision, Spot::Block(0)),
            at(Tower::Language, Spot::Block(3)),
            at(Tower::Language, Spot::Embedding),
            at(Tower::Vision, Spot::Block(2)),
            at(Tower::Vision, Spot::Block(4)),
        ];
        let named = Said::list(&components(&all));
        assert_eq!(named.en, "embedding, block 3, vision blocks 0–2, vision block 4");
        assert_eq!(named.ko, "언어 모델 임베딩, 언어 모델 블록 3, 비전 인코더 블록 0–2, 비전 인코더 블록 4");
    }
}
