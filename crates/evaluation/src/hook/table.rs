//! The table of ports: which source each of them stands in for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::source::Source;
use super::{Port, ports};

/// One port.
#[derive(Debug)]
pub(super) struct Entry {
    /// The hashes of the sources it stands in for: different words that say exactly the same.
    pub(super) keys: &'static [&'static str],
    /// What it is.
    pub(super) what: &'static str,
    /// What the hash leaves out, because the port takes it from the source: constants by name, literals as `function#n`.
    pub(super) blank: &'static [&'static str],
    /// Makes the port, with what it takes from the source.
    pub(super) make: fn(&Source) -> Result<Port, String>,
}

/// By what the hash leaves out, then by hash.
type Table = BTreeMap<&'static [&'static str], BTreeMap<&'static str, &'static Entry>>;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::new();
    for entry in ports::ALL.iter().copied().flatten() {
        table.entry(entry.blank).or_default().extend(entry.keys.iter().map(|key| (*key, entry)));
    }
    table
});

/// The port of exactly this source.
pub(super) fn find(source: &Source) -> Option<&'static Entry> {
    TABLE.iter().find_map(|(blank, entries)| entries.get(source.hash(blank)?.as_str()).copied())
}

/// The port with this key.
#[cfg(test)]
pub(super) fn with_key(key: &str) -> Option<&'static Entry> {
    TABLE.values().find_map(|entries| entries.get(key)).copied()
}

/// All keys.
#[cfg(test)]
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    TABLE.values().flat_map(|entries| entries.keys().copied())
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
                assert!(seen.insert((entry.blank, key)), "{key} stands twice");
            }
        }
    }
}
