//! Whole corpora, scanned.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use provenance::contamination::fold::plain;
use provenance::contamination::selftest::{Language, made_document};
use provenance::contamination::{
    Benchmark, CleanFault, Cut, Index, Item, MergeFault, Options, Report, Shard, Tier, clean, compare, merge,
    read_scores, scan,
};

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

/// Documents with the items in some of them, in every form.
fn corpus(folder: &Path) {
    let items = benchmark().items;
    let document = |number: u64| {
        let text = made_document(9, number, if number % 2 == 0 { Language::English } else { Language::Korean }, 8);
        match number % 7 {
            0 => format!("{text}\n{}\n{text}", items[number as usize % 2].question),
            _ => text,
        }
    };
    let texts: Vec<String> = (0..60).map(document).collect();
    write(folder, "a.jsonl", &texts[..20]);
    let lines = |texts: &[String]| {
        texts.iter().map(|text| serde_json::json!({ "text": text }).to_string() + "\n").collect::<String>()
    };
    let inner = folder.join("inner");
    std::fs::create_dir(&inner).expect("a folder");
    let packed = zstd::encode_all(lines(&texts[20..30]).as_bytes(), 1).expect("packs");
    std::fs::write(inner.join("b.jsonl.zst"), packed).expect("writes");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(lines(&texts[30..40]).as_bytes()).expect("packs");
    std::fs::write(inner.join("c.json.gz"), gzip.finish().expect("packs")).expect("writes");
    let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip.write_all(lines(&texts[40..50]).as_bytes()).expect("packs");
    std::fs::write(inner.join("d.ndjson.bz2"), bzip.finish().expect("packs")).expect("writes");
    std::fs::write(inner.join("e.txt"), texts[50..].join("\n\n")).expect("writes");
    std::fs::write(inner.join("not a corpus.csv"), "a,b").expect("writes");
}

#[test]
fn the_report_is_the_same_for_any_number_of_threads_and_from_shards() {
    let folder = tempfile::tempdir().expect("a folder");
    corpus(folder.path());
    let with = |threads, shard| scanned(folder.path(), &Options { threads, shard, ..Options::default() });
    let whole = with(1, None);
    assert_eq!((whole.corpus.files, whole.corpus.documents), (5, 51));
    assert_eq!(whole.benchmarks[0].found.iter().map(|item| item.documents).sum::<u64>(), 9);
    let json = whole.to_json().expect("is written");
    for threads in [2, 5, 16] {
        assert_eq!(with(threads, None).to_json().expect("is written"), json);
    }
    let shards = |of| -> Vec<Report> { (1..=of).rev().map(|number| with(2, Some(Shard { number, of }))).collect() };
    for of in [1, 2, 3, 7] {
        assert_eq!(merge(shards(of)).expect("merges").to_json().expect("is written"), json, "{of} shards");
    }
    assert_eq!(merge(vec![]), Err(MergeFault::None));
    assert_eq!(merge(vec![whole]), Err(MergeFault::Whole { place: 1 }));
    let mut some = shards(3);
    some.remove(0);
    assert_eq!(merge(some), Err(MergeFault::Shards { shard: 3, of: 3, times: 0 }));
    let read: Report = serde_json::from_str(&json).expect("is read");
    assert_eq!(read.to_json().expect("is written"), json);
}

#[test]
fn a_cleaned_copy_holds_everything_else() {
    let folder = tempfile::tempdir().expect("a folder");
    corpus(folder.path());
    let corpora = [folder.path().to_owned()];
    let (index, options) = (Index::new(&[benchmark()]), Options::default());
    let report = scanned(folder.path(), &options);
    for cut in [Cut::Documents, Cut::Passages] {
        let target = tempfile::tempdir().expect("a folder");
        let cleaned = clean(&index, &corpora, &report, (&options, cut), target.path()).expect("cleans");
        let again = scanned(target.path(), &options);
        assert_eq!(again.benchmarks[0].share, 0.0, "{cut:?}");
        let wanted = if cut == Cut::Documents { (8, 1) } else { (0, 9) };
        assert_eq!((cleaned.removed, cleaned.passages), wanted);
        assert_eq!(again.corpus.documents + cleaned.removed, report.corpus.documents);
        assert!(matches!(
            clean(&index, &corpora, &report, (&options, cut), target.path()),
            Err(CleanFault::File { .. })
        ));
    }
    let target = tempfile::tempdir().expect("a folder");
    clean(&index, &corpora, &report, (&options, Cut::Passages), target.path()).expect("cleans");
    let before = std::fs::read_to_string(folder.path().join("a.jsonl")).expect("reads");
    let after = std::fs::read_to_string(target.path().join("a.jsonl")).expect("reads");
    for (number, (before, after)) in before.lines().zip(after.lines()).enumerate() {
        let text = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("is JSON")["text"].to_string();
        assert_eq!(before == after, number % 7 != 0);
        assert!(number % 7 != 0 || text(before).len() > text(after).len() + 80);
    }
}

