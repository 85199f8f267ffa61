//! Two verifiers, one verdict.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use record::{Record, VerifyOptions, export, verify};
use serde_json::{Value, json};

use crate::attack::{Bench, history};
use crate::common::dice::Dice;
use crate::common::{batch, copy_folder, create, sealed};

/// Asks the second verifier about many folders in one go; a folder's options are beside it.
const DRIVER: &str = "
import base64, json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import verify_record as second
for line in sys.stdin:
    ask = json.loads(line)
    report = second.verify_folder(Path(ask['folder']), None, ask['kept'], (), ask['unsealed'])
    root = base64.b64encode(report.root).decode()
    print(json.dumps({'size': report.size, 'root': root, 'findings': report.findings}))
";

fn verifiers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../verifiers")
}

/// Whether Python is here; says so if the test has to be skipped.
fn python() -> bool {
    let found = Command::new("python3").arg("--version").stdout(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        println!("SKIPPED: python3 is not installed, so the second verifier was not asked");
    }
    found
}

fn ask_second(questions: &[Value]) -> Vec<Value> {
    let mut python = Command::new("python3");
    python.args(["-B", "-c", DRIVER]).arg(verifiers());
    python.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.spawn().unwrap();
    let mut stdin = python.stdin.take().unwrap();
    let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
    let feed = std::thread::spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
    let output = python.wait_with_output().unwrap();
    feed.join().unwrap();
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Both verdicts on each folder must be the same, and the roots where both read the events.
fn agree(questions: &[Value]) -> usize {
    let mut wrong = 0;
    for (question, second) in questions.iter().zip(ask_second(questions)) {
        let options = VerifyOptions {
            kept_checkpoint: question["kept"].as_str(),
            allow_unsealed: question["unsealed"].as_bool().unwrap(),
            ..VerifyOptions::default()
        };
        let first = verify(Path::new(question["folder"].as_str().unwrap()), &options);
        let findings = second["findings"].as_array().unwrap();
        let verdicts = (first.is_sound(), findings.is_empty());
        assert_eq!(verdicts.0, verdicts.1, "{question}\n{:?}\n{findings:?}", first.findings);
        let unreadable = findings.iter().any(|finding| finding["code"] == "database");
        if let (Some(root), false) = (first.root, unreadable) {
            assert_eq!(second["root"], root.to_string(), "{question}");
            assert_eq!(second["size"], first.size.unwrap());
        }
        wrong += usize::from(!first.is_sound());
    }
    wrong
}

fn question(folder: &Path, kept: Option<&str>, unsealed: bool) -> Value {
    json!({ "folder": folder, "kept": kept, "unsealed": unsealed })
}

#[test]
fn both_verifiers_agree_on_tampered_folders() {
    if !python() {
        return;
    }
    let bench = Bench::new();
    let keep = tempfile::tempdir().unwrap();
    let mut dice = Dice::new(5);
    let mut questions = Vec::new();
    while questions.len() < 240 {
        let unsealed = questions.len() % 4 == 3;
        let attack = match questions.len() % 4 {
            0 | 1 => bench.change_bytes(&mut dice),
            2 => bench.change_files(&mut dice),
            _ => bench.change_events(&mut dice, false),
        };
        if attack.is_some() {
            let copy = keep.path().join(questions.len().to_string());
            copy_folder(&bench.hurt(), &copy);
            questions.push(question(&copy, None, unsealed));
        }
        bench.restore();
    }
    let wrong = agree(&questions);
    assert_eq!(wrong, 240);
    println!("240 tampered folders: both verifiers found every one");
}

#[test]
fn both_verifiers_agree_on_sound_and_rolled_back_folders() {
    if !python() {
        return;
    }
    let (_keep, history) = history(8);
    let pairs = history.iter().flat_map(|(folder, _)| history.iter().map(move |(_, kept)| (folder, kept)));
    let questions: Vec<Value> = pairs.map(|(folder, kept)| question(folder, Some(kept), false)).collect();
    assert_eq!(agree(&questions), 28);
}

#[test]
fn both_verifiers_agree_on_open_and_crashed_folders() {
    if !python() {
        return;
    }
    let keep = tempfile::tempdir().unwrap();
    let (dir, crashed) = (keep.path().join("record"), keep.path().join("crashed"));
    let record = create(&dir);
    record.append(batch("one", 3)).unwrap();
    record.checkpoint().unwrap();
    record.append(batch("two", 3)).unwrap();
    // As after a kill: the write-ahead log still holds everything.
    copy_folder(&dir, &crashed);
    drop(record);
    for folder in [&crashed, &dir] {
        assert_eq!(agree(&[question(folder, None, true)]), 0);
        assert_eq!(agree(&[question(folder, None, false)]), 1);
    }
}

#[test]
fn the_second_verifier_checks_an_export_and_finds_changes_in_it() {
    if !python() {
        return;
    }
    let keep = tempfile::tempdir().unwrap();
    let (dir, out) = (keep.path().join("record"), keep.path().join("export"));
    let record = create(&dir);
    for n in 0..40 {
        record.append(batch(&format!("key-{n}"), 7)).unwrap();
    }
    let root = record.root().to_string();
    record.close().unwrap();
    assert_eq!(export(&dir, &out).unwrap().size, 280);
    // A full tile and a partial one, and the partial one above them.
    for tile in ["0/000", "0/001.p/24", "1/000.p/1"] {
        assert!(out.join("tile").join(tile).is_file(), "{tile}");
    }
    let sound = &ask_second(&[question(&out, None, false)])[0];
    assert_eq!((&sound["findings"], &sound["root"]), (&json!([]), &json!(root)));

    let mut dice = Dice::new(6);
    let mut questions = Vec::new();
    for n in 0..60 {
        let copy = keep.path().join(format!("changed-{n}"));
        copy_folder(&out, &copy);
        let files = ["events.jsonl", "checkpoint", "log.vkey", "tile/0/000", "tile/1/000.p/1"];
        let path = copy.join(files[n % files.len()]);
        let mut bytes = fs::read(&path).unwrap();
        let at = dice.index(bytes.len());
        bytes[at] ^= 1 << dice.roll(8);
        fs::write(&path, bytes).unwrap();
        questions.push(question(&copy, None, false));
    }
    let found = ask_second(&questions);
    assert!(found.iter().all(|report| report["findings"] != json!([])));
}

#[test]
fn the_second_verifier_checks_receipts_on_its_command_line() {
    if !python() {
        return;
    }
    let keep = tempfile::tempdir().unwrap();
    let dir = keep.path().join("record");
    sealed(&dir);
    let record = Record::read(&dir).unwrap();
    for index in [0, 7, record.size() - 1] {
        let (receipt, event) = (keep.path().join("receipt"), keep.path().join("event"));
        fs::write(&receipt, record.receipt(index).unwrap().text()).unwrap();
        let body = record.entries(index..index + 1).unwrap().remove(0).event;
        let check = |bytes: &[u8]| {
            fs::write(&event, bytes).unwrap();
            let mut python = Command::new("python3");
            python.arg("-B").arg(verifiers().join("verify_record.py"));
            python.arg("--receipt").arg(&receipt).arg("--event").arg(&event);
            python.arg("--vkey").arg(record.vkey().to_string()).stdout(Stdio::null());
            python.status().unwrap().code()
        };
        assert_eq!(check(body.as_bytes()), Some(0));
        assert_eq!(check(b"{}"), Some(1));
    }
}
