//! Fingerprints as files, and folders of them.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use provenance::fingerprint::{Fingerprint, Library, PassOptions, SKETCH};
use provenance::weights::{Checkpoint, Header};

use super::build::{folder, llama};

const TOKENIZER: &str = r#"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]},
    "added_tokens": [{"id": 3, "content": "<s>", "special": true}]}"#;

/// A model in a folder of this name, and its fingerprint in a file beside it.
fn model(home: &Path, name: &str, seed: u64) -> (Checkpoint, PathBuf) {
    let (config, tensors) = llama(seed, "BF16");
    let path = home.join(name);
    folder(&path, &config, &tensors);
    fs::write(path.join("tokenizer.json"), TOKENIZER).unwrap();
    let checkpoint = Checkpoint::open(&path).unwrap();
    let out = home.join(format!("{name}.fingerprint"));
    Fingerprint::write(&checkpoint, &PassOptions::default(), &out).unwrap();
    (checkpoint, out)
}

#[test]
fn a_file_holds_what_memory_held() {
    let home = tempfile::tempdir().unwrap();
    let (checkpoint, out) = model(home.path(), "m", 1);
    let (made, read) =
        (Fingerprint::of(&checkpoint, &PassOptions::default()).unwrap(), Fingerprint::open(&out).unwrap());
    assert_eq!(made.facts(), read.facts());
    assert_eq!(made.parts(), read.parts());
    assert_eq!(made.tokenizer(), read.tokenizer());
    assert_eq!(made.tokenizer().unwrap().tokens.len(), 4);
    for part in 0..made.parts().len() {
        assert_eq!(made.units(part).unwrap(), read.units(part).unwrap());
    }
    assert!(read.units(made.parts().len()).is_err());
    let units: u64 = made.parts().iter().map(|part| part.units).sum();
    let header = Header::read(&fs::File::open(&out).unwrap()).unwrap().unwrap();
    assert_eq!(header.find("sketch").unwrap().shape, [units, SKETCH as u64]);
    assert!(!home.path().join("m.fingerprint.partial").exists());
}

#[test]
fn the_file_is_the_same_to_the_byte_on_any_number_of_threads() {
    let home = tempfile::tempdir().unwrap();
    let (checkpoint, out) = model(home.path(), "m", 1);
    let first = fs::read(&out).unwrap();
    for threads in [1, 2, 5] {
        let options = PassOptions { threads: NonZeroUsize::new(threads).unwrap(), ..PassOptions::default() };
        Fingerprint::write(&checkpoint, &options, &out).unwrap();
        assert!(fs::read(&out).unwrap() == first, "{threads} threads");
    }
}

#[test]
fn a_fingerprint_that_lies_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let (_, out) = model(home.path(), "m", 1);
    let good = fs::read(&out).unwrap();
    let length = u64::from_le_bytes(*good.first_chunk().unwrap()) as usize;
    let header = String::from_utf8(good[8..8 + length].to_vec()).unwrap();
    let with = |header: &str| {
        fs::write(&out, super::build::framed(header, &good[8 + length..])).unwrap();
        Fingerprint::open(&out).unwrap_err().to_string()
    };
    for (from, to, said) in [
        ("daepyo fingerprint 1", "daepyo fingerprint 9", "it is no file of the format"),
        ("\\\"units\\\":150", "\\\"units\\\":151", "where its parts make it"),
        ("\\\"units\\\":150", "\\\"units\\\":18446744073709551615", "more units than there can be"),
        ("\\\"seed\\\":0", "\\\"seed\\\":-1", "its facts are malformed"),
        ("\"norm\"", "\"nurm\"", "it has no tensor norm"),
        ("\"remarks\"", "\"remorks\"", "it has no remarks"),
    ] {
        assert!(header.contains(from), "{from}");
        let fault = with(&header.replacen(from, to, 1));
        assert!(fault.contains(said) && fault.contains("m.fingerprint") && fault.contains("anew"), "{fault}");
    }
    fs::write(&out, &good[..good.len() - 1]).unwrap();
    assert!(Fingerprint::open(&out).unwrap_err().to_string().contains("cut off") || Fingerprint::open(&out).is_err());
    // A norm that is no number is found when its part is read.
    let mut bad = good.clone();
    let read = Header::parse(header.as_bytes(), (good.len() - 8 - length) as u64).unwrap();
    let norm = 8 + length + read.find("norm").unwrap().start as usize;
    bad[norm..norm + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(&out, bad).unwrap();
    let opened = Fingerprint::open(&out).unwrap();
    assert!(opened.units(0).unwrap_err().to_string().contains("no finite number"));
    assert!(opened.units(1).is_ok());
}

#[test]
fn a_library_is_its_fingerprints_and_the_models_that_have_none() {
    let home = tempfile::tempdir().unwrap();
    let library = home.path().join("library");
    fs::create_dir(&library).unwrap();
    let open = || {
        let mut told = Vec::new();
        let opened = Library::open(&library, &PassOptions::default(), &mut |path| told.push(path.to_owned()));
        (opened, told)
    };
    assert!(open().0.unwrap_err().to_string().contains("holds no *.fingerprint file and no model"));
    let (_, out) = model(home.path(), "zeta", 1);
    fs::rename(out, library.join("zeta.fingerprint")).unwrap();
    let (config, tensors) = llama(2, "BF16");
    folder(&library.join("alpha"), &config, &tensors);
    fs::write(library.join("notes.txt"), "nothing").unwrap();
    fs::create_dir(library.join("empty")).unwrap();
    let (opened, told) = open();
    let opened = opened.unwrap();
    let names: Vec<(&str, bool)> = opened.models().iter().map(|model| (model.name(), model.made)).collect();
    assert_eq!(names, [("alpha", true), ("zeta", false)]);
    assert_eq!(told, [library.join("alpha")]);
    folder(&library.join("zeta"), &config, &tensors);
    assert!(open().0.unwrap_err().to_string().contains("are both called zeta"));
    let other = PassOptions { seed: 9, ..PassOptions::default() };
    fs::remove_dir_all(library.join("zeta")).unwrap();
    let fault = Library::open(&library, &other, &mut |_| ()).unwrap_err().to_string();
    assert!(fault.contains("seed 0, where 9"), "{fault}");
}
