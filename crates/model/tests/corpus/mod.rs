//! From files to the windows that a training run sees.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use model::corpus::{
    Document, Language, Manifest, Overlaps, PrepareFault, PrepareOptions, Prepared, Tokens, Windows, prepare,
    prepare_against, read_documents,
};
use model::tokenizer::{TrainOptions, train};
use model::world::{World, WorldOptions};

/// Prose of so many sentences about nothing, unlike that of another number.
fn prose(number: usize, sentences: usize) -> String {
    let nouns =
        ["강물", "언덕", "마을", "바람", "들판", "숲길", "시장", "다리", "우물", "배나무", "돌담", "등불", "장터"];
    let verbs = ["흐른다", "기다린다", "돌아온다", "머문다", "노래한다", "잠든다", "자란다", "빛난다", "무너진다"];
    let places =
        ["아침에", "밤마다", "멀리서", "다시", "조용히", "남쪽에서", "겨울에도", "천천히", "언제나", "오래전에"];
    let mut state = number as u64 * 7919 + 17;
    let mut pick = |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % count
    };
    let sentence = |_: usize| {
        let [one, two, place, verb] = [pick(13), pick(13), pick(10), pick(9)];
        format!("{}의 {}은 {} {} {}.", nouns[one], nouns[two], places[place], nouns[pick(13)], verbs[verb])
    };
    (0..sentences).map(sentence).collect::<Vec<_>>().join(" ")
}

const ENGLISH: &str = "The council met in the old town hall on the first day of spring, and the members spoke for a long \
                       time about bridges, about schools and about the price of bread. Nobody agreed with anybody else; \
                       still they found, late in the evening, that a new well was wanted by all of them, and they wrote \
                       down who should dig it and who should pay for it.";
const ITEM: &str = "다음 가운데 소금 장수가 건넌 강의 이름으로 옳은 것을 고르시오. 가람강, 너울강, 다솜강, 라온강";

fn line(text: &str) -> String {
    format!("{}\n", serde_json::json!({ "text": text }))
}

/// A folder with a text of every kind.
fn folder(at: &Path) {
    fs::create_dir_all(at.join("nested")).expect("makes a folder");
    let write = |name: &str, bytes: &[u8]| fs::write(at.join(name), bytes).expect("writes");
    write("a.txt", prose(1, 40).as_bytes());
    // The same taken apart into letters and spaced otherwise: letter by letter the same once it is normalised.
    let apart: String = {
        use unicode_normalization::UnicodeNormalization;
        prose(1, 40).nfd().collect()
    };
    write("b.md", format!("\u{FEFF}{apart}\r\n").as_bytes());
    write("c.txt", prose(1, 40).replacen("강물", "강둑", 1).as_bytes());
    let lines = [line(&prose(2, 40)), line("\u{1} \u{200B}"), "not JSON\n".to_owned(), line(ENGLISH)];
    write("nested/d.jsonl", lines.concat().as_bytes());
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let texts = [line(&format!("{} {ITEM}", prose(3, 40))), line("これは日本語の文章です。"), line("짧은 글")];
    packed.write_all(texts.concat().as_bytes()).expect("packs");
    write("e.jsonl.gz", &packed.finish().expect("packs"));
    write("f.txt", b"\xB0\xA1\xB3\xAA");
    write("picture.png", b"png");
    write("sources.toml", b"[rest]\nlicence = \"MIT\"\n[nested]\nlicence = \"CC0-1.0\"\nfiles = [\"nested\"]\n");
    for number in 100..400 {
        write(&format!("nested/{number}.txt"), prose(number, 30).as_bytes());
    }
}

fn options(from: &Path, to: &Path) -> PrepareOptions {
    let options = PrepareOptions::new(vec![from.to_owned()], to.to_owned());
    PrepareOptions { validation_per_mille: 100, ..options }
}

fn prepared() -> (tempfile::TempDir, Prepared) {
    let here = tempfile::tempdir().expect("a folder");
    folder(&here.path().join("in"));
    let mut tests = Overlaps::new();
    tests.add("item 1", ITEM);
    let options = options(&here.path().join("in"), &here.path().join("out"));
    let prepared = prepare_against(&options, &tests).expect("prepares");
    (here, prepared)
}

fn documents(path: &Path) -> Vec<Document> {
    read_documents(path).expect("opens").map(|document| document.expect("reads")).collect()
}

#[test]
fn every_text_is_kept_or_taken_out_for_a_reason() {
    let (_here, prepared) = prepared();
    let manifest = &prepared.manifest;
    let removed: BTreeMap<&str, usize> =
        manifest.removed.iter().map(|(reason, removed)| (reason.as_str(), removed.documents)).collect();
    let wanted = [
        ("empty", 1),
        ("exact duplicate", 1),
        ("holds a test item", 1),
        ("language: other", 1),
        ("near duplicate", 1),
        ("quality: too few words", 1),
        ("unreadable", 2),
    ];
    // An empty text is of no language, but it is told as what it is.
    assert_eq!(removed, BTreeMap::from(wanted));
    assert_eq!(manifest.documents_in(), manifest.documents_kept() + removed.values().sum::<usize>());
    assert_eq!(manifest.documents_kept(), 303);
    for shard in &manifest.shards {
        let kept: usize = shard.kept.values().map(|amount| amount.documents).sum();
        assert_eq!(shard.documents, kept + shard.removed.values().sum::<usize>(), "{}", shard.path);
    }
    assert_eq!(manifest.passed_over, ["picture.png"]);
    let unreadable = &manifest.removed["unreadable"];
    assert!(unreadable.place == "f.txt" && unreadable.example.contains("UTF-8"), "{unreadable:?}");
}

