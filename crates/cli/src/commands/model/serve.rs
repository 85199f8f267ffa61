//! A model answers over HTTP.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use model::folder;
use model::infer::Precision;
use model::serve::{Options, Stop, serve_until};

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
    let address = SocketAddr::new(args.host, args.port);
    let (told, stop) = (name.clone(), stop_on_interrupt());
    serve_until(model, options, address, stop, move |address| {
        // Where nobody reads it, the server answers all the same.
        let _ = say::line(&format!("{told} answers at http://{address}/v1"));
    })?;
    Ok(Verdict::Sound)
}

/// The first interrupt lets what was taken in be answered; a second one ends the program at once.
fn stop_on_interrupt() -> Stop {
    let (stop, heard) = (Stop::default(), AtomicBool::new(false));
    let told = stop.clone();
    let handler = move || {
        if heard.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        say::note("stopping: what was taken in is answered first (interrupt again to leave now)");
        told.stop();
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        say::note(&format!("an interrupt will end the program at once: {error}"));
    }
    stop
}

#[expect(clippy::disallowed_methods, reason = "the front door reads the clock")]
fn seconds() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default()
}
