//! Data files against what the `datasets` library reads from them, damaged ones, and where sets are found.

use std::io::Write as _;
use std::path::Path;

use super::*;
use crate::{Dict, Value};

/// What the `datasets` library makes of the same files: `tests/data/dataset/make.py` wrote it.
const CASES: &str = include_str!("../../tests/data/dataset/cases.json");

fn datasets(cache: &Path) -> Datasets {
    Datasets::new(DatasetOptions { cache: cache.join("cache"), ..DatasetOptions::default() })
}

fn put(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let file = root.join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, bytes).unwrap();
}

fn text(value: &Value) -> String {
    let mut text = String::new();
    json::write(value, &mut text);
    text
}

fn rows(splits: &Splits, split: &str) -> Result<Vec<Value>, String> {
    let rows = splits.get(split).ok_or("no such split")?;
    (0..rows.len()).map(|index| rows.row(index).map(Value::Dict).map_err(|fault| fault.to_string())).collect()
}

fn open(case: &Value, root: &Path) -> Result<Value, String> {
    let dict = |key| case.get(key).and_then(Value::as_dict).cloned().unwrap_or_default();
    let text = |key| case.get(key).and_then(Value::as_str).map(str::to_owned);
    for (path, data) in dict("files") {
        let data = data.as_str().unwrap();
        match data.strip_prefix("base64:") {
            Some(packed) => {
                let decoded = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, packed).unwrap();
                put(root, &path, decoded);
            }
            None => put(root, &path, data),
        }
    }
    let path = text("path").unwrap_or_else(|| root.display().to_string());
    let config = DataConfig { path: Some(path), name: text("name"), kwargs: dict("kwargs"), ..DataConfig::default() };
    let cache = tempfile::tempdir().unwrap();
    let splits = datasets(cache.path()).open(&config, root).map_err(|fault| fault.to_string())?;
    splits
        .keys()
        .map(|name| Ok((name.as_str().into(), Value::List(rows(&splits, name)?))))
        .collect::<Result<Dict, _>>()
        .map(Value::Dict)
}

#[test]
fn rows_are_those_of_the_datasets_library() {
    let cases = json::whole(CASES.as_bytes()).unwrap();
    let mut wrong = Vec::new();
    for case in cases.as_list().unwrap() {
        let title = case.get("title").unwrap().as_str().unwrap();
        let root = tempfile::tempdir().unwrap();
        let found = open(case, root.path());
        let expected = case.get("rows").unwrap();
        let same = match &found {
            Ok(Value::Dict(found)) => expected.as_dict().is_some_and(|expected| {
                expected.len() == found.len()
                    && expected.iter().all(|(split, rows)| found.get(split).is_some_and(|own| text(own) == text(rows)))
            }),
            _ => expected.is_none(),
        };
        if !same {
            let found = found.as_ref().map_or_else(Clone::clone, text);
            let cut = |text: String| text.chars().take(600).collect::<String>();
            wrong.push(format!("{title}\n  found    {}\n  expected {}", cut(found), cut(text(expected))));
        }
    }
    assert!(cases.as_list().unwrap().len() >= 90);
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let root = tempfile::tempdir().unwrap();
    let deep = format!("{{\"a\":1}}\n{{\"a\":{}1{}}}\n", "[".repeat(5000), "]".repeat(5000));
    let table: [(&str, &str, &[u8], &str); 8] = [
        ("deep.jsonl", "json", deep.as_bytes(), "deep.jsonl row 1 line 2: nested more than 200 deep"),
        ("open.jsonl", "json", b"{\"a\":1}\n{\"a\":\n", "open.jsonl line 3: the file is cut off within a value"),
        ("bad.jsonl", "json", b"{\"a\":1}\n\n{\"a\":01}\n", "bad.jsonl row 1 line 3: a number begins with 0"),
        ("number.jsonl", "json", b"{\"a\":1}\n7\n", "number.jsonl line 2: a row must be an object, this is a int"),
        ("ragged.csv", "csv", b"a,b\n1,2\n\"x\ny\",4\n5,6,7\n", "ragged.csv line 5: expected 2 fields, saw 3"),
        ("quote.csv", "csv", b"a,b\n1,2\n3,\"x\n4,5\n", "quote.csv line 3: the file ends within quotes"),
        ("bytes.csv", "csv", b"a,b\n1,\xff\n", "bytes.csv line 2: not UTF-8"),
        ("bytes.txt", "text", b"x\n\xff\n", "bytes.txt line 2: not UTF-8"),
    ];
    for (name, reader, bytes, message) in table {
        put(root.path(), name, bytes);
        let kwargs = Dict::from_iter([("data_files".into(), Value::from(name))]);
        let config = DataConfig { path: Some(reader.into()), kwargs, ..DataConfig::default() };
        let fault = datasets(root.path()).open(&config, root.path()).err().unwrap().to_string();
        assert!(fault.contains(message), "{fault}");
    }
}

