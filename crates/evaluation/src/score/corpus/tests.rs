//! Corpus measures against sacreBLEU.

use super::*;

fn near(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-10, "{found}, wanted {wanted}");
}

const HYPOTHESES: [&str; 3] = ["the cat sat on a mat", "it rains hard today", "고양이가 매트에 앉았다."];

fn references() -> Vec<Vec<&'static str>> {
    vec![
        vec!["the cat sat on the mat", "a cat sat on a mat"],
        vec!["it is raining hard today, isn't it?", "today it rains"],
        vec!["고양이가 매트 위에 앉았다.", "고양이는 매트에 앉아 있다."],
    ]
}

/// lm-eval's aggregations, and so sacreBLEU 2.6, with two references each.
#[test]
fn two_references_as_sacrebleu_takes_them() {
    let values = [
        (Corpus::Bleu, 68.344_668_153_186_19),
        (Corpus::Chrf, 71.021_009_858_567_11),
        (Corpus::ChrfPlus, 69.957_197_671_647_12),
        (Corpus::Ter, 33.333_333_333_333_33),
    ];
    for (corpus, wanted) in values {
        near(corpus.of(&HYPOTHESES, &references()), wanted);
    }
}

/// `sacrebleu.corpus_ter`: a word group that moves, empty sides, and sides of very different lengths.
#[test]
fn ter_shifts_and_stays_near_the_diagonal() {
    let ter = |hypothesis: &str, reference: &str| Corpus::Ter.of(&[hypothesis], &[vec![reference]]);
    let moved = "of shifting words order the matters a lot here it does";
    near(ter(moved, "the order of shifting words matters here a lot it does"), 27.272_727_272_727_27);
    near(ter("", "a b"), 100.0);
    near(ter("a b", ""), 100.0);
    near(ter("", ""), 0.0);
    let numbers = |count: u32, number: fn(u32) -> u32| {
        (0..count).map(|index| number(index).to_string()).collect::<Vec<_>>().join(" ")
    };
    let (long, short) = (numbers(160, |index| index % 7), numbers(10, |index| index * 3 % 5));
    near(ter(&long, &short), 1500.0);
    near(ter(&short, &long), 93.75);
}

#[test]
fn a_list_of_one_hypothesis_is_that_hypothesis() {
    let text = |text: &str| Value::from(text);
    let one = Value::List(vec![text("a b"), Value::List(vec![text("a b")])]);
    let two = Value::List(vec![text("a b"), Value::List(vec![text("a b"), text("c")])]);
    assert_eq!(segments_of(Corpus::Ter, &one).map(|segments| segments[0].to_vec()), Some(vec![0.0, 2.0]));
    assert!(segments_of(Corpus::Ter, &two).is_none());
    assert!(segments_of(Corpus::Ter, &Value::List(vec![Value::List(Vec::new()), text("a")])).is_none());
}
