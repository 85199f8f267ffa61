//! A model of the rehearsal is served while it is measured, on this machine and at a port that is free.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread::available_parallelism;

use anyhow::{Context as _, Result, anyhow};
use evaluation::endpoint::{AnswersAs, Endpoint, Kind, Model};
use model::folder;
use model::serve::{Options, Stop, serve_until};

use super::given::Guest;

/// Serves the model in `folder` under a name for as long as `work` takes.
///
/// Its port is another each time, so files and journal know it by an address that no machine has: what was answered can be
/// scored again later, and the same rehearsal leaves the same digests.
pub(crate) fn while_served<T>(folder: &Path, name: &str, work: impl FnOnce(&Guest) -> Result<T>) -> Result<T> {
    let model = folder::load(folder)?;
    let longest = model.shape.context;
    let ends = folder::end_tokens(folder)?;
    let options = Options {
        workers: available_parallelism().map_or(1, usize::from),
        ends: (!ends.is_empty()).then_some(ends),
        ..Options::new(name, || 0)
    };
    let stop = Stop::default();
    std::thread::scope(|scope| {
        let (tell, told) = channel();
        let heard = stop.clone();
        let server = scope.spawn(move || {
            let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            serve_until(model, options, here, heard, |address| {
                // Whoever asked for the server waits for this word.
                let _ = tell.send(address);
            })
        });
        let done = match told.recv() {
            Ok(address) => work(&guest(name, address, longest)),
            // The server says below why it did not begin.
            Err(_) => Err(anyhow!("`{name}` was not served")),
        };
        stop.stop();
        let served = server.join().map_err(|_| anyhow!("the server of `{name}` has panicked"))?;
        served.with_context(|| format!("`{name}` could not be served"))?;
        done
    })
}

fn guest(name: &str, address: SocketAddr, longest: usize) -> Guest {
    let place = format!("http://{name}.rehearsal.invalid/v1");
    let mut model = Model::new(name, Kind::Completions, Endpoint::new(format!("http://{address}/v1")));
    model.endpoint_id = Some(place.clone());
    model.answers_as = AnswersAs::Only(vec![name.to_owned()]);
    model.dialect.max_length = longest;
    Guest { model, place }
}
