//! Rulebooks at the terminal.

use std::fs;

use serde_json::Value;

use crate::house::{daepyo, path, repository, said};

#[test]
fn shipped_rulebooks_are_rulebooks() {
    let programmes = fs::read_dir(repository("programmes")).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = programmes.filter(|file| file.extension().is_some_and(|end| end == "toml")).collect();
    assert!(files.len() >= 7, "{files:?}");
    let arguments = ["rulebook", "check"].into_iter().chain(files.iter().map(|file| path(file)));
    said(arguments);
}

#[test]
fn several_errors_are_told_at_once_with_their_places() {
    let home = tempfile::tempdir().unwrap();
    let broken = home.path().join("broken.toml");
    let text = fs::read_to_string(repository("programmes/kr-2025-call.toml")).unwrap();
    let text = text.replacen("keep = 10", "kep = 10", 1).replacen("seats = 7", "seats = \"seven\"", 1);
    fs::write(&broken, text).unwrap();
    let ended = daepyo(["rulebook", "check", path(&broken)]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.out.contains("keep"), "the right word is offered: {}", ended.out);
    assert!(ended.out.matches("broken.toml:").count() >= 2, "both places are named: {}", ended.out);
}

#[test]
fn the_hash_is_that_of_the_file() {
    let file = repository("programmes/kr-2025-call.toml");
    let told = said(["rulebook", "hash", path(&file)]);
    assert_eq!(told.trim(), rulebook::hash(&fs::read_to_string(file).unwrap()));
}

#[test]
fn the_promise_is_told_in_both_languages() {
    let file = repository("programmes/kr-2025-call.toml");
    let english = said(["rulebook", "explain", "--lang", "en", path(&file)]);
    let korean = said(["rulebook", "explain", "--lang", "ko", path(&file)]);
    assert!(english.contains("10") && korean.contains("서면평가"), "{english}\n{korean}");
}

#[test]
fn the_shipped_schema_is_the_one_that_is_printed() {
    let printed: Value = serde_json::from_str(&said(["rulebook", "schema"])).unwrap();
    let shipped = fs::read_to_string(repository("programmes/rulebook.schema.json")).unwrap();
    assert_eq!(printed, serde_json::from_str::<Value>(&shipped).unwrap());
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let ended = daepyo(["rulebook", "check", "no-such-file.toml"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("no-such-file.toml"), "{}", ended.err);
}

#[test]
fn simulations_repeat() {
    let file = repository("programmes/kr-2025-call.toml");
    let simulate = || said(["rulebook", "simulate", "--runs", "2000", "--seed", "3", "--json", path(&file)]);
    let told = simulate();
    assert_eq!(told, simulate());
    serde_json::from_str::<Value>(&told).unwrap();
}
