//! Any bytes are a header that fits its data, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use provenance::weights::Header;

fuzz_target!(|input: (u32, &[u8])| {
    let (data, text) = input;
    if let Ok(header) = Header::parse(text, u64::from(data)) {
        assert_eq!(header.tensors.iter().map(|entry| entry.bytes).sum::<u64>(), u64::from(data));
    }
});
