//! Whole corpora, scanned.

use std::path::{Path, PathBuf};

use provenance::contamination::{Benchmark, Index, Item, Options, Report, Tier, scan};

fn item(id: &str, question: &str, answer: &str) -> Item {
    Item { id: id.to_owned(), question: question.to_owned(), answer: Some(answer.to_owned()), ..Item::default() }
}

fn benchmark() -> Benchmark {
    let items = vec![
        item(
            "lamp",
            "A lighthouse keeper trims four lamps every evening and each lamp burns a third of a litre of oil before \
             dawn. How many litres does she pour in a week?",
            "nine and a third litres",
        ),
        item(
            "다리",
            "강 위의 오래된 다리를 고치려고 마을 사람들이 돌을 날랐다. 하루에 마흔 개씩 열흘 동안 날랐다면 돌은 모두 몇 개인가?",
            "사백 개",
        ),
        item("short", "Who repaired the bronze astrolabe of Merrin?", "Odalys Fenn"),
    ];
    Benchmark { name: "probe".to_owned(), items }
}

fn write(folder: &Path, name: &str, texts: &[String]) -> PathBuf {
    let lines: Vec<String> = texts.iter().map(|text| serde_json::json!({"id": 1, "text": text}).to_string()).collect();
    let path = folder.join(name);
    std::fs::write(&path, lines.join("\n")).expect("writes");
    path
}

fn scanned(folder: &Path, options: &Options) -> Report {
    scan(&[folder.to_owned()], &[benchmark()], options, &()).expect("scans")
}

#[test]
fn items_are_found_with_their_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let items = benchmark().items;
    let texts = vec![
        "Nothing to see here, only weather and the price of onions.".to_owned(),
        format!("Before. {} The answer: {}.", items[0].question, items[0].answer.clone().unwrap_or_default()),
        items[1].question.replace(' ', ""),
        format!("{} It was Odalys Fenn.", items[2].question),
        format!("{} Nobody knows.", items[2].question),
    ];
    write(folder.path(), "a.jsonl", &texts);
    let report = scanned(folder.path(), &Options::default());
    let found = &report.benchmarks[0].found;
    let told: Vec<(&str, Tier, u64)> =
        found.iter().map(|item| (item.id.as_str(), item.tier, item.evidence[0].record)).collect();
    assert_eq!(told, [("lamp", Tier::Verbatim, 2), ("다리", Tier::Verbatim, 3), ("short", Tier::Verbatim, 4)]);
    let lamp = &found[0].evidence[0];
    assert_eq!((lamp.question, lamp.answer, lamp.start), (1.0, Some(1.0), 8));
    assert_eq!(&texts[1][lamp.start as usize..lamp.end as usize], &texts[1][8..texts[1].len() - 1]);
    assert_eq!(report.benchmarks[0].share, 1.0);
    assert_eq!((report.corpus.documents, found[2].documents), (5, 1));
}

#[test]
fn other_numbers_are_another_question() {
    let numbers = |a: u32, b: u32, c: u32| {
        format!(
            "A baker sells {a} loaves in the morning and {b} loaves after noon, and each loaf costs {c} crowns at the \
             market in the old harbour. How much does the baker earn on one day?"
        )
    };
    let index =
        Index::new(&[Benchmark { name: "b".to_owned(), items: vec![item("loaves", &numbers(37, 58, 4), "380")] }]);
    assert_eq!(index.check(&numbers(37, 58, 4)).len(), 1);
    assert_eq!(index.check(&numbers(12, 83, 9)).len(), 0);
}

#[test]
fn a_phrase_of_an_item_that_stands_before_it_hides_nothing() {
    let phrase = "the old surveyor crossed the frozen canal near the tidal mill at dawn";
    let question = "Who sold the striped umbrellas beside the frozen canal near the tidal mill?";
    let index = Index::new(&[Benchmark { name: "b".to_owned(), items: vec![item("x", question, "Ilse Marrow")] }]);
    let text = format!("Once {phrase}. Twice {phrase}. Again {phrase}. {question} Ilse Marrow.");
    let hits = index.check(&text);
    assert_eq!(hits.len(), 1);
    assert_eq!(&text[hits[0].start..hits[0].end], format!("{question} Ilse Marrow"));
}
