//! Answers that come whole, and answers that come in pieces as server-sent events.

use std::collections::VecDeque;
use std::convert::Infallible;

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use bytes::Bytes;
use serde::Serialize;

use super::desk::Ticket;
use super::fault::ApiFault;
use crate::infer::{Completion, Event};

/// Hears a request's `count` sequences to their end.
pub(crate) async fn collect(ticket: &mut Ticket, count: usize) -> Result<Vec<Completion>, ApiFault> {
    let mut completions = vec![Completion::default(); count];
    let mut left = count;
    while left > 0 {
        let (number, event) = ticket.events.recv().await.ok_or_else(ApiFault::worker_stopped)?;
        left -= usize::from(matches!(event, Event::End(_)));
        if let Some(completion) = completions.get_mut(number) {
            completion.take(event);
        }
    }
    Ok(completions)
}

/// Turns events into the pieces of an answer.
pub(crate) trait Pieces: Send + 'static {
    /// What is sent before anything is heard.
    fn first(&mut self) -> Vec<Bytes>;

    /// What is sent for an event.
    fn piece(&mut self, number: usize, event: Event) -> Vec<Bytes>;

    /// What is sent when all sequences have ended.
    fn last(&mut self) -> Vec<Bytes>;
}

/// One server-sent event.
pub(crate) fn frame(data: &impl Serialize) -> Bytes {
    let mut text = b"data: ".to_vec();
    // No type of ours fails; if one did, the piece would be empty and the client would say so.
    let _ = serde_json::to_writer(&mut text, data);
    text.extend_from_slice(b"\n\n");
    Bytes::from(text)
}

struct Flow<P> {
    ticket: Ticket,
    pieces: P,
    ready: VecDeque<Bytes>,
    /// Sequences that have not ended.
    left: usize,
    is_over: bool,
}

impl<P: Pieces> Flow<P> {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Some((Ok(bytes), self));
            }
            if self.is_over {
                return None;
            }
            match self.ticket.events.recv().await {
                Some((number, event)) => {
                    self.left -= usize::from(matches!(event, Event::End(_)));
                    self.ready.extend(self.pieces.piece(number, event));
                    self.is_over = self.left == 0;
                    if self.is_over {
                        self.ready.extend(self.pieces.last());
                        self.ready.push_back(Bytes::from_static(b"data: [DONE]\n\n"));
                    }
                }
                None => {
                    self.is_over = true;
                    self.ready.push_back(frame(&ApiFault::worker_stopped().body()));
                }
            }
        }
    }
}

/// An answer in pieces.
pub(crate) fn answer(ticket: Ticket, count: usize, mut pieces: impl Pieces) -> Response<Body> {
    let ready = pieces.first().into();
    let flow = Flow { ticket, pieces, ready, left: count, is_over: false };
    let body = Body::from_stream(futures_util::stream::unfold(flow, Flow::next));
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