/// `datasets` 5.2.0 reads 10,000 rows at a time: 7.0 in the first chunk stays a float in the second, and a text in the
/// second does not go into whole numbers.
#[test]
fn chunks_of_a_table_have_the_kinds_of_the_first() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "fit.csv", format!("a,b\n{}7.5,y\n8,007\n1,2\n", "1,x\n".repeat(9999)));
    put(root.path(), "not.csv", format!("a\n{}q\n", "1\n".repeat(10_001)));
    let open = |name: &str| {
        let kwargs = Dict::from_iter([("data_files".into(), Value::from(name))]);
        let config = DataConfig { path: Some("csv".into()), kwargs, ..DataConfig::default() };
        rows(&datasets(root.path()).open(&config, root.path()).unwrap(), "train")
    };
    let found = open("fit.csv").unwrap();
    let last: Vec<String> = found[9998..].iter().map(text).collect();
    let expected = [r#"{"a":1.0,"b":"x"}"#, r#"{"a":7.5,"b":"y"}"#, r#"{"a":8.0,"b":"7"}"#, r#"{"a":1.0,"b":"2"}"#];
    assert_eq!(last, expected);
    assert!(open("not.csv").unwrap_err().contains("row 10001 of "));
}

#[test]
fn a_bomb_is_refused_and_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![b' '; 1 << 20];
    for _ in 0..2 {
        packed.write_all(&block).unwrap();
    }
    put(root.path(), "test.jsonl.gz", packed.finish().unwrap());
    let config = DataConfig { path: Some(root.path().display().to_string()), ..DataConfig::default() };
    let fault = datasets(root.path()).open(&config, root.path()).err().unwrap().to_string();
    assert!(fault.contains("unpacks to more than"), "{fault}");
    let left = std::fs::read_dir(root.path().join("cache"))
        .unwrap()
        .flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    assert_eq!(left.count(), 0);
}

/// Every cut and every flipped byte of a Parquet file ends in an error or in rows, never in a panic.
#[test]
fn damaged_parquet_is_an_error() {
    let cases = json::whole(CASES.as_bytes()).unwrap();
    let is_it = |case: &&Value| case.get("title").and_then(Value::as_str) == Some("Parquet of all sorts");
    let case = cases.as_list().unwrap().iter().find(is_it).unwrap();
    let root = tempfile::tempdir().unwrap();
    open(case, root.path()).unwrap();
    let path = "data/test-00000-of-00001.parquet";
    let whole = std::fs::read(root.path().join(path)).unwrap();
    let read = |bytes: &[u8]| -> Result<usize, String> {
        put(root.path(), path, bytes);
        let config = DataConfig { path: Some(root.path().display().to_string()), ..DataConfig::default() };
        let splits = datasets(root.path()).open(&config, root.path()).map_err(|fault| fault.to_string())?;
        rows(&splits, "test").map(|rows| rows.len())
    };
    assert_eq!(read(&whole), Ok(3));
    for cut in [0, 3, 8, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        let fault = read(&whole[..cut]).unwrap_err();
        assert!(fault.contains(".parquet"), "{fault}");
    }
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let faults = (0..whole.len()).step_by(23).filter(|place| {
        let mut bytes = whole.clone();
        bytes[*place] ^= 0x55;
        read(&bytes).is_err()
    });
    let faults = faults.count();
    std::panic::set_hook(hook);
    assert!(faults > 0);
}

