//! Changes to a record that is closed: any byte of any file, and what only a kept checkpoint finds.

use std::fs;

use crate::house::{copy, daepyo, files, path, rehearsal, said};

/// Places that are changed, spread over all files; every file gets some.
const PER_FILE_AT_MOST: usize = 2;
/// Places in the database, the largest file and the one with unused bytes.
const IN_THE_LOG: usize = 60;

#[test]
fn any_byte_that_is_changed_is_found() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("copy");
    copy(rehearsal(), &dir);
    assert_eq!(daepyo(["verify", path(&dir)]).code, Some(0), "the copy is sound");
    // The vault holds hundreds of files that are all alike: some of them are enough here.
    let all = files(&dir);
    let vault = |file: &&std::path::PathBuf| path(file).contains("/vault/");
    let alike = all.iter().filter(vault).step_by(40);
    let mut changed = 0;
    for file in all.iter().filter(|file| !vault(file)).chain(alike) {
        let sound = fs::read(file).unwrap();
        let places = if path(file).ends_with(".sqlite") { IN_THE_LOG } else { PER_FILE_AT_MOST };
        for place in (0..places).map(|number| (number * 7919 + 13) * 104_729 % sound.len()) {
            let mut bytes = sound.clone();
            bytes[place] ^= 1 << (place % 8);
            fs::write(file, &bytes).unwrap();
            let ended = daepyo(["verify", path(&dir)]);
            assert_eq!(ended.code, Some(1), "byte {place} of {}: {ended:?}", file.display());
            changed += 1;
        }
        fs::write(file, sound).unwrap();
    }
    assert!(changed > IN_THE_LOG);
    assert_eq!(daepyo(["verify", path(&dir)]).code, Some(0), "the copy is sound again");
}

#[test]
fn a_copy_without_its_private_part_is_sound() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("copy");
    copy(rehearsal(), &dir);
    fs::remove_dir_all(dir.join("private")).unwrap();
    assert!(said(["verify", path(&dir)]).contains("absent"));
}

#[test]
fn a_roll_back_is_found_by_a_checkpoint_kept_elsewhere() {
    let home = tempfile::tempdir().unwrap();
    let kept = home.path().join("kept");
    fs::write(&kept, said(["record", "checkpoint", path(rehearsal())])).unwrap();
    assert_eq!(daepyo(["verify", path(rehearsal()), "--checkpoint", path(&kept)]).code, Some(0));
    // Another rehearsal with the same key and fewer events would be an older copy; another seed has another key, and
    // its folder is no continuation of what was kept either.
    let other = home.path().join("other");
    said(["rehearse", "--json", "--seed", "9", "--out", path(&other)]);
    assert_eq!(daepyo(["verify", path(&other), "--checkpoint", path(&kept)]).code, Some(1));
}

#[test]
fn a_folder_that_is_no_record_is_said_to_be_none() {
    let home = tempfile::tempdir().unwrap();
    let ended = daepyo(["verify", path(home.path())]);
    assert_ne!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("NOT SOUND"), "{ended:?}");
}
