//! Corpora and benchmarks that are broken, or meant to break what reads them.

use std::io::Write as _;
use std::path::Path;

use provenance::contamination::{Benchmark, Item, Options, Report, ScanFault, Skip, scan};

const QUESTION: &str = "Which of the seven lighthouses on the northern cape was rebuilt from driftwood after the great \
                        gale, and who carried the lens up its stairs?";

fn benchmark() -> Benchmark {
    let item = Item { id: "x".to_owned(), question: QUESTION.to_owned(), ..Item::default() };
    Benchmark { name: "b".to_owned(), items: vec![item] }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("packs");
    encoder.finish().expect("packs")
}

fn scanned(folder: &Path) -> Report {
    let options = Options { threads: 2, longest_record: 4 << 20, ..Options::default() };
    scan(&[folder.to_owned()], &[benchmark()], &options, &()).expect("scans")
}

/// What is told of a file: documents, found or not, reasons of skipping, faults.
fn told(name: &str, bytes: &[u8]) -> (u64, bool, Vec<Skip>, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(name), bytes).expect("writes");
    let report = scanned(folder.path());
    let faults = report.corpus.faults.iter().map(|fault| fault.why.clone()).collect();
    let skipped = report.corpus.skipped.keys().copied().collect();
    (report.corpus.documents, report.benchmarks[0].verbatim == 1, skipped, faults)
}

#[test]
fn broken_lines_are_counted_and_the_rest_is_read() {
    let good = format!("{{\"text\": \"{QUESTION}\"}}\n");
    let table: &[(&[u8], &[Skip], u64)] = &[
        (b"not json\n", &[Skip::NotJson], 0),
        (b"{\"text\": \"cut off\n", &[Skip::NotJson], 0),
        (b"{\"text\": \"bad \\q escape\"}\n", &[Skip::NotJson], 0),
        (b"{\"body\": \"b\"}\n", &[Skip::NoText], 0),
        (b"{\"text\": null}\n{}\n", &[Skip::NoText], 0),
        (b"{\"text\": 12}\n[]\n", &[Skip::NotText], 0),
        (b"\n\n  \n\r\n", &[], 0),
        (b"\0\0\0\n", &[Skip::NotJson], 0),
        (b"{\"text\": \"nul \0 and \x01\"}\n", &[], 1),
        (b"{\"text\": \"\\ud800 alone\"}\n", &[], 1),
        (b"{\"text\": \"\xFF\xFE broken\"}\n", &[], 1),
        (b"{\"text\": \"\"}\n", &[], 1),
        (b"\xEF\xBB\xBF{\"text\": \"mark\"}\n", &[Skip::NotJson], 0),
    ];
    for (line, skipped, documents) in table {
        let bytes = [line, good.as_bytes()].concat();
        let shown = String::from_utf8_lossy(line).into_owned();
        assert_eq!(told("a.jsonl", &bytes), (documents + 1, true, skipped.to_vec(), vec![]), "{shown:?}");
    }
}

#[test]
fn broken_files_are_told_and_what_was_read_counts() {
    let good = format!("{{\"text\": \"{QUESTION}\"}}\n");
    let long: String = (0..20_000_u64).map(|at| format!("{{\"text\": \"{}\"}}\n", at * at * 7919)).collect();
    let packed = gzip((good.clone() + &long).as_bytes());
    let (documents, found, _, faults) = told("a.jsonl.gz", &packed[..packed.len() / 2]);
    assert!(documents > 100 && found && faults.len() == 1, "{documents} {faults:?}");
    for name in ["a.jsonl.gz", "a.jsonl.zst", "a.jsonl.bz2", "a.txt.gz"] {
        let (documents, found, _, faults) = told(name, b"this is not packed at all, whatever its name says");
        assert_eq!((documents, found, faults.len()), (0, false, 1), "{name}");
    }
    assert_eq!(told("empty.jsonl", b""), (0, false, vec![], vec![]));
    assert_eq!(told("empty.txt", b""), (0, false, vec![], vec![]));
    assert_eq!(told("a.parquet", b"PAR1 no table PAR1").3.len(), 1);
}

#[test]
fn bombs_end_early() {
    let zeros = vec![b'0'; 1 << 20];
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).expect("begins");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..160 {
        encoder.write_all(&zeros).expect("packs");
        gzip.write_all(&zeros).expect("packs");
    }
    let (zstandard, gzip) = (encoder.finish().expect("packs"), gzip.finish().expect("packs"));
    for (name, bytes) in
        [("a.jsonl.zst", &zstandard), ("a.txt.zst", &zstandard), ("b.jsonl.gz", &gzip), ("b.txt.gz", &gzip)]
    {
        let (_, found, _, faults) = told(name, bytes);
        assert!(!found && faults.len() == 1 || name == "a.jsonl.zst" && faults.len() <= 1, "{name} {faults:?}");
        assert!(faults.iter().all(|why| why.contains("times its size")), "{faults:?}");
    }
}

