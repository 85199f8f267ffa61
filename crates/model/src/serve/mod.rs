//! A model behind an OpenAI-compatible interface, with exact log-probabilities.
//!
//! `/v1/models`, `/v1/completions`, `/v1/chat/completions`; `/tokenize`, `/detokenize` and `/tokenizer_info` as vLLM has
//! them; `/health`; `/metrics` in the text format of Prometheus. An answer depends on the request and the model alone,
//! to the last digit: not on the load, the number of threads or the order of requests.
//!
//! A completion's prompt is the caller's own: text of special tokens means them there, as with vLLM, unless
//! `parse_special` is false. In a conversation it never does, so no message can end its turn.
//!
//! Fields that a server of this kind may know and this one does not are refused by name rather than passed over, so that
//! nobody measures what was not asked for.

mod blocking;
mod chat;
mod completion;
mod desk;
mod fault;
mod fields;
mod metrics;
mod options;
mod prompt;
mod routes;
mod stream;
mod template;
mod tokens;
mod wire;
mod wishes;
mod worker;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub use self::blocking::{Stop, serve_until};
use self::desk::Desk;
use self::metrics::Metrics;
pub use self::options::Options;
use self::template::Template;
use self::worker::{Queue, Shop};
use crate::Tokenizer;
use crate::folder::Model;
use crate::infer::{Weights, WeightsFault};
use crate::tokenizer::TURN_END;

/// Why a model cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeFault {
    /// The weights do not fit the shape.
    #[error(transparent)]
    Weights(#[from] WeightsFault),
    /// The chat template is no template.
    #[error("the model's chat template cannot be read: {0}; mend `chat_template` in its folder")]
    Template(String),
    /// The tokenizer makes ids that the model does not know.
    #[error("the tokenizer has {tokens} tokens and the model knows {vocab}: they are not of one model")]
    Vocabulary {
        /// Tokens of the tokenizer.
        tokens: usize,
        /// Ids of the model.
        vocab: usize,
    },
    /// A thread could not be started.
    #[error("a thread to compute with cannot be started: {0}")]
    Thread(std::io::Error),
    /// The address cannot be listened on.
    #[error("{address} cannot be listened on: {fault}; name another port, or 0 for a free one")]
    Address {
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        fault: std::io::Error,
    },
    /// The network failed.
    #[error("requests cannot be taken in: {0}")]
    Network(std::io::Error),
    /// A thread that computes has panicked.
    #[error("a thread that computes has panicked; this is a mistake in the program: please report it")]
    Panicked,
}

/// Serves a model until `shutdown` is done and every request that was taken in is answered.
///
/// The threads that compute are apart from the runtime that this is called in; a slow client holds none of them, and one
/// that hangs up frees its place.
///
/// # Errors
///
/// [`ServeFault`] where the model cannot be served or the network fails.
pub async fn serve(
    model: Model,
    options: Options,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeFault> {
    let options = Options { workers: options.workers.max(1), side_by_side: options.side_by_side.max(1), ..options };
    let (desk, threads) = open(model, options)?;
    let queue = Arc::clone(&desk.queue);
    let served = axum::serve(listener, routes::router(desk)).with_graceful_shutdown(shutdown).await;
    queue.close();
    join(threads).await?;
    served.map_err(ServeFault::Network)
}

fn open(model: Model, options: Options) -> Result<(Arc<Desk>, Vec<JoinHandle<()>>), ServeFault> {
    let Model { shape, weights, tokenizer, chat_template } = model;
    if tokenizer.vocab_size() > shape.vocab {
        return Err(ServeFault::Vocabulary { tokens: tokenizer.vocab_size(), vocab: shape.vocab });
    }
    let weights = Arc::new(Weights::new(&shape, weights, options.precision, options.limit)?);
    let template = chat_template.map(|source| Template::new(&source).map(|template| (source, template)));
    let (queue, metrics) = (Arc::new(Queue::default()), Arc::new(Metrics::default()));
    let shop = Shop {
        weights: Arc::clone(&weights),
        tokenizer: tokenizer.clone(),
        queue: Arc::clone(&queue),
        metrics: Arc::clone(&metrics),
        workers: options.workers,
        side_by_side: options.side_by_side,
    };
    let desk = Desk {
        vocab: shape.vocab,
        limit: weights.limit(),
        ends: options.ends.clone().unwrap_or_else(|| ends(&tokenizer)),
        template: template.transpose().map_err(ServeFault::Template)?,
        places: Arc::new(Semaphore::new(options.most_requests)),
        counter: AtomicU64::new(0),
        started: (options.clock)(),
        tokenizer,
        queue,
        metrics,
        options,
    };
    Ok((Arc::new(desk), shop.open().map_err(ServeFault::Thread)?))
}

/// The tokens with which models of these families end a text or a turn.
fn ends(tokenizer: &Tokenizer) -> Vec<u32> {
    let turns = [TURN_END, "<|eot_id|>"].into_iter().filter_map(|text| tokenizer.special(text));
    tokenizer.end_of_text().into_iter().chain(turns).collect()
}

/// Waits for the threads without holding up the runtime.
async fn join(threads: Vec<JoinHandle<()>>) -> Result<(), ServeFault> {
    let all = move || threads.into_iter().map(|thread| thread.join().is_ok()).fold(true, |all, one| all & one);
    match tokio::task::spawn_blocking(all).await {
        Ok(true) => Ok(()),
        _ => Err(ServeFault::Panicked),
    }
}
