//! Any bytes as a file of a fingerprint are read to the last part, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use provenance::fingerprint::Fingerprint;

fuzz_target!(|bytes: &[u8]| {
    let Ok(home) = tempfile::tempdir() else { return };
    let path = home.path().join("model.fingerprint");
    if std::fs::write(&path, bytes).is_ok()
        && let Ok(fingerprint) = Fingerprint::open(&path)
    {
        for part in 0..fingerprint.parts().len() {
            let _ = fingerprint.units(part);
        }
    }
});
