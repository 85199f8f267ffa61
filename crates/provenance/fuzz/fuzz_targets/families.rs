//! Any text as a table of names is read, or an error.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use provenance::anatomy::Families;

fuzz_target!(|text: &str| {
    let mut families = Families::default();
    let _ = families.add(Path::new("map.toml"), text);
});