#[test]
fn a_long_text_is_the_same_in_pieces() {
    let folder = tempfile::tempdir().expect("a folder");
    let items = benchmark().items;
    let mut text = String::new();
    let mut number = 0;
    while text.len() < 3 << 20 {
        number += 1;
        text.push_str(&made_document(4, number, Language::English, 6));
        // Items at every distance from the borders of pieces, and across them.
        if number.is_multiple_of(50) || text.len() % (1 << 20) > (1 << 20) - 200 {
            text.push_str(&format!(" {} ", items[number as usize / 50 % 2].question));
        }
    }
    write(folder.path(), "a.jsonl", std::slice::from_ref(&text));
    std::fs::write(folder.path().join("b.txt"), &text).expect("writes");
    let options = Options { most_evidence: 1000, ..Options::default() };
    let report = scanned(folder.path(), &options);
    let hits = Index::new(&[benchmark()]).check(&text);
    for item in &report.benchmarks[0].found {
        let of = |file: &str| {
            item.evidence
                .iter()
                .filter(|find| find.file.ends_with(file))
                .map(|find| (find.start, find.end))
                .collect::<Vec<_>>()
        };
        let whole = hits.iter().find(|hit| hit.item as u64 == item.number).expect("is found in the whole");
        assert_eq!(of("a.jsonl"), [(whole.start as u64, whole.end as u64)]);
        // A text file is one document for each piece.
        assert!(of("b.txt").len() >= 2 && of("b.txt").contains(&(whole.start as u64, whole.end as u64)));
    }
    assert_eq!(report.benchmarks[0].found.len(), 2);
}

#[test]
fn common_words_are_boilerplate() {
    let folder = tempfile::tempdir().expect("a folder");
    let texts = vec![benchmark().items[0].question.clone(); 30];
    write(folder.path(), "a.jsonl", &texts);
    let report = scanned(folder.path(), &Options::default());
    assert_eq!((report.common_documents, report.benchmarks[0].boilerplate), (24, 1));
    assert_eq!((report.benchmarks[0].share, report.benchmarks[0].found[0].tier), (0.0, Tier::Boilerplate));
    let report = scanned(folder.path(), &Options { common_documents: Some(30), ..Options::default() });
    assert_eq!((report.benchmarks[0].verbatim, report.benchmarks[0].found[0].documents), (1, 30));
}

#[test]
fn scores_on_clean_and_dirty_items_stand_side_by_side() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a.jsonl", &[benchmark().items[0].question.clone()]);
    let report = scanned(folder.path(), &Options::default());
    let path = folder.path().join("samples.jsonl.samples");
    std::fs::write(
        &path,
        "{\"id\": \"lamp\", \"acc\": 1.0}\n{\"doc_id\": \"다리\", \"acc\": 0}\n{\"id\": \"short\", \"acc\": false}\n",
    )
    .expect("writes");
    let scores = read_scores(&path, "acc").expect("reads");
    let comparison = compare(&report, "probe", &scores).expect("compares");
    assert_eq!((comparison.dirty.items, comparison.clean.items, comparison.difference), (1, 2, Some(1.0)));
    let (low, high) = comparison.interval.expect("an interval");
    assert!(low < 0.5 && (high - 1.0).abs() < 1e-9);
    assert!(compare(&report, "other", &scores).is_err() && compare(&report, "probe", &[]).is_err());
    assert!(read_scores(&path, "none").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Between two bounds that are plain to see: a copy in the plainest folding is found, and what is found has its
    /// words within a stretch of the text.
    #[test]
    fn what_is_found_lies_between_two_plain_bounds(
        question in prop::collection::vec(0_u8..40, 14..30),
        before in prop::collection::vec(0_u8..60, 0..60),
        after in prop::collection::vec(0_u8..60, 0..60),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..60), 0..8),
        korean in any::<bool>(),
    ) {
        let spell = |words: &[u8]| {
            let word = |word: &u8| if korean { ["가나", "다라", "마바", "사아"][*word as usize % 4].to_owned() + &char::from_u32(0xAC00 + 97 * u32::from(*word)).unwrap_or('가').to_string() } else { format!("w{word}x") };
            words.iter().map(word).collect::<Vec<String>>().join(" ")
        };
        let index = Index::new(&[Benchmark { name: "b".to_owned(), items: vec![Item { id: "x".to_owned(), question: spell(&question), ..Item::default() }] }]);
        let mut copy = question.clone();
        for (place, word) in &changes {
            let place = place.index(copy.len());
            copy[place] = *word;
        }
        let text = spell(&[before, copy, after].concat());
        let hits = index.check(&text);
        let (wanted, all) = (plain::fold(&spell(&question)), plain::fold(&text));
        let copied = all.windows(wanted.len()).any(|window| window == wanted);
        if copied && index.windows() > 0 {
            prop_assert!(hits.len() == 1 && hits[0].tier == Tier::Verbatim, "{:?}", hits);
        }
        for hit in hits {
            let stretch = plain::fold(&text[hit.start..hit.end]);
            let held = wanted.iter().filter(|unit| stretch.contains(unit)).count();
            prop_assert!(held as f64 >= 0.6 * wanted.len() as f64, "{} of {}", held, wanted.len());
            prop_assert!(stretch.len() <= wanted.len() * 5 / 4 + 24);
        }
    }
}
