//! The extractors on the corpus of phrasings, and on anything else that may come.

use serde::Deserialize;

use super::choice::{self, Agreement, LETTER, PATTERN, STRUCTURE};
use super::{number, text};

#[derive(Deserialize)]
struct Phrasing {
    text: String,
    options: Vec<String>,
    expected: String,
    split: String,
}

/// How an extractor does on the corpus.
#[derive(Default)]
struct Measure {
    right: usize,
    wrong: usize,
    missed: usize,
    silent: usize,
}

impl Measure {
    fn add(&mut self, found: Option<usize>, expected: Option<usize>) {
        match (found, expected) {
            (Some(found), Some(expected)) if found == expected => self.right += 1,
            (Some(_), _) => self.wrong += 1,
            (None, Some(_)) => self.missed += 1,
            (None, None) => self.silent += 1,
        }
    }

    fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong) as f64
    }

    /// Of all phrasings that name an answer, the share that is read rightly.
    fn recall(&self, with_answer: usize) -> f64 {
        self.right as f64 / with_answer as f64
    }
}

fn corpus() -> Vec<(Phrasing, Option<usize>)> {
    let text = include_str!("../../tests/data/extract/choice.jsonl");
    let expected = |row: &Phrasing| "ABCDE".find(&row.expected).filter(|_| row.expected != "none");
    let rows = text.lines().map(|line| serde_json::from_str::<Phrasing>(line).unwrap());
    rows.map(|row| {
        let wanted = expected(&row);
        (row, wanted)
    })
    .collect()
}

/// Precision and recall that an extractor has to reach: what version 1 reaches on that split, a little rounded down.
struct Floor {
    split: &'static str,
    with_answer: usize,
    pattern: (f64, f64),
    structure: (f64, f64),
    letter: (f64, f64),
}

const FLOORS: [Floor; 3] = [
    Floor { split: "tuning", with_answer: 175, pattern: (1.0, 0.95), structure: (1.0, 0.99), letter: (1.0, 1.0) },
    Floor { split: "held-out", with_answer: 84, pattern: (1.0, 0.95), structure: (1.0, 0.96), letter: (1.0, 1.0) },
    Floor { split: "hard", with_answer: 75, pattern: (1.0, 0.65), structure: (0.98, 0.94), letter: (0.98, 1.0) },
];

#[test]
fn choices_are_read_on_the_corpus() {
    for floor in FLOORS {
        let rows: Vec<_> = corpus().into_iter().filter(|(row, _)| row.split == floor.split).collect();
        let with_answer = rows.iter().filter(|(_, expected)| expected.is_some()).count();
        assert_eq!(with_answer, floor.with_answer);
        let mut measures = [Measure::default(), Measure::default(), Measure::default()];
        for (row, expected) in &rows {
            let reading = choice::read(&row.text, &row.options);
            for (measure, found) in measures.iter_mut().zip([reading.pattern, reading.structure, reading.chosen()]) {
                measure.add(found, *expected);
            }
            if reading.chosen() != *expected || reading.agreement() == Agreement::Conflict {
                println!("{}: {:?} wanted {expected:?}, {reading:?}", row.split, row.text);
            }
        }
        let floors = [floor.pattern, floor.structure, floor.letter];
        for ((extractor, measure), wanted) in [PATTERN, STRUCTURE, LETTER].iter().zip(&measures).zip(floors) {
            let (precision, recall) = (measure.precision(), measure.recall(with_answer));
            println!(
                "{} {extractor}: precision {precision:.3}, recall {recall:.3}, missed {}",
                floor.split, measure.missed
            );
            assert!(precision >= wanted.0 && recall >= wanted.1, "{} {extractor}: {precision} {recall}", floor.split);
            assert_eq!(measure.right + measure.wrong + measure.missed + measure.silent, rows.len());
        }
    }
}

#[test]
fn the_corpus_holds_what_it_is_said_to_hold() {
    let rows = corpus();
    assert!(rows.len() >= 400);
    let korean = rows.iter().filter(|(row, _)| row.text.chars().any(|c| ('가'..='힣').contains(&c))).count();
    assert!(korean * 5 >= rows.len() * 2 && rows.iter().filter(|(_, expected)| expected.is_none()).count() >= 70);
    let distinct: std::collections::BTreeSet<_> = rows.iter().map(|(row, _)| (&row.text, &row.options)).collect();
    assert_eq!(distinct.len(), rows.len());
}

