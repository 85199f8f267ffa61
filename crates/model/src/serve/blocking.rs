//! The server for a program that waits on nothing else.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::{Options, ServeFault, serve};
use crate::folder::Model;

/// Ends a server: what was taken in is answered first.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Notify>);

impl Stop {
    /// Ends the server that was given this, also if it has yet to begin.
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

/// Serves a model at an address until it is stopped; `ready` is told where, once requests are taken in.
///
/// # Errors
///
/// [`ServeFault::Address`] where the address cannot be listened on, and those of [`serve()`].
pub fn serve_until(
    model: Model,
    options: Options,
    address: SocketAddr,
    stop: Stop,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeFault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ServeFault::Network)?;
    runtime.block_on(async move {
        let fault = |fault| ServeFault::Address { address, fault };
        let listener = TcpListener::bind(address).await.map_err(fault)?;
        ready(listener.local_addr().map_err(fault)?);
        serve(model, options, listener, async move { stop.0.notified().await }).await
    })
}
