//! Documents and personal data beside the log.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests stop at faults and print figures"
)]

mod common;

use std::collections::BTreeSet;
use std::fs;

use common::create;
use record::{Batch, Code, Commitment, Event, IdempotencyKey, Opening, Record, VaultError, VerifyOptions, verify};
use serde_json::json;

#[test]
fn a_blob_comes_back_and_its_commitment_can_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let record = create(&folder.path().join("record"));
    let vault = record.vault();
    let name = vault.put("홍길동".as_bytes()).unwrap();
    assert_eq!(vault.get(&name).unwrap().unwrap(), "홍길동".as_bytes());
    let opening = vault.open(&name).unwrap().unwrap();
    assert!(name.verifies(&opening));
    assert!(!name.verifies(&Opening { salt: [0; 32], ..opening.clone() }));
    assert!(!name.verifies(&Opening { bytes: b"x".to_vec(), ..opening }));
    // The same bytes again have another salt: nobody can tell that two blobs are alike.
    assert_ne!(vault.put("홍길동".as_bytes()).unwrap(), name);
    let rehearsed = vault.put_with_salt(b"a", [1; 32]).unwrap();
    assert_eq!(vault.put_with_salt(b"a", [1; 32]).unwrap(), rehearsed);
    assert_eq!(rehearsed, Commitment::of(&Opening { salt: [1; 32], bytes: b"a".to_vec() }));
    assert_eq!(rehearsed.to_string().parse::<Commitment>().unwrap(), rehearsed);
    assert!(rehearsed.to_string().to_uppercase().parse::<Commitment>().is_err());
}

#[test]
fn a_large_document_is_streamed_and_limited() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("record");
    let record = create(&dir);
    let document = vec![7; 300_000];
    let name = record.vault().put_reader(&mut &document[..], 300_000).unwrap();
    assert_eq!(record.vault().get(&name).unwrap().unwrap(), document);
    let refused = record.vault().put_reader(&mut &document[..], 299_999);
    assert!(matches!(refused, Err(VaultError::TooLarge { limit_bytes: 299_999 })));
    let left: Vec<_> = fs::read_dir(dir.join("vault")).unwrap().collect();
    assert_eq!(left.len(), 1, "a refused document leaves nothing behind");
}

#[test]
fn a_changed_blob_is_not_handed_out() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("record");
    let record = create(&dir);
    let name = record.vault().put(b"minutes").unwrap();
    let path = dir.join("vault").join(&name.to_string()[..2]).join(name.to_string());
    for bytes in [&b"short"[..], &[0; 39], &[0; 100]] {
        fs::write(&path, bytes).unwrap();
        assert!(matches!(record.vault().get(&name), Err(VaultError::Changed { commitment }) if commitment == name));
    }
    let live = VerifyOptions { allow_unsealed: true, ..VerifyOptions::default() };
    assert_eq!(verify(&dir, &live).findings[0].code, Code::Vault);
}

/// Erasing personal data changes no event, no hash and no receipt.
#[test]
fn erased_personal_data_leaves_the_tree_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("record");
    let record = create(&dir);
    let name = record.vault().put("홍길동".as_bytes()).unwrap();
    let event = Event::from_value(&json!({ "type": "applied", "name": name })).unwrap();
    let key = IdempotencyKey::new("application").unwrap();
    record.append(Batch { key, expect_size: None, events: vec![event.clone()] }).unwrap();
    let (root, receipt) = (record.root(), record.receipt(0).unwrap());
    record.close().unwrap();

    // Taken away while the record is closed: a fault, unless it is known as an erasure.
    let path = dir.join("vault").join(&name.to_string()[..2]).join(name.to_string());
    let kept = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(verify(&dir, &VerifyOptions::default()).findings[0].code, Code::FileMissing);
    let erased = VerifyOptions { erased: BTreeSet::from([name]), ..VerifyOptions::default() };
    let report = verify(&dir, &erased);
    assert!(report.is_sound());
    assert_eq!(report.erased, [name]);
    fs::write(&path, kept).unwrap();

    // Erased as it should be.
    let record = Record::open(&dir).unwrap();
    assert!(record.vault().erase(&name).unwrap());
    assert!(!record.vault().erase(&name).unwrap());
    assert_eq!(record.vault().get(&name).unwrap(), None);
    record.close().unwrap();
    let report = verify(&dir, &VerifyOptions::default());
    assert!(report.is_sound(), "{:?}", report.findings);
    assert_eq!(report.root, Some(root));
    let reader = Record::read(&dir).unwrap();
    record::verify_receipt(receipt.text(), reader.vkey(), event.as_bytes()).unwrap();
    assert!(matches!(reader.vault().put(b"x"), Err(VaultError::ReadOnly)));
}

/// What a crash leaves half written is swept away.
#[test]
fn half_written_blobs_are_swept_away() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("record");
    drop(create(&dir));
    let stray = dir.join("vault/0123.incoming");
    fs::write(&stray, b"half").unwrap();
    drop(Record::open(&dir).unwrap());
    assert!(!stray.exists());
}
