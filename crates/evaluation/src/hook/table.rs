//! The table of ports: which source each of them stands in for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::entry::Entry;
use super::ports;
use super::source::Source;

static TABLE: LazyLock<BTreeMap<&'static str, &'static Entry>> = LazyLock::new(|| {
    let entries = ports::ALL.iter().copied().flatten();
    entries.flat_map(|entry| entry.keys.iter().map(move |key| (*key, entry))).collect()
});

/// The port of exactly this source.
pub(super) fn find(source: &Source) -> Option<&'static Entry> {
    with_key(&source.hash())
}

/// The port with this key.
pub(super) fn with_key(key: &str) -> Option<&'static Entry> {
    TABLE.get(key).copied()
}

/// All keys.
#[cfg(test)]
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    TABLE.keys().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hash_stands_once_and_every_port_says_what_it_is() {
        let mut seen = std::collections::BTreeSet::new();
        for entry in ports::ALL.iter().copied().flatten() {
            assert!(!entry.what.is_empty() && !entry.keys.is_empty());
            for key in entry.keys {
                assert!(key.len() == 16 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
                assert!(seen.insert(key), "{key} stands twice");
            }
        }
    }
}