#[test]
fn parquet_rows_are_the_same_in_any_order() {
    let cases = json::whole(CASES.as_bytes()).unwrap();
    for title in ["Parquet of all sorts", "Parquet that datasets wrote"] {
        let is_it = |case: &&Value| case.get("title").and_then(Value::as_str) == Some(title);
        let case = cases.as_list().unwrap().iter().find(is_it).unwrap();
        let root = tempfile::tempdir().unwrap();
        open(case, root.path()).unwrap();
        let config = DataConfig { path: Some(root.path().display().to_string()), ..DataConfig::default() };
        let splits = datasets(root.path()).open(&config, root.path()).unwrap();
        for (split, rows) in &splits {
            let expected = case.get("rows").unwrap().get(split).unwrap().as_list().unwrap();
            let backwards: Vec<Value> = (0..rows.len()).rev().map(|at| Value::Dict(rows.row(at).unwrap())).collect();
            assert_eq!(text(&backwards.into_iter().rev().collect()), text(&expected.iter().cloned().collect()));
            let fault = rows.row(rows.len()).unwrap_err();
            assert_eq!(fault.reason, format!("there are only {} rows", expected.len()));
        }
    }
}

#[test]
fn sets_are_found_by_name_in_folders() {
    let root = tempfile::tempdir().unwrap();
    for (place, number) in [("d/org/one", 1), ("d/org--two", 2), ("d/three", 3), ("e/org/one", 4), ("task/data", 5)] {
        put(root.path(), &format!("{place}/test.jsonl"), format!("{{\"a\":{number}}}"));
    }
    put(root.path(), "d/four/ko/test.jsonl", "{\"a\":6}");
    put(root.path(), "d/six/data/Law-test.jsonl", "{\"a\":8}");
    put(root.path(), "d/six/data/Law2-test.jsonl", "{\"a\":9}");
    put(root.path(), "d/q.jsonl", "{\"a\":7}");
    put(root.path(), "d/five/notes.md", "no data");
    let folders = vec![root.path().join("d"), root.path().join("e")];
    let cache = root.path().join("cache");
    let datasets = Datasets::new(DatasetOptions { folders, cache, ..DatasetOptions::default() });
    let ask = |path: &str, name: Option<&str>, files: Option<&str>| {
        let kwargs = files.map(|files| ("data_files".into(), Value::from(files))).into_iter().collect();
        let name = name.map(str::to_owned);
        let config = DataConfig { path: Some(path.into()), name, kwargs, ..DataConfig::default() };
        let splits = datasets.open(&config, &root.path().join("task")).map_err(|fault| fault.to_string())?;
        let rows = splits.values().next().unwrap().row(0).unwrap();
        Ok::<_, String>(rows.get("a").unwrap().as_int().unwrap())
    };
    assert_eq!(ask("org/one", None, None), Ok(1));
    assert_eq!(ask("org/two", None, None), Ok(2));
    assert_eq!(ask("org/three", None, None), Ok(3));
    assert_eq!(ask("three", None, None), Ok(3));
    assert_eq!(ask("./data", None, None), Ok(5));
    assert_eq!(ask("four", Some("ko"), None), Ok(6));
    assert_eq!(ask("json", None, Some("https://a.example/x/q.jsonl?download=1")), Ok(7));
    assert_eq!(ask("json", None, Some("hf://datasets/org/one@main/test.jsonl")), Ok(1));
    assert_eq!(ask("six", Some("Law"), None), Ok(8));
    assert_eq!(ask("six", Some("Law2"), None), Ok(9));
    assert_eq!(ask("three", Some("main"), None), Ok(3));
    assert!(ask("six", Some("La"), None).unwrap_err().contains("no configuration La"));
    assert!(ask("four", Some("en"), None).unwrap_err().contains("no configuration en; it has the folders ko"));
    let missing = ask("org/five", None, None).unwrap_err();
    assert!(missing.contains("org/five is not here; looked in "), "{missing}");
    assert!(missing.contains("not fetched, as no hub is given (--hub URL or HF_ENDPOINT)"), "{missing}");
    assert!(missing.contains("--datasets DIR"), "{missing}");
    assert!(ask("json", None, Some("https://a.example/../z.jsonl")).unwrap_err().contains("is not fetched here"));
    assert!(ask("json", None, None).unwrap_err().contains("`json` needs it"));
}

