//! A model answers over HTTP.

use std::net::SocketAddr;

use anyhow::Result;
use model::folder;
use model::infer::Precision;
use model::serve::{Options, Stop, serve_until};

use super::machine;
use crate::args::model::{ServeArgs, Weights};
use crate::{Verdict, interrupt, say};

/// Serves until interrupted; what was taken in is answered first.
pub(crate) fn serve(args: &ServeArgs) -> Result<Verdict> {
    let model = folder::load(&args.dir)?;
    let name = args.name.clone().unwrap_or_else(|| crate::folder::name(&args.dir));
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

/// The first interrupt lets what was taken in be answered.
fn stop_on_interrupt() -> Stop {
    let stop = Stop::default();
    let told = stop.clone();
    interrupt::stop_with(": what was taken in is answered first", move || told.stop());
    stop
}

#[expect(clippy::disallowed_methods, reason = "the front door reads the clock")]
fn seconds() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default()
}
