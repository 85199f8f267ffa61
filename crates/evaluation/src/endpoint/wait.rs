//! One conversation with an endpoint, for callers that do nothing else meanwhile.

use std::future::Future;
use std::io;

/// Runs a conversation to its end on this thread. Not to be called from within another.
///
/// # Errors
///
/// When the system gives no means to wait with.
pub fn wait<T>(conversation: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(conversation))
}