#[test]
fn records_that_are_too_long_are_passed_over() {
    let good = format!("{{\"text\": \"{QUESTION}\"}}\n");
    let long = format!("{{\"text\": \"{}\"}}\n", "a ".repeat(5 << 20));
    assert_eq!(told("a.jsonl", (long.clone() + &good).as_bytes()), (1, true, vec![Skip::TooLong], vec![]));
    let endless = good.clone() + &"x".repeat(20 << 20);
    assert_eq!(told("a.jsonl", endless.as_bytes()), (1, true, vec![Skip::TooLong], vec![]));
    let deep = format!("{{\"a\": {}, \"text\": \"t\"}}\n", "[".repeat(1 << 20));
    assert_eq!(told("a.jsonl", (deep + &good).as_bytes()), (1, true, vec![Skip::NotJson], vec![]));
}

#[test]
fn texts_meant_to_be_slow_are_not() {
    let marks = "e".to_owned() + &"\u{301}\u{323}".repeat(1 << 18);
    let tags = "<a ".repeat(1 << 19);
    let ends = "&amp".repeat(1 << 19) + &"](".repeat(1 << 19) + &"\\".repeat(1 << 19) + &"<!--".repeat(1 << 18);
    let again = format!("{QUESTION} ").repeat(10_000);
    for text in [marks, tags, ends] {
        let line = serde_json::json!({ "text": text }).to_string();
        assert!(!told("a.jsonl", line.as_bytes()).1);
    }
    let line = serde_json::json!({ "text": again }).to_string();
    assert_eq!(told("a.jsonl", line.as_bytes()), (1, true, vec![], vec![]));
}

#[test]
fn what_makes_no_sense_is_an_error_that_says_how_to_mend_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |corpora: &[&Path], benchmarks: &[Benchmark], options: &Options| {
        let corpora: Vec<_> = corpora.iter().map(|path| path.to_path_buf()).collect();
        scan(&corpora, benchmarks, options, &()).expect_err("is refused").to_string()
    };
    let options = Options::default();
    assert!(run(&[folder.path()], &[benchmark()], &options).contains("no file of a corpus"));
    assert!(run(&[&folder.path().join("none")], &[benchmark()], &options).contains("none"));
    let csv = folder.path().join("a.csv");
    std::fs::write(&csv, "a").expect("writes");
    assert!(run(&[&csv], &[benchmark()], &options).contains("name it .jsonl"));
    assert!(run(&[&csv], &[], &options).contains("no item"));
    std::fs::write(folder.path().join("a.jsonl.gz"), "x").expect("writes");
    let strict = Options { strict: true, ..Options::default() };
    assert!(run(&[folder.path()], &[benchmark()], &strict).contains("a.jsonl.gz"));
    let folder = folder.path().to_owned();
    let fault = scan(
        &[folder],
        &[benchmark()],
        &Options { shard: Some(provenance::contamination::Shard { number: 3, of: 2 }), ..Options::default() },
        &(),
    );
    assert!(matches!(fault, Err(ScanFault::Shard { number: 3, of: 2 })));
}

#[test]
fn broken_benchmarks_are_told_with_their_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tasks.jsonl");
    let read = |text: &str| {
        std::fs::write(&path, text).expect("writes");
        Benchmark::read(&path).map_err(|fault| fault.to_string())
    };
    let table = [
        ("", "holds no item"),
        ("{\"question\": \"q\"}\n{", "line 2"),
        ("[]", "not an object"),
        ("{\"id\": \"a\"}", "no `question`"),
        ("{\"question\": [1]}", "no text"),
        ("{\"question\": \"q\", \"options\": \"a\"}", "no list"),
        ("{\"id\": 1, \"question\": \"q\"}\n{\"id\": \"1\", \"question\": \"r\"}", "was there before"),
    ];
    for (text, wanted) in table {
        let fault = read(text).expect_err("is refused");
        assert!(fault.contains(wanted), "{text}: {fault}");
    }
    let read = read("{\"question\": \"q\", \"options\": [\"a\", \"b\"], \"answer\": 1}\n\n{\"id\": 7, \"question\": \"r\", \"answer\": 5}\n")
        .expect("reads");
    assert_eq!((read.name.as_str(), read.items.len()), ("tasks", 2));
    assert_eq!((read.items[0].id.as_str(), read.items[0].answer.as_deref()), ("0", Some("b")));
    assert_eq!((read.items[1].id.as_str(), read.items[1].answer.as_deref()), ("7", Some("5")));
}
