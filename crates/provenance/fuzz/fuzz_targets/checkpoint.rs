//! Any bytes as a file of weights are fingerprinted, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use provenance::fingerprint::{Fingerprint, PassOptions};
use provenance::weights::Checkpoint;

fuzz_target!(|bytes: &[u8]| {
    let Ok(home) = tempfile::tempdir() else { return };
    let path = home.path().join("model.safetensors");
    if std::fs::write(&path, bytes).is_ok()
        && let Ok(checkpoint) = Checkpoint::open(&path)
    {
        let _ = Fingerprint::of(&checkpoint, &PassOptions::default());
    }
});
