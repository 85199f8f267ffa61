//! One line of the table of ports.

use super::port::Port;
use super::source::Source;

/// One port.
#[derive(Debug)]
pub(super) struct Entry {
    /// The hashes of the sources it stands in for: different words that say exactly the same.
    pub(super) keys: &'static [&'static str],
    /// What it is.
    pub(super) what: &'static str,
    /// Makes the port, with what it takes from the source.
    pub(super) make: fn(&Source) -> Result<Port, String>,
}