#[test]
fn the_manifest_says_where_texts_are_from_and_is_what_was_written() {
    let (here, prepared) = prepared();
    let manifest = &prepared.manifest;
    let shard = |path: &str| manifest.shards.iter().find(|shard| shard.path == path).expect("was read");
    assert_eq!((shard("a.txt").source.as_str(), shard("a.txt").licence.as_str()), ("rest", "MIT"));
    assert_eq!(shard("nested/d.jsonl").licence, "CC0-1.0");
    let written = fs::read_to_string(here.path().join("out/manifest.json")).expect("is there");
    let read: Manifest = serde_json::from_str(&written).expect("is a manifest");
    assert_eq!((read.shards, read.splits), (manifest.shards.clone(), manifest.splits.clone()));
    assert!(!written.contains(&here.path().display().to_string()), "a manifest holds no path of the machine");
}

#[test]
fn splits_share_no_text_and_are_the_same_each_time() {
    let (here, prepared) = prepared();
    let (train, validation) = (documents(&prepared.train), documents(&prepared.validation));
    assert_eq!(train.len() + validation.len(), prepared.manifest.documents_kept());
    assert!((15..=50).contains(&validation.len()), "{}", validation.len());
    assert!(validation.iter().all(|document| !train.iter().any(|other| other.text == document.text)));
    let mut tests = Overlaps::new();
    tests.add("item 1", ITEM);
    let again = options(&here.path().join("in"), &here.path().join("again"));
    let again = prepare_against(&again, &tests).expect("prepares");
    assert_eq!(again.manifest_sha256, prepared.manifest_sha256);
    assert_eq!(fs::read(&again.train).expect("reads"), fs::read(&prepared.train).expect("reads"));
}

#[test]
fn what_leaves_nothing_is_refused() {
    let here = tempfile::tempdir().expect("a folder");
    let file = here.path().join("a.txt");
    fs::write(&file, "짧은 글").expect("writes");
    let out = here.path().join("out");
    let fault = prepare(&options(&file, &out)).expect_err("nothing is left");
    let told = fault.to_string();
    assert!(told.contains("of 1 texts none") && told.contains("too few words"), "{told}");
    let one = PrepareOptions { seed: 3, ..PrepareOptions::as_made(vec![file], out.clone()) };
    assert!(matches!(prepare(&one), Err(PrepareFault::NoValidation { kept: 1 })));
    let csv = here.path().join("a.csv");
    fs::write(&csv, "a,b").expect("writes");
    assert!(matches!(prepare(&options(&csv, &out)), Err(PrepareFault::Form { .. })));
    let nowhere = PathBuf::from("/nowhere/at/all");
    assert!(matches!(prepare(&options(&nowhere, &out)), Err(PrepareFault::File { .. })));
}

#[test]
fn the_world_becomes_windows_of_tokens() {
    let here = tempfile::tempdir().expect("a folder");
    let world = World::new(&WorldOptions { people: 20, tellings: 4, ..WorldOptions::default() });
    world.write(&here.path().join("world")).expect("writes");
    let input = here.path().join("world/documents.jsonl");
    let prepared = prepare(&PrepareOptions::as_made(vec![input], here.path().join("out"))).expect("prepares");
    assert_eq!(prepared.manifest.sources["world"].licence, "CC0-1.0");
    let texts = documents(&prepared.train);
    let tokenizer = train(texts.iter().map(|document| &document.text), &TrainOptions::new(600)).expect("trains");
    let path = here.path().join("train.bin");
    Tokens::write(read_documents(&prepared.train).expect("opens"), &tokenizer, &path).expect("writes");
    let tokens = Tokens::open(&path).expect("opens");
    assert_eq!(tokens.documents, texts.len());
    assert_eq!(tokens.languages().count(), tokens.ids.len());
    // Bytes of the tokens are bytes of the texts, language by language.
    for language in [Language::Korean, Language::English] {
        let of_tokens = tokens.ids.iter().zip(tokens.languages()).filter(|(_, of)| *of == language);
        let bytes: usize = of_tokens.map(|(id, _)| tokens.bytes_of(*id)).sum();
        let of_texts = texts.iter().filter(|document| document.language == language);
        assert_eq!(bytes, of_texts.map(|document| document.text.len()).sum::<usize>());
    }
    let end = tokens.ids.iter().skip(1).position(|id| Some(*id) == tokenizer.end_of_text()).expect("two texts");
    assert_eq!(tokenizer.decode(&tokens.ids[1..=end]), texts[0].text);
    let windows = Windows::new(&tokens, 64, 1).expect("there is enough");
    assert!(windows.count() > 50 && windows.get(0) != windows.get(1));
}
