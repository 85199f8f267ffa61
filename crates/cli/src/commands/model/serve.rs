//! A model answers over HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use model::folder;
use model::infer::Precision;
use model::serve::{Options, serve as answer};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::machine;
use crate::args::model::{ServeArgs, Weights};
use crate::{Verdict, say};

/// Serves until interrupted; what was taken in is answered first.
pub(crate) fn serve(args: &ServeArgs) -> Result<Verdict> {
    let model = folder::load(&args.dir)?;
    let own = || args.dir.canonicalize().ok()?.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = args.name.clone().or_else(own).unwrap_or_else(|| "model".to_owned());
    let ends = folder::end_tokens(&args.dir)?;
    let options = Options {
        precision: match args.weights {
            Weights::Float => Precision::Float,
            Weights::Int8 => Precision::Int8,
        },
        limit: args.max_model_len,
        workers: machine::threads(args.threads),
        side_by_side: args.side_by_side,
        most_requests: args.most_requests,
        ends: (!ends.is_empty()).then_some(ends),
        ..Options::new(name.clone(), seconds)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let address = SocketAddr::new(args.host, args.port);
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("`{address}` cannot be listened on; name another with `--port`, or 0 for a free one")
        })?;
        say::line(&format!("{name} answers at http://{}/v1", listener.local_addr()?))?;
        answer(model, options, listener, interrupted()).await?;
        Ok(Verdict::Sound)
    })
}

/// Done when the first interrupt comes; a second one ends the program at once.
fn interrupted() -> impl Future<Output = ()> + Send + 'static {
    let (notice, heard) = (Arc::new(Notify::new()), std::sync::atomic::AtomicBool::new(false));
    let told = Arc::clone(&notice);
    let handler = move || {
        if heard.swap(true, std::sync::atomic::Ordering::Relaxed) {
            std::process::exit(130);
        }
        say::note("stopping: what was taken in is answered first (interrupt again to leave now)");
        told.notify_one();
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        say::note(&format!("an interrupt will end the program at once: {error}"));
    }
    async move { notice.notified().await }
}

#[expect(clippy::disallowed_methods, reason = "the front door reads the clock")]
fn seconds() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default()
}