#[test]
fn packed_zstd_is_read_and_kept() {
    let root = tempfile::tempdir().unwrap();
    let packed = zstd::encode_all("{\"a\":1}\n".as_bytes(), 3).unwrap();
    put(root.path(), "s/test.jsonl.zst", &packed);
    let config = DataConfig { path: Some(root.path().join("s").display().to_string()), ..DataConfig::default() };
    for _ in 0..2 {
        let splits = datasets(root.path()).open(&config, root.path()).unwrap();
        assert_eq!(rows(&splits, "test").unwrap().len(), 1);
    }
    put(root.path(), "s/test.jsonl.zst", &packed[..packed.len() - 3]);
    let fault = datasets(root.path()).open(&config, root.path()).err().unwrap().to_string();
    assert!(fault.contains("test.jsonl.zst"), "{fault}");
}

#[test]
fn only_the_splits_that_a_task_names_are_opened_where_files_are_typed() {
    let mut splits = IndexMap::from_iter(["train", "test"].map(|name| (name.to_owned(), Vec::<Held>::new())));
    let config = DataConfig { test_split: Some("test".into()), ..DataConfig::default() };
    only_named(&mut splits, &DataConfig::default());
    assert_eq!(splits.len(), 2);
    only_named(&mut splits, &config);
    assert_eq!(splits.keys().collect::<Vec<_>>(), ["test"]);
}

/// The data beside the project, where there is any: counts are those that `datasets` 5.2.0 gives for the same files.
#[test]
fn real_sets_have_their_rows() {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let shared = std::env::var_os("DAEPYO_SHARED").map_or(beside, PathBuf::from).join("data");
    if !shared.is_dir() {
        println!("SKIPPED, nothing was shown: no {}; set DAEPYO_SHARED", shared.display());
        return;
    }
    let cache = tempfile::tempdir().unwrap();
    let open = |path: &str, files: Option<&str>, field: Option<&str>| {
        let files = files.map(|files| ("data_files".into(), Value::from(shared.join(files).display().to_string())));
        let kwargs = files.into_iter().chain(field.map(|field| ("field".into(), Value::from(field)))).collect();
        let config = DataConfig { path: Some(path.into()), kwargs, ..DataConfig::default() };
        let options =
            DatasetOptions { folders: vec![shared.clone()], cache: cache.path().into(), ..DatasetOptions::default() };
        let splits = Datasets::new(options).open(&config, cache.path()).unwrap();
        let read = |(split, rows): (&String, &Arc<dyn Rows>)| {
            (0..rows.len()).for_each(|index| assert!(!rows.row(index).unwrap().is_empty()));
            (split.clone(), rows.len())
        };
        splits.iter().map(read).collect::<Vec<_>>()
    };
    let named = |split: &str, rows| (split.to_owned(), rows);
    assert_eq!(open("openai/gsm8k", None, None), [named("test", 1319), named("train", 7473)]);
    assert_eq!(open("humaneval", None, None), [named("train", 164)]);
    assert_eq!(open("json", Some("bbh/*.json"), Some("examples")), [named("train", 6511)]);
}