#[test]
fn where_the_two_differ_nothing_is_chosen_and_it_is_told() {
    let options: Vec<String> = ["Paris", "London", "Rome", "Berlin"].map(String::from).into();
    // An announcement in the middle, and another option alone on the last line.
    let reading = choice::read("The answer is A.\n\nOn second thought:\n\nB", &options);
    assert_eq!((reading.pattern, reading.structure), (Some(0), Some(1)));
    assert_eq!((reading.chosen(), reading.agreement()), (None, Agreement::Conflict));
    let reading = choice::read("Answer: A", &options);
    assert_eq!((reading.chosen(), reading.agreement()), (Some(0), Agreement::Both));
    let reading = choice::read("After weighing them all, A fits best.", &options);
    assert_eq!((reading.chosen(), reading.agreement()), (Some(0), Agreement::One));
    assert_eq!(choice::read("Hm.", &options).agreement(), Agreement::Neither);
    assert_eq!(LETTER.to_string(), "choice-letter@1");
}

#[derive(Deserialize)]
struct Written {
    text: String,
    expected: String,
}

fn written(lines: &str) -> impl Iterator<Item = Written> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap())
}

#[test]
fn numbers_are_read_on_the_corpus() {
    let mut wrong = Vec::new();
    for row in written(include_str!("../../tests/data/extract/number.jsonl")) {
        let found = number::read(&row.text).map_or_else(|| "none".into(), |number| number.to_string());
        if found != row.expected {
            wrong.push((row.text, row.expected, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn texts_are_read_on_the_corpus() {
    let mut wrong = Vec::new();
    for row in written(include_str!("../../tests/data/extract/text.jsonl")) {
        let found = text::read(&row.text).unwrap_or_else(|| "none".into());
        if found != row.expected {
            wrong.push((row.text, row.expected, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

proptest::proptest! {
    #[test]
    fn nothing_that_a_model_may_write_makes_an_extractor_panic(
        answer in r"(정답은|답:|Answer: |not |A|B|①|나|ㄴ|3|번|입니다|\.|,|\n| |\(|\)|\\boxed\{|\}|\\frac|/|만|억|이|-|%|=|é|𝄞){0,24}",
        free in ".{0,40}",
    ) {
        let options: Vec<String> = ["서울", "A", "3", "ㄴ", ""].map(String::from).into();
        for text in [&answer, &free] {
            let reading = choice::read(text, &options);
            proptest::prop_assert!(reading.chosen().is_none_or(|option| option < options.len()));
            proptest::prop_assert_eq!(reading.pattern, choice::by_pattern(text, &options));
            proptest::prop_assert_eq!(reading.structure, choice::by_structure(text, &options));
            let number = number::read(text);
            proptest::prop_assert!(number.is_none_or(|number| number.ratio().1 > 0));
            proptest::prop_assert!(text::read(text).is_none_or(|found| !found.is_empty()));
        }
    }

    #[test]
    fn a_number_is_read_as_it_was_written(number in 0_i64..10_000_000_000_000) {
        let plain = number.to_string();
        let mut grouped = String::new();
        for (index, digit) in plain.chars().enumerate() {
            if index > 0 && (plain.len() - index) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let (jo, eok, man, rest) = (number / 1_000_000_000_000, number / 100_000_000 % 10_000, number / 10_000 % 10_000, number % 10_000);
        let mut korean: Vec<String> = Vec::new();
        for (count, unit) in [(jo, "조"), (eok, "억"), (man, "만"), (rest, "")] {
            if count > 0 {
                korean.push(format!("{count}{unit}"));
            }
        }
        let korean = if korean.is_empty() { "0".into() } else { korean.join(" ") };
        for written in [plain, grouped, korean] {
            let found = number::read(&format!("정답: {written}입니다."));
            proptest::prop_assert_eq!(found, Some(number::Number::from(number)), "{}", written);
        }
    }
}
